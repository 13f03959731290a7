# Getting back into an account.
forgot-title = Forgot your password?
forgot-lead = Enter your email address or username. If there is an account with it, we send a link to its email address. With the link you choose a new password.
forgot-send = Send the link
forgot-back = Back to sign-in
forgot-closed = No mail is sent here. Ask whoever gave you your account for a link to choose a new password.
forgot-sent-title = Check your mail
forgot-sent-lead = If there is an account with what you entered, a link to choose a new password is on its way to its email address.
forgot-sent-wait = It can take a few minutes. Look among the spam, too. Only the last link works.
forgot-again = Send another link
not-me-title = Was this you?
not-me-lead = Someone signed in to your account. If it was not you, press the button: it signs every browser out, takes away what apps got, and mails you a link to choose a new password.
not-me-else = If it was you, there is nothing to do.
not-me-done-title = Every browser is signed out
not-me-done-lead = Now choose a new password, so that nobody comes back with the old one. A link for that is on its way to your email address.
not-me-done-lead-left-out = Now choose a new password, so that nobody comes back with the old one. We have mailed you so much within the last hour that the mail with the link for that was left out. Ask for a link here. If none comes, do so again in an hour.
not-me-done-lead-operator = Now choose a new password, so that nobody comes back with the old one. Ask whoever runs this service for a link for that.
not-me-done-lead-before = This was done before. If you have not chosen a new password since, do so now: look for our mail with the link for that, or ask for another one here.
