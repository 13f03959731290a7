# Getting back into an account.
forgot-title = Mot de passe oublié ?
forgot-lead = Saisissez votre adresse e-mail ou votre nom d’utilisateur. S’il existe un compte correspondant, nous envoyons un lien à son adresse e-mail. Avec ce lien, vous choisissez un nouveau mot de passe.
forgot-send = Envoyer le lien
forgot-back = Retour à la connexion
forgot-closed = Aucun e-mail n’est envoyé ici. Demandez à la personne qui vous a donné votre compte un lien pour choisir un nouveau mot de passe.
forgot-sent-title = Consultez votre messagerie
forgot-sent-lead = S’il existe un compte correspondant à votre saisie, un lien pour choisir un nouveau mot de passe est en route vers son adresse e-mail.
forgot-sent-wait = Cela peut prendre quelques minutes. Regardez aussi parmi les indésirables. Seul le dernier lien fonctionne.
forgot-again = Envoyer un autre lien
not-me-title = Était-ce vous ?
not-me-lead = Quelqu’un s’est connecté à votre compte. Si ce n’était pas vous, appuyez sur le bouton : il déconnecte tous les navigateurs, retire aux applications ce qu’elles ont obtenu et vous envoie un lien pour choisir un nouveau mot de passe.
not-me-else = Si c’était vous, il n’y a rien à faire.
not-me-done-title = Tous les navigateurs sont déconnectés
not-me-done-lead = Choisissez maintenant un nouveau mot de passe, pour que personne ne revienne avec l’ancien. Un lien à cet effet est en route vers votre adresse e-mail.
not-me-done-lead-left-out = Choisissez maintenant un nouveau mot de passe, pour que personne ne revienne avec l’ancien. Nous vous avons envoyé tant de messages au cours de la dernière heure que celui avec le lien à cet effet n’est pas parti. Demandez un lien ici. Si aucun n’arrive, recommencez dans une heure.
not-me-done-lead-operator = Choisissez maintenant un nouveau mot de passe, pour que personne ne revienne avec l’ancien. Demandez un lien à cet effet à l’exploitant de ce service.
not-me-done-lead-before = C’est déjà fait. Si vous n’avez pas choisi de nouveau mot de passe depuis, faites-le maintenant : cherchez notre message avec le lien à cet effet ou demandez-en un autre ici.
