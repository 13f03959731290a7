# Warum ein neues Passwort abgelehnt wird.
error-password-nearly-common = Das ähnelt einem Passwort, das viele verwenden, und ist leicht zu erraten. Wählen Sie ein anderes.
error-password-word = Das ist kaum mehr als ein Wort und leicht zu erraten. Nehmen Sie mehrere Wörter, die nicht zusammengehören.
error-password-name = Das ist kaum mehr als ein Name und leicht zu erraten. Nehmen Sie mehrere Wörter, die nicht zusammengehören.
error-password-keyboard = Diese Tasten liegen nebeneinander, daher ist das Passwort leicht zu erraten. Nehmen Sie mehrere Wörter, die nicht zusammengehören.
error-password-repetition = Das wiederholt sich immer wieder und ist leicht zu erraten. Nehmen Sie mehrere Wörter, die nicht zusammengehören.
error-password-sequence = Das ist eine Reihenfolge und leicht zu erraten. Nehmen Sie mehrere Wörter, die nicht zusammengehören.
error-password-date = Das ist kaum mehr als ein Datum und leicht zu erraten. Nehmen Sie mehrere Wörter, die nicht zusammengehören.
error-password-breached = Dieses Passwort steht auf einer Liste von Passwörtern, die anderen Diensten entwendet wurden, und wird von anderen ausprobiert. Wählen Sie eines, das Sie sonst nirgends verwenden.
