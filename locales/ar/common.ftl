# ما يظهر في كل صفحة.
error-title = خطأ: { $title }
page-title = { $title } – { $name }
several-problems = تحقّق من هذه الإجابات
skip-to-content = الانتقال إلى المحتوى
language-menu = اللغة
operator-links = حول هذه الخدمة
link-privacy = الخصوصية
link-terms = شروط الاستخدام
link-help = المساعدة
opens-elsewhere = (يُفتح في علامة تبويب جديدة)
warning-label = تحذير
warning-development = هذا خادم تطوير. استخدم بيانات وهمية فقط.
warning-insecure = الاتصال بهذا الخادم غير مشفّر. يمكن قراءة كلمات المرور المُرسلة إليه أثناء انتقالها.
optional-field = { $label } (اختياري)
date-time = { $day } { $month ->
    [1] يناير
    [2] فبراير
    [3] مارس
    [4] أبريل
    [5] مايو
    [6] يونيو
    [7] يوليو
    [8] أغسطس
    [9] سبتمبر
    [10] أكتوبر
    [11] نوفمبر
   *[12] ديسمبر
} { $year } في { $time } ({ $zone })
place = { $city }، { $country }
next-try-again = إعادة المحاولة
next-sign-in = تسجيل الدخول
next-account = الانتقال إلى حسابك
next-go-on = متابعة
next-app = الانتقال إلى { $app }
cancel = إلغاء
or = أو
