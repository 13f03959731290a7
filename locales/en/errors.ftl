# Error pages: a heading, what happened, what to do next.
fault-app-title = This app is not set up correctly
fault-return-address = { $app } sent a return address that is not registered for it.
fault-unknown-app = The app that sent you here is not known to this server.
fault-app-request = The app sent a request that this server does not understand.
fault-app-next = You did nothing wrong, and trying again does not help. Tell the people who run the app.
fault-expired-title = This took too long
fault-expired = The time for this sign-in is over.
fault-expired-next = Go back to the app and sign in again.
fault-provider-title = Signing in with another provider did not work
fault-provider-next = Go back to where you began, and try again.
fault-provider-goes-on = You can go on without it.
fault-browser-title = This sign-in was started elsewhere
fault-browser = It belongs to another browser, or this browser keeps no cookies.
fault-browser-next = Allow cookies for this site, go back to the app and sign in again.
fault-form-title = This page was open for too long
fault-form = What you sent could not be matched with the page it came from, so nothing was changed.
fault-form-next = Open the page again and send it once more.
fault-link-title = This link does not work any more
fault-link = It was used already, or its time is over.
fault-link-next = Ask for a new one where you got it.
fault-link-sign-in = Sign in again. There you can have a new link sent.
fault-link-confirm = If you were creating an account, start again. If you were adding an address to your account, add it there once more.
fault-link-address = If you still want to use the address, add it to your account once more.
fault-link-undo = If you cannot get into your account, or someone else is using it, reset your password. If that does not help, ask whoever runs this service.
fault-link-undo-operator = If you cannot get into your account, or someone else is using it, ask whoever runs this service.
fault-not-found-title = There is no such page
fault-not-found = The address may have a typing mistake, or the page has moved.
fault-not-found-next = Check the address, or start from your account.
fault-method-title = This address does not work that way
fault-method = The page was called in a way it does not answer.
fault-method-next = Go back and use the button or the link on the page before.
fault-bad-request-title = Something in that request is wrong
fault-bad-request = The server could not read what your browser sent.
fault-bad-request-next = Go back and try again.
fault-registration-title = Accounts are not open to everyone here
fault-registration = New accounts are made by the people who run this service.
fault-registration-next = Ask them for an account.
fault-too-many-title = Too many tries
fault-too-many = There were too many tries from here in a short time.
fault-too-many-next = Wait { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
} and try again.
fault-too-many-next-hours = Wait { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
} and try again.
fault-busy-title = The service is busy
fault-busy = There is more to do at the moment than the server can take.
fault-busy-next = Try again in a few seconds.
fault-internal-title = Something went wrong here
fault-internal = The fault is ours, and it has been recorded.
fault-internal-next = Try again in a moment. If it happens again, send the number below to the people who run this service.
fault-request-id = Request number
fault-time = Time
