# Lo que dicen los correos.
mail-hello = Hola, { $name }:
mail-fact = { $label }:
mail-when = Cuándo
mail-device = Dispositivo
mail-ip = Dirección IP
mail-place = Lugar (aproximado)
mail-new-address = Dirección nueva
mail-removed-address = Dirección quitada
mail-factor = Forma de iniciar sesión
mail-factor-passkey = Llave de acceso
mail-factor-app = Aplicación de autenticación
mail-factor-recovery-codes = Códigos de recuperación
mail-codes-left = Códigos de recuperación que quedan
mail-locked-until = Bloqueada hasta
mail-restore-until = Se puede restaurar hasta
mail-valid-minutes = Funciona una sola vez, durante { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
}.
mail-valid-hours = Funciona una sola vez, durante { $hours ->
    [one] { $hours } hora
   *[other] { $hours } horas
}.
mail-valid-days = Funciona una sola vez, durante { $days ->
    [one] { $days } día
   *[other] { $days } días
}.
mail-bare-link = Si el botón no funciona, abre esta dirección:
mail-confirm-action = Confirmar dirección
mail-reset-password = Restablecer contraseña
mail-check-account = Revisar tu cuenta
mail-not-me = No he sido yo
mail-why-account = Recibes este correo porque { $address } pertenece a tu cuenta de { $brand }.
mail-why-former = Recibes este correo porque { $address } pertenecía hasta ahora a tu cuenta de { $brand }.
mail-why-entered = Recibes este correo porque alguien ha escrito { $address } en { $brand }.
mail-why-invited = Recibes este correo porque la administración de { $brand } ha creado una cuenta para { $address }.
mail-confirm-address-subject = Confirma tu dirección de correo para { $brand }
mail-confirm-address-lead = Confirma que esta dirección de correo es tuya, para que puedas usarla en { $brand }.
mail-confirm-address-aside = Si no has sido tú, no hagas nada. Sin el enlace nadie puede confirmar tu dirección.
mail-welcome-subject = Te damos la bienvenida a { $brand }
mail-welcome-lead = Tu cuenta está lista y tu dirección de correo está confirmada.
mail-welcome-aside = Si no has creado tú esta cuenta, restablece su contraseña con «¿Has olvidado la contraseña?» en la página de inicio de sesión. Así se cierran todas las demás sesiones.
mail-sign-in-code-subject = { $code } es tu código de { $brand }
mail-sign-in-code-heading = Tu código para iniciar sesión
mail-sign-in-code-lead = Escribe este código en la página en la que estás iniciando sesión en { $brand }.
mail-sign-in-code-aside = Si no estás iniciando sesión ahora mismo, otra persona ha escrito tu dirección. No des el código a nadie y no hagas nada: sin él no puede entrar.
mail-sign-in-link-subject = Tu enlace para iniciar sesión en { $brand }
mail-sign-in-link-lead = Abre este enlace para iniciar sesión.
mail-sign-in-link-aside = Si no lo has pedido tú, no hagas nada y no lo reenvíes a nadie: sin él nadie puede entrar.
mail-password-reset-subject = Restablece tu contraseña de { $brand }
mail-password-reset-lead = Alguien ha pedido restablecer la contraseña de tu cuenta. Si has sido tú, elige ahora una nueva.
mail-password-reset-aside = Si no has sido tú, no hagas nada. Tu contraseña sigue como está.
mail-password-changed-subject = Tu contraseña de { $brand } ha cambiado
mail-password-changed-lead = Se ha cambiado la contraseña de tu cuenta.
mail-password-changed-aside = Si has sido tú, no tienes que hacer nada. Si no, restablece tu contraseña de inmediato. Así se cierran todas las demás sesiones.
mail-new-sign-in-subject = Nuevo inicio de sesión en tu cuenta de { $brand }
mail-new-sign-in-lead = Alguien ha iniciado sesión en tu cuenta en un navegador que no conocía.
mail-new-sign-in-aside = Si has sido tú, no tienes que hacer nada. Si no, pulsa el botón: se cierra la sesión en ese navegador y eliges una contraseña nueva.
mail-factor-added-subject = Se ha añadido una forma de iniciar sesión a tu cuenta de { $brand }
mail-factor-added-lead = Tu cuenta tiene una nueva forma de iniciar sesión.
mail-factor-added-aside = Si has sido tú, no tienes que hacer nada. Si no, quítala de tu cuenta y cambia tu contraseña de inmediato.
mail-factor-removed-subject = Se ha quitado una forma de iniciar sesión de tu cuenta de { $brand }
mail-factor-removed-lead = Tu cuenta ya no tiene una de sus formas de iniciar sesión.
mail-factor-removed-aside = Si has sido tú, no tienes que hacer nada. Si no, cambia tu contraseña de inmediato y vuelve a añadirla.
mail-recovery-codes-made-subject = Nuevos códigos de recuperación para tu cuenta de { $brand }
mail-recovery-codes-made-lead = Se han creado códigos de recuperación nuevos para tu cuenta. Los anteriores ya no funcionan.
mail-recovery-codes-made-aside = Si has sido tú, guárdalos en un lugar seguro. Si no, cambia tu contraseña de inmediato y crea códigos de recuperación nuevos.
mail-recovery-code-used-subject = Se ha usado un código de recuperación de tu cuenta de { $brand }
mail-recovery-code-used-lead = Alguien ha usado uno de tus códigos de recuperación para iniciar sesión en tu cuenta.
mail-recovery-code-used-aside = Si has sido tú, tacha el código: no vuelve a funcionar. Si no, cambia tu contraseña de inmediato y crea códigos de recuperación nuevos.
mail-passkey-copied-subject = Puede que se haya copiado una llave de acceso de tu cuenta de { $brand }
mail-passkey-copied-lead = Alguien ha intentado iniciar sesión en tu cuenta con una de tus llaves de acceso, de la que puede haber una copia. No se le ha dejado entrar.
mail-passkey-copied-aside = Si has sido tú, quita esta llave de acceso de tu cuenta y añade una nueva. Si no, hazlo de inmediato: puede que la tenga otra persona.
mail-address-change-subject = Confirma tu nueva dirección de correo para { $brand }
mail-address-change-lead = Confirma que esta dirección de correo es tuya. Después sustituye a la que tu cuenta tiene ahora.
mail-address-change-aside = Si no has sido tú, no hagas nada. Sin el enlace nadie puede confirmar tu dirección.
mail-address-changing-subject = Tu dirección de correo de { $brand } está a punto de cambiar
mail-address-changing-lead = Alguien ha pedido sustituir esta dirección de correo de tu cuenta por otra. El cambio se hace en cuanto se confirme la nueva.
mail-address-changing-aside = Si has sido tú, no tienes que hacer nada. Si no, pulsa el botón: tu dirección se queda y eliges una contraseña nueva.
mail-address-changed-subject = Tu dirección de correo de { $brand } ha cambiado
mail-address-changed-lead = Otra dirección de correo ha sustituido a esta en tu cuenta.
mail-address-changed-aside = Si has sido tú, no tienes que hacer nada. Si no, pulsa el botón: tu dirección vuelve y eliges una contraseña nueva.
mail-address-removed-subject = Se ha quitado una dirección de correo de tu cuenta de { $brand }
mail-address-removed-lead = La dirección de correo de abajo ya no forma parte de tu cuenta. Nadie puede iniciar sesión con ella.
mail-address-removed-aside = Si has sido tú, no tienes que hacer nada. Si no, cambia tu contraseña de inmediato y vuelve a añadir la dirección.
mail-account-locked-subject = Tu cuenta de { $brand } está bloqueada por un tiempo
mail-account-locked-lead = Ha habido demasiados intentos fallidos de iniciar sesión en tu cuenta. Durante un tiempo no dejamos entrar a nadie nuevo, ni siquiera con la contraseña correcta. Un navegador en el que ya has iniciado sesión puede entrar de todos modos.
mail-account-locked-aside = Si has sido tú y has olvidado tu contraseña, restablécela. Si no has sido tú, no tienes que hacer nada: los intentos han fallado.
mail-registration-attempt-subject = Ya tienes una cuenta de { $brand }
mail-registration-attempt-lead = Alguien ha intentado crear una cuenta con esta dirección de correo. Ya tienes una, así que no se ha creado otra.
mail-registration-attempt-aside = Si has sido tú, inicia sesión. Si has olvidado tu contraseña, allí puedes elegir una nueva. Si no has sido tú, no tienes que hacer nada.
mail-invitation-subject = Tu nueva cuenta de { $brand }
mail-invitation-lead = Se ha creado una cuenta para ti. Elige una contraseña para empezar a usarla.
mail-invitation-action = Elegir una contraseña
mail-invitation-aside = Si no sabes de qué se trata, no hagas nada. Sin el enlace nadie puede usar la cuenta.
mail-account-deleted-subject = Tu cuenta de { $brand } se ha eliminado
mail-account-deleted-lead = Tu cuenta se ha eliminado. Se puede restaurar hasta el momento que se indica abajo; después desaparece para siempre.
mail-account-deleted-action = Restaurar cuenta
mail-account-deleted-aside = Si quieres que desaparezca, no tienes que hacer nada. Si no, restáurala y cambia tu contraseña.
mail-account-deactivated-subject = Tu cuenta de { $brand } está desactivada
mail-account-deactivated-lead = Nadie puede iniciar sesión en tu cuenta y las aplicaciones no tienen acceso. Todo en ella queda como está. Para volver a usarla, reactívala e inicia sesión como antes.
mail-account-deactivated-action = Reactivar cuenta
mail-account-deactivated-aside = Si quieres que siga desactivada, no tienes que hacer nada. Cuando el enlace caduque, «¿Has olvidado la contraseña?» en la página de inicio de sesión te envía otro. Si no la has desactivado tú, reactívala y cambia tu contraseña.
