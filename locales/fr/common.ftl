# Ce qui figure sur chaque page.
error-title = Erreur : { $title }
page-title = { $title } – { $name }
several-problems = Vérifiez ces réponses
skip-to-content = Aller au contenu
language-menu = Langue
operator-links = À propos de ce service
link-privacy = Confidentialité
link-terms = Conditions d’utilisation
link-help = Aide
opens-elsewhere = (s’ouvre dans un nouvel onglet)
warning-label = Avertissement
warning-development = Ceci est un serveur de développement. N’utilisez que des données inventées.
warning-insecure = La connexion à ce serveur n’est pas chiffrée. Les mots de passe envoyés peuvent être lus en chemin.
optional-field = { $label } (facultatif)
date-time = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
} { $year } à { $time } { $zone }
place = { $city } ({ $country })
next-try-again = Réessayer
next-sign-in = Se connecter
next-account = Accéder à votre compte
next-go-on = Continuer
next-app = Accéder à { $app }
cancel = Annuler
or = ou
