# Getting back into an account.
forgot-title = ¿Has olvidado tu contraseña?
forgot-lead = Escribe tu dirección de correo o tu nombre de usuario. Si hay una cuenta con esos datos, enviamos un enlace a su dirección de correo. Con el enlace eliges una contraseña nueva.
forgot-send = Enviar el enlace
forgot-back = Volver al inicio de sesión
forgot-closed = Aquí no se envía correo. Pide a quien te dio la cuenta un enlace para elegir una contraseña nueva.
forgot-sent-title = Revisa tu correo
forgot-sent-lead = Si hay una cuenta con lo que has escrito, un enlace para elegir una contraseña nueva va de camino a su dirección de correo.
forgot-sent-wait = Puede tardar unos minutos. Mira también en el correo no deseado. Solo funciona el último enlace.
forgot-again = Enviar otro enlace
not-me-title = ¿Has sido tú?
not-me-lead = Alguien ha iniciado sesión en tu cuenta. Si no has sido tú, pulsa el botón: cierra la sesión en todos los navegadores, retira a las aplicaciones lo que recibieron y te envía un enlace para elegir una contraseña nueva.
not-me-else = Si has sido tú, no tienes que hacer nada.
not-me-done-title = La sesión está cerrada en todos los navegadores
not-me-done-lead = Ahora elige una contraseña nueva, para que nadie vuelva con la antigua. Un enlace para ello va de camino a tu dirección de correo.
not-me-done-lead-left-out = Ahora elige una contraseña nueva, para que nadie vuelva con la antigua. Te enviamos tantos mensajes en la última hora que el del enlace para ello no salió. Pide un enlace aquí. Si no llega ninguno, vuelve a pedirlo dentro de una hora.
not-me-done-lead-operator = Ahora elige una contraseña nueva, para que nadie vuelva con la antigua. Pide un enlace para ello a quien gestiona este servicio.
not-me-done-lead-before = Esto ya se hizo antes. Si desde entonces no has elegido una contraseña nueva, hazlo ahora: busca nuestro mensaje con el enlace para ello o pide otro aquí.
