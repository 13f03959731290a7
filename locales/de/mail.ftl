# Was in E-Mails steht.
mail-hello = Guten Tag { $name },
mail-fact = { $label }:
mail-when = Wann
mail-device = Gerät
mail-ip = IP-Adresse
mail-place = Ort (ungefähr)
mail-new-address = Neue Adresse
mail-removed-address = Entfernte Adresse
mail-factor = Anmeldeweg
mail-factor-passkey = Passkey
mail-factor-app = Authentifizierungs-App
mail-factor-recovery-codes = Wiederherstellungscodes
mail-codes-left = Übrige Wiederherstellungscodes
mail-locked-until = Gesperrt bis
mail-restore-until = Wiederherstellbar bis
mail-valid-minutes = Gilt einmal, { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
} lang.
mail-valid-hours = Gilt einmal, { $hours ->
    [one] { $hours } Stunde
   *[other] { $hours } Stunden
} lang.
mail-valid-days = Gilt einmal, { $days ->
    [one] { $days } Tag
   *[other] { $days } Tage
} lang.
mail-bare-link = Falls der Knopf nicht funktioniert, öffnen Sie diese Adresse:
mail-confirm-action = Adresse bestätigen
mail-reset-password = Passwort zurücksetzen
mail-check-account = Konto prüfen
mail-not-me = Das war ich nicht
mail-why-account = Sie erhalten diese E-Mail, weil { $address } zu Ihrem Konto bei { $brand } gehört.
mail-why-former = Sie erhalten diese E-Mail, weil { $address } bis jetzt zu Ihrem Konto bei { $brand } gehörte.
mail-why-entered = Sie erhalten diese E-Mail, weil jemand { $address } bei { $brand } eingegeben hat.
mail-why-invited = Sie erhalten diese E-Mail, weil die Verwaltung von { $brand } ein Konto für { $address } erstellt hat.
mail-confirm-address-subject = Bestätigen Sie Ihre E-Mail-Adresse für { $brand }
mail-confirm-address-lead = Bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört, damit Sie sie bei { $brand } verwenden können.
mail-confirm-address-aside = Wenn Sie das nicht waren, tun Sie nichts. Ohne den Link kann niemand Ihre Adresse bestätigen.
mail-welcome-subject = Willkommen bei { $brand }
mail-welcome-lead = Ihr Konto ist bereit, und Ihre E-Mail-Adresse ist bestätigt.
mail-welcome-aside = Wenn Sie dieses Konto nicht erstellt haben, setzen Sie auf der Anmeldeseite mit „Passwort vergessen?“ sein Passwort zurück. Damit werden alle anderen abgemeldet.
mail-sign-in-code-subject = { $code } ist Ihr Code für { $brand }
mail-sign-in-code-heading = Ihr Code zum Anmelden
mail-sign-in-code-lead = Geben Sie diesen Code auf der Seite ein, auf der Sie sich bei { $brand } anmelden.
mail-sign-in-code-aside = Wenn Sie sich gerade nicht anmelden, hat jemand anderes Ihre Adresse eingegeben. Geben Sie den Code niemandem und tun Sie nichts: Ohne ihn kommt niemand hinein.
mail-sign-in-link-subject = Ihr Link zum Anmelden bei { $brand }
mail-sign-in-link-lead = Öffnen Sie diesen Link, um sich anzumelden.
mail-sign-in-link-aside = Wenn Sie ihn nicht angefordert haben, tun Sie nichts und leiten Sie ihn niemandem weiter: Ohne ihn kommt niemand hinein.
mail-password-reset-subject = Ihr Passwort für { $brand } zurücksetzen
mail-password-reset-lead = Jemand möchte das Passwort Ihres Kontos zurücksetzen. Wenn Sie es waren, wählen Sie jetzt ein neues.
mail-password-reset-aside = Wenn Sie es nicht waren, tun Sie nichts. Ihr Passwort bleibt, wie es ist.
mail-password-changed-subject = Ihr Passwort für { $brand } wurde geändert
mail-password-changed-lead = Das Passwort Ihres Kontos wurde geändert.
mail-password-changed-aside = Wenn Sie es waren, ist nichts zu tun. Wenn nicht, setzen Sie Ihr Passwort sofort zurück. Damit werden alle anderen abgemeldet.
mail-new-sign-in-subject = Neue Anmeldung in Ihrem Konto bei { $brand }
mail-new-sign-in-lead = Jemand hat sich bei Ihrem Konto angemeldet, in einem Browser, den es noch nicht kannte.
mail-new-sign-in-aside = Wenn Sie es waren, ist nichts zu tun. Wenn nicht, drücken Sie den Knopf: Dieser Browser wird abgemeldet, und Sie wählen ein neues Passwort.
mail-factor-added-subject = Ihr Konto bei { $brand } hat einen neuen Anmeldeweg
mail-factor-added-lead = Zu Ihrem Konto wurde ein Weg hinzugefügt, sich anzumelden.
mail-factor-added-aside = Wenn Sie es waren, ist nichts zu tun. Wenn nicht, entfernen Sie ihn aus Ihrem Konto und ändern Sie sofort Ihr Passwort.
mail-factor-removed-subject = Aus Ihrem Konto bei { $brand } wurde ein Anmeldeweg entfernt
mail-factor-removed-lead = Einen Weg, sich bei Ihrem Konto anzumelden, gibt es nicht mehr.
mail-factor-removed-aside = Wenn Sie es waren, ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort und fügen Sie ihn wieder hinzu.
mail-recovery-codes-made-subject = Neue Wiederherstellungscodes für Ihr Konto bei { $brand }
mail-recovery-codes-made-lead = Für Ihr Konto wurden neue Wiederherstellungscodes erstellt. Frühere Codes gelten nicht mehr.
mail-recovery-codes-made-aside = Wenn Sie es waren, bewahren Sie sie sicher auf. Wenn nicht, ändern Sie sofort Ihr Passwort und erstellen Sie neue Wiederherstellungscodes.
mail-recovery-code-used-subject = Ein Wiederherstellungscode Ihres Kontos bei { $brand } wurde benutzt
mail-recovery-code-used-lead = Jemand hat sich mit einem Ihrer Wiederherstellungscodes bei Ihrem Konto angemeldet.
mail-recovery-code-used-aside = Wenn Sie es waren, streichen Sie den Code: Er gilt nicht noch einmal. Wenn nicht, ändern Sie sofort Ihr Passwort und erstellen Sie neue Wiederherstellungscodes.
mail-passkey-copied-subject = Ein Passkey Ihres Kontos bei { $brand } wurde vielleicht kopiert
mail-passkey-copied-lead = Jemand hat versucht, sich bei Ihrem Konto mit einem Ihrer Passkeys anzumelden, von dem es vielleicht eine Kopie gibt. Die Anmeldung wurde abgelehnt.
mail-passkey-copied-aside = Wenn Sie es waren, entfernen Sie diesen Passkey aus Ihrem Konto und fügen Sie einen neuen hinzu. Wenn nicht, tun Sie das sofort: Jemand anderes hat ihn vielleicht.
mail-address-change-subject = Bestätigen Sie Ihre neue E-Mail-Adresse für { $brand }
mail-address-change-lead = Bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört. Sie ersetzt dann die jetzige Ihres Kontos.
mail-address-change-aside = Wenn Sie das nicht waren, tun Sie nichts. Ohne den Link kann niemand Ihre Adresse bestätigen.
mail-address-changing-subject = Ihre E-Mail-Adresse für { $brand } soll geändert werden
mail-address-changing-lead = Jemand möchte diese E-Mail-Adresse Ihres Kontos durch eine andere ersetzen. Das geschieht, sobald die neue bestätigt ist.
mail-address-changing-aside = Wenn Sie es waren, ist nichts zu tun. Wenn nicht, drücken Sie den Knopf: Ihre Adresse bleibt, und Sie wählen ein neues Passwort.
mail-address-changed-subject = Ihre E-Mail-Adresse für { $brand } wurde geändert
mail-address-changed-lead = Eine andere E-Mail-Adresse hat diese in Ihrem Konto ersetzt.
mail-address-changed-aside = Wenn Sie es waren, ist nichts zu tun. Wenn nicht, drücken Sie den Knopf: Ihre Adresse kommt zurück, und Sie wählen ein neues Passwort.
mail-address-removed-subject = Aus Ihrem Konto bei { $brand } wurde eine E-Mail-Adresse entfernt
mail-address-removed-lead = Die unten genannte E-Mail-Adresse gehört nicht mehr zu Ihrem Konto. Niemand kann sich mehr mit ihr anmelden.
mail-address-removed-aside = Wenn Sie es waren, ist nichts zu tun. Wenn nicht, ändern Sie sofort Ihr Passwort und fügen Sie die Adresse wieder hinzu.
mail-account-locked-subject = Ihr Konto bei { $brand } ist eine Zeit lang gesperrt
mail-account-locked-lead = Es gab zu viele falsche Versuche, sich bei Ihrem Konto anzumelden. Eine Zeit lang wird niemand neu eingelassen, auch nicht mit dem richtigen Passwort. In einem Browser, in dem Sie sich schon einmal angemeldet haben, geht es trotzdem.
mail-account-locked-aside = Wenn Sie es waren und Ihr Passwort vergessen haben, setzen Sie es zurück. Wenn Sie es nicht waren, ist nichts zu tun: Die Versuche waren falsch.
mail-registration-attempt-subject = Sie haben schon ein Konto bei { $brand }
mail-registration-attempt-lead = Jemand wollte mit dieser E-Mail-Adresse ein Konto erstellen. Sie haben schon eines, deshalb wurde kein weiteres erstellt.
mail-registration-attempt-aside = Wenn Sie es waren, melden Sie sich an. Wenn Sie Ihr Passwort vergessen haben, können Sie dort ein neues wählen. Wenn Sie es nicht waren, ist nichts zu tun.
mail-invitation-subject = Ihr neues Konto bei { $brand }
mail-invitation-lead = Für Sie wurde ein Konto erstellt. Wählen Sie ein Passwort, um es zu benutzen.
mail-invitation-action = Passwort wählen
mail-invitation-aside = Wenn Sie nicht wissen, worum es geht, tun Sie nichts. Ohne den Link kann niemand das Konto benutzen.
mail-account-deleted-subject = Ihr Konto bei { $brand } wurde gelöscht
mail-account-deleted-lead = Ihr Konto wurde gelöscht. Bis zum unten genannten Zeitpunkt lässt es sich wiederherstellen, danach ist es endgültig fort.
mail-account-deleted-action = Konto wiederherstellen
mail-account-deleted-aside = Wenn es gelöscht bleiben soll, ist nichts zu tun. Wenn nicht, stellen Sie es wieder her und ändern Sie Ihr Passwort.
mail-account-deactivated-subject = Ihr Konto bei { $brand } ist deaktiviert
mail-account-deactivated-lead = Niemand kann sich bei Ihrem Konto anmelden, und Apps haben keinen Zugriff. Alles darin bleibt, wie es ist. Um es wieder zu nutzen, aktivieren Sie es und melden Sie sich an wie zuvor.
mail-account-deactivated-action = Konto wieder aktivieren
mail-account-deactivated-aside = Wenn es deaktiviert bleiben soll, ist nichts zu tun. Ist der Link abgelaufen, schickt Ihnen „Passwort vergessen?“ auf der Anmeldeseite einen neuen. Wenn Sie es nicht deaktiviert haben, aktivieren Sie es wieder und ändern Sie Ihr Passwort.
