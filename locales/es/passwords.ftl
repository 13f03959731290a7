# Por qué se rechaza una contraseña nueva.
error-password-nearly-common = Se parece a una contraseña que usa mucha gente, así que es fácil de adivinar. Elige otra.
error-password-word = Es poco más que una palabra, así que es fácil de adivinar. Usa varias palabras que no tengan relación entre sí.
error-password-name = Es poco más que un nombre, así que es fácil de adivinar. Usa varias palabras que no tengan relación entre sí.
error-password-keyboard = Estas teclas están una al lado de otra, así que la contraseña es fácil de adivinar. Usa varias palabras que no tengan relación entre sí.
error-password-repetition = Repite lo mismo una y otra vez, así que es fácil de adivinar. Usa varias palabras que no tengan relación entre sí.
error-password-sequence = Es una secuencia, así que es fácil de adivinar. Usa varias palabras que no tengan relación entre sí.
error-password-date = Es poco más que una fecha, así que es fácil de adivinar. Usa varias palabras que no tengan relación entre sí.
error-password-breached = Esta contraseña está en una lista de contraseñas filtradas de otros servicios, así que otros la prueban. Elige una que no uses en ningún otro sitio.
