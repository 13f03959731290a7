# 新密码被拒绝的原因。
error-password-nearly-common = 它与许多人使用的密码相近，容易被猜到。另选一个。
error-password-word = 它几乎只是一个单词，容易被猜到。用几个互不相关的词。
error-password-name = 它几乎只是一个名字，容易被猜到。用几个互不相关的词。
error-password-keyboard = 这些按键彼此相邻，密码容易被猜到。用几个互不相关的词。
error-password-repetition = 它只是重复相同的内容，容易被猜到。用几个互不相关的词。
error-password-sequence = 它是一个连续的序列，容易被猜到。用几个互不相关的词。
error-password-date = 它几乎只是一个日期，容易被猜到。用几个互不相关的词。
error-password-breached = 这个密码在其他服务泄露的密码列表中，会被他人尝试。另选一个没有在别处使用的密码。
