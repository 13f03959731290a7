# تسجيل الدخول والخروج والحسابات الجديدة.
login-title = تسجيل الدخول
login-title-app = تسجيل الدخول إلى { $app }
login-again = أكّد هويتك للمتابعة.
identifier = البريد الإلكتروني أو اسم المستخدم
password = كلمة المرور
password-show = إظهار
password-hide = إخفاء
password-show-label = إظهار كلمة المرور
password-hide-label = إخفاء كلمة المرور
forgot-password = هل نسيت كلمة المرور؟
remember = إبقاء تسجيل الدخول لمدة { FORM($days) ->
    [zero] { $days } يوم
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
    [many] { $days } يومًا
   *[other] { $days } يوم
}
remember-hint = لا تحدّد هذا الخيار على جهاز يستخدمه آخرون.
sign-in = تسجيل الدخول
new-here = هل هذه زيارتك الأولى؟
create-account-link = إنشاء حساب
login-error-wrong = لا يوجد هنا حساب يطابق هذا البريد الإلكتروني أو اسم المستخدم مع كلمة المرور هذه.
login-error-no-identifier = أدخل بريدك الإلكتروني أو اسم المستخدم.
login-error-no-password = أدخل كلمة المرور.
login-error-too-many = كانت هناك محاولات كثيرة جدًا. انتظر { FORM($minutes) ->
    [zero] { $minutes } دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
} ثم حاول مرة أخرى.
login-error-too-many-hours = كانت هناك محاولات كثيرة جدًا. انتظر { FORM($hours) ->
    [zero] { $hours } ساعة
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $hours } ساعات
    [many] { $hours } ساعة
   *[other] { $hours } ساعة
} ثم حاول مرة أخرى.
login-other-ways = بعد عدد كبير من المحاولات الخاطئة لا نسمح لأي متصفح جديد بالدخول لبعض الوقت، حتى مع كلمة المرور الصحيحة. أما المتصفح الذي سبق أن سجّلت الدخول منه فيُسمح له بالدخول.
register-title = إنشاء حساب
register-title-app = إنشاء حساب لاستخدام { $app }
have-account = هل لديك حساب بالفعل؟
name = الاسم
name-hint = كما تحب أن نناديك.
email = البريد الإلكتروني
username = اسم المستخدم
username-hint = أحرف وأرقام ونقاط وواصلات وشرطات سفلية.
password-rule = { FORM($count) ->
    [zero] { $count } حرف
    [one] حرف واحد
    [two] حرفان
    [few] { $count } أحرف
    [many] { $count } حرفًا
   *[other] { $count } حرف
} على الأقل. بضع كلمات لا صلة بينها تشكّل كلمة مرور جيدة.
password-new = كلمة المرور الجديدة
create-account = إنشاء الحساب
register-accept = بإنشاء حساب، أنت توافق على:
error-no-name = أدخل اسمك.
error-name-too-long = استخدم اسمًا أقصر.
error-no-email = أدخل عنوان بريدك الإلكتروني.
error-email-invalid = أدخل عنوان بريد إلكتروني مثل { "\u2066" }name@example.com{ "\u2069" }.
error-email-taken = يوجد حساب بعنوان البريد الإلكتروني هذا. سجّل الدخول به.
error-username-invalid = استخدم في اسم المستخدم أحرفًا وأرقامًا ونقاطًا وواصلات وشرطات سفلية.
error-username-taken = اسم المستخدم هذا محجوز. اختر اسمًا آخر.
error-no-password = اختر كلمة مرور.
error-password-short = استخدم في كلمة المرور { FORM($count) ->
    [zero] { $count } حرف
    [one] حرفًا واحدًا
    [two] حرفين
    [few] { $count } أحرف
    [many] { $count } حرفًا
   *[other] { $count } حرف
} على الأقل.
error-password-long = استخدم في كلمة المرور { FORM($count) ->
    [zero] { $count } حرف
    [one] حرفًا واحدًا
    [two] حرفين
    [few] { $count } أحرف
    [many] { $count } حرفًا
   *[other] { $count } حرف
} على الأكثر.
error-password-common = يستخدم كثيرون كلمة المرور هذه، ولذلك يسهل تخمينها. اختر كلمة أخرى.
error-password-personal = لا تكاد كلمة المرور هذه تزيد على اسمك أو بريدك الإلكتروني أو اسم المستخدم أو اسم هذه الخدمة. اختر كلمة أخرى.
set-password-title = اختيار كلمة مرور جديدة
set-password-for = للحساب { $account }.
set-password-effect = عند حفظ كلمة المرور يتم تسجيل خروجك من كل مكان آخر.
set-password-save = حفظ كلمة المرور
password-saved-title = تم حفظ كلمة المرور
password-saved = سجّل الدخول بها من الآن فصاعدًا.
setup-title = إعداد المسؤول الأول
setup-lead = يعمل هذا الرابط مرة واحدة. يمكن للحساب الذي تنشئه هنا إدارة كل شيء على هذا الخادم.
setup-create = إنشاء حساب المسؤول
select-title = اختيار حساب
select-title-app = اختيار حساب لاستخدام { $app }
select-continue = المتابعة باسم { $person }
select-other = استخدام حساب آخر
sign-out-title = هل تريد تسجيل الخروج؟
sign-out-lead = تم تسجيل دخولك باسم { $person }.
sign-out-app = يطلب { $app } تسجيل خروجك من هنا أيضًا.
sign-out = تسجيل الخروج
sign-out-stay = إبقاء تسجيل الدخول
signed-out-title = تم تسجيل خروجك
signed-out-lead = أغلق المتصفح إذا كان آخرون يستخدمون هذا الجهاز.
finished-title = اكتمل تسجيل الدخول هذا
finished-lead = لقد أكملته من قبل، ربما في علامة تبويب أخرى. يمكنك إغلاق هذه العلامة.
form-post-title = العودة إلى { $app }
form-post-lead = انتهى كل شيء هنا. { $app } في انتظارك.
form-post-continue = متابعة
