# La petición de acceso. Cada línea completa la frase «ACME Notes quiere».
consent-title = { $app } quiere
consent-list = Lo que { $app } quiere hacer
consent-new = Nuevo
consent-host = Después continúas en { $host }.
consent-host-publisher = { $publisher } ofrece { $app }. Después continúas en { $host }.
consent-signed-in = Has iniciado sesión como { $person }.
not-you = ¿No eres tú?
consent-undo = Puedes deshacerlo en cualquier momento en tu cuenta, en «Aplicaciones».
consent-policies = Cómo trata { $app } tus datos:
allow = Permitir
deny = Rechazar
scope-openid = Reconocerte
scope-openid-detail = La aplicación sabe que eres la misma persona cada vez que vuelves.
scope-profile = Ver tu nombre y tu nombre de usuario
scope-profile-detail = Lo que has indicado en tu perfil.
scope-email = Ver tu dirección de correo
scope-email-detail = La aplicación puede escribirte a esta dirección.
scope-phone = Ver tu número de teléfono
scope-phone-detail = La aplicación puede llamarte o enviarte mensajes.
scope-address = Ver tu dirección postal
scope-address-detail = La aplicación sabe dónde vives o recibes el correo.
scope-offline-access = Mantener el acceso cuando no estás
scope-offline-access-detail = El acceso continúa aunque cierres sesión.
scope-roles = Ver tus roles
scope-roles-detail = La aplicación sabe qué puedes hacer aquí.
scope-other = Usar «{ $scope }»
scope-other-detail = Es el nombre que la aplicación da a algo que quiere hacer por ti.
claim-name = Ver tu nombre completo
claim-given-name = Ver tu nombre de pila
claim-family-name = Ver tus apellidos
claim-middle-name = Ver tu segundo nombre
claim-nickname = Ver tu apodo
claim-preferred-username = Ver tu nombre de usuario
claim-picture = Ver tu foto
claim-profile = Ver la dirección de tu página de perfil
claim-website = Ver la dirección de tu sitio web
claim-gender = Ver tu género
claim-birthdate = Ver tu fecha de nacimiento
claim-zoneinfo = Ver tu zona horaria
claim-locale = Ver tu idioma
claim-updated-at = Ver cuándo cambió tu perfil por última vez
claim-email-verified = Ver si tu dirección de correo está confirmada
claim-phone-number-verified = Ver si tu número de teléfono está confirmado
claim-detail = Solo esto, y no el resto de tu perfil.
consent-lasts-minutes = Este acceso termina al cabo de { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
  }.
consent-lasts-session = Este acceso termina cuando cierras sesión o, como muy tarde, al cabo de { $days ->
    [one] { $days } día
   *[other] { $days } días
  }.
consent-lasts-offline = Este acceso dura hasta { $days ->
    [one] { $days } día
   *[other] { $days } días
  }, también con la sesión cerrada.
