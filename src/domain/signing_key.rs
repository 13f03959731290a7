//! The keys that sign tokens, and their way from publication to removal.

pub mod schedule;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::sealed::Sealed;

/// What a key signs with (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl SigningAlgorithm {
    /// The `alg` value, in tokens, key sets and the database alike.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
        }
    }
}

/// Where a key stands: next → active → retiring → gone, never backwards. [`schedule`] has the rules.
///
/// A key is published before it signs, so that relying parties which cache the key set know it in
/// time, and stays published until the last ID or access token signed with it has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyState {
    /// Published, signs nothing yet.
    Next,
    /// Signs every new token. There is exactly one.
    Active,
    /// Published for the tokens it has signed. Signs only a repetition: the answer to a retried
    /// refresh must be the very token that got lost.
    Retiring,
    /// No longer published, and signs nothing. The row stays for the longest refresh token
    /// lifetime, because Latchkey's own refresh tokens outlive the published time.
    Gone,
}

impl KeyState {
    /// The name in the database and in the output of commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Gone => "gone",
        }
    }

    /// Whether the key set shows keys in this state.
    pub fn is_published(self) -> bool {
        match self {
            Self::Next | Self::Active | Self::Retiring => true,
            Self::Gone => false,
        }
    }
}

/// A stored name that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a known {what}")]
pub struct UnknownName {
    /// What was looked for.
    pub what: &'static str,
    /// What was found.
    pub name: String,
}

impl FromStr for KeyState {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "next" => Ok(Self::Next),
            "active" => Ok(Self::Active),
            "retiring" => Ok(Self::Retiring),
            "gone" => Ok(Self::Gone),
            _ => Err(UnknownName { what: "state of a signing key", name: name.to_owned() }),
        }
    }
}

impl FromStr for SigningAlgorithm {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "RS256" => Ok(Self::Rs256),
            _ => Err(UnknownName { what: "signing algorithm", name: name.to_owned() }),
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A signing key with its private half sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct SigningKey {
    /// The `kid`: the key's thumbprint (RFC 7638), which is also its row id.
    pub kid: String,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// Where it stands in its life.
    pub state: KeyState,
    /// The public half as it is published: `kty`, `n`, `e`, `use`, `alg` and `kid` only.
    pub public_jwk: Value,
    /// The private half (PKCS#8 DER) under the master key.
    pub sealed: Sealed,
    /// When it was made, and thereby published.
    pub created_at: DateTime<Utc>,
    /// When it takes over from the active key: written ahead of time, so that every node changes
    /// over at the same instant.
    pub activates_at: Option<DateTime<Utc>>,
    /// When it began to sign.
    pub activated_at: Option<DateTime<Utc>>,
    /// When another key took over.
    pub retiring_at: Option<DateTime<Utc>>,
    /// When it left the key set.
    pub gone_at: Option<DateTime<Utc>>,
    /// When it was declared compromised: nothing that it signed is accepted any more.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl SigningKey {
    /// Whether this is the next key and its time has come, noted by somebody or not.
    pub fn takes_over(&self, now: DateTime<Utc>) -> bool {
        self.state == KeyState::Next && self.activates_at.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for state in [KeyState::Next, KeyState::Active, KeyState::Retiring, KeyState::Gone] {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("RS256".parse(), Ok(SigningAlgorithm::Rs256));
        assert!("none".parse::<SigningAlgorithm>().is_err());
        assert!("Active".parse::<KeyState>().is_err());
    }
}
