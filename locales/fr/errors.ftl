# Pages d’erreur : un titre, ce qui s’est passé, ce qu’il faut faire.
fault-app-title = Cette application n’est pas configurée correctement
fault-return-address = { $app } a envoyé une adresse de retour qui n’est pas enregistrée pour cette application.
fault-unknown-app = L’application d’où vous venez n’est pas connue de ce serveur.
fault-app-request = L’application a envoyé une demande que ce serveur ne comprend pas.
fault-app-next = Vous n’y êtes pour rien, et réessayer n’y change rien. Prévenez les responsables de l’application.
fault-expired-title = Cela a pris trop de temps
fault-expired = Le temps prévu pour cette connexion est écoulé.
fault-expired-next = Retournez à l’application et connectez-vous à nouveau.
fault-provider-title = La connexion avec un autre fournisseur n’a pas fonctionné
fault-provider-next = Retournez là où vous avez commencé, puis réessayez.
fault-provider-goes-on = Vous pouvez continuer sans elle.
fault-browser-title = Cette connexion a été commencée ailleurs
fault-browser = Elle appartient à un autre navigateur, ou ce navigateur ne garde pas les cookies.
fault-browser-next = Autorisez les cookies pour ce site, retournez à l’application et connectez-vous à nouveau.
fault-form-title = Cette page est restée ouverte trop longtemps
fault-form = Votre envoi n’a pas pu être rattaché à la page d’où il vient, et rien n’a été modifié.
fault-form-next = Ouvrez la page à nouveau et recommencez l’envoi.
fault-link-title = Ce lien ne fonctionne plus
fault-link = Il a déjà été utilisé, ou il a expiré.
fault-link-next = Demandez-en un nouveau là où vous l’avez obtenu.
fault-link-sign-in = Reconnectez-vous. Vous pourrez alors demander un nouveau lien.
fault-link-confirm = Si vous étiez en train de créer un compte, recommencez. Si vous ajoutiez une adresse à votre compte, ajoutez-la de nouveau.
fault-link-address = Si vous voulez toujours utiliser cette adresse, ajoutez-la de nouveau à votre compte.
fault-link-undo = Si vous n’accédez plus à votre compte, ou si quelqu’un d’autre l’utilise, réinitialisez votre mot de passe. Si cela ne suffit pas, demandez à l’exploitant de ce service.
fault-link-undo-operator = Si vous n’accédez plus à votre compte, ou si quelqu’un d’autre l’utilise, demandez à l’exploitant de ce service.
fault-not-found-title = Cette page n’existe pas
fault-not-found = L’adresse contient peut-être une faute de frappe, ou la page a été déplacée.
fault-not-found-next = Vérifiez l’adresse, ou partez de votre compte.
fault-method-title = Cette adresse ne s’utilise pas de cette façon
fault-method = La page a été appelée d’une façon à laquelle elle ne répond pas.
fault-method-next = Revenez en arrière et utilisez le bouton ou le lien de la page précédente.
fault-bad-request-title = Quelque chose ne va pas dans cette demande
fault-bad-request = Le serveur n’a pas pu lire ce que votre navigateur a envoyé.
fault-bad-request-next = Revenez en arrière et réessayez.
fault-registration-title = La création de compte n’est pas ouverte à tout le monde ici
fault-registration = Les nouveaux comptes sont créés par les responsables de ce service.
fault-registration-next = Demandez-leur un compte.
fault-too-many-title = Trop de tentatives
fault-too-many = Trop de tentatives sont venues d’ici en peu de temps.
fault-too-many-next = Attendez { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
} et réessayez.
fault-too-many-next-hours = Attendez { $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
} et réessayez.
fault-busy-title = Le service est très sollicité
fault-busy = Il y a en ce moment plus à faire que le serveur ne peut traiter.
fault-busy-next = Réessayez dans quelques secondes.
fault-internal-title = Un problème est survenu ici
fault-internal = L’erreur vient de nous, et elle a été enregistrée.
fault-internal-next = Réessayez dans un instant. Si cela se reproduit, envoyez le numéro ci-dessous aux responsables de ce service.
fault-request-id = Numéro de la demande
fault-time = Heure
