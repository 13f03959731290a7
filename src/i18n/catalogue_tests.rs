//! The catalogues compared with each other and with the pages that use them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent::FluentResource;

use super::catalogue::{LANGUAGES, Language};

/// Messages that may read the same in two languages: they are names or the same word in both.
const SAME_WORDS: &[&str] = &["account-nav-apps", "account-name", "name"];

/// Each message of a language with the text that stands in the file.
fn messages(language: &Language) -> BTreeMap<String, String> {
    let mut messages = BTreeMap::new();
    for line in language.sources.iter().flat_map(|source| source.lines()) {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            let (key, text) = line.split_once(" =").unwrap();
            let former = messages.insert(key.to_owned(), text.trim().to_owned());
            assert!(former.is_none(), "{key} twice in {}", language.tag);
        } else {
            let (_, text) = messages.iter_mut().next_back().unwrap();
            text.push('\n');
            text.push_str(line.trim());
        }
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

#[test]
fn the_files_have_no_syntax_errors() {
    for language in &LANGUAGES {
        for source in language.sources {
            let read = FluentResource::try_new((*source).to_owned());
            assert!(read.is_ok(), "{}: {:?}", language.tag, read.err().map(|(_, faults)| faults));
        }
    }
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let english = messages(&LANGUAGES[0]);
    assert!(english.len() > 100, "the reading of the files lost most of them");
    for language in &LANGUAGES[1..] {
        let translated = messages(language);
        let keys = |m: &BTreeMap<String, String>| m.keys().cloned().collect::<BTreeSet<_>>();
        let differing: Vec<_> =
            keys(&english).symmetric_difference(&keys(&translated)).cloned().collect();
        assert!(differing.is_empty(), "in one of en and {} only: {differing:?}", language.tag);
        for (key, text) in &english {
            assert_eq!(variables(text), variables(&translated[key]), "{key} in {}", language.tag);
        }
    }
}

#[test]
fn nothing_is_left_untranslated() {
    let english = messages(&LANGUAGES[0]);
    for language in &LANGUAGES[1..] {
        let translated = messages(language);
        let same: Vec<_> = english
            .iter()
            .filter(|(key, text)| translated[*key] == **text && !SAME_WORDS.contains(&key.as_str()))
            .map(|(key, _)| key)
            .collect();
        assert!(same.is_empty(), "the same in en and {}: {same:?}", language.tag);
    }
}

/// The words of pages.md: no exclamation mark, no please, none of the trade's own words.
#[test]
fn the_words_are_plain() {
    for language in &LANGUAGES {
        for (key, text) in messages(language) {
            let lower = text.to_lowercase();
            for word in ["!", "please", "bitte", "client", "otp", "token", "session id", "oauth"] {
                assert!(!lower.contains(word), "{key} in {} says {word:?}", language.tag);
            }
        }
    }
}

/// The words in quotation marks that look like keys of messages: `"login-title"`.
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
    read_all(&root.join("src/i18n"), "rs", &mut code);
    let unused: Vec<_> = known.iter().filter(|key| !code.contains(&format!("\"{key}\""))).collect();
    assert!(unused.is_empty(), "messages that nothing shows: {unused:?}");
}

/// What a template hands to a macro in quotation marks without its being a message.
const ATTRIBUTE_VALUES: &[&str] =
    &["new-password", "current-password", "username webauthn", "error-summary"];
