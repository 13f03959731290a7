# Pourquoi un nouveau mot de passe est refusé.
error-password-nearly-common = Il ressemble à un mot de passe que beaucoup utilisent, il est donc facile à deviner. Choisissez-en un autre.
error-password-word = Ce n’est guère plus qu’un mot, donc facile à deviner. Utilisez plusieurs mots sans rapport entre eux.
error-password-name = Ce n’est guère plus qu’un nom, donc facile à deviner. Utilisez plusieurs mots sans rapport entre eux.
error-password-keyboard = Ces touches sont côte à côte, le mot de passe est donc facile à deviner. Utilisez plusieurs mots sans rapport entre eux.
error-password-repetition = Il répète toujours la même chose, il est donc facile à deviner. Utilisez plusieurs mots sans rapport entre eux.
error-password-sequence = C’est une suite, donc facile à deviner. Utilisez plusieurs mots sans rapport entre eux.
error-password-date = Ce n’est guère plus qu’une date, donc facile à deviner. Utilisez plusieurs mots sans rapport entre eux.
error-password-breached = Ce mot de passe figure sur une liste de mots de passe volés à d’autres services, et d’autres l’essaient. Choisissez-en un que vous n’utilisez nulle part ailleurs.
