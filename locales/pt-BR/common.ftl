# O que aparece em todas as páginas.
error-title = Erro: { $title }
page-title = { $title } – { $name }
several-problems = Confira estas respostas
skip-to-content = Ir para o conteúdo
language-menu = Idioma
operator-links = Sobre este serviço
link-privacy = Privacidade
link-terms = Termos de uso
link-help = Ajuda
opens-elsewhere = (abre em uma nova aba)
warning-label = Aviso
warning-development = Este é um servidor de desenvolvimento. Use apenas dados inventados.
warning-insecure = A conexão com este servidor não é criptografada. As senhas enviadas podem ser lidas no caminho.
optional-field = { $label } (opcional)
date-time = { $day ->
    [1] 1º
   *[other] { $day }
} de { $month ->
    [1] janeiro
    [2] fevereiro
    [3] março
    [4] abril
    [5] maio
    [6] junho
    [7] julho
    [8] agosto
    [9] setembro
    [10] outubro
    [11] novembro
   *[12] dezembro
} de { $year }, { $time } { $zone }
place = { $city } ({ $country })
next-try-again = Tentar novamente
next-sign-in = Entrar
next-account = Ir para a sua conta
next-go-on = Continuar
next-app = Ir para { $app }
cancel = Cancelar
or = ou
