//! `i18n`: which language a person gets. The lines are `ui_locales`, the cookie, `Accept-Language`.

use latchkey::i18n::Locale;

pub fn check(data: &[u8]) {
    let [app, cookie, browser] = super::parts(data).map(|part| super::text(part));
    let found = Locale::choose(app, cookie, browser);
    assert!(Locale::all().any(|locale| locale == found));
    let all = [app, cookie, browser].map(|source| source.unwrap_or_default().to_ascii_lowercase());
    let language = found.tag().split('-').next().unwrap();
    assert!(found == Locale::default() || all.iter().any(|text| text.contains(language)));
    // What comes earlier decides, and what is no language is as good as absent.
    for source in [app, cookie].into_iter().flatten() {
        if let Some(locale) = Locale::from_tag(source) {
            assert_eq!(Locale::choose(Some(source), None, browser), locale);
            assert_eq!(Locale::choose(app, Some(source), browser), locale);
        }
    }
    assert_eq!(Locale::choose(Some(""), Some(""), browser), Locale::choose(None, None, browser));
}
