# O que dizem os e-mails.
mail-hello = Olá, { $name }.
mail-fact = { $label }:
mail-when = Quando
mail-device = Dispositivo
mail-ip = Endereço IP
mail-place = Local (aproximado)
mail-new-address = Novo endereço
mail-removed-address = Endereço removido
mail-factor = Forma de entrar
mail-factor-passkey = Chave de acesso
mail-factor-app = Aplicativo autenticador
mail-factor-recovery-codes = Códigos de recuperação
mail-codes-left = Códigos de recuperação restantes
mail-locked-until = Bloqueada até
mail-restore-until = Pode ser restaurada até
mail-valid-minutes = Funciona uma única vez, por { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
}.
mail-valid-hours = Funciona uma única vez, por { $hours ->
    [one] { $hours } hora
   *[other] { $hours } horas
}.
mail-valid-days = Funciona uma única vez, por { $days ->
    [one] { $days } dia
   *[other] { $days } dias
}.
mail-bare-link = Se o botão não funcionar, abra este endereço:
mail-confirm-action = Confirmar endereço
mail-reset-password = Redefinir senha
mail-check-account = Verificar a sua conta
mail-not-me = Não fui eu
mail-why-account = Você recebe este e-mail porque { $address } pertence à sua conta de { $brand }.
mail-why-former = Você recebe este e-mail porque { $address } pertencia até agora à sua conta de { $brand }.
mail-why-entered = Você recebe este e-mail porque alguém digitou { $address } em { $brand }.
mail-why-invited = Você recebe este e-mail porque a administração de { $brand } criou uma conta para { $address }.
mail-confirm-address-subject = Confirme o seu endereço de e-mail para { $brand }
mail-confirm-address-lead = Confirme que este endereço de e-mail é seu, para poder usá-lo em { $brand }.
mail-confirm-address-aside = Se não foi você, não faça nada. Sem o link, ninguém pode confirmar o seu endereço.
mail-welcome-subject = Boas-vindas a { $brand }
mail-welcome-lead = A sua conta está pronta e o seu endereço de e-mail está confirmado.
mail-welcome-aside = Se você não criou esta conta, redefina a senha dela com “Esqueceu a senha?” na página de entrada. Isso desconecta todas as outras pessoas.
mail-sign-in-code-subject = { $code } é o seu código de { $brand }
mail-sign-in-code-heading = O seu código para entrar
mail-sign-in-code-lead = Digite este código na página em que você está entrando em { $brand }.
mail-sign-in-code-aside = Se você não está entrando agora, outra pessoa digitou o seu endereço. Não dê o código a ninguém e não faça nada: sem ele, ninguém entra.
mail-sign-in-link-subject = O seu link para entrar em { $brand }
mail-sign-in-link-lead = Abra este link para entrar.
mail-sign-in-link-aside = Se você não pediu este link, não faça nada e não o encaminhe a ninguém: sem ele, ninguém entra.
mail-password-reset-subject = Redefina a sua senha de { $brand }
mail-password-reset-lead = Alguém pediu para redefinir a senha da sua conta. Se foi você, escolha uma nova agora.
mail-password-reset-aside = Se não foi você, não faça nada. A sua senha continua como está.
mail-password-changed-subject = A sua senha de { $brand } foi alterada
mail-password-changed-lead = A senha da sua conta foi alterada.
mail-password-changed-aside = Se foi você, não há nada a fazer. Se não foi, redefina a sua senha imediatamente. Isso desconecta todas as outras pessoas.
mail-new-sign-in-subject = Nova entrada na sua conta de { $brand }
mail-new-sign-in-lead = Alguém entrou na sua conta em um navegador que ela não conhecia.
mail-new-sign-in-aside = Se foi você, não há nada a fazer. Se não foi, clique no botão: ele desconecta esse navegador, e você escolhe uma nova senha.
mail-factor-added-subject = Uma forma de entrar foi adicionada à sua conta de { $brand }
mail-factor-added-lead = A sua conta tem uma nova forma de entrar.
mail-factor-added-aside = Se foi você, não há nada a fazer. Se não foi, remova-a da sua conta e altere a sua senha imediatamente.
mail-factor-removed-subject = Uma forma de entrar foi removida da sua conta de { $brand }
mail-factor-removed-lead = A sua conta não tem mais uma das formas de entrar.
mail-factor-removed-aside = Se foi você, não há nada a fazer. Se não foi, altere a sua senha imediatamente e adicione-a de novo.
mail-recovery-codes-made-subject = Novos códigos de recuperação para a sua conta de { $brand }
mail-recovery-codes-made-lead = Novos códigos de recuperação foram criados para a sua conta. Os anteriores não funcionam mais.
mail-recovery-codes-made-aside = Se foi você, guarde-os em um lugar seguro. Se não foi, altere a sua senha imediatamente e crie novos códigos de recuperação.
mail-recovery-code-used-subject = Um código de recuperação da sua conta de { $brand } foi usado
mail-recovery-code-used-lead = Alguém usou um dos seus códigos de recuperação para entrar na sua conta.
mail-recovery-code-used-aside = Se foi você, risque o código: ele não funciona de novo. Se não foi, altere a sua senha imediatamente e crie novos códigos de recuperação.
mail-passkey-copied-subject = Uma chave de acesso da sua conta de { $brand } pode ter sido copiada
mail-passkey-copied-lead = Alguém tentou entrar na sua conta com uma das suas chaves de acesso, da qual pode haver uma cópia. A entrada foi recusada.
mail-passkey-copied-aside = Se foi você, remova esta chave de acesso da sua conta e adicione uma nova. Se não foi, faça isso imediatamente: outra pessoa pode ter a chave.
mail-address-change-subject = Confirme o seu novo endereço de e-mail para { $brand }
mail-address-change-lead = Confirme que este endereço de e-mail é seu. Depois disso, ele substitui o que a sua conta tem agora.
mail-address-change-aside = Se não foi você, não faça nada. Sem o link, ninguém pode confirmar o seu endereço.
mail-address-changing-subject = O seu endereço de e-mail de { $brand } está prestes a mudar
mail-address-changing-lead = Alguém pediu para substituir este endereço de e-mail da sua conta por outro. Isso acontece assim que o novo endereço for confirmado.
mail-address-changing-aside = Se foi você, não há nada a fazer. Se não foi, clique no botão: o seu endereço permanece, e você escolhe uma nova senha.
mail-address-changed-subject = O seu endereço de e-mail de { $brand } foi alterado
mail-address-changed-lead = Outro endereço de e-mail substituiu este na sua conta.
mail-address-changed-aside = Se foi você, não há nada a fazer. Se não foi, clique no botão: o seu endereço volta, e você escolhe uma nova senha.
mail-address-removed-subject = Um endereço de e-mail foi removido da sua conta de { $brand }
mail-address-removed-lead = O endereço de e-mail abaixo não é mais da sua conta. Ninguém mais pode entrar com ele.
mail-address-removed-aside = Se foi você, não há nada a fazer. Se não foi, altere a sua senha imediatamente e adicione o endereço de novo.
mail-account-locked-subject = A sua conta de { $brand } está bloqueada por um tempo
mail-account-locked-lead = Houve tentativas erradas demais de entrar na sua conta. Por um tempo, não deixamos ninguém novo entrar, nem mesmo com a senha certa. Um navegador em que você já entrou antes continua liberado.
mail-account-locked-aside = Se foi você e você esqueceu a sua senha, redefina-a. Se não foi você, não há nada a fazer: as tentativas estavam erradas.
mail-registration-attempt-subject = Você já tem uma conta de { $brand }
mail-registration-attempt-lead = Alguém tentou criar uma conta com este endereço de e-mail. Você já tem uma, por isso nenhuma outra foi criada.
mail-registration-attempt-aside = Se foi você, entre. Se esqueceu a sua senha, você pode escolher uma nova ali. Se não foi você, não há nada a fazer.
mail-invitation-subject = A sua nova conta de { $brand }
mail-invitation-lead = Uma conta foi criada para você. Escolha uma senha para começar a usá-la.
mail-invitation-action = Escolher uma senha
mail-invitation-aside = Se você não sabe do que se trata, não faça nada. Sem o link, ninguém pode usar a conta.
mail-account-deleted-subject = A sua conta de { $brand } foi excluída
mail-account-deleted-lead = A sua conta foi excluída. Ela pode ser restaurada até o momento indicado abaixo; depois disso, desaparece de vez.
mail-account-deleted-action = Restaurar conta
mail-account-deleted-aside = Se você quer que ela desapareça, não há nada a fazer. Se não quer, restaure-a e altere a sua senha.
mail-account-deactivated-subject = A sua conta de { $brand } está desativada
mail-account-deactivated-lead = Ninguém pode entrar na sua conta, e os aplicativos não têm acesso. Tudo nela fica como está. Para usá-la de novo, reative-a e entre como antes.
mail-account-deactivated-action = Reativar conta
mail-account-deactivated-aside = Se você quer que ela continue desativada, não há nada a fazer. Quando o link expirar, “Esqueceu a senha?” na página de entrada envia outro. Se não foi você que a desativou, reative-a e altere a sua senha.
