# Por que uma nova senha é recusada.
error-password-nearly-common = Parece com uma senha que muita gente usa, por isso é fácil de adivinhar. Escolha outra.
error-password-word = É pouco mais que uma palavra, por isso é fácil de adivinhar. Use várias palavras sem relação entre si.
error-password-name = É pouco mais que um nome, por isso é fácil de adivinhar. Use várias palavras sem relação entre si.
error-password-keyboard = Essas teclas ficam lado a lado, por isso a senha é fácil de adivinhar. Use várias palavras sem relação entre si.
error-password-repetition = Repete sempre a mesma coisa, por isso é fácil de adivinhar. Use várias palavras sem relação entre si.
error-password-sequence = É uma sequência, por isso é fácil de adivinhar. Use várias palavras sem relação entre si.
error-password-date = É pouco mais que uma data, por isso é fácil de adivinhar. Use várias palavras sem relação entre si.
error-password-breached = Esta senha está em uma lista de senhas vazadas de outros serviços, e outras pessoas a testam. Escolha uma que você não use em nenhum outro lugar.
