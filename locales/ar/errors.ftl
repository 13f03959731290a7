# صفحات الأخطاء: عنوان، ثم ما حدث، ثم ما يمكن فعله.
fault-app-title = هذا التطبيق غير مُعدّ بشكل صحيح
fault-return-address = أرسل { $app } عنوان رجوع غير مسجَّل له.
fault-unknown-app = التطبيق الذي أتيت منه غير معروف لهذا الخادم.
fault-app-request = أرسل التطبيق طلبًا لا يفهمه هذا الخادم.
fault-app-next = لم ترتكب أي خطأ، وإعادة المحاولة لا تفيد. أبلغ القائمين على التطبيق.
fault-expired-title = استغرق هذا وقتًا أطول من اللازم
fault-expired = انتهى الوقت المحدّد لتسجيل الدخول هذا.
fault-expired-next = ارجع إلى التطبيق وسجّل الدخول مرة أخرى.
fault-provider-title = تعذّر تسجيل الدخول عبر موفّر آخر
fault-provider-next = ارجع إلى حيث بدأت وحاول مرة أخرى.
fault-provider-goes-on = يمكنك المتابعة من دونه.
fault-browser-title = بدأ تسجيل الدخول هذا في مكان آخر
fault-browser = يخص متصفحًا آخر، أو أن هذا المتصفح لا يحفظ ملفات تعريف الارتباط.
fault-browser-next = اسمح بملفات تعريف الارتباط لهذا الموقع، ثم ارجع إلى التطبيق وسجّل الدخول مرة أخرى.
fault-form-title = بقيت هذه الصفحة مفتوحة مدة طويلة
fault-form = لم يمكن ربط ما أرسلته بالصفحة التي أتى منها، ولذلك لم يتغيّر شيء.
fault-form-next = افتح الصفحة من جديد وأرسل مرة أخرى.
fault-link-title = لم يعد هذا الرابط يعمل
fault-link = سبق استخدامه، أو انتهت مدته.
fault-link-next = اطلب رابطًا جديدًا من حيث حصلت على هذا الرابط.
fault-link-sign-in = سجّل الدخول من جديد. يمكنك هناك طلب رابط جديد.
fault-link-confirm = إذا كنت تنشئ حسابًا فابدأ من جديد. وإذا كنت تضيف عنوانًا إلى حسابك فأضفه هناك مرة أخرى.
fault-link-address = إذا كنت لا تزال تريد استخدام العنوان فأضفه إلى حسابك مرة أخرى.
fault-link-undo = إذا تعذّر عليك دخول حسابك أو كان غيرك يستخدمه فأعد تعيين كلمة المرور. وإن لم ينفع ذلك فاسأل مشغّل هذه الخدمة.
fault-link-undo-operator = إذا تعذّر عليك دخول حسابك أو كان غيرك يستخدمه فاسأل مشغّل هذه الخدمة.
fault-not-found-title = هذه الصفحة غير موجودة
fault-not-found = قد يحتوي العنوان على خطأ في الكتابة، أو ربما نُقلت الصفحة.
fault-not-found-next = تحقّق من العنوان، أو ابدأ من حسابك.
fault-method-title = لا يعمل هذا العنوان بهذه الطريقة
fault-method = استُدعيت الصفحة بطريقة لا تستجيب لها.
fault-method-next = ارجع واستخدم الزر أو الرابط في الصفحة السابقة.
fault-bad-request-title = هناك خطأ في هذا الطلب
fault-bad-request = لم يتمكّن الخادم من قراءة ما أرسله متصفحك.
fault-bad-request-next = ارجع وحاول مرة أخرى.
fault-registration-title = إنشاء الحسابات هنا غير متاح للجميع
fault-registration = ينشئ القائمون على هذه الخدمة الحسابات الجديدة.
fault-registration-next = اطلب منهم حسابًا.
fault-too-many-title = محاولات كثيرة جدًا
fault-too-many = جاءت من هنا محاولات كثيرة جدًا في وقت قصير.
fault-too-many-next = انتظر { FORM($minutes) ->
    [zero] { $minutes } دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
} ثم حاول مرة أخرى.
fault-too-many-next-hours = انتظر { FORM($hours) ->
    [zero] { $hours } ساعة
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $hours } ساعات
    [many] { $hours } ساعة
   *[other] { $hours } ساعة
} ثم حاول مرة أخرى.
fault-busy-title = الخدمة مشغولة
fault-busy = الطلبات في هذه اللحظة أكثر مما يستطيع الخادم معالجته.
fault-busy-next = حاول مرة أخرى بعد بضع ثوانٍ.
fault-internal-title = حدث خطأ هنا
fault-internal = الخطأ من جانبنا، وقد تم تسجيله.
fault-internal-next = حاول مرة أخرى بعد لحظات. إذا تكرّر ذلك، فأرسل الرقم أدناه إلى القائمين على هذه الخدمة.
fault-request-id = رقم الطلب
fault-time = الوقت
