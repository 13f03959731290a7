# La demande d’accès. Chaque ligne complète la phrase « ACME Notes souhaite ».
consent-title = { $app } souhaite
consent-list = Ce que { $app } souhaite faire
consent-new = Nouveau
consent-host = Vous continuez ensuite vers { $host }.
consent-host-publisher = { $app } est une application de { $publisher }. Vous continuez ensuite vers { $host }.
consent-signed-in = Le compte connecté est { $person }.
not-you = Ce n’est pas vous ?
consent-undo = Vous pouvez revenir sur ce choix à tout moment dans votre compte, sous « Applications ».
consent-policies = Comment { $app } traite vos données :
allow = Autoriser
deny = Refuser
scope-openid = Vous reconnaître
scope-openid-detail = L’application sait que vous êtes la même personne à chacune de vos visites.
scope-profile = Voir votre nom et votre nom d’utilisateur
scope-profile-detail = Ce que vous avez indiqué dans votre profil.
scope-email = Voir votre adresse e-mail
scope-email-detail = L’application peut vous écrire à cette adresse.
scope-phone = Voir votre numéro de téléphone
scope-phone-detail = L’application peut vous appeler ou vous envoyer des messages.
scope-address = Voir votre adresse postale
scope-address-detail = L’application apprend où vous habitez ou recevez votre courrier.
scope-offline-access = Garder l’accès en votre absence
scope-offline-access-detail = L’accès reste ouvert même après votre déconnexion.
scope-roles = Voir vos rôles
scope-roles-detail = L’application apprend ce que vous avez le droit de faire ici.
scope-other = Utiliser « { $scope } »
scope-other-detail = C’est le nom que l’application donne à une chose qu’elle souhaite faire pour vous.
claim-name = Voir votre nom complet
claim-given-name = Voir votre prénom
claim-family-name = Voir votre nom de famille
claim-middle-name = Voir votre deuxième prénom
claim-nickname = Voir votre surnom
claim-preferred-username = Voir votre nom d’utilisateur
claim-picture = Voir votre photo
claim-profile = Voir l’adresse de votre page de profil
claim-website = Voir l’adresse de votre site web
claim-gender = Voir votre genre
claim-birthdate = Voir votre date de naissance
claim-zoneinfo = Voir votre fuseau horaire
claim-locale = Voir votre langue
claim-updated-at = Voir quand votre profil a changé pour la dernière fois
claim-email-verified = Voir si votre adresse e-mail est confirmée
claim-phone-number-verified = Voir si votre numéro de téléphone est confirmé
claim-detail = Cela seulement, et non le reste de votre profil.
consent-lasts-minutes = Cet accès prend fin au bout de { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
  }.
consent-lasts-session = Cet accès prend fin quand vous vous déconnectez, et au plus tard au bout de { $days ->
    [one] { $days } jour
   *[other] { $days } jours
  }.
consent-lasts-offline = Cet accès dure jusqu’à { $days ->
    [one] { $days } jour
   *[other] { $days } jours
  }, même après votre déconnexion.
