# Asking for access. Each scope completes the sentence "ACME Notes wants to".
consent-title = { $app } wants to
consent-list = What { $app } wants to do
consent-new = New
consent-host = After this you go on to { $host }.
consent-host-publisher = { $app } is offered by { $publisher }. After this you go on to { $host }.
consent-signed-in = You are signed in as { $person }.
not-you = Not you?
consent-undo = You can undo this at any time in your account, under Apps.
consent-policies = How { $app } treats your data:
allow = Allow
deny = Deny
scope-openid = Recognise you
scope-openid-detail = It can tell that you are the same person each time you come back.
scope-profile = See your name and username
scope-profile-detail = What you have filled in on your profile.
scope-email = See your email address
scope-email-detail = It can write to you at this address.
scope-phone = See your phone number
scope-phone-detail = It can call you or send you messages.
scope-address = See your postal address
scope-address-detail = It can tell where you live or get your mail.
scope-offline-access = Stay connected when you are away
scope-offline-access-detail = It keeps its access when you sign out.
scope-roles = See your roles
scope-roles-detail = It can tell what you are allowed to do here.
scope-other = Use “{ $scope }”
scope-other-detail = This is the app's own name for something it wants to do for you.
claim-name = See your full name
claim-given-name = See your first name
claim-family-name = See your last name
claim-middle-name = See your middle name
claim-nickname = See your nickname
claim-preferred-username = See your username
claim-picture = See your picture
claim-profile = See the address of your profile page
claim-website = See the address of your website
claim-gender = See your gender
claim-birthdate = See your date of birth
claim-zoneinfo = See your time zone
claim-locale = See your language
claim-updated-at = See when your profile last changed
claim-email-verified = See whether your email address is confirmed
claim-phone-number-verified = See whether your phone number is confirmed
claim-detail = Only this, and not the rest of your profile.
consent-lasts-minutes = This access ends after { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
  }.
consent-lasts-session = This access ends when you sign out, and after { $days ->
    [one] { $days } day
   *[other] { $days } days
  } at the latest.
consent-lasts-offline = This access lasts for up to { $days ->
    [one] { $days } day
   *[other] { $days } days
  }, also while you are signed out.
