# Getting back into an account.
forgot-title = Passwort vergessen?
forgot-lead = Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein. Gibt es ein Konto dazu, senden wir einen Link an dessen E-Mail-Adresse. Mit dem Link wählen Sie ein neues Passwort.
forgot-send = Link senden
forgot-back = Zurück zur Anmeldung
forgot-closed = Hier werden keine E-Mails gesendet. Fragen Sie die Stelle, von der Sie Ihr Konto haben, nach einem Link für ein neues Passwort.
forgot-sent-title = Sehen Sie in Ihr Postfach
forgot-sent-lead = Wenn es zu Ihrer Eingabe ein Konto gibt, ist ein Link für ein neues Passwort an dessen E-Mail-Adresse unterwegs.
forgot-sent-wait = Das kann einige Minuten dauern. Sehen Sie auch im Spam-Ordner nach. Nur der letzte Link funktioniert.
forgot-again = Noch einen Link senden
not-me-title = Waren Sie das?
not-me-lead = Jemand hat sich in Ihrem Konto angemeldet. Wenn Sie es nicht waren, drücken Sie den Knopf: Er meldet alle Browser ab, entzieht Apps, was sie erhalten haben, und sendet Ihnen einen Link für ein neues Passwort.
not-me-else = Wenn Sie es waren, ist nichts zu tun.
not-me-done-title = Alle Browser sind abgemeldet
not-me-done-lead = Wählen Sie jetzt ein neues Passwort, damit niemand mit dem alten zurückkommt. Ein Link dafür ist an Ihre E-Mail-Adresse unterwegs.
not-me-done-lead-left-out = Wählen Sie jetzt ein neues Passwort, damit niemand mit dem alten zurückkommt. In der letzten Stunde haben wir Ihnen so viele E-Mails geschickt, dass die mit dem Link dafür entfallen ist. Fordern Sie hier einen Link an. Wenn keiner kommt, versuchen Sie es in einer Stunde noch einmal.
not-me-done-lead-operator = Wählen Sie jetzt ein neues Passwort, damit niemand mit dem alten zurückkommt. Fragen Sie den Betreiber dieses Dienstes nach einem Link dafür.
not-me-done-lead-before = Das ist schon geschehen. Wenn Sie seitdem kein neues Passwort gewählt haben, tun Sie es jetzt: Suchen Sie unsere E-Mail mit dem Link dafür oder fordern Sie hier einen anderen an.
