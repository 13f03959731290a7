# طلب الوصول. كل سطر يكمل جملة «يطلب ACME Notes».
consent-title = يطلب { $app }
consent-list = ما يطلب { $app } القيام به
consent-new = جديد
consent-host = تنتقل بعد ذلك إلى { $host }.
consent-host-publisher = يقدّم { $publisher } تطبيق { $app }. تنتقل بعد ذلك إلى { $host }.
consent-signed-in = تم تسجيل دخولك باسم { $person }.
not-you = هذا ليس أنت؟
consent-undo = يمكنك التراجع عن ذلك في أي وقت من حسابك، ضمن «التطبيقات».
consent-policies = كيف يتعامل { $app } مع بياناتك:
allow = سماح
deny = رفض
scope-openid = التعرّف عليك
scope-openid-detail = يعرف التطبيق أنك الشخص نفسه في كل مرة تعود فيها.
scope-profile = الاطلاع على اسمك واسم المستخدم
scope-profile-detail = ما أدخلته في ملفك الشخصي.
scope-email = الاطلاع على عنوان بريدك الإلكتروني
scope-email-detail = يمكن للتطبيق مراسلتك على هذا العنوان.
scope-phone = الاطلاع على رقم هاتفك
scope-phone-detail = يمكن للتطبيق الاتصال بك أو إرسال رسائل إليك.
scope-address = الاطلاع على عنوانك البريدي
scope-address-detail = يعرف التطبيق أين تسكن أو أين تستلم بريدك.
scope-offline-access = البقاء على اتصال في غيابك
scope-offline-access-detail = يحتفظ التطبيق بالوصول بعد تسجيل خروجك.
scope-roles = الاطلاع على أدوارك
scope-roles-detail = يعرف التطبيق ما يُسمح لك بفعله هنا.
scope-other = استخدام «{ $scope }»
scope-other-detail = هذا هو الاسم الذي يطلقه التطبيق على شيء يريد القيام به من أجلك.
claim-name = الاطلاع على اسمك الكامل
claim-given-name = الاطلاع على اسمك الأول
claim-family-name = الاطلاع على اسم عائلتك
claim-middle-name = الاطلاع على اسمك الأوسط
claim-nickname = الاطلاع على اسمك المستعار
claim-preferred-username = الاطلاع على اسم المستخدم
claim-picture = الاطلاع على صورتك
claim-profile = الاطلاع على عنوان صفحة ملفك الشخصي
claim-website = الاطلاع على عنوان موقعك الإلكتروني
claim-gender = الاطلاع على جنسك
claim-birthdate = الاطلاع على تاريخ ميلادك
claim-zoneinfo = الاطلاع على منطقتك الزمنية
claim-locale = الاطلاع على لغتك
claim-updated-at = معرفة وقت آخر تغيير في ملفك الشخصي
claim-email-verified = معرفة ما إذا كان عنوان بريدك الإلكتروني مؤكَّدًا
claim-phone-number-verified = معرفة ما إذا كان رقم هاتفك مؤكَّدًا
claim-detail = هذا فقط، دون بقية ملفك الشخصي.
consent-lasts-minutes = ينتهي هذا الوصول بعد { FORM($minutes) ->
    [zero] { $minutes } دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
  }.
consent-lasts-session = ينتهي هذا الوصول عند تسجيل خروجك، أو بعد { FORM($days) ->
    [zero] { $days } يوم
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
    [many] { $days } يومًا
   *[other] { $days } يوم
  } على الأكثر.
consent-lasts-offline = يستمر هذا الوصول مدة تصل إلى { FORM($days) ->
    [zero] { $days } يوم
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
    [many] { $days } يومًا
   *[other] { $days } يوم
  }، حتى بعد تسجيل خروجك.
