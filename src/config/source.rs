//! The raw values, as the file and the environment give them.

use std::collections::BTreeMap;
use std::ffi::OsString;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::origin::{Origin, key_of};

/// Settings that are secret: each may instead be read from the file its `…_file` companion names.
pub(super) const SECRETS: [&str; 5] = [
    "database.url",
    "keys.master_key",
    "keys.previous_master_key",
    "mail.password",
    "hashing.firebase.signer_key",
];

/// Variables with our prefix that set nothing here: the choice of the file, and the development
/// script's own switch.
const NOT_SETTINGS: [&str; 2] = ["LATCHKEY_CONFIG", "LATCHKEY_SETUP"];

/// A value before its type is checked. Without `Debug`, because it may be a secret.
pub(super) enum Raw {
    Text(String),
    Number(String),
    Switch(bool),
    List(Vec<String>),
    /// A text from the environment, which may stand for any of the above.
    Variable(String),
    /// Something that no setting takes; the name of what it is.
    Other(&'static str),
}

/// A raw value and where it stands.
pub(super) struct Entry {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

/// Raw values by key (`section.key`).
pub(super) type Entries = BTreeMap<String, Entry>;

/// Reads the text of a configuration file; `path` is only for messages.
pub(super) fn from_file(path: &str, text: &str) -> Result<Entries, Vec<ConfigError>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut problems: Vec<ConfigError> = Vec::new();
    for error in errors {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let place = format!("{path}:{line}");
        // One mistake often makes the parser stumble several times on the same line. Only the
        // parser's own words are shown, never the line: it may hold a secret.
        if problems.last().is_none_or(|last| last.place != place) {
            problems.push(ConfigError {
                place,
                problem: format!("this is not valid TOML: {}", error.message()),
                fix: "write `key = value`, with quotes around text".to_owned(),
            });
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut entries = Entries::new();
    flatten(path, text, "", table.get_ref(), &mut entries);
    Ok(entries)
}

fn flatten(path: &str, text: &str, parent: &str, table: &DeTable<'_>, entries: &mut Entries) {
    for (name, value) in table {
        let segment = name.get_ref();
        // A quoted key with a dot in it must not pass for a section and a key.
        let segment =
            if segment.contains('.') { format!("{segment:?}") } else { segment.to_string() };
        let key = if parent.is_empty() { segment } else { format!("{parent}.{segment}") };
        let raw = match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => {
                flatten(path, text, &key, inner, entries);
                continue;
            }
            other => raw(other),
        };
        let line = line_of(text, name.span().start);
        entries.insert(key, Entry { raw, origin: Origin::File { path: path.to_owned(), line } });
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Other("a number out of range"), |number| Raw::Number(number.to_string())),
        DeValue::Boolean(switch) => Raw::Switch(*switch),
        DeValue::Float(_) => Raw::Other("a fraction"),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Table(_) => Raw::Other("a section"),
        DeValue::Array(items) => items
            .iter()
            .map(|item: &Spanned<DeValue<'_>>| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            })
            .collect::<Option<_>>()
            .map_or(Raw::Other("a list of something other than text"), Raw::List),
    }
}

/// The line that byte `offset` of `text` is in, counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.split(|byte| *byte == b'\n').count()
}

/// Lays the environment over the entries of the file.
pub(super) fn overlay(
    entries: &mut Entries,
    environment: &BTreeMap<String, OsString>,
    problems: &mut Vec<ConfigError>,
) {
    let mut ours = BTreeMap::new();
    for (name, value) in environment {
        if NOT_SETTINGS.contains(&name.as_str()) {
            continue;
        }
        let Some(key) = key_of(name) else { continue };
        ours.insert(key, (name.clone(), value.clone()));
    }
    // The conventional variable yields to our own, and an empty one counts as absent: compose
    // files pass on variables that nobody set.
    if let Some(value) = environment.get("DATABASE_URL").filter(|value| !value.is_empty())
        && !ours.contains_key("database.url")
        && !ours.contains_key("database.url_file")
    {
        ours.insert("database.url".to_owned(), ("DATABASE_URL".to_owned(), value.clone()));
    }
    for secret in SECRETS {
        // The environment's form of a secret replaces either form in the file.
        let companion = format!("{secret}_file");
        if ours.contains_key(secret) {
            entries.remove(&companion);
        }
        if ours.contains_key(&companion) {
            entries.remove(secret);
        }
    }
    for (key, (name, value)) in ours {
        match value.into_string() {
            Ok(text) => {
                let origin = Origin::Variable(name);
                entries.insert(key, Entry { raw: Raw::Variable(text), origin });
            }
            Err(_) => problems.push(ConfigError {
                place: name,
                problem: "its value is not UTF-8 text".to_owned(),
                fix: "set it to UTF-8 text, or unset it".to_owned(),
            }),
        }
    }
}
