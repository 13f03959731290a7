# What mail says.
mail-hello = Hello { $name },
mail-fact = { $label }:
mail-when = When
mail-device = Device
mail-ip = IP address
mail-place = Place (roughly)
mail-new-address = New address
mail-removed-address = Removed address
mail-factor = Way to sign in
mail-factor-passkey = Passkey
mail-factor-app = Authenticator app
mail-factor-recovery-codes = Recovery codes
mail-codes-left = Recovery codes left
mail-locked-until = Locked until
mail-restore-until = Can be restored until
mail-valid-minutes = Works once, within { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
mail-valid-hours = Works once, within { $hours ->
    [one] { $hours } hour
   *[other] { $hours } hours
}.
mail-valid-days = Works once, within { $days ->
    [one] { $days } day
   *[other] { $days } days
}.
mail-bare-link = If the button does not work, open this address:
mail-confirm-action = Confirm address
mail-reset-password = Reset password
mail-check-account = Check your account
mail-not-me = This was not me
mail-why-account = You get this mail because { $address } belongs to your { $brand } account.
mail-why-former = You get this mail because { $address } belonged to your { $brand } account until now.
mail-why-entered = You get this mail because someone entered { $address } at { $brand }.
mail-why-invited = You get this mail because an administrator of { $brand } created an account for { $address }.
mail-confirm-address-subject = Confirm your email address for { $brand }
mail-confirm-address-lead = Confirm that this email address is yours, so that you can use it at { $brand }.
mail-confirm-address-aside = If this was not you, do nothing. Without the link nobody can confirm your address.
mail-welcome-subject = Welcome to { $brand }
mail-welcome-lead = Your account is ready, and your email address is confirmed.
mail-welcome-aside = If you did not create this account, reset its password with “Forgot password?” on the sign-in page. That signs everyone else out.
mail-sign-in-code-subject = { $code } is your { $brand } code
mail-sign-in-code-heading = Your code to sign in
mail-sign-in-code-lead = Enter this code on the page where you are signing in to { $brand }.
mail-sign-in-code-aside = If you are not signing in right now, someone else entered your address. Give the code to nobody and do nothing: without it they do not get in.
mail-sign-in-link-subject = Your link to sign in to { $brand }
mail-sign-in-link-lead = Open this link to sign in.
mail-sign-in-link-aside = If you did not ask for it, do nothing and forward it to nobody: without it no one gets in.
mail-password-reset-subject = Reset your { $brand } password
mail-password-reset-lead = Someone asked to reset the password of your account. If it was you, choose a new one now.
mail-password-reset-aside = If it was not you, do nothing. Your password stays as it is.
mail-password-changed-subject = Your { $brand } password was changed
mail-password-changed-lead = The password of your account was changed.
mail-password-changed-aside = If it was you, there is nothing to do. If it was not, reset your password at once. That signs everyone else out.
mail-new-sign-in-subject = New sign-in to your { $brand } account
mail-new-sign-in-lead = Someone signed in to your account in a browser that it did not know.
mail-new-sign-in-aside = If it was you, there is nothing to do. If it was not, press the button: it signs that browser out, and you choose a new password.
mail-factor-added-subject = A way to sign in was added to your { $brand } account
mail-factor-added-lead = Your account has a new way to sign in.
mail-factor-added-aside = If it was you, there is nothing to do. If it was not, remove it from your account and change your password at once.
mail-factor-removed-subject = A way to sign in was removed from your { $brand } account
mail-factor-removed-lead = A way to sign in is no longer there for your account.
mail-factor-removed-aside = If it was you, there is nothing to do. If it was not, change your password at once and add it again.
mail-recovery-codes-made-subject = New recovery codes for your { $brand } account
mail-recovery-codes-made-lead = New recovery codes were made for your account. Any codes from before no longer work.
mail-recovery-codes-made-aside = If it was you, keep them in a safe place. If it was not, change your password at once and make new recovery codes.
mail-recovery-code-used-subject = A recovery code of your { $brand } account was used
mail-recovery-code-used-lead = Someone used one of your recovery codes to sign in to your account.
mail-recovery-code-used-aside = If it was you, cross the code out: it does not work again. If it was not, change your password at once and make new recovery codes.
mail-passkey-copied-subject = A passkey of your { $brand } account may have been copied
mail-passkey-copied-lead = Someone tried to sign in to your account with a passkey of yours of which there may be a copy. They were not let in.
mail-passkey-copied-aside = If it was you, remove this passkey from your account and add a new one. If it was not, do so at once: someone else may have it.
mail-address-change-subject = Confirm your new email address for { $brand }
mail-address-change-lead = Confirm that this email address is yours. It then replaces the one that your account has now.
mail-address-change-aside = If this was not you, do nothing. Without the link nobody can confirm your address.
mail-address-changing-subject = Your { $brand } email address is about to change
mail-address-changing-lead = Someone asked to replace this email address of your account by another one. That happens once the new address is confirmed.
mail-address-changing-aside = If it was you, there is nothing to do. If it was not, press the button: your address stays, and you choose a new password.
mail-address-changed-subject = Your { $brand } email address was changed
mail-address-changed-lead = Another email address has replaced this one in your account.
mail-address-changed-aside = If it was you, there is nothing to do. If it was not, press the button: your address comes back, and you choose a new password.
mail-address-removed-subject = An email address was removed from your { $brand } account
mail-address-removed-lead = The email address below no longer belongs to your account. Nobody can sign in with it any more.
mail-address-removed-aside = If it was you, there is nothing to do. If it was not, change your password at once and add the address again.
mail-account-locked-subject = Your { $brand } account is locked for a while
mail-account-locked-lead = There were too many wrong tries to sign in to your account. For a while nobody new is let in, not even with the right password. A browser in which you have signed in before is let in all the same.
mail-account-locked-aside = If it was you and you have forgotten your password, reset it. If it was not you, there is nothing to do: the tries were wrong.
mail-registration-attempt-subject = You already have a { $brand } account
mail-registration-attempt-lead = Someone tried to create an account with this email address. You have one already, so no other one was created.
mail-registration-attempt-aside = If it was you, sign in. If you have forgotten your password, you can choose a new one there. If it was not you, there is nothing to do.
mail-invitation-subject = Your new { $brand } account
mail-invitation-lead = An account was created for you. Choose a password to start using it.
mail-invitation-action = Choose a password
mail-invitation-aside = If you do not know what this is about, do nothing. Without the link nobody can use the account.
mail-account-deleted-subject = Your { $brand } account was deleted
mail-account-deleted-lead = Your account was deleted. Until the time below it can be restored; after that it is gone for good.
mail-account-deleted-action = Restore account
mail-account-deleted-aside = If you want it to be gone, there is nothing to do. If you do not, restore it and change your password.
mail-account-deactivated-subject = Your { $brand } account is deactivated
mail-account-deactivated-lead = Nobody can sign in to your account, and apps have no access. Everything in it stays as it is. To use it again, reactivate it and sign in as before.
mail-account-deactivated-action = Reactivate account
mail-account-deactivated-aside = If you want it to stay deactivated, there is nothing to do. Once the link has expired, “Forgot password?” on the sign-in page mails you a new one. If you did not deactivate it, reactivate it and change your password.
