# ما تقوله رسائل البريد.
mail-hello = مرحبًا { $name }،
mail-fact = { $label }:
mail-when = الوقت
mail-device = الجهاز
mail-ip = عنوان IP
mail-place = المكان (تقريبًا)
mail-new-address = العنوان الجديد
mail-removed-address = العنوان المُزال
mail-factor = طريقة تسجيل الدخول
mail-factor-passkey = مفتاح مرور
mail-factor-app = تطبيق مصادقة
mail-factor-recovery-codes = رموز الاسترداد
mail-factor-mailed-code = رمز بالبريد الإلكتروني
mail-codes-left = رموز الاسترداد المتبقية
mail-locked-until = مقفل حتى
mail-restore-until = يمكن استعادته حتى
mail-valid-minutes = صالح لمرة واحدة، لمدة { FORM($minutes) ->
    [zero] { $minutes } دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
}.
mail-valid-hours = صالح لمرة واحدة، لمدة { FORM($hours) ->
    [zero] { $hours } ساعة
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $hours } ساعات
    [many] { $hours } ساعة
   *[other] { $hours } ساعة
}.
mail-valid-days = صالح لمرة واحدة، لمدة { FORM($days) ->
    [zero] { $days } يوم
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
    [many] { $days } يومًا
   *[other] { $days } يوم
}.
mail-bare-link = إذا لم يعمل الزر، فافتح هذا العنوان:
mail-confirm-action = تأكيد العنوان
mail-reset-password = إعادة تعيين كلمة المرور
mail-check-account = مراجعة حسابك
mail-not-me = لم أكن أنا
mail-why-account = وصلتك هذه الرسالة لأن { $address } تابع لحسابك في { $brand }.
mail-why-former = وصلتك هذه الرسالة لأن { $address } كان تابعًا لحسابك في { $brand } حتى الآن.
mail-why-entered = وصلتك هذه الرسالة لأن أحدهم أدخل { $address } في { $brand }.
mail-why-invited = وصلتك هذه الرسالة لأن أحد مسؤولي { $brand } أنشأ حسابًا لعنوان البريد { $address }.
mail-confirm-address-subject = أكّد عنوان بريدك الإلكتروني في { $brand }
mail-confirm-address-lead = أكّد أن عنوان البريد الإلكتروني هذا لك، كي تتمكن من استخدامه في { $brand }.
mail-confirm-address-aside = إذا لم تكن أنت، فلا تفعل شيئًا. من دون الرابط لا يمكن لأحد تأكيد عنوانك.
mail-welcome-subject = مرحبًا بك في { $brand }
mail-welcome-lead = حسابك جاهز، وتم تأكيد عنوان بريدك الإلكتروني.
mail-welcome-aside = إذا لم تكن أنت من أنشأ هذا الحساب، فأعد تعيين كلمة مروره من خلال «هل نسيت كلمة المرور؟» في صفحة تسجيل الدخول. يؤدي ذلك إلى تسجيل خروج كل من سواك.
mail-sign-in-code-subject = { $code } هو رمزك في { $brand }
mail-sign-in-code-heading = رمز تسجيل الدخول
mail-sign-in-code-lead = أدخل هذا الرمز في الصفحة التي تسجّل الدخول منها إلى { $brand }.
mail-sign-in-code-aside = إذا لم تكن تسجّل الدخول الآن، فقد أدخل شخص آخر عنوانك. لا تعطِ الرمز لأحد ولا تفعل شيئًا: من دونه لا يمكنه الدخول.
mail-sign-in-link-subject = رابط تسجيل دخولك إلى { $brand }
mail-sign-in-link-lead = افتح هذا الرابط لتسجيل الدخول.
mail-sign-in-link-aside = إذا لم تطلبه، فلا تفعل شيئًا ولا ترسله إلى أحد: من دونه لا يمكن لأحد الدخول.
mail-password-reset-subject = أعد تعيين كلمة مرورك في { $brand }
mail-password-reset-lead = طلب أحدهم إعادة تعيين كلمة مرور حسابك. إذا كنت أنت، فاختر الآن كلمة مرور جديدة.
mail-password-reset-aside = إذا لم تكن أنت، فلا تفعل شيئًا. تبقى كلمة مرورك كما هي.
mail-password-changed-subject = تم تغيير كلمة مرورك في { $brand }
mail-password-changed-lead = تم تغيير كلمة مرور حسابك.
mail-password-changed-aside = إذا كنت أنت، فلا داعي لأي إجراء. وإلا فأعد تعيين كلمة مرورك فورًا. يؤدي ذلك إلى تسجيل خروج كل من سواك.
mail-new-sign-in-subject = تسجيل دخول جديد إلى حسابك في { $brand }
mail-new-sign-in-lead = سجّل أحدهم الدخول إلى حسابك من متصفح لم يُستخدم من قبل.
mail-new-sign-in-aside = إذا كنت أنت، فلا داعي لأي إجراء. وإلا فاضغط الزر: يتم تسجيل الخروج من كل المتصفحات والتطبيقات، وتختار كلمة مرور جديدة.
mail-factor-added-subject = أُضيفت طريقة لتسجيل الدخول إلى حسابك في { $brand }
mail-factor-added-lead = أصبحت لحسابك طريقة جديدة لتسجيل الدخول.
mail-factor-added-aside = إذا كنت أنت، فلا داعي لأي إجراء. وإلا فأزلها من حسابك وغيّر كلمة مرورك فورًا.
mail-factor-removed-subject = أُزيلت طريقة لتسجيل الدخول من حسابك في { $brand }
mail-factor-removed-lead = لم تعد إحدى طرق تسجيل الدخول متاحة لحسابك.
mail-factor-removed-aside = إذا كنت أنت، فلا داعي لأي إجراء. وإلا فغيّر كلمة مرورك فورًا وأضفها من جديد.
mail-recovery-codes-made-subject = رموز استرداد جديدة لحسابك في { $brand }
mail-recovery-codes-made-lead = أُنشئت رموز استرداد جديدة لحسابك. ولم تعد الرموز السابقة تعمل.
mail-recovery-codes-made-aside = إذا كنت أنت، فاحفظها في مكان آمن. وإلا فغيّر كلمة مرورك فورًا وأنشئ رموز استرداد جديدة.
mail-recovery-code-used-subject = استُخدم أحد رموز الاسترداد لحسابك في { $brand }
mail-recovery-code-used-lead = استخدم أحدهم واحدًا من رموز الاسترداد لتسجيل الدخول إلى حسابك.
mail-recovery-code-used-aside = إذا كنت أنت، فاشطب الرمز: لم يعد يعمل. وإلا فغيّر كلمة مرورك فورًا وأنشئ رموز استرداد جديدة.
mail-passkey-copied-subject = ربما نُسخ أحد مفاتيح المرور لحسابك في { $brand }
mail-passkey-copied-lead = حاول أحدهم تسجيل الدخول إلى حسابك بأحد مفاتيح المرور الخاصة بك، وقد تكون هناك نسخة منه. رُفض تسجيل الدخول.
mail-passkey-copied-aside = إذا كنت أنت، فأزل مفتاح المرور هذا من حسابك وأضف مفتاحًا جديدًا. وإلا فافعل ذلك فورًا: ربما يملكه شخص آخر.
mail-address-change-subject = أكّد عنوان بريدك الإلكتروني الجديد في { $brand }
mail-address-change-lead = أكّد أن عنوان البريد الإلكتروني هذا لك. بعد ذلك يحل محل العنوان الحالي لحسابك.
mail-address-change-aside = إذا لم تكن أنت، فلا تفعل شيئًا. من دون الرابط لا يمكن لأحد تأكيد عنوانك.
mail-address-changing-subject = عنوان بريدك الإلكتروني في { $brand } على وشك التغيير
mail-address-changing-lead = طلب أحدهم أن يحل عنوان آخر محل عنوان البريد الإلكتروني هذا في حسابك. يحدث ذلك عند تأكيد العنوان الجديد.
mail-address-changing-aside = إذا كنت أنت، فلا داعي لأي إجراء. وإلا فاضغط الزر: يبقى عنوانك، وتختار كلمة مرور جديدة.
mail-address-changed-subject = تم تغيير عنوان بريدك الإلكتروني في { $brand }
mail-address-changed-lead = حل عنوان بريد إلكتروني آخر محل هذا العنوان في حسابك.
mail-address-changed-aside = إذا كنت أنت، فلا داعي لأي إجراء. وإلا فاضغط الزر: يعود عنوانك، وتختار كلمة مرور جديدة.
mail-address-removed-subject = أُزيل عنوان بريد إلكتروني من حسابك في { $brand }
mail-address-removed-lead = لم يعد عنوان البريد الإلكتروني أدناه تابعًا لحسابك، ولم يعد بإمكان أحد تسجيل الدخول به.
mail-address-removed-aside = إذا كنت أنت، فلا داعي لأي إجراء. وإلا فغيّر كلمة مرورك فورًا وأضف العنوان من جديد.
mail-account-locked-subject = حسابك في { $brand } مقفل لبعض الوقت
mail-account-locked-lead = كانت هناك محاولات خاطئة كثيرة جدًا لتسجيل الدخول إلى حسابك. لبعض الوقت لا نسمح لأي متصفح جديد بالدخول، حتى مع كلمة المرور الصحيحة. أما المتصفح الذي سبق أن سجّلت الدخول منه فيُسمح له بالدخول.
mail-account-locked-aside = إذا كنت أنت ونسيت كلمة مرورك، فأعد تعيينها. وإذا لم تكن أنت، فلا داعي لأي إجراء: كانت المحاولات خاطئة.
mail-account-locked-finally-subject = حسابك في { $brand } مقفل
mail-account-locked-finally-lead = تكرّرت محاولات خاطئة كثيرة متتالية لتسجيل الدخول إلى حسابك، فلم نعد نسمح لأي متصفح جديد بالدخول، حتى مع كلمة المرور الصحيحة. أما المتصفح الذي سبق أن سجّلت الدخول منه فيُسمح له بالدخول.
mail-account-locked-finally-aside = لا ينتهي القفل من تلقاء نفسه. ينتهي حالما تعيد تعيين كلمة مرورك، أو عندما يفتح مشغّل هذه الخدمة قفل حسابك. كانت كل تلك المحاولات خاطئة، فلم يدخل بها أحد.
mail-second-factor-locked-subject = رموز خاطئة لحسابك في { $brand }
mail-second-factor-locked-lead = تجاوز أحدهم الخطوة الأولى من تسجيل الدخول إلى حسابك، بكلمة مرورك مثلًا، ثم أدخل رموزًا خاطئة كثيرة جدًا. لم يُقبل أي منها. وحتى الوقت المذكور أدناه لا يُقبل أي رمز آخر من هذا النوع.
mail-second-factor-locked-aside = إذا كنت أنت، فانتظر حتى ذلك الوقت أو استخدم طريقة أخرى. وإلا فربما يعرف شخص آخر كلمة مرورك: أعد تعيينها فورًا. يؤدي ذلك إلى تسجيل خروج كل من سواك.
mail-registration-attempt-subject = لديك حساب في { $brand } بالفعل
mail-registration-attempt-lead = حاول أحدهم إنشاء حساب بعنوان البريد الإلكتروني هذا. لديك حساب بالفعل، ولذلك لم يُنشأ حساب آخر.
mail-registration-attempt-aside = إذا كنت أنت، فسجّل الدخول. وإذا نسيت كلمة مرورك، فيمكنك اختيار كلمة مرور جديدة هناك. وإذا لم تكن أنت، فلا داعي لأي إجراء.
mail-invitation-subject = حسابك الجديد في { $brand }
mail-invitation-lead = أُنشئ حساب لك. اختر كلمة مرور لتبدأ استخدامه.
mail-invitation-action = اختيار كلمة مرور
mail-invitation-aside = إذا كنت لا تعرف ما هذا، فلا تفعل شيئًا. من دون الرابط لا يمكن لأحد استخدام الحساب.
mail-account-deleted-subject = تم حذف حسابك في { $brand }
mail-account-deleted-lead = تم حذف حسابك. يمكن استعادته حتى الوقت المذكور أدناه، وبعد ذلك يختفي نهائيًا.
mail-account-deleted-action = استعادة الحساب
mail-account-deleted-aside = إذا كنت تريد أن يبقى محذوفًا، فلا داعي لأي إجراء. وإلا فاستعده وغيّر كلمة مرورك.
mail-account-deactivated-subject = حسابك في { $brand } معطّل
mail-account-deactivated-lead = لا يمكن لأحد تسجيل الدخول إلى حسابك، وليس للتطبيقات وصول إليه. ويبقى كل ما فيه كما هو. لاستخدامه من جديد، أعد تفعيله وسجّل الدخول كالسابق.
mail-account-deactivated-action = إعادة تفعيل الحساب
mail-account-deactivated-aside = إذا كنت تريد أن يبقى معطّلًا، فلا داعي لأي إجراء. وإذا انتهت صلاحية الرابط، فاطلب رابطًا جديدًا من خلال «هل نسيت كلمة المرور؟» في صفحة تسجيل الدخول. وإذا لم تكن أنت من عطّله، فأعد تفعيله وغيّر كلمة مرورك.
