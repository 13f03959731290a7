# What stands on every page.
error-title = Error: { $title }
page-title = { $title } · { $name }
several-problems = Check these answers
skip-to-content = Skip to content
language-menu = Language
operator-links = About this service
link-privacy = Privacy
link-terms = Terms
link-help = Help
opens-elsewhere = (opens in a new tab)
warning-label = Warning
warning-development = This is a development server. Use made-up data only.
warning-insecure = The connection to this server is not encrypted. Passwords sent to it can be read on the way.
optional-field = { $label } (optional)
date-time = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year } at { $time } { $zone }
place = { $city }, { $country }
next-try-again = Try again
next-sign-in = Sign in
next-account = Go to your account
next-go-on = Continue
next-app = Go to { $app }
cancel = Cancel
or = or
