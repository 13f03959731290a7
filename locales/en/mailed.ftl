# Codes and links that are mailed.
mailed-send-code = Email me a code
mailed-send-link = Email me a link
mailed-address-title = Sign in by email
mailed-address-lead = We email a code or a link to your confirmed address. Either one signs you in without a password.
mailed-title = Enter the code
mailed-link-sent-title = Open the link
mailed-second-title = Confirm with a code
mailed-second-lead = To make sure that it is you, we email a code to { $address }.
mailed-register-title = Confirm your email address
mailed-sent-code = If there is an account with the address { $address }, we emailed it a code.
mailed-sent-link = If there is an account with the address { $address }, we emailed it a link. Open it in this browser; in any other one it shows a code to enter here.
mailed-sent-second = We emailed a code to { $address }.
mailed-sent-register = We emailed { $address }. Enter the code from that mail to create your account.
mailed-valid = It works for { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
mailed-field = Code
mailed-hint = The six digits from the mail.
mailed-hint-link = The six digits that the other browser shows.
mailed-continue = Continue
mailed-again = Send a new code
mailed-again-link = Send a new link
mailed-other-address = Use another address
mailed-other-way = Use another way
mailed-trust = Do not ask in this browser for { $days ->
    [one] { $days } day
   *[other] { $days } days
}
mailed-error-invalid = Enter the six digits of the code.
mailed-error-wrong = That code does not work. Check it, or send a new one.
mailed-link-lead = You asked for this link to sign in with { $address }.
mailed-confirm-lead = Confirm that { $address } is yours, and your account is created.
mailed-link-elsewhere = This link for { $address } was asked for in another browser. Show a code here and enter it there.
mailed-show-code = Show the code
mailed-match-title = Enter this code in the other browser
mailed-match-lead = Go back to the browser in which you began and enter this code there.
mailed-match-aside = If you did not begin anything, close this page and give the code to nobody.
mail-confirm-address-code-lead = Enter this code on the page where you create your account at { $brand }, or press the button.
mail-confirm-address-code-aside = If this was not you, do nothing and give the code to nobody. Without it nobody can confirm your address.
