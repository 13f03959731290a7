# Códigos e links enviados por e-mail.
mailed-send-code = Enviar um código por e-mail
mailed-send-link = Enviar um link por e-mail
mailed-address-title = Entrar por e-mail
mailed-address-lead = Enviamos um código ou um link para o seu endereço confirmado. Com qualquer um dos dois você entra sem senha.
mailed-title = Digite o código
mailed-link-sent-title = Abra o link
mailed-second-title = Confirme com um código
mailed-second-lead = Para ter certeza de que é você, enviamos um código para { $address }.
mailed-register-title = Confirme o seu endereço de e-mail
mailed-sent-code = Se houver uma conta com o endereço { $address }, enviamos um código para ele.
mailed-sent-link = Se houver uma conta com o endereço { $address }, enviamos um link para ele. Abra-o neste navegador; em qualquer outro, ele mostra um código para digitar aqui.
mailed-sent-second = Enviamos um código para { $address }.
mailed-sent-register = Enviamos um e-mail para { $address }. Digite o código que está nele para criar a sua conta.
mailed-valid = Funciona por { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
}.
mailed-field = Código
mailed-hint = Os seis dígitos do e-mail.
mailed-hint-link = Os seis dígitos que o outro navegador mostra.
mailed-continue = Continuar
mailed-again = Enviar um novo código
mailed-again-link = Enviar um novo link
mailed-other-address = Usar outro endereço
mailed-other-way = Entrar de outra forma
mailed-trust = Não perguntar neste navegador por { $days ->
    [one] { $days } dia
   *[other] { $days } dias
}
mailed-error-invalid = Digite os seis dígitos do código.
mailed-error-wrong = Esse código não funciona. Confira-o ou peça um novo.
mailed-link-lead = Você pediu este link para entrar com { $address }.
mailed-confirm-lead = Confirme que { $address } é seu, e a sua conta será criada.
mailed-link-elsewhere = Este link para { $address } foi pedido em outro navegador. Mostre um código aqui e digite-o lá.
mailed-show-code = Mostrar o código
mailed-match-title = Digite este código no outro navegador
mailed-match-lead = Volte ao navegador em que você começou e digite lá este código.
mailed-match-aside = Se você não começou nada, feche esta página e não dê o código a ninguém.
mail-confirm-address-code-lead = Digite este código na página em que você cria a sua conta de { $brand }, ou clique no botão.
mail-confirm-address-code-aside = Se não foi você, não faça nada e não dê o código a ninguém. Sem ele, ninguém pode confirmar o seu endereço.
