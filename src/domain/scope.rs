//! Scopes (RFC 6749 §3.3).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Asks for OpenID Connect (OIDC Core §3.1.2.1).
pub const OPENID: &str = "openid";
/// The person's name and the like.
pub const PROFILE: &str = "profile";
/// The person's email address.
pub const EMAIL: &str = "email";
/// The person's phone number.
pub const PHONE: &str = "phone";
/// The person's postal address.
pub const ADDRESS: &str = "address";
/// Access that outlives the browser session (OIDC Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// The names of the person's roles.
pub const ROLES: &str = "roles";

/// The scopes that Latchkey itself understands.
pub const STANDARD: &[&str] = &[OPENID, PROFILE, EMAIL, PHONE, ADDRESS, OFFLINE_ACCESS, ROLES];

/// A set of scopes, always rendered in the same order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<String>);

/// The text breaks the grammar of RFC 6749 §3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope holds a character that is not allowed")]
pub struct InvalidScope;

impl Scopes {
    /// Parses a `scope` parameter: tokens parted by single spaces. The empty text is the empty set.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.split(' ')
            .map(
                |token| {
                    if is_scope_token(token) { Ok(token.to_owned()) } else { Err(InvalidScope) }
                },
            )
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether `scope` is in the set.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether the set has no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether each of these is also in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Those that are in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// Those that are in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Those that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Whether `token` is one scope: printable ASCII without space, quote and backslash.
pub fn is_scope_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

impl<S: Into<String>> FromIterator<S> for Scopes {
    fn from_iter<I: IntoIterator<Item = S>>(iter: I) -> Self {
        Self(iter.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing_and_rendering() {
        assert_eq!(Scopes::parse("profile openid").unwrap().to_string(), "openid profile");
        assert_eq!(Scopes::parse("").unwrap(), Scopes::default());
        for bad in [" openid", "openid ", "a  b", "a\tb", "a\nb", "\"", "\\", "ä"] {
            assert_eq!(Scopes::parse(bad), Err(InvalidScope), "{bad:?}");
        }
    }
}
