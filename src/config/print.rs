//! The configuration as it took effect, for people and for scripts.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Config;
use super::origin::{Setting, variable_of};
use crate::kernel::printable::Printable;

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
            let _infallible =
                writeln!(text, "{:<44} # {}", Printable(&line).to_string(), Printable(&origin));
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

/// `value` as TOML, or `None` for null.
fn toml_of(value: &Value) -> Option<String> {
    toml::Value::try_from(value).ok().map(|value| value.to_string())
}
