# Die Seite, die die API beschreibt.
api-title = API für Oberflächen
api-lead = Für die eigene Oberfläche des Betreibers. Apps anderer nutzen den Autorisierungsendpunkt.
api-programs = Für Programme
api-takes = Erwartet
api-answers = Antwortet
api-shapes = Strukturen
