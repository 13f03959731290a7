# Códigos y enlaces que llegan por correo.
mailed-send-code = Enviarme un código por correo
mailed-send-link = Enviarme un enlace por correo
mailed-address-title = Iniciar sesión por correo
mailed-address-lead = Enviamos un código o un enlace a tu dirección confirmada. Con cualquiera de los dos inicias sesión sin contraseña.
mailed-title = Escribe el código
mailed-link-sent-title = Abre el enlace
mailed-second-title = Confirma con un código
mailed-second-lead = Para comprobar que eres tú, enviamos un código a { $address }.
mailed-register-title = Confirma tu dirección de correo
mailed-sent-code = Si hay una cuenta con la dirección { $address }, le hemos enviado un código.
mailed-sent-link = Si hay una cuenta con la dirección { $address }, le hemos enviado un enlace. Ábrelo en este navegador; en cualquier otro muestra un código que se escribe aquí.
mailed-sent-second = Hemos enviado un código a { $address }.
mailed-sent-register = Hemos enviado un correo a { $address }. Escribe el código que contiene para crear tu cuenta.
mailed-valid = Funciona durante { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
}.
mailed-field = Código
mailed-hint = Las seis cifras del correo.
mailed-hint-link = Las seis cifras que muestra el otro navegador.
mailed-continue = Continuar
mailed-again = Enviar un código nuevo
mailed-again-link = Enviar un enlace nuevo
mailed-other-address = Usar otra dirección
mailed-other-way = Usar otra forma
mailed-trust = No preguntar en este navegador durante { $days ->
    [one] { $days } día
   *[other] { $days } días
}
mailed-error-invalid = Escribe las seis cifras del código.
mailed-error-wrong = Ese código no funciona. Compruébalo o pide uno nuevo.
mailed-link-lead = Has pedido este enlace para iniciar sesión con { $address }.
mailed-confirm-lead = Confirma que { $address } es tuya y se creará tu cuenta.
mailed-link-elsewhere = Este enlace para { $address } se pidió en otro navegador. Muestra aquí un código y escríbelo allí.
mailed-show-code = Mostrar el código
mailed-match-title = Escribe este código en el otro navegador
mailed-match-lead = Vuelve al navegador en el que empezaste y escribe allí este código.
mailed-match-aside = Si no has empezado nada, cierra esta página y no des el código a nadie.
mail-confirm-address-code-lead = Escribe este código en la página en la que creas tu cuenta de { $brand }, o pulsa el botón.
mail-confirm-address-code-aside = Si no has sido tú, no hagas nada y no des el código a nadie. Sin él nadie puede confirmar tu dirección.
