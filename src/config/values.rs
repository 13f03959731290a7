//! Typed access to the raw values. Every read notes the key, so that what nobody read is unknown,
//! and every problem is collected instead of ending the reading.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{PathBuf, absolute};
use std::time::Duration;

use serde_json::Value;

use super::error::{Complaint, ConfigError, ConfigErrors};
use super::origin::{Origin, Setting, variable_of};
use super::source::{Entries, Entry, Raw};
use super::unknown;

/// The values of one configuration while it is read.
pub(super) struct Values {
    entries: Entries,
    /// The configuration file as messages name it, if there is one.
    file: Option<String>,
    /// What relative paths in the file, and default ones, start from.
    beside_file: PathBuf,
    /// What relative paths in the environment start from.
    directory: PathBuf,
    known: BTreeSet<String>,
    settings: Vec<Setting>,
    problems: Vec<ConfigError>,
}

impl Values {
    pub(super) fn new(
        entries: Entries,
        file: Option<String>,
        beside_file: PathBuf,
        directory: PathBuf,
        problems: Vec<ConfigError>,
    ) -> Self {
        let (known, settings) = (BTreeSet::new(), Vec::new());
        Self { entries, file, beside_file, directory, known, settings, problems }
    }

    /// A text that `parse` turns into something better, or `default`.
    pub(super) fn parsed<T: ToString>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Complaint>,
        default: Option<T>,
    ) -> Option<T> {
        self.read(key, parse, |value| Value::from(value.to_string()), default)
    }

    pub(super) fn read<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Complaint>,
        show: impl Fn(&T) -> Value,
        default: Option<T>,
    ) -> Option<T> {
        let (entry, origin) = self.take(key);
        let found = match entry {
            None => Ok(None),
            Some(Raw::Text(text) | Raw::Variable(text)) => parse(&text).map(Some),
            Some(other) => Err(wrong_type(key, &other, "text", "\"…\"")),
        };
        let value = found.unwrap_or_else(|complaint| {
            self.complain(&origin, key, complaint);
            None
        });
        let value = value.or(default);
        self.note(key, value.as_ref().map_or(Value::Null, show), origin);
        value
    }

    /// A whole number within `range`, or `default`.
    pub(super) fn number(&mut self, key: &str, default: u32, range: RangeInclusive<u32>) -> u32 {
        let (entry, origin) = self.take(key);
        let example = default.to_string();
        let found = match entry {
            None => Ok(default),
            Some(Raw::Number(text) | Raw::Variable(text)) => {
                text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
                    let (low, high) = (range.start(), range.end());
                    Complaint::new(
                        format!("`{key}` must be a whole number from {low} to {high}"),
                        format!("set it within these bounds; the default is {default}"),
                    )
                })
            }
            Some(other) => Err(wrong_type(key, &other, "a whole number", &example)),
        };
        let value = found.unwrap_or_else(|complaint| {
            self.complain(&origin, key, complaint);
            default
        });
        self.note(key, Value::from(value), origin);
        value
    }

    /// A count within `range`, or `default`.
    pub(super) fn count(&mut self, key: &str, default: u32, range: RangeInclusive<u32>) -> usize {
        usize::try_from(self.number(key, default, range)).unwrap_or(usize::MAX)
    }

    /// A time in whole seconds within `range`, or `default`.
    pub(super) fn seconds(
        &mut self,
        key: &str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Duration {
        Duration::from_secs(self.number(key, default, range).into())
    }

    /// Yes or no, or `default`.
    pub(super) fn switch(&mut self, key: &str, default: bool) -> bool {
        let (entry, origin) = self.take(key);
        let found = match &entry {
            None => Ok(default),
            Some(Raw::Switch(value)) => Ok(*value),
            Some(Raw::Variable(text)) if text == "true" => Ok(true),
            Some(Raw::Variable(text)) if text == "false" => Ok(false),
            Some(other) => Err(wrong_type(key, other, "true or false", &default.to_string())),
        };
        let value = found.unwrap_or_else(|complaint| {
            self.complain(&origin, key, complaint);
            default
        });
        self.note(key, Value::from(value), origin);
        value
    }

    /// A list, each item made by `parse`; a single text counts as a list of one, and commas
    /// separate the items in a variable.
    pub(super) fn list<T: ToString>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Complaint>,
        default: Vec<T>,
    ) -> Vec<T> {
        let (entry, origin) = self.take(key);
        let items = match entry {
            None => None,
            Some(Raw::Text(text)) => Some(vec![text]),
            Some(Raw::List(items)) => Some(items),
            Some(Raw::Variable(text)) => Some(
                text.split(',')
                    .map(|item| item.trim().to_owned())
                    .filter(|item| !item.is_empty())
                    .collect(),
            ),
            Some(other) => {
                self.complain(&origin, key, wrong_type(key, &other, "a list", "[\"…\", \"…\"]"));
                None
            }
        };
        let parsed: Option<Result<Vec<T>, Complaint>> =
            items.map(|items| items.iter().map(|item| parse(item)).collect());
        let value = match parsed {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(complaint)) => {
                self.complain(&origin, key, complaint);
                default
            }
        };
        let shown = value.iter().map(ToString::to_string).collect::<Vec<_>>();
        self.note(key, Value::from(shown), origin);
        value
    }

    /// A path; a relative one starts from the configuration file's directory, or from the working
    /// directory when it stands in the environment.
    pub(super) fn path(&mut self, key: &str, default: &str) -> PathBuf {
        let (entry, origin) = self.take(key);
        let text = match entry {
            None => default.to_owned(),
            Some(Raw::Text(text) | Raw::Variable(text)) if is_path(&text) => text,
            Some(Raw::Text(_) | Raw::Variable(_)) => {
                let complaint = Complaint::new(
                    format!("`{key}` is not a path"),
                    format!("name a path like {default}"),
                );
                self.complain(&origin, key, complaint);
                default.to_owned()
            }
            Some(other) => {
                self.complain(&origin, key, wrong_type(key, &other, "a path", "\"…\""));
                default.to_owned()
            }
        };
        let path = self.resolve(&text, &origin);
        self.note(key, Value::from(path.display().to_string()), origin);
        path
    }

    /// The same where there is no path unless one is set; `example` is one.
    pub(super) fn optional_path(&mut self, key: &str, example: &str) -> Option<PathBuf> {
        if self.entries.contains_key(key) {
            return Some(self.path(key, example));
        }
        self.take(key);
        self.note(key, Value::Null, Origin::Default);
        None
    }

    /// Where the value of `key` came from, once it was read.
    pub(super) fn origin(&self, key: &str) -> Origin {
        self.settings
            .iter()
            .find(|setting| setting.key == key)
            .map_or(Origin::Default, |setting| setting.origin.clone())
    }

    /// Whether somebody set `key`, once it was read.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.origin(key) != Origin::Default
    }

    /// Refuses the absence of `key`; where it was set and refused already, that suffices.
    pub(super) fn require(&mut self, key: &str, problem: &str, fix: &str) {
        if !self.is_set(key) {
            self.refuse(key, problem, fix);
        }
    }

    /// Refuses the value of `key` at the place where it stands.
    pub(super) fn refuse(&mut self, key: &str, problem: &str, fix: &str) {
        let origin = self.origin(key);
        self.complain(&origin, key, Complaint::new(problem, fix));
    }

    pub(super) fn complain(&mut self, origin: &Origin, key: &str, complaint: Complaint) {
        let place = match (origin, &self.file) {
            (Origin::Default, Some(file)) => file.clone(),
            (Origin::Default, None) => variable_of(key),
            (origin, _) => origin.to_string(),
        };
        self.problems.push(ConfigError { place, problem: complaint.problem, fix: complaint.fix });
    }

    /// The settings as read, or everything that is wrong, unknown keys included.
    pub(super) fn finish(mut self) -> Result<Vec<Setting>, ConfigErrors> {
        for (key, Entry { raw, origin }) in &self.entries {
            let is_section = self.known.iter().any(|known| {
                known.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.'))
            });
            if !(is_section && matches!(raw, Raw::Other("a section"))) {
                self.problems.push(unknown::refusal(key, origin, &self.known));
            }
        }
        if self.problems.is_empty() { Ok(self.settings) } else { Err(ConfigErrors(self.problems)) }
    }

    pub(super) fn take(&mut self, key: &str) -> (Option<Raw>, Origin) {
        self.known.insert(key.to_owned());
        match self.entries.remove(key) {
            Some(Entry { raw, origin }) => (Some(raw), origin),
            None => (None, Origin::Default),
        }
    }

    pub(super) fn note(&mut self, key: &str, value: Value, origin: Origin) {
        self.settings.push(Setting { key: key.to_owned(), value, origin });
    }

    pub(super) fn resolve(&self, text: &str, origin: &Origin) -> PathBuf {
        let base = match origin {
            Origin::Variable(_) => &self.directory,
            Origin::File { .. } | Origin::Default => &self.beside_file,
        };
        let joined = base.join(text);
        absolute(&joined).unwrap_or(joined)
    }
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains('\0')
}

pub(super) fn wrong_type(key: &str, raw: &Raw, wanted: &str, example: &str) -> Complaint {
    let found = match raw {
        Raw::Text(_) | Raw::Variable(_) => "other text",
        Raw::Number(_) => "a number",
        Raw::Switch(_) => "true or false",
        Raw::List(_) => "a list",
        Raw::Other(what) => what,
    };
    let name = key.rsplit('.').next().unwrap_or(key);
    Complaint::new(
        format!("`{key}` must be {wanted}, but is {found}"),
        format!("write it like {name} = {example}"),
    )
}
