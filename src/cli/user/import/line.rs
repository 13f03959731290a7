//! A line: somebody as another system knows them. Everything that is wrong is told at once.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::crypto::password::imported::{Imported, Kind, imported};
use crate::crypto::strict_json;
use crate::domain::address::{EmailAddress, Username};
use crate::domain::user::NewUser;
use crate::identity::admin::import::Newcomer;
use crate::identity::register;

/// The fields that there are.
const FIELDS: [&str; 8] =
    ["email", "verified", "username", "name", "subject", "password_hash", "roles", "created_at"];

/// The most that is shown of a field's name that nobody knows, in characters.
const SHOWN: usize = 40;

/// Reads a line. `has_key`: the signer key of a Firebase project is configured.
pub(super) fn newcomer(
    line: &[u8],
    now: DateTime<Utc>,
    has_key: bool,
) -> Result<Newcomer, Vec<String>> {
    let members = strict_json::parse_object(line).map_err(|error| vec![error.to_string()])?;
    let mut line = Line { members, problems: Vec::new() };
    line.refuse_unknown();
    let email = line.email();
    let username = line.parsed("username", |text| Username::parse(text).map_err(as_text));
    let name = line.parsed("name", |text| register::full_name(text).map_err(as_text)).flatten();
    let subject = line.parsed("subject", subject);
    let hash = line.hash(has_key);
    let account = NewUser {
        // Where it is wrong, that is among the problems.
        email_verified: line.switch("verified"),
        username,
        name,
        subject,
        password_phc: hash.as_ref().map(|hash| hash.text.clone()),
        roles: line.roles(),
        email: match email {
            Some(email) => email,
            None => return Err(line.problems),
        },
    };
    let created_at = line.parsed("created_at", |text| moment(text, now));
    if line.problems.is_empty() {
        Ok(Newcomer { account, hash: hash.map(|hash| hash.kind), created_at })
    } else {
        Err(line.problems)
    }
}

struct Line {
    members: Map<String, Value>,
    problems: Vec<String>,
}

impl Line {
    fn refuse_unknown(&mut self) {
        let unknown = self.members.keys().filter(|name| !FIELDS.contains(&name.as_str()));
        let told = unknown.map(|name| {
            let name: String = name.chars().take(SHOWN).collect();
            format!("{name}: there is no such field")
        });
        self.problems.extend(told);
    }

    /// What stands in a field; null is nothing.
    fn get(&self, name: &str) -> Option<Value> {
        self.members.get(name).filter(|value| !value.is_null()).cloned()
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let read = match self.get(name)? {
            Value::String(text) => parse(&text),
            _ => Err("it must be text".to_owned()),
        };
        read.map_err(|problem| self.problems.push(format!("{name}: {problem}"))).ok()
    }

    fn email(&mut self) -> Option<EmailAddress> {
        if self.get("email").is_none() {
            self.problems.push("email: it is missing".to_owned());
        }
        self.parsed("email", |text| EmailAddress::parse(text).map_err(as_text))
    }

    fn switch(&mut self, name: &str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(value)) => value,
            Some(_) => {
                self.problems.push(format!("{name}: it must be true or false"));
                false
            }
        }
    }

    fn roles(&mut self) -> Vec<String> {
        let names = match self.get("roles") {
            None => Some(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }
            Some(_) => None,
        };
        let Some(mut names) = names else {
            self.problems.push("roles: it must be a list of names".to_owned());
            return Vec::new();
        };
        names.sort_unstable();
        names.dedup();
        names
    }

    fn hash(&mut self, has_key: bool) -> Option<Imported> {
        let read = imported(&self.get("password_hash")?).map_err(as_text).and_then(|hash| {
            if hash.kind == Kind::Firebase && !has_key {
                let need = "it takes signer_key_file under [hashing.firebase] to check it";
                return Err(need.to_owned());
            }
            Ok(hash)
        });
        read.map_err(|problem| self.problems.push(format!("password_hash: {problem}"))).ok()
    }
}

fn as_text(error: impl ToString) -> String {
    error.to_string()
}

/// A `sub` (OIDC Core §2): at most 255 characters, all of them visible ASCII.
fn subject(text: &str) -> Result<String, String> {
    let is_good = (1..=255).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_graphic());
    if is_good {
        Ok(text.to_owned())
    } else {
        Err("it must be 1 to 255 visible ASCII characters".to_owned())
    }
}

fn moment(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) if at <= now && at > DateTime::UNIX_EPOCH => Ok(at.to_utc()),
        Ok(_) => Err("it must be after 1970 and not in the future".to_owned()),
        Err(_) => Err("it must be like 2026-11-21T13:20:55Z".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Newcomer, Vec<String>> {
        newcomer(line.as_bytes(), "2026-11-21T12:00:00Z".parse().unwrap(), false)
    }

    const HASH: &str = "$2b$04$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i";

    #[test]
    fn every_field_is_taken() {
        let line = format!(
            r#"{{"email": "Ada@Example.com", "verified": true, "username": "ada",
            "name": " Ada Lovelace ", "subject": "f:1:ada", "password_hash": "{HASH}",
            "roles": ["b", "a", "b"], "created_at": "2020-02-03T04:05:06+01:00"}}"#
        );
        let Newcomer { account, hash, created_at } = read(&line).unwrap();
        assert_eq!(account.email.canonical(), "ada@example.com");
        assert!(account.email_verified);
        assert_eq!(account.username.unwrap().as_str(), "ada");
        assert_eq!(account.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(account.subject.as_deref(), Some("f:1:ada"));
        assert_eq!((account.password_phc.as_deref(), hash), (Some(HASH), Some(Kind::Bcrypt)));
        assert_eq!(account.roles, ["a", "b"]);
        assert_eq!(created_at, Some("2020-02-03T03:05:06Z".parse().unwrap()));
        let bare = read(r#"{"email": "a@example.com", "name": null}"#).unwrap();
        assert!(!bare.account.email_verified);
        assert_eq!((bare.account.password_phc, bare.created_at), (None, None));
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_field_and_no_hash() {
        let problems = read(&format!(
            r#"{{"email": "x", "verified": "{HASH}", "username": "a b", "name": "a\u0007",
            "subject": "a b", "password_hash": "{HASH}x", "roles": "{HASH}",
            "created_at": "{HASH}", "password": "{HASH}"}}"#
        ))
        .unwrap_err();
        let told = problems.join("\n");
        for field in ["email", "username", "name", "subject", "password_hash", "password"] {
            assert!(told.contains(&format!("{field}: ")), "{field}: {told}");
        }
        assert!(!told.contains("abcdefgh"), "{told}");
        for (line, words) in [
            ("", "not JSON"),
            ("[]", "not a JSON object"),
            (r#"{"email":"a@example.com","email":"b@example.com"}"#, "repeats"),
            ("{}", "email: it is missing"),
            (r#"{"email": 7}"#, "email: it must be text"),
            (r#"{"email":"a@example.com","verified":1}"#, "verified: it must be true or false"),
            (r#"{"email":"a@example.com","roles":[1]}"#, "roles: it must be a list"),
            (r#"{"email":"a@example.com","created_at":"2027-01-01T00:00:00Z"}"#, "the future"),
            (r#"{"email":"a@example.com","created_at":"1600000000"}"#, "created_at: it must be"),
            (r#"{"email":"a@example.com","subject":""}"#, "subject: it must be 1"),
        ] {
            let problems = read(line).unwrap_err();
            assert!(problems.join("\n").contains(words), "{line}: {problems:?}");
        }
        let firebase = r#"{"email":"a@example.com","password_hash":{"hash":"gz9QdSb2R_cgRuL6RqxANlC5BsIWfNa2x5IrXx3bukgxzHoQda4QxCIIiKVwgsrRn8ENoeltBRhmrITaFo6iVw==","salt":"AAECAwQFBgcICQ==","rounds":8,"mem_cost":10}}"#;
        assert!(read(firebase).unwrap_err()[0].contains("[hashing.firebase]"));
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        assert!(newcomer(firebase.as_bytes(), now, true).is_ok());
    }
}
