//! The kinds of password hash that are stored. Ours is argon2id; the others came from elsewhere, and
//! give way to ours when the person signs in.
//!
//! Each kind has one text, a PHC string but for bcrypt, whose own form all the world knows:
//!
//! | kind | text |
//! |---|---|
//! | argon2 | `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, also `argon2i` and `argon2d` |
//! | bcrypt | `$2b$12$` and 53 characters, also `2a` and `2y` |
//! | scrypt | `$scrypt$ln=14,r=8,p=1$salt$hash` |
//! | Firebase's scrypt | `$firebase-scrypt$ln=14,r=8$salt$hash` |
//! | PBKDF2 | `$pbkdf2-sha256$i=600000$salt$hash`, also `-sha1` and `-sha512` |

use argon2::password_hash::phc::PasswordHash;

use super::HashError;
use super::bcrypt::Bcrypt;
use super::firebase::Firebase;
use super::params::affordable;
use super::pbkdf2::Pbkdf2;
use super::scrypt::Scrypt;
use crate::config::FirebaseConfig;

/// The memory that a hash from elsewhere may take, in KiB.
pub(super) const MEMORY_KIB: u64 = 128 * 1024;

/// What is wrong with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It is not written like one of its kind.
    Malformed,
    /// It costs more than is spent on one.
    Costly,
}

/// A hash that can be compared with.
pub(super) enum Stored {
    /// The kind that we make, with whatever parameters.
    Argon2(Box<PasswordHash>),
    /// One that is only checked.
    Foreign(Foreign),
}

/// A hash of a kind that we do not make.
pub(super) enum Foreign {
    Bcrypt(Bcrypt),
    Scrypt(Scrypt),
    Firebase(Firebase),
    Pbkdf2(Pbkdf2),
}

impl Stored {
    /// Reads the stored text.
    pub(super) fn parse(text: &str) -> Result<Self, Flaw> {
        if text.starts_with("$2") {
            return Bcrypt::parse(text).map(Foreign::Bcrypt).map(Self::Foreign);
        }
        let phc = PasswordHash::new(text).map_err(|_| Flaw::Malformed)?;
        let foreign = match phc.algorithm.as_str() {
            "argon2id" | "argon2i" | "argon2d" => {
                let params = argon2::Params::try_from(&phc).map_err(|_| Flaw::Malformed)?;
                return if affordable(&params) {
                    Ok(Self::Argon2(Box::new(phc)))
                } else {
                    Err(Flaw::Costly)
                };
            }
            super::scrypt::NAME => Foreign::Scrypt(Scrypt::parse(&phc)?),
            super::firebase::NAME => Foreign::Firebase(Firebase::parse(&phc)?),
            _ => Foreign::Pbkdf2(Pbkdf2::parse(&phc)?),
        };
        Ok(Self::Foreign(foreign))
    }
}

impl Foreign {
    /// Whether the hash is one of this password, in NFC.
    pub(super) fn is_of(
        &self,
        password: &str,
        firebase: Option<&FirebaseConfig>,
    ) -> Result<bool, HashError> {
        let password = password.as_bytes();
        match self {
            Self::Bcrypt(hash) => Ok(hash.is_of(password)),
            Self::Scrypt(hash) => hash.is_of(password),
            // Without the project's key nobody can tell.
            Self::Firebase(hash) => hash.is_of(password, firebase.ok_or(HashError::Unreadable)?),
            Self::Pbkdf2(hash) => hash.is_of(password),
        }
    }
}

/// Parameters, salt and hash.
pub(super) type Parts<const N: usize> = ([u32; N], Vec<u8>, Vec<u8>);

/// The salt and the hash of a PHC string without a version, which has just these parameters, each a
/// number.
pub(super) fn parts<const N: usize>(
    phc: &PasswordHash,
    names: [&str; N],
) -> Result<Parts<N>, Flaw> {
    let (Some(salt), Some(hash), None) = (&phc.salt, &phc.hash, phc.version) else {
        return Err(Flaw::Malformed);
    };
    if phc.params.iter().count() != N {
        return Err(Flaw::Malformed);
    }
    let mut values = [0; N];
    for (value, name) in values.iter_mut().zip(names) {
        *value = phc.params.get_decimal(name).ok_or(Flaw::Malformed)?;
    }
    Ok((values, salt.as_ref().to_vec(), hash.as_bytes().to_vec()))
}
