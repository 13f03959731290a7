# Signing in and out, and new accounts.
login-title = Sign in
login-title-app = Sign in to { $app }
login-again = Confirm that it is you to go on.
identifier = Email or username
password = Password
password-show = Show
password-hide = Hide
password-show-label = Show the password
password-hide-label = Hide the password
forgot-password = Forgot password?
remember = Keep me signed in for { $days ->
    [one] { $days } day
   *[other] { $days } days
}
remember-hint = Leave this off on a device that others use.
sign-in = Sign in
new-here = New here?
create-account-link = Create an account
login-error-wrong = That email or username and password do not match an account here.
login-error-no-identifier = Enter your email or username.
login-error-no-password = Enter your password.
login-error-too-many = There were too many tries. Wait { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
} and try again.
login-error-too-many-hours = There were too many tries. Wait { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
} and try again.
login-other-ways = After too many wrong tries we let nobody new in for a while, not even with the right password. A browser in which you have signed in before is let in all the same.
register-title = Create an account
register-title-app = Create an account for { $app }
have-account = Have an account already?
name = Name
name-hint = As you want to be called.
email = Email
username = Username
username-hint = Letters, digits, dots, hyphens and underscores.
password-rule = At least { $count } characters. A few unrelated words make a good one.
password-new = New password
create-account = Create account
register-accept = By creating an account you accept:
error-no-name = Enter your name.
error-name-too-long = Use a shorter name.
error-no-email = Enter your email address.
error-email-invalid = Enter an email address like name@example.com.
error-email-taken = There is already an account with this email address. Sign in instead.
error-username-invalid = Use letters, digits, dots, hyphens and underscores for the username.
error-username-taken = This username is taken. Choose another one.
error-no-password = Choose a password.
error-password-short = Use at least { $count } characters for the password.
error-password-long = Use at most { $count } characters for the password.
error-password-common = Many people use this password, so it is easy to guess. Choose another one.
error-password-personal = This password is little more than your name, email or username, or the name of this service. Choose another one.
set-password-title = Choose a new password
set-password-for = For the account { $account }.
set-password-effect = You are signed out everywhere else when you save it.
set-password-save = Save password
password-saved-title = Your password is saved
password-saved = Sign in with it from now on.
setup-title = Set up the first administrator
setup-lead = This link works once. The account you create here can manage everything on this server.
setup-create = Create administrator
select-title = Choose an account
select-title-app = Choose an account for { $app }
select-continue = Continue as { $person }
select-other = Use another account
sign-out-title = Sign out?
sign-out-lead = You are signed in as { $person }.
sign-out-app = { $app } asks to sign you out here as well.
sign-out = Sign out
sign-out-stay = Stay signed in
signed-out-title = You are signed out
signed-out-lead = Close the browser if others use this device.
finished-title = This sign-in is finished
finished-lead = You completed it already, perhaps in another tab. You can close this one.
form-post-title = Back to { $app }
form-post-lead = You are done here. { $app } is waiting for you.
form-post-continue = Continue
