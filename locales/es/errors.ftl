# Páginas de error: un título, qué ha pasado, qué hacer ahora.
fault-app-title = Esta aplicación no está bien configurada
fault-return-address = { $app } ha enviado una dirección de retorno que no está registrada para esta aplicación.
fault-unknown-app = Este servidor no conoce la aplicación desde la que llegas.
fault-app-request = La aplicación ha enviado una solicitud que este servidor no entiende.
fault-app-next = No has hecho nada mal, y volver a intentarlo no sirve de nada. Avisa a los responsables de la aplicación.
fault-expired-title = Esto ha tardado demasiado
fault-expired = Se ha agotado el tiempo de este inicio de sesión.
fault-expired-next = Vuelve a la aplicación e inicia sesión de nuevo.
fault-provider-title = No se pudo iniciar sesión con otro proveedor
fault-provider-next = Vuelve al punto donde empezaste e inténtalo de nuevo.
fault-provider-goes-on = Puedes seguir sin ello.
fault-browser-title = Este inicio de sesión empezó en otro lugar
fault-browser = Pertenece a otro navegador, o este navegador no guarda cookies.
fault-browser-next = Permite las cookies de este sitio, vuelve a la aplicación e inicia sesión de nuevo.
fault-form-title = Esta página ha estado abierta demasiado tiempo
fault-form = Lo que has enviado no se ha podido relacionar con la página de la que viene, así que no se ha cambiado nada.
fault-form-next = Abre la página de nuevo y vuelve a enviarlo.
fault-link-title = Este enlace ya no funciona
fault-link = Ya se ha usado, o ha caducado.
fault-link-next = Pide uno nuevo donde lo obtuviste.
fault-link-sign-in = Inicia sesión de nuevo. Allí puedes pedir otro enlace.
fault-link-confirm = Si estabas creando una cuenta, empieza de nuevo. Si estabas añadiendo una dirección a tu cuenta, vuelve a añadirla allí.
fault-link-address = Si todavía quieres usar la dirección, vuelve a añadirla a tu cuenta.
fault-link-undo = Si no puedes entrar en tu cuenta, o si otra persona la está usando, restablece tu contraseña. Si eso no ayuda, pregunta a quien gestiona este servicio.
fault-link-undo-operator = Si no puedes entrar en tu cuenta, o si otra persona la está usando, pregunta a quien gestiona este servicio.
fault-not-found-title = Esta página no existe
fault-not-found = Puede que la dirección tenga una errata o que la página haya cambiado de lugar.
fault-not-found-next = Revisa la dirección, o empieza desde tu cuenta.
fault-method-title = Esta dirección no funciona así
fault-method = Se ha llamado a la página de una forma a la que no responde.
fault-method-next = Vuelve atrás y usa el botón o el enlace de la página anterior.
fault-bad-request-title = Hay algo incorrecto en esta solicitud
fault-bad-request = El servidor no ha podido leer lo que ha enviado tu navegador.
fault-bad-request-next = Vuelve atrás e inténtalo de nuevo.
fault-registration-title = Aquí no todo el mundo puede crear una cuenta
fault-registration = Las cuentas nuevas las crean los responsables de este servicio.
fault-registration-next = Pídeles una cuenta.
fault-too-many-title = Demasiados intentos
fault-too-many = Ha habido demasiados intentos desde aquí en poco tiempo.
fault-too-many-next = Espera { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
} e inténtalo de nuevo.
fault-too-many-next-hours = Espera { $hours ->
    [one] { $hours } hora
   *[other] { $hours } horas
} e inténtalo de nuevo.
fault-busy-title = El servicio está ocupado
fault-busy = En este momento hay más trabajo del que el servidor puede atender.
fault-busy-next = Inténtalo de nuevo dentro de unos segundos.
fault-internal-title = Aquí ha fallado algo
fault-internal = El fallo es nuestro y ha quedado registrado.
fault-internal-next = Inténtalo de nuevo dentro de un momento. Si vuelve a ocurrir, envía el número de abajo a los responsables de este servicio.
fault-request-id = Número de la solicitud
fault-time = Hora
