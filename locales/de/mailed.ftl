# Codes und Links, die per E-Mail kommen.
mailed-send-code = Code per E-Mail senden
mailed-send-link = Link per E-Mail senden
mailed-address-title = Per E-Mail anmelden
mailed-address-lead = Wir senden einen Code oder einen Link an Ihre bestätigte Adresse. Mit beidem melden Sie sich ohne Passwort an.
mailed-title = Code eingeben
mailed-link-sent-title = Link öffnen
mailed-second-title = Mit einem Code bestätigen
mailed-second-lead = Um sicherzugehen, dass Sie es sind, senden wir einen Code an { $address }.
mailed-register-title = E-Mail-Adresse bestätigen
mailed-sent-code = Wenn es ein Konto mit der Adresse { $address } gibt, haben wir einen Code dorthin gesendet.
mailed-sent-link = Wenn es ein Konto mit der Adresse { $address } gibt, haben wir einen Link dorthin gesendet. Öffnen Sie ihn in diesem Browser; in jedem anderen zeigt er einen Code, den Sie hier eingeben.
mailed-sent-second = Wir haben einen Code an { $address } gesendet.
mailed-sent-register = Wir haben eine E-Mail an { $address } gesendet. Geben Sie den Code daraus ein, um Ihr Konto zu erstellen.
mailed-valid = Gültig für { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
}.
mailed-field = Code
mailed-hint = Die sechs Ziffern aus der E-Mail.
mailed-hint-link = Die sechs Ziffern, die der andere Browser zeigt.
mailed-continue = Weiter
mailed-again = Neuen Code senden
mailed-again-link = Neuen Link senden
mailed-other-address = Andere Adresse verwenden
mailed-other-way = Anders anmelden
mailed-trust = In diesem Browser { $days ->
    [one] { $days } Tag
   *[other] { $days } Tage
} lang nicht fragen
mailed-error-invalid = Geben Sie die sechs Ziffern des Codes ein.
mailed-error-wrong = Dieser Code funktioniert nicht. Prüfen Sie ihn oder fordern Sie einen neuen an.
mailed-link-lead = Sie haben diesen Link angefordert, um sich mit { $address } anzumelden.
mailed-confirm-lead = Bestätigen Sie, dass { $address } Ihnen gehört, und Ihr Konto wird erstellt.
mailed-link-elsewhere = Dieser Link für { $address } wurde in einem anderen Browser angefordert. Zeigen Sie hier einen Code an und geben Sie ihn dort ein.
mailed-show-code = Code anzeigen
mailed-match-title = Geben Sie diesen Code im anderen Browser ein
mailed-match-lead = Gehen Sie zurück zu dem Browser, in dem Sie begonnen haben, und geben Sie dort diesen Code ein.
mailed-match-aside = Wenn Sie nichts begonnen haben, schließen Sie diese Seite und geben Sie den Code niemandem.
mail-confirm-address-code-lead = Geben Sie diesen Code auf der Seite ein, auf der Sie Ihr Konto bei { $brand } erstellen, oder drücken Sie den Knopf.
mail-confirm-address-code-aside = Wenn Sie das nicht waren, tun Sie nichts und geben Sie den Code niemandem. Ohne ihn kann niemand Ihre Adresse bestätigen.
