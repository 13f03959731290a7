//! The configuration as it took effect, for people and for scripts.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Config;
use super::origin::{Setting, variable_of};
use crate::kernel::printable::{Printable, misleads};

impl Config {
    /// Every setting with its value and origin, secrets redacted.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The settings as TOML, the origin of each in a comment, secrets redacted; ends with a newline.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for Setting { key, value, origin } in &self.settings {
            let (its_section, name) = key.rsplit_once('.').unwrap_or(("", key));
            if its_section != section {
                section = its_section;
                let _infallible = write!(text, "\n[{section}]\n");
            }
            let line = match toml_of(value) {
                Some(value) => format!("{name} = {value}"),
                None => format!("# {name} is not set"),
            };
            let origin = origin.to_string();
            let _infallible = writeln!(text, "{line:<44} # {}", Printable(&origin));
        }
        text
    }

    /// The settings as JSON: `file` and `settings`, each with `key`, `value`, `origin` and
    /// `variable`; secrets redacted.
    pub fn to_json(&self) -> Value {
        let settings: Vec<Value> = self
            .settings
            .iter()
            .map(|Setting { key, value, origin }| {
                json!({
                    "key": key,
                    "value": value,
                    "origin": origin.to_string(),
                    "variable": variable_of(key),
                })
            })
            .collect();
        let file = self.file.as_ref().map(|path| path.display().to_string());
        json!({ "file": file, "settings": settings })
    }
}

/// `value` as TOML on one line that steers no terminal, or `None` for null.
fn toml_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(quoted(text)),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(toml_of).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        other => Some(other.to_string()),
    }
}

/// A basic string: JSON's escapes are TOML's as well, and what else misleads is escaped likewise. All
/// of that is below U+10000, so four digits do.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    json.chars().fold(String::new(), |mut quoted, character| {
        if misleads(character) {
            let _infallible = write!(quoted, "\\u{:04x}", u32::from(character));
        } else {
            quoted.push(character);
        }
        quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_one_line_of_toml() {
        for text in ["", "a", "'\"\\", "\n\na\r\n", "\u{202e}x\u{2028}", "\0\u{1b}[2J\u{7f}\u{85}"]
        {
            let line = format!("a = {}", toml_of(&json!([text])).unwrap());
            assert_eq!(line, Printable(&line).to_string(), "it steers a terminal");
            let read: toml::Table = line.parse().unwrap();
            assert_eq!(read["a"][0].as_str(), Some(text), "{line}");
        }
        assert_eq!(toml_of(&json!(["::1", "ä"])).unwrap(), "[\"::1\", \"ä\"]");
        assert_eq!(toml_of(&json!(true)).unwrap(), "true");
        assert_eq!(toml_of(&Value::Null), None);
    }
}
