//! Every page in every language, held against the rules that all of them share.

use std::collections::HashSet;

use askama::Template;
use scraper::{ElementRef, Html, Selector};

use super::samples::{self, CSRF, Sample};
use super::{LoginError, LoginView, NewAccountError, PasswordError};
use crate::domain::credential::password::Weakness;
use crate::http::assets;
use crate::i18n::Locale;

fn select<'a>(page: &'a Html, what: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(what).unwrap()).collect()
}

/// As it reads: what only breaks the source is one space, and a space that does not break stays.
fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn title(page: &Html) -> String {
    text(select(page, "title")[0])
}

/// Without the marks around names: a heading loses them where it is itself isolated in a title.
fn bare(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "")
}

/// Looks at every page in every language.
fn each(look: impl Fn(&Sample, &Html, Locale)) {
    let mut count = 0;
    for locale in Locale::all() {
        for sample in samples::all(locale) {
            look(&sample, &Html::parse_document(&sample.html), locale);
            count += 1;
        }
    }
    assert!(count > 80, "only {count} pages");
}

#[test]
fn every_page_says_its_language_and_has_one_heading() {
    each(|sample, page, locale| {
        let html = select(page, "html")[0];
        assert_eq!(html.attr("lang"), Some(locale.tag()), "{}", sample.name);
        assert_eq!(html.attr("dir"), Some(locale.direction().as_str()), "{}", sample.name);
        let headings = select(page, "h1");
        assert_eq!(headings.len(), 1, "{}", sample.name);
        assert_eq!(text(headings[0]), sample.heading, "{}", sample.name);
        assert!(bare(&title(page)).contains(&bare(&sample.heading)), "{}", sample.name);
        assert_eq!(select(page, "main#main").len(), 1, "{}", sample.name);
    });
}

/// The Content-Security-Policy has no `unsafe-inline`.
#[test]
fn no_page_has_a_script_or_a_style_of_its_own() {
    each(|sample, page, _| {
        let mut allowed = vec![assets::script_path()];
        if !select(page, "#passkey-form, #without-password").is_empty() {
            allowed.push(assets::passkey_script_path());
        }
        for script in select(page, "script") {
            let from = script.attr("src").unwrap_or_default();
            assert!(allowed.contains(&from), "{} runs {from}", sample.name);
            assert!(script.attr("defer").is_some() && script.inner_html().is_empty());
        }
        assert!(select(page, "style, [style]").is_empty(), "{}", sample.name);
        for element in select(page, "*") {
            let handler = element.value().attrs().find(|(name, _)| name.starts_with("on"));
            assert_eq!(handler, None, "{}", sample.name);
        }
        for loaded in select(page, "link[href], img[src]") {
            let from = loaded.attr("href").or(loaded.attr("src")).unwrap();
            assert!(from.starts_with('/'), "{} loads {from}", sample.name);
        }
    });
}

#[test]
fn every_form_that_changes_something_carries_the_csrf_value() {
    each(|sample, page, _| {
        let post = select(page, "form[method=post]");
        let all = select(page, "form");
        assert_eq!(all.len(), post.len() + select(page, "#language-form").len(), "{}", sample.name);
        for form in post {
            let hidden = Selector::parse("input[type=hidden][name=csrf]").unwrap();
            let values: Vec<_> = form.select(&hidden).map(|input| input.attr("value")).collect();
            if sample.name == "form-post" {
                assert!(values.is_empty(), "what guards our forms is not for the app");
                continue;
            }
            assert_eq!(values, [Some(CSRF)], "{}", sample.name);
            assert!(form.attr("action").unwrap().starts_with('/'), "{}", sample.name);
        }
    });
}

#[test]
fn every_field_has_a_label_and_what_describes_it_exists() {
    each(|sample, page, _| {
        let ids: Vec<_> = select(page, "[id]").iter().filter_map(|e| e.attr("id")).collect();
        let unique: HashSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "an id twice in {}", sample.name);
        let labelled: HashSet<_> =
            select(page, "label").iter().filter_map(|label| label.attr("for")).collect();
        for input in select(page, "input:not([type=hidden]):not([hidden])") {
            let id = input.attr("id").unwrap();
            assert_eq!(input.attr("name"), Some(id), "{}", sample.name);
            assert!(labelled.contains(id), "{id} in {} has no label", sample.name);
            let described = input.attr("aria-describedby").unwrap_or_default();
            for target in described.split_whitespace() {
                assert!(unique.contains(target), "no {target} in {}", sample.name);
            }
        }
        for link in select(page, "a[href^='#']") {
            let target = link.attr("href").unwrap().trim_start_matches('#');
            assert!(unique.contains(target), "no {target} in {}", sample.name);
        }
        for button in select(page, "button") {
            assert!(!text(button).is_empty(), "{}", sample.name);
        }
    });
}

#[test]
fn a_page_weighs_less_than_30_kb_with_all_it_loads() {
    let loaded: usize = [assets::stylesheet_path(), assets::script_path(), assets::icon_path()]
        .into_iter()
        .map(|path| assets::lookup(path.strip_prefix(assets::PREFIX).unwrap()).unwrap().bytes.len())
        .sum();
    let passkeys =
        assets::lookup(assets::passkey_script_path().strip_prefix(assets::PREFIX).unwrap());
    let passkeys = passkeys.unwrap().bytes.len();
    each(|sample, page, _| {
        // Works of reference: one for people who program, one with every time zone of the world.
        if sample.name == "api" {
            return;
        }
        if sample.name.starts_with("account-region") {
            assert!(loaded + sample.html.len() < 45_000, "{}", sample.html.len());
            return;
        }
        let has_passkeys = !select(page, "#passkey-form, #without-password").is_empty();
        let bytes = loaded + sample.html.len() + if has_passkeys { passkeys } else { 0 };
        assert!(bytes < 30_000, "{} weighs {bytes} bytes", sample.name);
    });
}

#[test]
fn the_language_menu_leads_back_and_marks_the_language() {
    each(|sample, page, locale| {
        let back = select(page, "#language-form input[name=return_to]");
        assert_eq!(back[0].attr("value"), Some("/login/0192?a=1&b=2"), "{}", sample.name);
        let buttons = select(page, "#language-form button[name=lang]");
        let offered: Vec<_> = buttons.iter().filter_map(|button| button.attr("value")).collect();
        assert_eq!(offered, Locale::all().map(Locale::tag).collect::<Vec<_>>());
        for (button, language) in buttons.iter().zip(Locale::all()) {
            assert_eq!(text(*button), language.name());
            assert_eq!(button.attr("lang"), Some(language.tag()));
            assert_eq!(button.attr("dir"), Some(language.direction().as_str()));
        }
        let current = select(page, "#language-form [aria-current]");
        assert_eq!(current.len(), 1);
        assert_eq!(current[0].attr("value"), Some(locale.tag()));
    });
}

/// What a person or an app is called, and what is typed, may be written the other way round than the
/// page. Messages isolate what stands in them; what stands alone says so itself.
#[test]
fn nothing_from_outside_turns_the_page_around() {
    each(|sample, page, _| {
        for input in select(page, "input[id]:not([type=checkbox]), textarea") {
            let is_code = input.attr("autocomplete") == Some("one-time-code");
            let known = is_code
                || input.attr("type") == Some("password")
                || input.attr("id") == Some("email");
            let direction = if known { "ltr" } else { "auto" };
            assert_eq!(input.attr("dir"), Some(direction), "{:?} in {}", input, sample.name);
        }
        for id in select(page, "#request-id") {
            assert_eq!(id.attr("dir"), Some("ltr"), "{}", sample.name);
        }
        for outside in [
            "Latchkey",
            "Ada Lovelace",
            "ada@example.com",
            "ada",
            "192.0.2.17",
            "notes.example",
            "ACME Notes",
            "12 St James's Square\nFlat 3\nLondon",
        ] {
            let bare = page.tree.nodes().filter(|node| {
                let text = node.value().as_text().is_some_and(|text| text.trim() == outside);
                let parent = node.parent().and_then(ElementRef::wrap);
                text && parent.is_none_or(|it| !["bdi", "textarea"].contains(&it.value().name()))
            });
            assert_eq!(bare.count(), 0, "{outside} in {}", sample.name);
        }
    });
}

/// Margins, borders and places are told from where a line begins, not from the left.
#[test]
fn the_stylesheet_turns_with_the_page() {
    let path = assets::stylesheet_path().strip_prefix(assets::PREFIX).unwrap();
    let bytes = assets::lookup(path).unwrap().bytes;
    let style = std::str::from_utf8(bytes).unwrap();
    assert!(style.contains("margin-inline"), "the stylesheet is another one");
    for side in ["left", "right"] {
        let physical: Vec<_> = style.lines().filter(|line| line.contains(side)).collect();
        assert!(physical.is_empty(), "{physical:?}");
    }
}

#[test]
fn a_failed_form_says_so_first_and_at_the_field() {
    each(|sample, page, locale| {
        let summary = select(page, "#error-summary");
        let is_error_page = sample.name.starts_with("error-");
        let prefix = locale.text_with("error-title", "title", "");
        assert_eq!(
            title(page).starts_with(prefix.trim()),
            is_error_page || !summary.is_empty(),
            "{}",
            sample.name
        );
        let invalid = select(page, "[aria-invalid=true]");
        assert!(invalid.is_empty() || !summary.is_empty(), "{}", sample.name);
        for field in invalid {
            let id = field.attr("id").unwrap();
            let problem = text(select(page, &format!("#{id}-problem"))[0]);
            let link = text(select(page, &format!("#error-summary a[href='#{id}']"))[0]);
            assert_eq!(problem, link, "{}", sample.name);
            let described = field.attr("aria-describedby").unwrap();
            assert!(described.starts_with(&format!("{id}-problem")), "{}", sample.name);
        }
        for element in summary {
            assert_eq!(element.attr("role"), Some("alert"), "{}", sample.name);
            assert_eq!(element.attr("tabindex"), Some("-1"), "{}", sample.name);
        }
    });
}

#[test]
fn a_password_never_comes_back() {
    each(|sample, page, _| {
        for input in select(page, "input[type=password]") {
            assert_eq!(input.attr("value"), None, "{}", sample.name);
        }
    });
}

fn named<'a>(samples: &'a [Sample], name: &str) -> &'a Sample {
    samples.iter().find(|sample| sample.name == name).unwrap()
}

#[test]
fn login_names_the_app_and_keeps_what_was_typed() {
    let samples = samples::all(Locale::default());
    let sample = named(&samples, "login-wrong");
    let page = Html::parse_document(&sample.html);
    assert_eq!(title(&page), "Error: Sign in to ACME Notes · Latchkey");
    let identifier = select(&page, "#identifier")[0];
    assert_eq!(identifier.attr("value"), Some("ada@example.com"));
    assert_eq!(identifier.attr("autocomplete"), Some("username webauthn"));
    assert_eq!(identifier.attr("inputmode"), Some("email"));
    assert_eq!(select(&page, "#password")[0].attr("autocomplete"), Some("current-password"));
    let remember = select(&page, "#remember")[0];
    assert_eq!(remember.attr("checked"), None);
    assert_eq!(text(select(&page, "label[for=remember]")[0]), "Keep me signed in for 30 days");
}

#[test]
fn login_offers_only_what_there_is() {
    let view = samples::login(samples::frame(Locale::default()));
    let closed = LoginView { registration: None, remember_days: None, ..view.clone() };
    let page = Html::parse_document(&closed.render().unwrap());
    assert!(select(&page, "#forgot-password, #create-account-link, #remember").is_empty());
    let open = LoginView { forgot_password: Some("/forgot".to_owned()), ..view };
    let page = Html::parse_document(&open.render().unwrap());
    assert_eq!(select(&page, "#forgot-password, #create-account-link, #remember").len(), 3);
}

#[test]
fn consent_speaks_in_sentences_and_marks_what_is_new() {
    let samples = samples::all(Locale::default());
    let page = Html::parse_document(&named(&samples, "consent").html);
    assert_eq!(text(select(&page, "h1")[0]), "ACME Notes wants to");
    let scopes: Vec<_> = select(&page, ".scopes strong").into_iter().map(text).collect();
    assert_eq!(scopes, ["Recognise you", "See your name and username", "See your email address"]);
    assert_eq!(select(&page, ".scopes .mark").len(), 1);
    assert!(text(select(&page, "#consent-origin")[0]).contains("notes.example"));
    let page = Html::parse_document(&named(&samples, "consent-all").html);
    assert_eq!(text(select(&page, ".scopes li:last-child strong")[0]), "Use “notes.read”");
}

/// Case 270: whatever an app, a person or a browser is called, it stays text.
#[test]
fn case_270_names_stay_text() {
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;";
    let mut view = samples::login(samples::frame(Locale::default()));
    view.identifier = evil.to_owned();
    view.action = evil.to_owned();
    view.registration = Some(evil.to_owned());
    view.frame.branding.name = evil.to_owned();
    view.frame.csrf = evil.to_owned();
    view.frame.language_return = Some(evil.to_owned());
    if let Some(app) = &mut view.app {
        app.name = evil.to_owned();
    }
    let page = Html::parse_document(&view.render().unwrap());
    assert_eq!(select(&page, "script").len(), 2, "the page's own");
    assert!(select(&page, "img").is_empty());
    assert_eq!(text(select(&page, "h1")[0]), format!("Sign in to {evil}"));
    assert_eq!(select(&page, "#identifier")[0].attr("value"), Some(evil));
    assert_eq!(select(&page, "#login-form")[0].attr("action"), Some(evil));
}

#[test]
fn every_refusal_has_a_sentence_in_every_language() {
    let passwords = [
        PasswordError::Missing,
        PasswordError::TooShort { min: 10 },
        PasswordError::TooLong { max: 256 },
        PasswordError::Guessable(Weakness::Common),
        PasswordError::Guessable(Weakness::NearlyCommon),
        PasswordError::Guessable(Weakness::Word),
        PasswordError::Guessable(Weakness::Name),
        PasswordError::Guessable(Weakness::Keyboard),
        PasswordError::Guessable(Weakness::Repetition),
        PasswordError::Guessable(Weakness::Sequence),
        PasswordError::Guessable(Weakness::Date),
        PasswordError::Breached,
        PasswordError::Personal,
    ];
    let accounts = [
        NewAccountError::NameMissing,
        NewAccountError::NameTooLong,
        NewAccountError::EmailMissing,
        NewAccountError::EmailInvalid,
        NewAccountError::EmailTaken,
        NewAccountError::UsernameInvalid,
        NewAccountError::UsernameTaken,
        NewAccountError::TooManyAttempts { seconds: 60 },
    ];
    for locale in Locale::all() {
        let sentences: HashSet<String> = passwords
            .map(|error| error.problem(locale).text)
            .into_iter()
            .chain(accounts.map(|error| error.problem(locale).text))
            .collect();
        assert_eq!(sentences.len(), passwords.len() + accounts.len(), "{locale:?}");
    }
    let wrong = LoginError::WrongCredentials;
    let view = samples::login(samples::frame(Locale::default()));
    let page = Html::parse_document(&LoginView { error: Some(wrong), ..view }.render().unwrap());
    // Which of the two was wrong is not told, so no field is marked.
    assert!(select(&page, "[aria-invalid]").is_empty());
}

#[test]
fn case_282_one_page_asks_for_a_file_and_for_pictures_only() {
    each(|sample, page, _| {
        let is_asked = sample.name.starts_with("account-picture");
        let asks = select(page, "form[enctype='multipart/form-data'] input[type=file]");
        assert_eq!(asks.len(), usize::from(is_asked), "{}", sample.name);
        assert_eq!(select(page, "input[type=file], [enctype]").len(), asks.len() * 2);
        for field in asks {
            assert_eq!(field.attr("accept"), Some("image/png, image/jpeg, image/webp"));
        }
    });
}
