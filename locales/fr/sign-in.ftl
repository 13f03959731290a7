# Connexion, déconnexion et nouveaux comptes.
login-title = Se connecter
login-title-app = Se connecter à { $app }
login-again = Confirmez que c’est bien vous pour continuer.
identifier = Adresse e-mail ou nom d’utilisateur
password = Mot de passe
password-show = Afficher
password-hide = Masquer
password-show-label = Afficher le mot de passe
password-hide-label = Masquer le mot de passe
forgot-password = Mot de passe oublié ?
remember = Garder mon compte connecté pendant { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}
remember-hint = Ne cochez pas cette case sur un appareil que d’autres utilisent.
sign-in = Se connecter
new-here = Première visite ?
create-account-link = Créer un compte
login-error-wrong = Aucun compte ne correspond ici à cette adresse e-mail ou ce nom d’utilisateur avec ce mot de passe.
login-error-no-identifier = Saisissez votre adresse e-mail ou votre nom d’utilisateur.
login-error-no-password = Saisissez votre mot de passe.
login-error-too-many = Il y a eu trop de tentatives. Attendez { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
} et réessayez.
login-error-too-many-hours = Il y a eu trop de tentatives. Attendez { $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
} et réessayez.
login-other-ways = Après trop de tentatives erronées, nous ne laissons plus entrer de nouveau navigateur pendant un moment, même avec le bon mot de passe. Un navigateur qui a déjà servi à vous connecter reste admis.
register-title = Créer un compte
register-title-app = Créer un compte pour { $app }
have-account = Vous avez déjà un compte ?
name = Nom
name-hint = Comme vous souhaitez qu’on vous appelle.
email = Adresse e-mail
username = Nom d’utilisateur
username-hint = Lettres, chiffres, points, traits d’union et tirets bas.
password-rule = Au moins { $count } caractères. Quelques mots sans rapport entre eux font un bon mot de passe.
password-new = Nouveau mot de passe
create-account = Créer le compte
register-accept = En créant un compte, vous acceptez :
error-no-name = Saisissez votre nom.
error-name-too-long = Utilisez un nom plus court.
error-no-email = Saisissez votre adresse e-mail.
error-email-invalid = Saisissez une adresse e-mail comme nom@example.com.
error-email-taken = Il existe déjà un compte avec cette adresse e-mail. Connectez-vous avec celle-ci.
error-username-invalid = Utilisez des lettres, chiffres, points, traits d’union et tirets bas pour le nom d’utilisateur.
error-username-taken = Ce nom d’utilisateur est déjà pris. Choisissez-en un autre.
error-no-password = Choisissez un mot de passe.
error-password-short = Utilisez au moins { $count } caractères pour le mot de passe.
error-password-long = Utilisez au plus { $count } caractères pour le mot de passe.
error-password-common = Beaucoup de gens utilisent ce mot de passe, il est donc facile à deviner. Choisissez-en un autre.
error-password-personal = Ce mot de passe n’est guère plus que votre nom, votre adresse e-mail, votre nom d’utilisateur ou le nom de ce service. Choisissez-en un autre.
set-password-title = Choisir un nouveau mot de passe
set-password-for = Pour le compte { $account }.
set-password-effect = Quand vous enregistrez le mot de passe, votre compte est déconnecté partout ailleurs.
set-password-save = Enregistrer le mot de passe
password-saved-title = Votre mot de passe est enregistré
password-saved = Utilisez-le désormais pour vous connecter.
setup-title = Créer le premier compte d’administration
setup-lead = Ce lien fonctionne une seule fois. Le compte que vous créez ici peut tout gérer sur ce serveur.
setup-create = Créer le compte d’administration
select-title = Choisir un compte
select-title-app = Choisir un compte pour { $app }
select-continue = Continuer avec { $person }
select-other = Utiliser un autre compte
sign-out-title = Se déconnecter ?
sign-out-lead = Le compte connecté est { $person }.
sign-out-app = { $app } demande à vous déconnecter ici aussi.
sign-out = Se déconnecter
sign-out-stay = Garder le compte connecté
signed-out-title = Votre compte est déconnecté
signed-out-lead = Fermez le navigateur si d’autres personnes utilisent cet appareil.
finished-title = Cette connexion est terminée
finished-lead = Vous l’avez déjà achevée, peut-être dans un autre onglet. Vous pouvez fermer celui-ci.
form-post-title = Retour à { $app }
form-post-lead = Tout est fait ici. { $app } vous attend.
form-post-continue = Continuer
