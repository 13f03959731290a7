//! The catalogues compared with each other and with the pages that use them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent::{FluentArgs, FluentResource, FluentValue};

use super::catalogue::{LANGUAGES, Language};
use super::locale::Direction;
use super::plural;

/// Messages that read the same in English and in another language: the same word in both.
const SAME_WORDS: &[(&str, &str)] = &[
    ("de", "account-name"),
    ("de", "account-nav-apps"),
    ("de", "name"),
    ("es", "error-title"),
    ("fr", "account-nav-sessions"),
    ("de", "mailed-field"),
    ("fr", "mailed-field"),
    ("de", "mail-fact"),
    ("de", "mail-factor-passkey"),
    ("de", "passkey"),
    ("es", "mail-fact"),
    ("pt-BR", "mail-fact"),
    ("ar", "mail-fact"),
    ("ja", "mail-fact"),
];

/// The forms that a language has for numbers of things (CLDR plural rules). `many` of the Romance
/// languages begins at a million, which nothing here counts to.
const FORMS: &[(&str, &[&str])] = &[
    ("en", &["one", "other"]),
    ("de", &["one", "other"]),
    ("es", &["one", "other"]),
    ("fr", &["one", "other"]),
    ("pt-BR", &["one", "other"]),
    ("ar", &["zero", "one", "two", "few", "many", "other"]),
    ("ja", &["other"]),
    ("zh-Hans", &["other"]),
];

/// Variables that are numbers of things.
const NUMBERS: &[&str] = &["days", "hours", "minutes"];
/// Other variables that are numbers.
const OTHER_NUMBERS: &[&str] = &["count", "day", "month"];

/// The messages of one file, in its order, each with the text that stands there.
fn file(source: &str) -> Vec<(String, String)> {
    let mut messages: Vec<(String, String)> = Vec::new();
    for line in source.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            let (key, text) = line.split_once(" =").unwrap();
            messages.push((key.to_owned(), text.trim().to_owned()));
        } else {
            let (_, text) = messages.last_mut().unwrap();
            text.push('\n');
            text.push_str(line.trim());
        }
    }
    messages
}

/// Each message of a language with the text that stands in the file.
fn messages(language: &Language) -> BTreeMap<String, String> {
    let mut messages = BTreeMap::new();
    for (key, text) in language.sources.iter().flat_map(|source| file(source)) {
        let former = messages.insert(key.clone(), text);
        assert!(former.is_none(), "{key} twice in {}", language.tag);
    }
    messages
}

fn variables(text: &str) -> BTreeSet<&str> {
    text.split('$')
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

/// What a message chooses its words by: the names of the variants of each of its selections.
fn selections(text: &str) -> Vec<Vec<&str>> {
    fn variants(rest: &str) -> Vec<&str> {
        let lines = rest.lines().skip(1).map(|line| line.trim_start_matches('*'));
        let names = lines.map_while(|line| line.strip_prefix('[')?.split_once(']'));
        names.map(|(name, _)| name).collect()
    }
    text.split("->").skip(1).map(variants).collect()
}

/// The message with something in the place of every variable.
fn filled(language: &Language, key: &str, text: &str, number: u32) -> Option<String> {
    let mut args = FluentArgs::new();
    for name in variables(text) {
        let value = if NUMBERS.contains(&name) || OTHER_NUMBERS.contains(&name) {
            FluentValue::from(number)
        } else {
            FluentValue::from("X")
        };
        args.set(name, value);
    }
    language.message(key, &args)
}

#[test]
fn the_files_have_no_syntax_errors() {
    for language in &LANGUAGES {
        for source in language.sources {
            let read = FluentResource::try_new((*source).to_owned());
            assert!(read.is_ok(), "{}: {:?}", language.tag, read.err().map(|(_, faults)| faults));
        }
    }
}

/// A message is at the same place in every language, so that two files can be read side by side.
#[test]
fn every_language_has_the_same_messages_in_the_same_order() {
    let keys = |source: &&str| file(source).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    let english: Vec<Vec<String>> = LANGUAGES[0].sources.iter().map(keys).collect();
    assert!(english.iter().flatten().count() > 100, "the reading of the files lost most of them");
    for language in &LANGUAGES[1..] {
        let translated: Vec<Vec<String>> = language.sources.iter().map(keys).collect();
        let all = |files: &[Vec<String>]| files.concat().into_iter().collect::<BTreeSet<_>>();
        let differing: Vec<_> =
            all(&english).symmetric_difference(&all(&translated)).cloned().collect();
        assert!(differing.is_empty(), "in one of en and {} only: {differing:?}", language.tag);
        assert_eq!(english, translated, "another order in {}", language.tag);
    }
}

#[test]
fn every_message_has_the_same_variables_in_every_language() {
    let english = messages(&LANGUAGES[0]);
    for language in &LANGUAGES[1..] {
        let translated = messages(language);
        for (key, text) in &english {
            assert_eq!(variables(text), variables(&translated[key]), "{key} in {}", language.tag);
        }
    }
}

#[test]
fn every_message_can_be_shown() {
    for language in &LANGUAGES {
        for (key, text) in messages(language) {
            for number in [0, 1, 2, 3, 12, 30, 100] {
                let shown = filled(language, &key, &text, number);
                assert!(shown.is_some_and(|it| !it.is_empty()), "{key} in {}", language.tag);
            }
        }
    }
}

#[test]
fn numbers_of_things_have_all_forms_of_the_language() {
    for language in &LANGUAGES {
        let (_, forms) = FORMS.iter().find(|(tag, _)| *tag == language.tag).unwrap();
        for (key, text) in messages(language) {
            let of_number: Vec<_> = selections(&text)
                .into_iter()
                .filter(|names| names.iter().all(|name| name.parse::<u32>().is_err()))
                .collect();
            for names in &of_number {
                assert_eq!(names, forms, "{key} in {}", language.tag);
            }
            // See `plural.rs`: the library's own rules are wrong for Arabic.
            let by_function = text.matches(&format!("{}($", plural::FUNCTION)).count();
            let expected = if language.tag == "ar" { of_number.len() } else { 0 };
            assert_eq!(by_function, expected, "{key} in {}", language.tag);
            let used = variables(&text);
            let counts = NUMBERS.iter().any(|name| used.contains(name));
            // A number of characters is never small: two forms are one too many for it.
            let needed = forms.len() > 1 && counts || forms.len() > 2 && used.contains("count");
            assert_eq!(!of_number.is_empty(), needed, "{key} in {}", language.tag);
        }
    }
}

#[test]
fn nothing_is_left_untranslated() {
    let english = messages(&LANGUAGES[0]);
    let mut same = Vec::new();
    for language in &LANGUAGES[1..] {
        let translated = messages(language);
        let equal = english.iter().filter(|(key, text)| translated[*key] == **text);
        same.extend(equal.map(|(key, _)| (language.tag.to_owned(), key.clone())));
    }
    let known: Vec<_> =
        SAME_WORDS.iter().map(|(tag, key)| ((*tag).to_owned(), (*key).to_owned())).collect();
    let left: Vec<_> = same.iter().filter(|entry| !known.contains(entry)).collect();
    assert!(left.is_empty(), "the same as in English: {left:?}");
    let stale: Vec<_> = known.iter().filter(|entry| !same.contains(entry)).collect();
    assert!(stale.is_empty(), "allowed to be the same as in English, and is not: {stale:?}");
}

/// Between Arabic letters an address, a date or a phone number is torn apart unless it is isolated.
#[test]
fn examples_keep_their_direction_among_right_to_left_words() {
    for language in LANGUAGES.iter().filter(|it| it.direction == Direction::RightToLeft) {
        for (key, text) in messages(language) {
            let shown = filled(language, &key, &text, 0).unwrap();
            for piece in shown.split('\u{2066}') {
                let open = piece.split_once('\u{2069}').map_or(piece, |(_, after)| after);
                let torn = open.chars().find(|c| matches!(c, '@' | '/' | '+' | '1'..='9'));
                assert_eq!(torn, None, "{key} in {}: {shown}", language.tag);
            }
        }
    }
}

/// The words of pages.md: no exclamation mark, no please, none of the trade's own words. Japanese
/// has no plain way to ask for something but a polite one.
#[test]
fn the_words_are_plain() {
    const PLEASE: [&str; 8] =
        ["please", "bitte", "por favor", "veuillez", "s’il vous", "请", "يرجى", "فضلك"];
    const TRADE: [&str; 6] = ["client", "otp", "token", "session id", "oauth", "openid"];
    const MARKS: [&str; 3] = ["!", "！", "¡"];
    for language in &LANGUAGES {
        for (key, text) in messages(language) {
            // The Chinese word for asking is in those for a request and an application.
            let lower = text.to_lowercase().replace("请求", "").replace("申请", "");
            for word in PLEASE.iter().chain(&TRADE).chain(&MARKS) {
                assert!(!lower.contains(word), "{key} in {} says {word:?}", language.tag);
            }
        }
    }
}

/// The words in quotation marks that look like keys of messages: `"login-title"`.
/// The tables of `locales/README.md`: of each thing in a language its word, and what it is not called.
fn glossary() -> Vec<(String, String, Vec<String>)> {
    let cells = |line: &str| -> Option<Vec<String>> {
        let row = line.strip_prefix('|')?.strip_suffix('|')?;
        Some(row.split('|').map(|cell| cell.trim().to_lowercase()).collect())
    };
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/README.md")).unwrap();
    let (mut tag, mut rows) = (String::new(), vec![]);
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("### ") {
            language.clone_into(&mut tag);
        }
        match cells(line).as_deref() {
            Some([_, word, others]) if word != "word" && !word.starts_with('-') => {
                let others = others.split(", ").map(str::to_owned).collect();
                rows.push((tag.clone(), word.clone(), others));
            }
            _ => {}
        }
    }
    rows
}

#[test]
fn each_thing_has_one_word() {
    let rows = glossary();
    for language in &LANGUAGES {
        let said = messages(language).into_iter().map(|(key, text)| (key, text.to_lowercase()));
        let said: Vec<_> = said.collect();
        let of_language: Vec<_> = rows.iter().filter(|(tag, ..)| tag == language.tag).collect();
        assert!(of_language.len() >= 8, "{}", language.tag);
        for (_, word, others) in of_language {
            assert!(said.iter().any(|(_, text)| text.contains(word)), "{}: {word}", language.tag);
            for other in others {
                let wrong = said.iter().find(|(_, text)| text.contains(other.as_str()));
                assert!(wrong.is_none(), "{}: {other} for {word} in {wrong:?}", language.tag);
            }
        }
    }
}

/// No line ends between a French word and its mark.
#[test]
fn french_marks_keep_to_their_words() {
    let language = LANGUAGES.iter().find(|it| it.tag == "fr").unwrap();
    for (key, text) in messages(language) {
        let text = text.replace('\n', "");
        for (mark, space) in
            [(':', '\u{a0}'), ('»', '\u{a0}'), (';', '\u{202f}'), ('?', '\u{202f}')]
        {
            let before = text.split(mark).rev().skip(1).filter(|it| !it.ends_with("https"));
            assert!(before.clone().all(|it| it.ends_with(space)), "{key}: {mark} in {text}");
        }
        assert!(text.split('«').skip(1).all(|it| it.starts_with('\u{a0}')), "{key}: {text}");
    }
}

fn quoted_keys(text: &str) -> BTreeSet<String> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .filter(|word| {
            word.contains('-') && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        })
        .map(str::to_owned)
        .collect()
}

fn read_all(folder: &Path, ending: &str, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, ending, into);
        } else if path.extension().is_some_and(|found| found == ending) {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// A key that a page asks for exists, and a message that no page asks for is gone.
#[test]
fn the_pages_and_the_catalogue_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known: BTreeSet<String> = messages(&LANGUAGES[0]).into_keys().collect();

    let mut templates = String::new();
    read_all(&root.join("templates"), "html", &mut templates);
    read_all(&root.join("templates"), "txt", &mut templates);
    let asked: BTreeSet<String> = templates
        .split("{{")
        .chain(templates.split("{%"))
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside))
        .filter(|inside| inside.contains(".text") || inside.contains("call ui::"))
        .flat_map(quoted_keys)
        .filter(|key| !ATTRIBUTE_VALUES.contains(&key.as_str()))
        .collect();
    let missing: Vec<_> = asked.difference(&known).collect();
    assert!(missing.is_empty(), "templates ask for messages that do not exist: {missing:?}");

    let mut code = templates;
    read_all(&root.join("src/http"), "rs", &mut code);
    read_all(&root.join("src/mail"), "rs", &mut code);
    read_all(&root.join("src/i18n"), "rs", &mut code);
    let names = |key: &str| code.contains(&format!("\"{key}\"")) || is_sentence_of_mail(key, &code);
    let unused: Vec<_> = known.iter().filter(|key| !names(key)).collect();
    assert!(unused.is_empty(), "messages that nothing shows: {unused:?}");
}

/// The sentences of a kind of mail are named by what their keys begin with (`mail/words.rs`).
fn is_sentence_of_mail(key: &str, code: &str) -> bool {
    ["-subject", "-lead", "-aside"]
        .into_iter()
        .filter_map(|ending| key.strip_suffix(ending))
        .any(|stem| code.contains(&format!("words!(\"{stem}\"")))
}

/// What a template hands to a macro in quotation marks without its being a message.
const ATTRIBUTE_VALUES: &[&str] =
    &["new-password", "current-password", "username webauthn", "error-summary"];
