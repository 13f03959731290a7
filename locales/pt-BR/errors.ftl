# Páginas de erro: um título, o que aconteceu, o que fazer agora.
fault-app-title = Este aplicativo não está configurado corretamente
fault-return-address = { $app } enviou um endereço de retorno que não está registrado para este aplicativo.
fault-unknown-app = Este servidor não conhece o aplicativo de onde você vem.
fault-app-request = O aplicativo enviou uma solicitação que este servidor não entende.
fault-app-next = Você não fez nada de errado, e tentar novamente não adianta. Avise os responsáveis pelo aplicativo.
fault-expired-title = Isto demorou demais
fault-expired = O tempo deste login acabou.
fault-expired-next = Volte ao aplicativo e entre novamente.
fault-provider-title = Não foi possível entrar com outro provedor
fault-provider-next = Volte ao ponto em que começou e tente de novo.
fault-provider-goes-on = Você pode continuar sem isso.
fault-browser-title = Este login foi iniciado em outro lugar
fault-browser = Ele pertence a outro navegador, ou este navegador não guarda cookies.
fault-browser-next = Permita cookies para este site, volte ao aplicativo e entre novamente.
fault-form-title = Esta página ficou aberta por tempo demais
fault-form = Não foi possível associar o que você enviou à página de origem, então nada foi alterado.
fault-form-next = Abra a página novamente e envie mais uma vez.
fault-link-title = Este link não funciona mais
fault-link = Ele já foi usado, ou o prazo dele acabou.
fault-link-next = Peça um novo onde você o recebeu.
fault-link-sign-in = Entre novamente. Lá você pode pedir um novo link.
fault-link-confirm = Se você estava criando uma conta, comece de novo. Se estava adicionando um endereço à sua conta, adicione-o lá mais uma vez.
fault-link-address = Se você ainda quer usar o endereço, adicione-o mais uma vez à sua conta.
fault-link-undo = Se você não consegue entrar na sua conta, ou se outra pessoa a está usando, redefina sua senha. Se isso não ajudar, fale com quem opera este serviço.
fault-link-undo-operator = Se você não consegue entrar na sua conta, ou se outra pessoa a está usando, fale com quem opera este serviço.
fault-not-found-title = Esta página não existe
fault-not-found = O endereço pode ter um erro de digitação, ou a página mudou de lugar.
fault-not-found-next = Confira o endereço, ou comece pela sua conta.
fault-method-title = Este endereço não funciona desse jeito
fault-method = A página foi chamada de um jeito ao qual ela não responde.
fault-method-next = Volte e use o botão ou o link da página anterior.
fault-bad-request-title = Há algo errado nesta solicitação
fault-bad-request = O servidor não conseguiu ler o que o seu navegador enviou.
fault-bad-request-next = Volte e tente novamente.
fault-registration-title = Aqui nem todos podem criar uma conta
fault-registration = As contas novas são criadas pelos responsáveis por este serviço.
fault-registration-next = Peça uma conta a eles.
fault-too-many-title = Tentativas demais
fault-too-many = Houve tentativas demais a partir daqui em pouco tempo.
fault-too-many-next = Aguarde { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
} e tente novamente.
fault-too-many-next-hours = Aguarde { $hours ->
    [one] { $hours } hora
   *[other] { $hours } horas
} e tente novamente.
fault-busy-title = O serviço está ocupado
fault-busy = No momento há mais a fazer do que o servidor consegue atender.
fault-busy-next = Tente novamente em alguns segundos.
fault-internal-title = Algo deu errado aqui
fault-internal = A falha é nossa e foi registrada.
fault-internal-next = Tente novamente daqui a pouco. Se acontecer de novo, envie o número abaixo aos responsáveis por este serviço.
fault-request-id = Número da solicitação
fault-time = Horário
