# Entrar, sair e contas novas.
login-title = Entrar
login-title-app = Entrar em { $app }
login-again = Confirme que é você para continuar.
identifier = E-mail ou nome de usuário
password = Senha
password-show = Mostrar
password-hide = Ocultar
password-show-label = Mostrar a senha
password-hide-label = Ocultar a senha
forgot-password = Esqueceu a senha?
remember = Manter minha conta conectada por { $days ->
    [one] { $days } dia
   *[other] { $days } dias
}
remember-hint = Não marque em um dispositivo que outras pessoas usam.
sign-in = Entrar
new-here = É a sua primeira vez aqui?
create-account-link = Criar uma conta
login-error-wrong = Nenhuma conta daqui corresponde a esse e-mail ou nome de usuário com essa senha.
login-error-no-identifier = Digite o seu e-mail ou o seu nome de usuário.
login-error-no-password = Digite a sua senha.
login-error-too-many = Houve tentativas demais. Aguarde { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
} e tente novamente.
login-error-too-many-hours = Houve tentativas demais. Aguarde { $hours ->
    [one] { $hours } hora
   *[other] { $hours } horas
} e tente novamente.
login-other-ways = Depois de tentativas erradas demais, não deixamos ninguém novo entrar por um tempo, nem mesmo com a senha certa. Um navegador em que você já entrou antes continua liberado.
register-title = Criar uma conta
register-title-app = Criar uma conta para { $app }
have-account = Já tem uma conta?
name = Nome
name-hint = Como você quer que chamem você.
email = E-mail
username = Nome de usuário
username-hint = Letras, números, pontos, hifens e sublinhados.
password-rule = Pelo menos { $count } caracteres. Algumas palavras sem relação entre si formam uma boa senha.
password-new = Nova senha
create-account = Criar conta
register-accept = Ao criar uma conta, você aceita:
error-no-name = Digite o seu nome.
error-name-too-long = Use um nome mais curto.
error-no-email = Digite o seu endereço de e-mail.
error-email-invalid = Digite um endereço de e-mail como nome@example.com.
error-email-taken = Já existe uma conta com este endereço de e-mail. Entre com ele.
error-username-invalid = Use letras, números, pontos, hifens e sublinhados no nome de usuário.
error-username-taken = Este nome de usuário já está em uso. Escolha outro.
error-no-password = Escolha uma senha.
error-password-short = Use pelo menos { $count } caracteres na senha.
error-password-long = Use no máximo { $count } caracteres na senha.
error-password-common = Muita gente usa esta senha, então ela é fácil de adivinhar. Escolha outra.
error-password-personal = Esta senha é pouco mais que o seu nome, o seu e-mail, o seu nome de usuário ou o nome deste serviço. Escolha outra.
set-password-title = Escolher uma nova senha
set-password-for = Para a conta { $account }.
set-password-effect = Ao salvar a senha, a sua conta é desconectada em todos os outros lugares.
set-password-save = Salvar senha
password-saved-title = A sua senha está salva
password-saved = Entre com ela de agora em diante.
setup-title = Criar a primeira conta de administração
setup-lead = Este link funciona uma única vez. A conta que você cria aqui pode gerenciar tudo neste servidor.
setup-create = Criar conta de administração
select-title = Escolher uma conta
select-title-app = Escolher uma conta para { $app }
select-continue = Continuar como { $person }
select-other = Usar outra conta
sign-out-title = Sair?
sign-out-lead = Você entrou como { $person }.
sign-out-app = { $app } pede que você saia daqui também.
sign-out = Sair
sign-out-stay = Não sair
signed-out-title = Você saiu da sua conta
signed-out-lead = Feche o navegador se outras pessoas usam este dispositivo.
finished-title = Este login já foi concluído
finished-lead = Você já o concluiu, talvez em outra aba. Pode fechar esta.
form-post-title = Voltar para { $app }
form-post-lead = Tudo pronto aqui. { $app } espera por você.
form-post-continue = Continuar
