# Getting back into an account.
forgot-title = 忘记密码了吗？
forgot-lead = 输入您的电子邮箱地址或用户名。如果有对应的账号，我们会向其邮箱发送链接。您可以通过该链接设置新密码。
forgot-send = 发送链接
forgot-back = 返回登录
forgot-closed = 这里不发送邮件。向给您账号的人索取设置新密码的链接。
forgot-sent-title = 查看您的邮箱
forgot-sent-lead = 如果您输入的内容对应某个账号，设置新密码的链接已发往其邮箱。
forgot-sent-wait = 可能需要几分钟。也可以看看垃圾邮件。只有最后一个链接有效。
forgot-again = 再发一个链接
not-me-title = 这是您本人吗？
not-me-lead = 有人登录了您的账号。如果不是您本人，点击按钮：所有浏览器都会退出登录，应用获得的权限会被收回，我们会发邮件给您一个设置新密码的链接。
not-me-else = 如果是您本人，无需做任何事。
not-me-done-title = 所有浏览器都已退出登录
not-me-done-lead = 现在设置新密码，以免有人再用旧密码登录。相关链接已发往您的邮箱。
not-me-done-lead-left-out = 现在设置新密码，以免有人再用旧密码登录。最近一小时内我们发给您的邮件过多，因此没有发送带有相关链接的邮件。可以在这里获取链接。如果没有收到，一小时后再试一次。
not-me-done-lead-operator = 现在设置新密码，以免有人再用旧密码登录。可向此服务的运营者索取相关链接。
not-me-done-lead-before = 此前已经这样做过。如果您之后没有设置新密码，现在就设置：查找我们发送的带有相关链接的邮件，或在这里获取另一个链接。
