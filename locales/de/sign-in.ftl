# An- und Abmelden, neue Konten.
login-title = Anmelden
login-title-app = Bei { $app } anmelden
login-again = Bestätigen Sie, dass Sie es sind, um fortzufahren.
identifier = E-Mail-Adresse oder Benutzername
password = Passwort
password-show = Zeigen
password-hide = Verbergen
password-show-label = Passwort zeigen
password-hide-label = Passwort verbergen
forgot-password = Passwort vergessen?
remember = { $days ->
    [one] { $days } Tag angemeldet bleiben
   *[other] { $days } Tage angemeldet bleiben
}
remember-hint = Nicht auf Geräten wählen, die auch andere benutzen.
sign-in = Anmelden
new-here = Neu hier?
create-account-link = Konto erstellen
login-error-wrong = Zu diesen Angaben gibt es hier kein Konto, oder das Passwort stimmt nicht.
login-error-no-identifier = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein.
login-error-no-password = Geben Sie Ihr Passwort ein.
login-error-too-many = Es waren zu viele Versuche. Warten Sie { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
} und versuchen Sie es erneut.
login-error-too-many-hours = Es waren zu viele Versuche. Warten Sie { $hours ->
    [one] { $hours } Stunde
   *[other] { $hours } Stunden
} und versuchen Sie es erneut.
login-other-ways = Nach zu vielen falschen Versuchen lassen wir eine Zeit lang niemanden neu ein, auch nicht mit dem richtigen Passwort. In einem Browser, in dem Sie sich schon einmal angemeldet haben, geht es trotzdem.
register-title = Konto erstellen
register-title-app = Konto für { $app } erstellen
have-account = Sie haben schon ein Konto?
name = Name
name-hint = So, wie Sie genannt werden möchten.
email = E-Mail-Adresse
username = Benutzername
username-hint = Buchstaben, Ziffern, Punkte, Binde- und Unterstriche.
password-rule = Mindestens { $count } Zeichen. Gut sind ein paar Wörter, die nicht zusammengehören.
password-new = Neues Passwort
create-account = Konto erstellen
register-accept = Mit dem Konto stimmen Sie zu:
error-no-name = Geben Sie Ihren Namen ein.
error-name-too-long = Verwenden Sie einen kürzeren Namen.
error-no-email = Geben Sie Ihre E-Mail-Adresse ein.
error-email-invalid = Geben Sie eine E-Mail-Adresse wie name@example.com ein.
error-email-taken = Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich damit an.
error-username-invalid = Verwenden Sie für den Benutzernamen Buchstaben, Ziffern, Punkte, Binde- und Unterstriche.
error-username-taken = Dieser Benutzername ist vergeben. Wählen Sie einen anderen.
error-no-password = Wählen Sie ein Passwort.
error-password-short = Verwenden Sie für das Passwort mindestens { $count } Zeichen.
error-password-long = Verwenden Sie für das Passwort höchstens { $count } Zeichen.
error-password-common = Dieses Passwort benutzen viele, und es ist leicht zu erraten. Wählen Sie ein anderes.
error-password-personal = Dieses Passwort ist kaum mehr als Ihr Name, Ihre E-Mail-Adresse, Ihr Benutzername oder der Name dieses Dienstes. Wählen Sie ein anderes.
set-password-title = Neues Passwort wählen
set-password-for = Für das Konto { $account }.
set-password-effect = Beim Speichern werden Sie überall sonst abgemeldet.
set-password-save = Passwort speichern
password-saved-title = Ihr Passwort ist gespeichert
password-saved = Melden Sie sich von jetzt an damit an.
setup-title = Erste Administratorin oder ersten Administrator einrichten
setup-lead = Dieser Link gilt einmal. Mit dem Konto, das Sie hier erstellen, lässt sich auf diesem Server alles verwalten.
setup-create = Administratorkonto erstellen
select-title = Konto wählen
select-title-app = Konto für { $app } wählen
select-continue = Weiter als { $person }
select-other = Anderes Konto verwenden
sign-out-title = Abmelden?
sign-out-lead = Sie sind als { $person } angemeldet.
sign-out-app = { $app } möchte Sie auch hier abmelden.
sign-out = Abmelden
sign-out-stay = Angemeldet bleiben
signed-out-title = Sie sind abgemeldet
signed-out-lead = Schließen Sie den Browser, wenn andere dieses Gerät benutzen.
finished-title = Diese Anmeldung ist abgeschlossen
finished-lead = Sie haben sie schon beendet, vielleicht in einem anderen Tab. Diesen können Sie schließen.
form-post-title = Zurück zu { $app }
form-post-lead = Hier ist alles erledigt. { $app } wartet auf Sie.
form-post-continue = Weiter
