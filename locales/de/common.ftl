# Was auf jeder Seite steht.
error-title = Fehler: { $title }
page-title = { $title } – { $name }
several-problems = Prüfen Sie diese Angaben
skip-to-content = Zum Inhalt springen
language-menu = Sprache
operator-links = Über diesen Dienst
link-privacy = Datenschutz
link-terms = Nutzungsbedingungen
link-help = Hilfe
opens-elsewhere = (öffnet einen neuen Tab)
warning-label = Warnung
warning-development = Dies ist ein Entwicklungsserver. Verwenden Sie nur erfundene Daten.
warning-insecure = Die Verbindung zu diesem Server ist nicht verschlüsselt. Passwörter können unterwegs mitgelesen werden.
optional-field = { $label } (freiwillig)
date-time = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year } um { $time } { $zone }
place = { $city } ({ $country })
next-try-again = Erneut versuchen
next-sign-in = Anmelden
next-account = Zu Ihrem Konto
next-go-on = Weiter
next-app = Zu { $app }
cancel = Abbrechen
or = oder
