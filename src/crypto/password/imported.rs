//! Hashes as other systems hand them out, turned into the text that is stored.
//!
//! Nothing here shows a hash, nor a part of one, in what is said about it.

mod django;
mod firebase;
mod keycloak;

use argon2::password_hash::phc::{Ident, Output, ParamsString, PasswordHash, Salt};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::stored::{Flaw, Foreign, MEMORY_KIB, Stored};

/// Memory times passes of an argon2 hash from elsewhere, in KiB; they take about a second.
const ARGON2_WORK_KIB: u64 = 1024 * 1024;

/// The longest hash that is looked at, in bytes.
const LONGEST: usize = 1024;

/// A hash from elsewhere, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What is stored.
    pub text: String,
    /// Its kind.
    pub kind: Kind,
}

/// A kind of hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// argon2id, argon2i or argon2d.
    Argon2,
    /// bcrypt.
    Bcrypt,
    /// scrypt.
    Scrypt,
    /// The scrypt of a Firebase project.
    Firebase,
    /// PBKDF2.
    Pbkdf2,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Argon2 => "argon2",
            Self::Bcrypt => "bcrypt",
            Self::Scrypt => "scrypt",
            Self::Firebase => "firebase-scrypt",
            Self::Pbkdf2 => "pbkdf2",
        }
    }
}

/// Why a hash is not taken. What it says never holds a part of the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotImported {
    /// It is of no kind that is known.
    #[error("it is of no kind that Latchkey knows")]
    Unknown,
    /// It looks like one of a kind, and is not written like one.
    #[error("it is not written as its kind is")]
    Malformed,
    /// Each sign-in would cost too much.
    #[error(
        "checking it would take more than Latchkey spends on a sign-in: 128 MiB, a bcrypt cost of \
         14, 3 million iterations of PBKDF2, 1 GiB passed over by argon2, or as much of scrypt"
    )]
    Costly,
}

impl From<Flaw> for NotImported {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Malformed => Self::Malformed,
            Flaw::Costly => Self::Costly,
        }
    }
}

/// Reads a hash in any of the forms that `docs/migrating.md` lists.
pub fn imported(given: &Value) -> Result<Imported, NotImported> {
    let text = match given {
        Value::String(text) if text.len() <= LONGEST => of_text(text)?,
        Value::Object(members) if members.contains_key("rounds") => firebase::read(members)?,
        Value::Object(members) => keycloak::read(members)?,
        _ => return Err(NotImported::Unknown),
    };
    let kind = match Stored::parse(&text)? {
        Stored::Argon2(phc) => {
            check_argon2(&phc)?;
            Kind::Argon2
        }
        Stored::Foreign(Foreign::Bcrypt(_)) => Kind::Bcrypt,
        Stored::Foreign(Foreign::Scrypt(_)) => Kind::Scrypt,
        Stored::Foreign(Foreign::Firebase(_)) => Kind::Firebase,
        Stored::Foreign(Foreign::Pbkdf2(_)) => Kind::Pbkdf2,
    };
    Ok(Imported { text, kind })
}

fn of_text(text: &str) -> Result<String, NotImported> {
    if text.starts_with("pbkdf2_") {
        return django::pbkdf2(text);
    }
    // Django puts a name before hashes of others.
    let bare = ["argon2$argon2", "bcrypt$$2"].into_iter().find(|start| text.starts_with(start));
    let text = match bare.and(text.split_once('$')) {
        Some((_, rest)) if rest.starts_with('$') => rest.to_owned(),
        Some((_, rest)) => format!("${rest}"),
        None => text.to_owned(),
    };
    let known = ["$argon2", "$2", "$scrypt$", "$firebase-scrypt$", "$pbkdf2"];
    if !known.into_iter().any(|start| text.starts_with(start)) {
        return Err(NotImported::Unknown);
    }
    Ok(django::passlib(&text).unwrap_or(text))
}

/// Our own hashes may cost more, because whoever runs Latchkey chose so.
fn check_argon2(phc: &PasswordHash) -> Result<(), NotImported> {
    let params = argon2::Params::try_from(phc).map_err(|_| NotImported::Malformed)?;
    let (memory, passes) = (u64::from(params.m_cost()), u64::from(params.t_cost()));
    let is_cheap = memory <= MEMORY_KIB && memory * passes <= ARGON2_WORK_KIB;
    // One of four bytes would be guessed.
    let has_hash = phc.salt.is_some() && phc.hash.is_some_and(|hash| hash.len() >= 16);
    match (has_hash, is_cheap) {
        (false, _) => Err(NotImported::Malformed),
        (true, false) => Err(NotImported::Costly),
        (true, true) => Ok(()),
    }
}

/// Puts a PHC string together.
fn phc(
    algorithm: &str,
    version: Option<u32>,
    params: &[(&str, u32)],
    salt: &[u8],
    hash: &[u8],
) -> Result<String, NotImported> {
    let made = || {
        let mut list = ParamsString::new();
        for (name, value) in params {
            list.add_decimal(*name, *value).ok()?;
        }
        Some(PasswordHash {
            algorithm: Ident::new(algorithm).ok()?,
            version,
            params: list,
            salt: Some(Salt::new(salt).ok()?),
            hash: Some(Output::new(hash).ok()?),
        })
    };
    made().map(|phc| phc.to_string()).ok_or(NotImported::Malformed)
}

/// base64 in either alphabet, with or without padding.
fn base64(text: &str) -> Result<Vec<u8>, NotImported> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, CONFIG).decode(text).map_err(|_| NotImported::Malformed)
}

/// A text among the members.
fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, NotImported> {
    members.get(name).and_then(Value::as_str).ok_or(NotImported::Malformed)
}

/// A whole number among the members.
fn number(members: &Map<String, Value>, name: &str) -> Result<u32, NotImported> {
    let found = members.get(name).and_then(Value::as_u64);
    found.and_then(|value| value.try_into().ok()).ok_or(NotImported::Malformed)
}

#[cfg(test)]
mod tests;
