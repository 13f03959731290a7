# الرموز والروابط التي تُرسل بالبريد.
mailed-send-code = إرسال رمز إلى بريدي
mailed-send-link = إرسال رابط إلى بريدي
mailed-address-title = تسجيل الدخول عبر البريد
mailed-address-lead = نرسل رمزًا أو رابطًا إلى عنوانك المؤكَّد. يتيح لك أيٌّ منهما تسجيل الدخول من دون كلمة مرور.
mailed-title = أدخل الرمز
mailed-link-sent-title = افتح الرابط
mailed-second-title = التأكيد برمز
mailed-second-lead = للتأكد من أنك أنت، نرسل رمزًا إلى { $address }.
mailed-register-title = أكّد عنوان بريدك الإلكتروني
mailed-sent-code = إذا كان هناك حساب بالعنوان { $address }، فقد أرسلنا إليه رمزًا.
mailed-sent-link = إذا كان هناك حساب بالعنوان { $address }، فقد أرسلنا إليه رابطًا. افتحه في هذا المتصفح؛ أما في أي متصفح آخر فيعرض رمزًا تُدخله هنا.
mailed-sent-second = أرسلنا رمزًا إلى { $address }.
mailed-sent-register = أرسلنا رسالة إلى { $address }. أدخل الرمز الوارد فيها لإنشاء حسابك.
mailed-valid = صالح لمدة { FORM($minutes) ->
    [zero] { $minutes } دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
}.
mailed-field = الرمز
mailed-hint = الأرقام الستة الواردة في الرسالة.
mailed-hint-link = الأرقام الستة التي يعرضها المتصفح الآخر.
mailed-continue = متابعة
mailed-again = إرسال رمز جديد
mailed-again-link = إرسال رابط جديد
mailed-other-address = استخدام عنوان آخر
mailed-other-way = استخدام طريقة أخرى
mailed-trust = عدم السؤال في هذا المتصفح لمدة { FORM($days) ->
    [zero] { $days } يوم
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
    [many] { $days } يومًا
   *[other] { $days } يوم
}
mailed-error-invalid = أدخل أرقام الرمز الستة.
mailed-error-wrong = هذا الرمز لا يعمل. تحقّق منه أو أرسل رمزًا جديدًا.
mailed-link-lead = طلبت هذا الرابط لتسجيل الدخول بالعنوان { $address }.
mailed-confirm-lead = أكّد أن العنوان { $address } لك ليُنشأ حسابك.
mailed-link-elsewhere = طُلب هذا الرابط المرسل إلى { $address } في متصفح آخر. اعرض رمزًا هنا وأدخله هناك.
mailed-show-code = عرض الرمز
mailed-match-title = أدخل هذا الرمز في المتصفح الآخر
mailed-match-lead = عد إلى المتصفح الذي بدأت فيه وأدخل هذا الرمز هناك.
mailed-match-aside = إذا لم تبدأ شيئًا، فأغلق هذه الصفحة ولا تعطِ الرمز لأحد.
mail-confirm-address-code-lead = أدخل هذا الرمز في الصفحة التي تنشئ فيها حسابك في { $brand }، أو اضغط الزر.
mail-confirm-address-code-aside = إذا لم تكن أنت، فلا تفعل شيئًا ولا تعطِ الرمز لأحد. من دونه لا يمكن لأحد تأكيد عنوانك.
