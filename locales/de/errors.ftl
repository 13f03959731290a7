# Fehlerseiten: Überschrift, was geschehen ist, was zu tun ist.
fault-app-title = Diese App ist nicht richtig eingerichtet
fault-return-address = { $app } hat eine Rücksprungadresse gesendet, die dafür nicht hinterlegt ist.
fault-unknown-app = Die App, von der Sie kommen, ist diesem Server nicht bekannt.
fault-app-request = Die App hat eine Anfrage gesendet, die dieser Server nicht versteht.
fault-app-next = Sie haben nichts falsch gemacht, und ein neuer Versuch hilft nicht. Sagen Sie denen Bescheid, die die App betreiben.
fault-expired-title = Das hat zu lange gedauert
fault-expired = Die Zeit für diese Anmeldung ist abgelaufen.
fault-expired-next = Gehen Sie zurück zur App und melden Sie sich neu an.
fault-provider-title = Die Anmeldung bei einem anderen Anbieter hat nicht geklappt
fault-provider-next = Gehen Sie dahin zurück, wo Sie angefangen haben, und versuchen Sie es noch einmal.
fault-provider-goes-on = Sie können auch ohne sie weitermachen.
fault-browser-title = Diese Anmeldung wurde woanders begonnen
fault-browser = Sie gehört zu einem anderen Browser, oder dieser Browser speichert keine Cookies.
fault-browser-next = Erlauben Sie Cookies für diese Seite, gehen Sie zurück zur App und melden Sie sich neu an.
fault-form-title = Diese Seite war zu lange geöffnet
fault-form = Ihre Eingabe ließ sich der Seite nicht zuordnen, von der sie kam; es wurde nichts geändert.
fault-form-next = Öffnen Sie die Seite neu und senden Sie noch einmal.
fault-link-title = Dieser Link gilt nicht mehr
fault-link = Er wurde schon benutzt, oder seine Zeit ist abgelaufen.
fault-link-next = Lassen Sie sich einen neuen geben, wo Sie diesen bekommen haben.
fault-link-sign-in = Melden Sie sich neu an. Dort können Sie sich einen neuen Link schicken lassen.
fault-link-confirm = Wenn Sie ein Konto erstellen wollten, beginnen Sie von vorn. Wenn Sie Ihrem Konto eine Adresse hinzufügen wollten, fügen Sie sie dort noch einmal hinzu.
fault-link-address = Wenn Sie die Adresse weiterhin verwenden möchten, fügen Sie sie Ihrem Konto noch einmal hinzu.
fault-link-undo = Wenn Sie nicht in Ihr Konto kommen oder jemand anderes es benutzt, setzen Sie Ihr Passwort zurück. Wenn das nicht hilft, fragen Sie den Betreiber dieses Dienstes.
fault-link-undo-operator = Wenn Sie nicht in Ihr Konto kommen oder jemand anderes es benutzt, fragen Sie den Betreiber dieses Dienstes.
fault-not-found-title = Diese Seite gibt es nicht
fault-not-found = Die Adresse enthält vielleicht einen Tippfehler, oder die Seite ist umgezogen.
fault-not-found-next = Prüfen Sie die Adresse, oder beginnen Sie bei Ihrem Konto.
fault-method-title = So lässt sich diese Adresse nicht aufrufen
fault-method = Die Seite wurde auf eine Weise aufgerufen, auf die sie nicht antwortet.
fault-method-next = Gehen Sie zurück und benutzen Sie den Knopf oder den Link auf der Seite davor.
fault-bad-request-title = Mit dieser Anfrage stimmt etwas nicht
fault-bad-request = Der Server konnte nicht lesen, was Ihr Browser gesendet hat.
fault-bad-request-next = Gehen Sie zurück und versuchen Sie es erneut.
fault-registration-title = Konten sind hier nicht für alle offen
fault-registration = Neue Konten legen die an, die diesen Dienst betreiben.
fault-registration-next = Fragen Sie dort nach einem Konto.
fault-too-many-title = Zu viele Versuche
fault-too-many = Von hier kamen in kurzer Zeit zu viele Versuche.
fault-too-many-next = Warten Sie { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
} und versuchen Sie es erneut.
fault-too-many-next-hours = Warten Sie { $hours ->
    [one] { $hours } Stunde
   *[other] { $hours } Stunden
} und versuchen Sie es erneut.
fault-busy-title = Der Dienst ist ausgelastet
fault-busy = Gerade ist mehr zu tun, als der Server schafft.
fault-busy-next = Versuchen Sie es in ein paar Sekunden erneut.
fault-internal-title = Hier ist etwas schiefgegangen
fault-internal = Der Fehler liegt bei uns und wurde festgehalten.
fault-internal-next = Versuchen Sie es gleich noch einmal. Geschieht es wieder, senden Sie die Nummer unten an die, die diesen Dienst betreiben.
fault-request-id = Nummer der Anfrage
fault-time = Zeit
