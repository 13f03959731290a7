# Lo que aparece en todas las páginas.
error-title = Error: { $title }
page-title = { $title } – { $name }
several-problems = Revisa estas respuestas
skip-to-content = Ir al contenido
language-menu = Idioma
operator-links = Acerca de este servicio
link-privacy = Privacidad
link-terms = Condiciones de uso
link-help = Ayuda
opens-elsewhere = (se abre en una pestaña nueva)
warning-label = Advertencia
warning-development = Este es un servidor de desarrollo. Usa solo datos inventados.
warning-insecure = La conexión con este servidor no está cifrada. Las contraseñas que se envían pueden leerse por el camino.
optional-field = { $label } (opcional)
date-time = { $day } de { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
} de { $year }, { $time } { $zone }
place = { $city } ({ $country })
next-try-again = Volver a intentarlo
next-sign-in = Iniciar sesión
next-account = Ir a tu cuenta
next-go-on = Continuar
next-app = Ir a { $app }
cancel = Cancelar
or = o
