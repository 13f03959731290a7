# Getting back into an account.
forgot-title = Esqueceu a sua senha?
forgot-lead = Digite o seu e-mail ou nome de usuário. Se houver uma conta com esses dados, enviamos um link para o e-mail dela. Com o link, você escolhe uma nova senha.
forgot-send = Enviar o link
forgot-back = Voltar para entrar
forgot-closed = Aqui não se envia e-mail. Peça a quem lhe deu a conta um link para escolher uma nova senha.
forgot-sent-title = Verifique o seu e-mail
forgot-sent-lead = Se houver uma conta com o que você digitou, um link para escolher uma nova senha está a caminho do e-mail dela.
forgot-sent-wait = Pode levar alguns minutos. Olhe também no spam. Somente o último link funciona.
forgot-again = Enviar outro link
not-me-title = Foi você?
not-me-lead = Alguém entrou na sua conta. Se não foi você, clique no botão: ele desconecta todos os navegadores, tira dos aplicativos o que receberam e envia a você um link para escolher uma nova senha.
not-me-else = Se foi você, não há nada a fazer.
not-me-done-title = Todos os navegadores foram desconectados
not-me-done-lead = Agora escolha uma nova senha, para que ninguém volte com a antiga. Um link para isso está a caminho do seu e-mail.
not-me-done-lead-left-out = Agora escolha uma nova senha, para que ninguém volte com a antiga. Enviamos tantas mensagens a você na última hora que a do link para isso não saiu. Peça um link aqui. Se nenhum chegar, peça de novo daqui a uma hora.
not-me-done-lead-operator = Agora escolha uma nova senha, para que ninguém volte com a antiga. Peça um link para isso a quem opera este serviço.
not-me-done-lead-before = Isso já foi feito antes. Se desde então você não escolheu uma nova senha, faça isso agora: procure a nossa mensagem com o link para isso ou peça outro aqui.
