# Why a new password is refused.
error-password-nearly-common = This is close to a password that many people use, so it is easy to guess. Choose another one.
error-password-word = This is little more than a word, so it is easy to guess. Use several words that do not belong together.
error-password-name = This is little more than a name, so it is easy to guess. Use several words that do not belong together.
error-password-keyboard = These keys are next to each other, so the password is easy to guess. Use several words that do not belong together.
error-password-repetition = This says the same thing again and again, so it is easy to guess. Use several words that do not belong together.
error-password-sequence = This is a sequence, so it is easy to guess. Use several words that do not belong together.
error-password-date = This is little more than a date, so it is easy to guess. Use several words that do not belong together.
error-password-breached = This password is on a list of passwords that leaked from other services, so others try it. Choose one that you use nowhere else.
