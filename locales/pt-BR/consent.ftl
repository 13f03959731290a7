# O pedido de acesso. Cada linha completa a frase “ACME Notes quer”.
consent-title = { $app } quer
consent-list = O que { $app } quer fazer
consent-new = Novo
consent-host = Depois disso, você continua em { $host }.
consent-host-publisher = { $app } é um aplicativo de { $publisher }. Depois disso, você continua em { $host }.
consent-signed-in = Você entrou como { $person }.
not-you = Não é você?
consent-undo = Você pode desfazer isso a qualquer momento na sua conta, em “Aplicativos”.
consent-policies = Como { $app } trata os seus dados:
allow = Permitir
deny = Recusar
scope-openid = Reconhecer você
scope-openid-detail = O aplicativo sabe que você é a mesma pessoa toda vez que volta.
scope-profile = Ver o seu nome e o seu nome de usuário
scope-profile-detail = O que você informou no seu perfil.
scope-email = Ver o seu endereço de e-mail
scope-email-detail = O aplicativo pode escrever para você neste endereço.
scope-phone = Ver o seu número de telefone
scope-phone-detail = O aplicativo pode ligar ou enviar mensagens para você.
scope-address = Ver o seu endereço postal
scope-address-detail = O aplicativo sabe onde você mora ou recebe correspondência.
scope-offline-access = Manter o acesso quando você não está
scope-offline-access-detail = O acesso continua mesmo depois que você sai.
scope-roles = Ver as suas funções
scope-roles-detail = O aplicativo sabe o que você pode fazer aqui.
scope-other = Usar “{ $scope }”
scope-other-detail = Este é o nome que o aplicativo dá a algo que quer fazer por você.
claim-name = Ver o seu nome completo
claim-given-name = Ver o seu primeiro nome
claim-family-name = Ver o seu sobrenome
claim-middle-name = Ver o seu nome do meio
claim-nickname = Ver o seu apelido
claim-preferred-username = Ver o seu nome de usuário
claim-picture = Ver a sua foto
claim-profile = Ver o endereço da sua página de perfil
claim-website = Ver o endereço do seu site
claim-gender = Ver o seu gênero
claim-birthdate = Ver a sua data de nascimento
claim-zoneinfo = Ver o seu fuso horário
claim-locale = Ver o seu idioma
claim-updated-at = Ver quando o seu perfil mudou pela última vez
claim-email-verified = Ver se o seu endereço de e-mail está confirmado
claim-phone-number-verified = Ver se o seu número de telefone está confirmado
claim-detail = Somente isso, e não o resto do seu perfil.
consent-lasts-minutes = Este acesso termina depois de { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
  }.
consent-lasts-session = Este acesso termina quando você sai ou, no mais tardar, depois de { $days ->
    [one] { $days } dia
   *[other] { $days } dias
  }.
consent-lasts-offline = Este acesso dura até { $days ->
    [one] { $days } dia
   *[other] { $days } dias
  }, mesmo depois que você sai.
