//! Rules about what a provider says: a claim, a test, and what follows from it.
//!
//! `/realm_access/roles contains editors -> role editor at each sign-in` in text. A path that begins with
//! a slash is a JSON Pointer (RFC 6901), any other one the name of a claim, which may have dots in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::details::Detail;

/// The longest text of a rule, in bytes.
const MAX_RULE: usize = 1000;

/// Where a rule's text changes from the test to what follows.
const ARROW: &str = " -> ";

/// A test of one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    path: String,
    test: Test,
}

/// What is asked of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    /// It is there, and not null.
    Exists,
    /// It is this text, number, `true` or `false`.
    Equals(String),
    /// It is a list with this in it, or a text in which this is one of the words.
    Contains(String),
    /// It is a text that begins with this.
    StartsWith(String),
    /// It is an address at this domain, or the domain itself; not one below it.
    MatchesDomain(String),
}

/// What follows where the condition holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The account has this role.
    Role(String),
    /// The claim is this detail of the account.
    Profile(Detail),
}

/// When a rule is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When an account is made or linked.
    First,
    /// At each sign-in: what the provider no longer says is taken away.
    Each,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ClaimRule {
    condition: Condition,
    target: Target,
    when: When,
}

/// A text that is no rule, or no condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    /// There is no arrow in it.
    #[error("a rule is a condition, ` -> `, and what follows, such as `hd exists -> role staff`")]
    Arrow,
    /// It is no condition.
    #[error(
        "a condition is a claim with `exists`, or with `equals`, `contains`, `starts-with` or \
         `matches-domain` and a value"
    )]
    Condition,
    /// Nothing that can follow.
    #[error(
        "what follows is `role NAME` or `profile DETAIL`, with `at first sign-in` or \
         `at each sign-in` behind it"
    )]
    Target,
    /// Too long.
    #[error("a rule has at most 1000 bytes")]
    TooLong,
}

/// What the rules make of what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    /// Roles that the account has from now on.
    pub give: BTreeSet<String>,
    /// Roles that it has no more.
    pub take: BTreeSet<String>,
    /// Details that it has from now on; `None`: it has them no more.
    pub profile: BTreeMap<Detail, Option<String>>,
}

impl Condition {
    /// Whether it holds for these claims.
    pub fn holds(&self, claims: &Map<String, Value>) -> bool {
        let Some(value) = find(claims, &self.path) else { return false };
        match &self.test {
            Test::Exists => true,
            Test::Equals(wanted) => text(value).is_some_and(|text| text == *wanted),
            Test::Contains(wanted) => match value {
                Value::Array(list) => {
                    list.iter().any(|one| text(one).is_some_and(|one| one == *wanted))
                }
                Value::String(words) => words.split_whitespace().any(|word| word == wanted),
                _ => false,
            },
            Test::StartsWith(wanted) => {
                value.as_str().is_some_and(|text| text.starts_with(wanted.as_str()))
            }
            Test::MatchesDomain(wanted) => value.as_str().is_some_and(|text| {
                let domain = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
                domain.eq_ignore_ascii_case(wanted)
            }),
        }
    }
}

/// A claim that is there and not null.
fn find<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let found = match path.strip_prefix('/') {
        None => claims.get(path),
        Some(pointer) => {
            let (first, rest) = match pointer.find('/') {
                Some(at) => pointer.split_at(at),
                None => (pointer, ""),
            };
            claims.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(rest)
        }
    };
    found.filter(|value| !value.is_null())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl ClaimRule {
    /// What follows from the rule, where it holds. A claim that cannot be the detail is as good as
    /// none.
    fn value(&self, claims: &Map<String, Value>) -> Option<String> {
        if !self.condition.holds(claims) {
            return None;
        }
        match &self.target {
            Target::Role(role) => Some(role.clone()),
            Target::Profile(detail) => {
                detail.check(&text(find(claims, &self.condition.path)?)?).ok().flatten()
            }
        }
    }
}

/// What the rules make of these claims. Where several rules name the same role or detail, one that
/// holds is enough, and the first of them tells the value; where one of these is looked at each time, all
/// of them are, so that it is always the provider who says.
pub fn map(rules: &[ClaimRule], claims: &Map<String, Value>, when: When) -> Mapped {
    let followed: BTreeSet<&Target> =
        rules.iter().filter(|rule| rule.when == When::Each).map(|rule| &rule.target).collect();
    let mut values: BTreeMap<&Target, Option<String>> = BTreeMap::new();
    for rule in rules {
        if when == When::First || followed.contains(&rule.target) {
            let value = values.entry(&rule.target).or_default();
            *value = value.take().or_else(|| rule.value(claims));
        }
    }
    let mut mapped = Mapped::default();
    for (target, value) in values {
        match (target, value) {
            // Nothing is taken away by what is said once.
            (target, None) if !followed.contains(target) => {}
            (Target::Role(role), None) => drop(mapped.take.insert(role.clone())),
            (Target::Role(role), Some(_)) => drop(mapped.give.insert(role.clone())),
            (Target::Profile(detail), value) => drop(mapped.profile.insert(*detail, value)),
        }
    }
    mapped
}

impl FromStr for Condition {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        if text.len() > MAX_RULE {
            return Err(InvalidRule::TooLong);
        }
        let (path, rest) = word(text.trim());
        let (operator, value) = word(rest);
        let is_path = !path.is_empty() && path != "/" && !path.chars().any(char::is_control);
        if !is_path {
            return Err(InvalidRule::Condition);
        }
        let value = read(value)?;
        let asked = match (operator, value) {
            ("exists", None) => Test::Exists,
            ("equals", Some(value)) => Test::Equals(value),
            ("contains", Some(value)) => Test::Contains(value),
            ("starts-with", Some(value)) => Test::StartsWith(value),
            ("matches-domain", Some(value)) => {
                Test::MatchesDomain(value.trim_start_matches('@').to_ascii_lowercase())
            }
            _ => return Err(InvalidRule::Condition),
        };
        Ok(Self { path: path.to_owned(), test: asked })
    }
}

/// The first word, and what is behind it.
fn word(text: &str) -> (&str, &str) {
    match text.split_once(char::is_whitespace) {
        Some((first, rest)) => (first, rest.trim_start()),
        None => (text, ""),
    }
}

/// A value: bare, or as a JSON text. `None`: there is none.
fn read(value: &str) -> Result<Option<String>, InvalidRule> {
    if value.starts_with('"') {
        let value: String = serde_json::from_str(value).map_err(|_| InvalidRule::Condition)?;
        return if value.is_empty() { Err(InvalidRule::Condition) } else { Ok(Some(value)) };
    }
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

impl FromStr for ClaimRule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        if text.len() > MAX_RULE {
            return Err(InvalidRule::TooLong);
        }
        let (condition, follows) = text.rsplit_once(ARROW).ok_or(InvalidRule::Arrow)?;
        let condition = condition.parse()?;
        let words: Vec<&str> = follows.split_whitespace().collect();
        let (kind, name, when) = match words.as_slice() {
            [kind, name] | [kind, name, "at", "first", "sign-in"] => (*kind, *name, When::First),
            [kind, name, "at", "each", "sign-in"] => (*kind, *name, When::Each),
            _ => return Err(InvalidRule::Target),
        };
        let target = match kind {
            "role" if name.len() <= 64 && !name.chars().any(char::is_control) => {
                Target::Role(name.to_owned())
            }
            "profile" => Target::Profile(name.parse().map_err(|_| InvalidRule::Target)?),
            _ => return Err(InvalidRule::Target),
        };
        Ok(Self { condition, target, when })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operator, value) = match &self.test {
            Test::Exists => return write!(f, "{} exists", self.path),
            Test::Equals(value) => ("equals", value),
            Test::Contains(value) => ("contains", value),
            Test::StartsWith(value) => ("starts-with", value),
            Test::MatchesDomain(value) => ("matches-domain", value),
        };
        let is_bare = value.trim() == value && !value.starts_with('"') && !value.contains(ARROW);
        let is_bare = is_bare && !value.chars().any(char::is_control) && !value.ends_with(" ->");
        let value = if is_bare { value.clone() } else { Value::String(value.clone()).to_string() };
        write!(f, "{} {operator} {value}", self.path)
    }
}

impl fmt::Display for ClaimRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.when {
            When::First => "at first sign-in",
            When::Each => "at each sign-in",
        };
        let (kind, name) = match &self.target {
            Target::Role(role) => ("role", role.as_str()),
            Target::Profile(detail) => ("profile", detail.as_str()),
        };
        write!(f, "{}{ARROW}{kind} {name} {when}", self.condition)
    }
}

impl From<ClaimRule> for String {
    fn from(rule: ClaimRule) -> Self {
        rule.to_string()
    }
}

impl TryFrom<String> for ClaimRule {
    type Error = InvalidRule;

    fn try_from(text: String) -> Result<Self, InvalidRule> {
        text.parse()
    }
}

#[cfg(test)]
mod tests;
