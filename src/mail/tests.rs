//! Every kind in every language, and what people put into names.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use scraper::{Html, Selector};

use super::message::{ChangeStage, Factor, Message, Occasion, Writing};
use super::samples::{reader, sample};
use crate::domain::address::EmailAddress;
use crate::domain::mail::{Letter, MailBudget, MessageKind};
use crate::i18n::{Direction, Locale};
use crate::kernel::urls::Issuer;

const BRAND: &str = "ACME & Söhne";

fn issuer() -> Issuer {
    Issuer::parse("https://id.example.com").unwrap()
}

fn moment() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 7, 9, 5, 0).unwrap()
}

fn written(message: &Message, locale: Locale, brand: &str, person: Option<&str>) -> Letter {
    let help = Some("https://help.example.com/a?b=c&d=e");
    let writing = Writing { issuer: &issuer(), brand, locale, person, help };
    message.letter(&writing, &reader().unwrap())
}

/// Every message in every language: the samples, and the other ways that some of them can be.
fn all() -> Vec<(Message, Letter)> {
    let mut messages: Vec<Message> =
        MessageKind::ALL.into_iter().map(|kind| sample(kind, moment()).unwrap()).collect();
    let occasion = Occasion::new(moment(), Some("2001:db8::7"), None);
    messages.push(Message::AddressChanged {
        new: EmailAddress::parse("new.alice@example.org").unwrap(),
        stage: ChangeStage::Done,
        token: "c2Vjb25k".into(),
        occasion: occasion.clone(),
    });
    messages.push(Message::AccountLocked { until: None, occasion: occasion.clone() });
    messages.push(Message::SecondFactorLocked {
        factor: Factor::MailedCode,
        until: moment(),
        occasion: occasion.clone(),
    });
    for factor in [Factor::Password, Factor::RecoveryCodes, Factor::Provider("Google".to_owned())] {
        messages.push(Message::FactorAdded { factor, occasion: occasion.clone() });
    }
    let mut letters = Vec::new();
    for message in messages {
        for locale in Locale::all() {
            letters.push((message.clone(), written(&message, locale, BRAND, Some("Ada Lovelace"))));
        }
    }
    letters
}

fn select<'a>(document: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    document.select(&Selector::parse(selector).unwrap()).collect()
}

/// What a person reads of it: the words, without the marks that isolate names.
fn words(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !('\u{2066}'..='\u{2069}').contains(c)).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shown(html: &str) -> String {
    let document = Html::parse_document(html);
    words(&select(&document, "body")[0].text().collect::<Vec<_>>().join(" "))
}

fn links(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let links = select(&document, "a").into_iter();
    links.map(|link| link.value().attr("href").unwrap().to_owned()).collect()
}

#[test]
fn every_kind_is_written_in_every_language() {
    let letters = all();
    for kind in MessageKind::ALL {
        let of_kind = letters.iter().filter(|(_, letter)| letter.kind == kind);
        let subjects: BTreeSet<&str> = of_kind.map(|(_, letter)| letter.subject.as_str()).collect();
        assert!(subjects.len() >= Locale::all().len(), "{kind}: {subjects:?}");
    }
    for (message, letter) in letters {
        assert_eq!(letter.kind, message.kind());
        assert_eq!(letter.to, reader().unwrap());
        let locale = Locale::from_tag(&letter.language).unwrap();
        let document = Html::parse_document(&letter.html);
        assert!(document.errors.is_empty(), "{}: {:?}", letter.kind, document.errors);
        let root = document.root_element().value();
        assert_eq!(root.attr("lang"), Some(locale.tag()));
        assert_eq!(root.attr("dir"), Some(locale.direction().as_str()));
        assert_eq!(select(&document, "h1").len(), 1);
        assert!(words(&letter.text).contains(BRAND) && shown(&letter.html).contains(BRAND));
    }
}

/// Whoever sees only one of the two learns the same.
#[test]
fn text_and_html_say_the_same() {
    for (message, letter) in all() {
        let (text, html) = (words(&letter.text), shown(&letter.html));
        // The lines of the text are sentences, labels with values, the code and the link.
        let document = Html::parse_document(&letter.html);
        for paragraph in select(&document, "h1, .card p, .foot p:first-child, .button") {
            let sentence = words(&paragraph.text().collect::<String>());
            let is_bare_link = select(&Html::parse_fragment(&paragraph.html()), ".bare").len() == 1;
            let alike = text.contains(&sentence) || text.contains(&sentence.replace(' ', ""));
            assert!(alike || is_bare_link, "{}: {sentence:?} is not in\n{text}", letter.kind);
        }
        for row in select(&document, ".facts tr") {
            let cells: Vec<String> =
                row.child_elements().map(|it| words(&it.text().collect::<String>())).collect();
            let line = letter.text.lines().map(words).find(|it| it.starts_with(&cells[0]));
            assert!(line.unwrap().ends_with(&cells[1]), "{}: {cells:?}\n{text}", letter.kind);
        }
        if let Some(occasion) = message.occasion() {
            let locale = Locale::from_tag(&letter.language).unwrap();
            let when = words(&locale.date_time(&occasion.at));
            let place = occasion.ip.unwrap().to_string();
            for fact in [when.as_str(), "UTC", place.as_str()] {
                assert!(text.contains(fact) && html.contains(fact), "{}: {fact}", letter.kind);
            }
            if let (Some(browser), Some(system)) = &occasion.device {
                for fact in [browser, system] {
                    assert!(text.contains(fact) && html.contains(fact), "{}: {fact}", letter.kind);
                }
            }
        }
    }
}

/// Words of a language written right to left are no name to be isolated: the browser would change
/// places with the system. An address is one, and in the middle of them it would be torn apart.
#[test]
fn facts_keep_their_direction() {
    let arabic = Locale::from_tag("ar").unwrap();
    let message = sample(MessageKind::PasswordChanged, moment()).unwrap();
    let letter = written(&message, arabic, BRAND, None);
    let device = "\u{2068}Firefox\u{2069} على \u{2068}Windows\u{2069}";
    assert!(letter.text.lines().any(|line| line.ends_with(&format!(": {device}"))));
    assert!(letter.html.contains(&format!("<td>{device}</td>")), "{}", letter.html);
    assert!(letter.text.contains(": \u{2068}192.0.2.7\u{2069}\n"), "{}", letter.text);
    assert!(letter.html.contains("<td><bdi>192.0.2.7</bdi></td>"), "{}", letter.html);
}

#[test]
fn the_one_action_is_a_button_and_a_bare_link() {
    for (_, letter) in all() {
        let document = Html::parse_document(&letter.html);
        let (buttons, bare) = (select(&document, "a.button"), select(&document, "a.bare"));
        if letter.kind == MessageKind::SignInCode {
            assert!(buttons.is_empty() && bare.is_empty());
            continue;
        }
        assert_eq!((buttons.len(), bare.len()), (1, 1), "{}", letter.kind);
        let href = buttons[0].value().attr("href").unwrap();
        assert_eq!(bare[0].value().attr("href"), Some(href));
        assert_eq!(bare[0].text().collect::<String>(), href);
        assert!(letter.text.lines().any(|line| line == href), "{}: {}", letter.kind, letter.text);
    }
}

/// In the text of a language written right to left the groups would change places.
#[test]
fn the_code_stands_in_the_subject_and_large_in_the_text() {
    for (_, letter) in all().into_iter().filter(|(_, it)| it.kind == MessageKind::SignInCode) {
        assert!(words(&letter.subject).starts_with("483 920"), "{}", letter.subject);
        let document = Html::parse_document(&letter.html);
        let code = select(&document, ".code bdi[dir=ltr]");
        assert_eq!(code[0].text().collect::<String>(), "483 920");
        let locale = Locale::from_tag(&letter.language).unwrap();
        let alone = match locale.direction() {
            Direction::LeftToRight => "    483 920",
            Direction::RightToLeft => "    483920",
        };
        assert!(letter.text.lines().any(|line| line == alone), "{}", letter.text);
    }
}

/// There is no argument by which a request's own idea of its host could get in.
#[test]
fn case_192_every_link_begins_with_the_issuer() {
    let (origin, help) = ("https://id.example.com", "https://help.example.com/a?b=c&d=e");
    for (_, letter) in all() {
        for link in links(&letter.html).into_iter().chain(addresses(&letter.text)) {
            let rest = link.strip_prefix(origin);
            let is_ours = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            assert!(is_ours || link == help, "{}: {link}", letter.kind);
        }
    }
}

fn addresses(text: &str) -> Vec<String> {
    let marks = |c: char| c.is_whitespace() || ('\u{2066}'..='\u{2069}').contains(&c);
    let at = |word: &str| word.find("http").map(|start| word[start..].to_owned());
    text.split(marks).filter(|word| word.contains("://")).filter_map(at).collect()
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    for (_, letter) in all() {
        let html = letter.html.to_lowercase();
        for part in
            ["<script", "<img", "<link", "<iframe", "<object", "src=", "url(", "@import", " on"]
        {
            // A handler is an attribute; a sentence may have the word.
            let found = match part {
                " on" => html.split('<').any(|tag| {
                    let tag = tag.split('>').next().unwrap_or_default();
                    tag.split_whitespace().any(|it| it.starts_with("on") && it.contains('='))
                }),
                _ => html.contains(part),
            };
            assert!(!found, "{} has {part}", letter.kind);
        }
    }
}

#[test]
fn people_are_greeted_only_where_the_address_is_theirs() {
    for (_, letter) in all() {
        let is_greeted = letter.text.contains("Ada Lovelace");
        let is_known = !matches!(
            letter.kind,
            MessageKind::ConfirmAddress | MessageKind::AddressChange | MessageKind::Invitation
        );
        assert_eq!(is_greeted, is_known, "{}", letter.kind);
        assert_eq!(letter.html.contains("Ada Lovelace"), is_known, "{}", letter.kind);
        assert!(!letter.subject.contains("Ada"), "{}", letter.subject);
    }
}

/// Two addresses: the old one learns who takes over only as far as its owner knows the new one.
#[test]
fn a_new_address_is_not_told_to_the_old_one() {
    for (_, letter) in all().into_iter().filter(|(_, it)| it.kind == MessageKind::AddressChanged) {
        assert!(letter.text.contains("n•••@example.org"), "{}", letter.text);
        assert!(!letter.text.contains("new.alice") && !letter.html.contains("new.alice"));
    }
}

/// One that ends by itself, and one that only its owner or an operator ends.
#[test]
fn a_lock_is_told_as_it_is() {
    let occasion = Occasion::new(moment(), None, None);
    let locked = |until| Message::AccountLocked { until, occasion: occasion.clone() };
    for locale in Locale::all() {
        let short = written(&locked(Some(moment())), locale, BRAND, None);
        let long = written(&locked(None), locale, BRAND, None);
        assert_ne!(short.subject, long.subject);
        let until = locale.text("mail-locked-until");
        assert!(short.text.contains(&until) && !long.text.contains(&until), "{}", long.text);
        for key in ["mail-account-locked-lead", "mail-account-locked-aside"] {
            let sentence = words(&locale.text(key));
            assert!(words(&short.text).contains(&sentence), "{}", short.text);
            assert!(!words(&long.text).contains(&sentence), "{}", long.text);
        }
    }
    let long = written(&locked(None), Locale::default(), BRAND, None);
    let said = words(&long.text);
    assert!(said.contains("does not end by itself") && !said.contains("a while"), "{said}");
    assert!(long.text.contains("https://id.example.com/forgot-password"), "{}", long.text);
}

/// Whoever knows an address fills up no room of what tells its owner of an act.
#[test]
fn what_strangers_can_cause_has_room_of_its_own() {
    let of = |budget: MailBudget| -> Vec<MessageKind> {
        let budget_of = |kind: &MessageKind| sample(*kind, moment()).unwrap().budget();
        MessageKind::ALL.into_iter().filter(|kind| budget_of(kind) == budget).collect()
    };
    let strangers = [
        MessageKind::ConfirmAddress,
        MessageKind::SignInCode,
        MessageKind::SignInLink,
        MessageKind::PasswordReset,
        MessageKind::AddressChange,
        MessageKind::AccountLocked,
    ];
    assert_eq!(of(MailBudget::Strangers), strangers);
    assert_eq!(of(MailBudget::Attempts), [MessageKind::RegistrationAttempt]);
    assert_eq!(of(MailBudget::Acts).len(), MessageKind::ALL.len() - strangers.len() - 1);
}

const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></style><b>x",
    "ACME\r\nBcc: everybody@evil.test\r\n\r\n<b>x",
    "ACME\u{2028}Bcc: e@evil.test\u{0}\u{202e}moc.live",
    "{{ 7*7 }} {% raw %} { $name }",
    "'><a href=https://evil.test>x</a>",
];

fn assert_harmless(letter: &Letter, hostile: &str) {
    let seen = format!("{} {}: {hostile:?}", letter.kind, letter.language);
    let is_bad = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
    assert!(!letter.subject.contains(is_bad), "{seen}: {:?}", letter.subject);
    assert!(letter.subject.chars().count() <= 200, "{seen}: {:?}", letter.subject);
    let is_bad = |c: char| c != '\n' && is_bad(c);
    assert!(!letter.text.contains(is_bad) && !letter.html.contains(is_bad), "{seen}");
    assert!(letter.text.lines().all(|line| !line.starts_with("Bcc")), "{seen}");
    let document = Html::parse_document(&letter.html);
    assert!(document.errors.is_empty(), "{seen}: {:?}", document.errors);
    assert!(select(&document, "script, img, b, [onerror]").is_empty(), "{seen}");
    let ours = ["https://id.example.com", "https://help.example.com"];
    let is_ours = |link: &String| ours.iter().any(|origin| link.starts_with(origin));
    assert!(links(&letter.html).iter().all(is_ours), "{seen}");
}

#[test]
fn case_203_case_270_a_hostile_name_is_words_and_nothing_else() {
    for hostile in HOSTILE {
        for kind in MessageKind::ALL {
            let message = sample(kind, moment()).unwrap();
            for locale in Locale::all() {
                assert_harmless(&written(&message, locale, hostile, Some(hostile)), hostile);
            }
        }
    }
    let long = written(
        &sample(MessageKind::Welcome, moment()).unwrap(),
        Locale::default(),
        &"é".repeat(999),
        None,
    );
    assert!(long.subject.chars().count() <= 80, "{}", long.subject);
}

#[test]
fn case_270_a_hostile_browser_says_nothing_in_our_mail() {
    for hostile in HOSTILE {
        let occasion = Occasion::new(moment(), Some(hostile), Some(hostile));
        let message = Message::NewSignIn { token: hostile.into(), occasion: occasion.clone() };
        let provider = Factor::Provider(hostile.to_owned());
        let added = Message::FactorAdded { factor: provider, occasion };
        for locale in Locale::all() {
            let letter = written(&message, locale, BRAND, None);
            assert_harmless(&letter, hostile);
            let unknown = locale.text("session-unknown-device");
            assert!(letter.text.contains(&unknown), "{}", letter.text);
            assert!(!letter.text.contains("alert") || letter.text.contains("alert%28"));
            assert_harmless(&written(&added, locale, BRAND, None), hostile);
        }
    }
}

#[test]
fn what_a_mail_says_is_not_logged() {
    let letter = written(
        &sample(MessageKind::SignInCode, moment()).unwrap(),
        Locale::default(),
        BRAND,
        None,
    );
    assert_eq!(format!("{letter:?}"), "Letter(sign-in-code)");
    let message = sample(MessageKind::PasswordReset, moment()).unwrap();
    assert!(!format!("{message:?}").contains("c2FtcGxl"), "{message:?}");
}

#[test]
fn a_lifetime_of_nothing_is_no_fault() {
    let message = Message::Invitation { token: "x".into(), lifetime: TimeDelta::seconds(-5) };
    let letter = written(&message, Locale::default(), BRAND, None);
    assert!(letter.text.contains("within 1 minute."), "{}", letter.text);
}
