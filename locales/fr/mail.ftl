# Ce que disent les e-mails.
mail-hello = Bonjour { $name },
mail-fact = { $label } :
mail-when = Quand
mail-device = Appareil
mail-ip = Adresse IP
mail-place = Lieu (approximatif)
mail-new-address = Nouvelle adresse
mail-removed-address = Adresse retirée
mail-factor = Moyen de connexion
mail-factor-passkey = Clé d’accès
mail-factor-app = Application d’authentification
mail-factor-recovery-codes = Codes de récupération
mail-codes-left = Codes de récupération restants
mail-locked-until = Bloqué jusqu’au
mail-restore-until = Peut être restauré jusqu’au
mail-valid-minutes = Valable une seule fois, pendant { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
mail-valid-hours = Valable une seule fois, pendant { $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
}.
mail-valid-days = Valable une seule fois, pendant { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}.
mail-bare-link = Si le bouton ne fonctionne pas, ouvrez cette adresse :
mail-confirm-action = Confirmer l’adresse
mail-reset-password = Réinitialiser le mot de passe
mail-check-account = Vérifier votre compte
mail-not-me = Ce n’était pas moi
mail-why-account = Vous recevez cet e-mail parce que { $address } appartient à votre compte { $brand }.
mail-why-former = Vous recevez cet e-mail parce que { $address } appartenait jusqu’ici à votre compte { $brand }.
mail-why-entered = Vous recevez cet e-mail parce que quelqu’un a saisi { $address } chez { $brand }.
mail-why-invited = Vous recevez cet e-mail parce que l’administration de { $brand } a créé un compte pour { $address }.
mail-confirm-address-subject = Confirmez votre adresse e-mail pour { $brand }
mail-confirm-address-lead = Confirmez que cette adresse e-mail est bien la vôtre, pour pouvoir l’utiliser chez { $brand }.
mail-confirm-address-aside = Si ce n’était pas vous, ne faites rien. Sans le lien, personne ne peut confirmer votre adresse.
mail-welcome-subject = Bienvenue chez { $brand }
mail-welcome-lead = Votre compte est prêt et votre adresse e-mail est confirmée.
mail-welcome-aside = Si vous n’avez pas créé ce compte, réinitialisez son mot de passe avec « Mot de passe oublié ? » sur la page de connexion. Toutes les autres personnes sont alors déconnectées.
mail-sign-in-code-subject = { $code } est votre code { $brand }
mail-sign-in-code-heading = Votre code de connexion
mail-sign-in-code-lead = Saisissez ce code sur la page où vous vous connectez à { $brand }.
mail-sign-in-code-aside = Si vous n’êtes pas en train de vous connecter, quelqu’un d’autre a saisi votre adresse. Ne donnez le code à personne et ne faites rien : sans lui, personne ne peut entrer.
mail-sign-in-link-subject = Votre lien de connexion à { $brand }
mail-sign-in-link-lead = Ouvrez ce lien pour vous connecter.
mail-sign-in-link-aside = Si vous ne l’avez pas demandé, ne faites rien et ne le transférez à personne : sans lui, personne ne peut entrer.
mail-password-reset-subject = Réinitialisez votre mot de passe { $brand }
mail-password-reset-lead = Quelqu’un a demandé à réinitialiser le mot de passe de votre compte. Si c’était vous, choisissez-en un nouveau maintenant.
mail-password-reset-aside = Si ce n’était pas vous, ne faites rien. Votre mot de passe reste tel quel.
mail-password-changed-subject = Votre mot de passe { $brand } a été modifié
mail-password-changed-lead = Le mot de passe de votre compte a été modifié.
mail-password-changed-aside = Si c’était vous, il n’y a rien à faire. Sinon, réinitialisez votre mot de passe sans attendre. Toutes les autres personnes sont alors déconnectées.
mail-new-sign-in-subject = Nouvelle connexion à votre compte { $brand }
mail-new-sign-in-lead = Quelqu’un s’est connecté à votre compte dans un navigateur encore inconnu.
mail-new-sign-in-aside = Si c’était vous, il n’y a rien à faire. Sinon, appuyez sur le bouton : ce navigateur est déconnecté et vous choisissez un nouveau mot de passe.
mail-factor-added-subject = Un moyen de connexion a été ajouté à votre compte { $brand }
mail-factor-added-lead = Votre compte a un nouveau moyen de connexion.
mail-factor-added-aside = Si c’était vous, il n’y a rien à faire. Sinon, retirez-le de votre compte et changez votre mot de passe sans attendre.
mail-factor-removed-subject = Un moyen de connexion a été retiré de votre compte { $brand }
mail-factor-removed-lead = Votre compte a perdu l’un de ses moyens de connexion.
mail-factor-removed-aside = Si c’était vous, il n’y a rien à faire. Sinon, changez votre mot de passe sans attendre et ajoutez-le de nouveau.
mail-recovery-codes-made-subject = Nouveaux codes de récupération pour votre compte { $brand }
mail-recovery-codes-made-lead = De nouveaux codes de récupération ont été créés pour votre compte. Les codes précédents ne fonctionnent plus.
mail-recovery-codes-made-aside = Si c’était vous, conservez-les en lieu sûr. Sinon, changez votre mot de passe sans attendre et créez de nouveaux codes de récupération.
mail-recovery-code-used-subject = Un code de récupération de votre compte { $brand } a été utilisé
mail-recovery-code-used-lead = Quelqu’un a utilisé l’un de vos codes de récupération pour se connecter à votre compte.
mail-recovery-code-used-aside = Si c’était vous, rayez le code : il ne fonctionne plus. Sinon, changez votre mot de passe sans attendre et créez de nouveaux codes de récupération.
mail-passkey-copied-subject = Une clé d’accès de votre compte { $brand } a peut-être été copiée
mail-passkey-copied-lead = Quelqu’un a essayé de se connecter à votre compte avec l’une de vos clés d’accès, dont il existe peut-être une copie. La connexion a été refusée.
mail-passkey-copied-aside = Si c’était vous, retirez cette clé d’accès de votre compte et ajoutez-en une nouvelle. Sinon, faites-le sans attendre : quelqu’un d’autre la possède peut-être.
mail-address-change-subject = Confirmez votre nouvelle adresse e-mail pour { $brand }
mail-address-change-lead = Confirmez que cette adresse e-mail est bien la vôtre. Elle remplace ensuite celle que votre compte a maintenant.
mail-address-change-aside = Si ce n’était pas vous, ne faites rien. Sans le lien, personne ne peut confirmer votre adresse.
mail-address-changing-subject = Votre adresse e-mail { $brand } est sur le point de changer
mail-address-changing-lead = Quelqu’un a demandé à remplacer cette adresse e-mail de votre compte par une autre. Cela se fait dès que la nouvelle adresse est confirmée.
mail-address-changing-aside = Si c’était vous, il n’y a rien à faire. Sinon, appuyez sur le bouton : votre adresse reste et vous choisissez un nouveau mot de passe.
mail-address-changed-subject = Votre adresse e-mail { $brand } a été modifiée
mail-address-changed-lead = Une autre adresse e-mail a remplacé celle-ci dans votre compte.
mail-address-changed-aside = Si c’était vous, il n’y a rien à faire. Sinon, appuyez sur le bouton : votre adresse revient et vous choisissez un nouveau mot de passe.
mail-address-removed-subject = Une adresse e-mail a été retirée de votre compte { $brand }
mail-address-removed-lead = L’adresse e-mail ci-dessous ne fait plus partie de votre compte. Plus personne ne peut se connecter avec elle.
mail-address-removed-aside = Si c’était vous, il n’y a rien à faire. Sinon, changez votre mot de passe sans attendre et ajoutez de nouveau l’adresse.
mail-account-locked-subject = Votre compte { $brand } est bloqué pour un moment
mail-account-locked-lead = Il y a eu trop de tentatives erronées de connexion à votre compte. Pendant un moment, aucun nouveau navigateur n’est admis, même avec le bon mot de passe. Un navigateur qui a déjà servi à vous connecter reste admis.
mail-account-locked-aside = Si c’était vous et que vous avez oublié votre mot de passe, réinitialisez-le. Si ce n’était pas vous, il n’y a rien à faire : les tentatives étaient erronées.
mail-registration-attempt-subject = Vous avez déjà un compte { $brand }
mail-registration-attempt-lead = Quelqu’un a essayé de créer un compte avec cette adresse e-mail. Vous en avez déjà un, aucun autre n’a donc été créé.
mail-registration-attempt-aside = Si c’était vous, connectez-vous. Si vous avez oublié votre mot de passe, vous pouvez y en choisir un nouveau. Si ce n’était pas vous, il n’y a rien à faire.
mail-invitation-subject = Votre nouveau compte { $brand }
mail-invitation-lead = Un compte a été créé pour vous. Choisissez un mot de passe pour commencer à l’utiliser.
mail-invitation-action = Choisir un mot de passe
mail-invitation-aside = Si vous ne savez pas de quoi il s’agit, ne faites rien. Sans le lien, personne ne peut utiliser le compte.
mail-account-deleted-subject = Votre compte { $brand } a été supprimé
mail-account-deleted-lead = Votre compte a été supprimé. Il peut être restauré jusqu’au moment indiqué ci-dessous ; ensuite il disparaît pour de bon.
mail-account-deleted-action = Restaurer le compte
mail-account-deleted-aside = Si vous voulez qu’il disparaisse, il n’y a rien à faire. Sinon, restaurez-le et changez votre mot de passe.
mail-account-deactivated-subject = Votre compte { $brand } est désactivé
mail-account-deactivated-lead = Personne ne peut se connecter à votre compte et les applications n’y ont pas accès. Tout y reste en l’état. Pour l’utiliser de nouveau, réactivez-le et connectez-vous comme avant.
mail-account-deactivated-action = Réactiver le compte
mail-account-deactivated-aside = S’il doit rester désactivé, il n’y a rien à faire. Une fois le lien expiré, « Mot de passe oublié ? » sur la page de connexion vous en envoie un nouveau. Si ce n’est pas vous qui l’avez désactivé, réactivez-le et changez votre mot de passe.
