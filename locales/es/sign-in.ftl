# Iniciar y cerrar sesión, y cuentas nuevas.
login-title = Iniciar sesión
login-title-app = Iniciar sesión en { $app }
login-again = Confirma que eres tú para continuar.
identifier = Correo electrónico o nombre de usuario
password = Contraseña
password-show = Mostrar
password-hide = Ocultar
password-show-label = Mostrar la contraseña
password-hide-label = Ocultar la contraseña
forgot-password = ¿Has olvidado la contraseña?
remember = Mantener la sesión iniciada durante { $days ->
    [one] { $days } día
   *[other] { $days } días
}
remember-hint = No lo marques en un dispositivo que usan otras personas.
sign-in = Iniciar sesión
new-here = ¿Es tu primera vez aquí?
create-account-link = Crear una cuenta
login-error-wrong = Ninguna cuenta de aquí coincide con ese correo electrónico o nombre de usuario y esa contraseña.
login-error-no-identifier = Escribe tu correo electrónico o tu nombre de usuario.
login-error-no-password = Escribe tu contraseña.
login-error-too-many = Ha habido demasiados intentos. Espera { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
} e inténtalo de nuevo.
login-error-too-many-hours = Ha habido demasiados intentos. Espera { $hours ->
    [one] { $hours } hora
   *[other] { $hours } horas
} e inténtalo de nuevo.
login-other-ways = Tras demasiados intentos fallidos no dejamos entrar a nadie nuevo durante un tiempo, ni siquiera con la contraseña correcta. Un navegador en el que ya has iniciado sesión puede entrar de todos modos.
register-title = Crear una cuenta
register-title-app = Crear una cuenta para { $app }
have-account = ¿Ya tienes una cuenta?
name = Nombre
name-hint = Como quieres que te llamen.
email = Correo electrónico
username = Nombre de usuario
username-hint = Letras, cifras, puntos, guiones y guiones bajos.
password-rule = Al menos { $count } caracteres. Unas cuantas palabras sin relación entre sí forman una buena contraseña.
password-new = Contraseña nueva
create-account = Crear cuenta
register-accept = Al crear una cuenta aceptas:
error-no-name = Escribe tu nombre.
error-name-too-long = Usa un nombre más corto.
error-no-email = Escribe tu dirección de correo.
error-email-invalid = Escribe una dirección de correo como nombre@example.com.
error-email-taken = Ya hay una cuenta con esta dirección de correo. Inicia sesión con ella.
error-username-invalid = Usa letras, cifras, puntos, guiones y guiones bajos para el nombre de usuario.
error-username-taken = Este nombre de usuario ya está en uso. Elige otro.
error-no-password = Elige una contraseña.
error-password-short = Usa al menos { $count } caracteres para la contraseña.
error-password-long = Usa como máximo { $count } caracteres para la contraseña.
error-password-common = Mucha gente usa esta contraseña, así que es fácil de adivinar. Elige otra.
error-password-personal = Esta contraseña es poco más que tu nombre, tu correo electrónico, tu nombre de usuario o el nombre de este servicio. Elige otra.
set-password-title = Elegir una contraseña nueva
set-password-for = Para la cuenta { $account }.
set-password-effect = Al guardar la contraseña, tu sesión se cierra en todos los demás lugares.
set-password-save = Guardar contraseña
password-saved-title = Tu contraseña está guardada
password-saved = Inicia sesión con ella a partir de ahora.
setup-title = Crear la primera cuenta de administración
setup-lead = Este enlace funciona una sola vez. La cuenta que creas aquí puede gestionarlo todo en este servidor.
setup-create = Crear cuenta de administración
select-title = Elegir una cuenta
select-title-app = Elegir una cuenta para { $app }
select-continue = Continuar como { $person }
select-other = Usar otra cuenta
sign-out-title = ¿Cerrar sesión?
sign-out-lead = Has iniciado sesión como { $person }.
sign-out-app = { $app } pide cerrar tu sesión también aquí.
sign-out = Cerrar sesión
sign-out-stay = Mantener la sesión iniciada
signed-out-title = Tu sesión está cerrada
signed-out-lead = Cierra el navegador si otras personas usan este dispositivo.
finished-title = Este inicio de sesión ha terminado
finished-lead = Ya lo has completado, quizá en otra pestaña. Puedes cerrar esta.
form-post-title = Volver a { $app }
form-post-lead = Aquí ya has terminado. { $app } te espera.
form-post-continue = Continuar
