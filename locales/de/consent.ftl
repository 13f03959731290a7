# Die Bitte um Zugriff. Jede Zeile führt den Satz „ACME Notes möchte“ fort.
consent-title = { $app } möchte
consent-list = Was { $app } tun möchte
consent-new = Neu
consent-host = Danach geht es weiter zu { $host }.
consent-host-publisher = { $app } wird angeboten von { $publisher }. Danach geht es weiter zu { $host }.
consent-signed-in = Sie sind als { $person } angemeldet.
not-you = Nicht Sie?
consent-undo = Sie können das jederzeit in Ihrem Konto unter „Apps“ rückgängig machen.
consent-policies = Wie { $app } mit Ihren Daten umgeht:
allow = Erlauben
deny = Ablehnen
scope-openid = Sie wiedererkennen
scope-openid-detail = Die App merkt, dass Sie bei jedem Besuch dieselbe Person sind.
scope-profile = Ihren Namen und Benutzernamen sehen
scope-profile-detail = Das, was Sie in Ihrem Profil angegeben haben.
scope-email = Ihre E-Mail-Adresse sehen
scope-email-detail = Die App kann Ihnen an diese Adresse schreiben.
scope-phone = Ihre Telefonnummer sehen
scope-phone-detail = Die App kann Sie anrufen oder Ihnen Nachrichten senden.
scope-address = Ihre Postanschrift sehen
scope-address-detail = Die App erfährt, wo Sie wohnen oder Post bekommen.
scope-offline-access = Verbunden bleiben, wenn Sie nicht da sind
scope-offline-access-detail = Der Zugriff bleibt, auch wenn Sie sich abmelden.
scope-roles = Ihre Rollen sehen
scope-roles-detail = Die App erfährt, was Sie hier tun dürfen.
scope-other = „{ $scope }“ verwenden
scope-other-detail = So nennt die App etwas, das sie für Sie tun möchte.
claim-name = Ihren vollen Namen sehen
claim-given-name = Ihren Vornamen sehen
claim-family-name = Ihren Nachnamen sehen
claim-middle-name = Ihren zweiten Vornamen sehen
claim-nickname = Ihren Spitznamen sehen
claim-preferred-username = Ihren Benutzernamen sehen
claim-picture = Ihr Bild sehen
claim-profile = Die Adresse Ihrer Profilseite sehen
claim-website = Die Adresse Ihrer Website sehen
claim-gender = Ihr Geschlecht sehen
claim-birthdate = Ihr Geburtsdatum sehen
claim-zoneinfo = Ihre Zeitzone sehen
claim-locale = Ihre Sprache sehen
claim-updated-at = Sehen, wann sich Ihr Profil zuletzt geändert hat
claim-email-verified = Sehen, ob Ihre E-Mail-Adresse bestätigt ist
claim-phone-number-verified = Sehen, ob Ihre Telefonnummer bestätigt ist
claim-detail = Nur das, und nicht den Rest Ihres Profils.
consent-lasts-minutes = Dieser Zugriff endet nach { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
  }.
consent-lasts-session = Dieser Zugriff endet, wenn Sie sich abmelden, spätestens nach { $days ->
    [one] { $days } Tag
   *[other] { $days } Tagen
  }.
consent-lasts-offline = Dieser Zugriff gilt bis zu { $days ->
    [one] { $days } Tag
   *[other] { $days } Tage
  }, auch wenn Sie abgemeldet sind.
