//! Where a value came from.

use std::fmt;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A line of the configuration file.
    File {
        /// The file, as it was named.
        path: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// A setting as it took effect, for `latchkey config print`. Secrets are already redacted.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Section and key, like `http.bind`.
    pub key: String,
    /// The value; null when it is not set.
    pub value: serde_json::Value,
    /// Where it came from.
    pub origin: Origin,
}

/// What begins the name of every environment variable that sets something.
const PREFIX: &str = "LATCHKEY_";

/// The environment variable that sets `key`: `http.bind` is `LATCHKEY_HTTP__BIND`.
pub fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// The key that the variable `name` sets, or `None` when the name is not one of ours.
///
/// A name of ours that breaks the rule (lower-case letters, say) yields itself, which is no key.
pub(super) fn key_of(name: &str) -> Option<String> {
    let key = name.strip_prefix(PREFIX)?.to_lowercase().replace("__", ".");
    Some(if variable_of(&key) == name { key } else { name.to_owned() })
}
