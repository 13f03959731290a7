# Codes et liens envoyés par e-mail.
mailed-send-code = M’envoyer un code par e-mail
mailed-send-link = M’envoyer un lien par e-mail
mailed-address-title = Se connecter par e-mail
mailed-address-lead = Nous envoyons un code ou un lien à votre adresse confirmée. L’un comme l’autre vous connecte sans mot de passe.
mailed-title = Saisissez le code
mailed-link-sent-title = Ouvrez le lien
mailed-second-title = Confirmez avec un code
mailed-second-lead = Pour nous assurer que c’est bien vous, nous envoyons un code à { $address }.
mailed-register-title = Confirmez votre adresse e-mail
mailed-sent-code = S’il existe un compte avec l’adresse { $address }, nous lui avons envoyé un code.
mailed-sent-link = S’il existe un compte avec l’adresse { $address }, nous lui avons envoyé un lien. Ouvrez-le dans ce navigateur ; dans tout autre, il affiche un code à saisir ici.
mailed-sent-second = Nous avons envoyé un code à { $address }.
mailed-sent-register = Nous avons envoyé un e-mail à { $address }. Saisissez le code qu’il contient pour créer votre compte.
mailed-valid = Valable pendant { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
mailed-field = Code
mailed-hint = Les six chiffres de l’e-mail.
mailed-hint-link = Les six chiffres qu’affiche l’autre navigateur.
mailed-continue = Continuer
mailed-again = Envoyer un nouveau code
mailed-again-link = Envoyer un nouveau lien
mailed-other-address = Utiliser une autre adresse
mailed-other-way = Se connecter autrement
mailed-trust = Ne plus demander dans ce navigateur pendant { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}
mailed-error-invalid = Saisissez les six chiffres du code.
mailed-error-wrong = Ce code ne fonctionne pas. Vérifiez-le ou demandez-en un nouveau.
mailed-link-lead = Vous avez demandé ce lien pour vous connecter avec { $address }.
mailed-confirm-lead = Confirmez que { $address } est bien la vôtre, et votre compte sera créé.
mailed-link-elsewhere = Ce lien pour { $address } a été demandé dans un autre navigateur. Affichez un code ici et saisissez-le là-bas.
mailed-show-code = Afficher le code
mailed-match-title = Saisissez ce code dans l’autre navigateur
mailed-match-lead = Retournez au navigateur dans lequel vous avez commencé et saisissez-y ce code.
mailed-match-aside = Si vous n’avez rien commencé, fermez cette page et ne donnez le code à personne.
mail-confirm-address-code-lead = Saisissez ce code sur la page où vous créez votre compte { $brand }, ou appuyez sur le bouton.
mail-confirm-address-code-aside = Si ce n’était pas vous, ne faites rien et ne donnez le code à personne. Sans lui, personne ne peut confirmer votre adresse.
