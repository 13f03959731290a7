//! How often somebody may try to sign in: counted in the database, exact over all nodes.

use std::net::{IpAddr, Ipv6Addr};

use chrono::{DateTime, Utc};

use crate::crypto::seal::MasterKey;
use crate::domain::address::Identifier;
use crate::domain::rate_limit::{AttemptKind, Counted, Limit};
use crate::domain::setting::{Settings, seconds};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Under which keys an attempt is counted. They are keyed hashes, so that the counters do not tell
/// who tried.
///
/// Everywhere the address's row comes before the identifier's: transactions that took them in
/// different orders would wait for each other for ever.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    identifier: Option<TokenHash>,
    address: TokenHash,
}

/// Whether an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may.
    Within,
    /// There were too many.
    Beyond {
        /// Until then.
        until: DateTime<Utc>,
        /// Whether this is the first of the window that is too much.
        first: bool,
    },
}

impl Keys {
    /// For a sign-in with what was typed into the login field. Whether an account has that
    /// identifier makes no difference.
    pub(super) fn sign_in(master: &MasterKey, typed: &str, ip: Option<&str>) -> Self {
        Self { identifier: Some(identifier_key(master, typed)), ..Self::address(master, ip) }
    }

    /// For what is counted by address alone.
    pub(super) fn address(master: &MasterKey, ip: Option<&str>) -> Self {
        let address = keyed(master, "attempts:address", &network(ip));
        Self { identifier: None, address }
    }

    /// Takes one attempt from each budget. To be committed before the attempt is looked at: guesses
    /// made at the same time cannot outrun the count.
    ///
    /// Beyond the address's limit the identifier is not counted, so that one address cannot lock
    /// any number of people out.
    pub(super) fn reserve(
        &self,
        tx: &mut Tx<'_>,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Result<Verdict, StorageError> {
        let limit = limit(settings, settings.max_logins_per_address);
        let counted =
            tx.attempts().reserve(AttemptKind::LoginByAddress, self.address, limit, now)?;
        let (Verdict::Within, Some(identifier)) = (judge(counted, limit), self.identifier) else {
            return Ok(judge(counted, limit));
        };
        let limit = self::limit(settings, settings.max_failed_logins);
        let counted =
            tx.attempts().reserve(AttemptKind::LoginByIdentifier, identifier, limit, now)?;
        Ok(judge(counted, limit))
    }

    /// The attempt succeeded: forgets the identifier's failures and gives the address's one back.
    pub(super) fn succeeded(&self, tx: &mut Tx<'_>) -> Result<(), StorageError> {
        tx.attempts().release(AttemptKind::LoginByAddress, self.address)?;
        match self.identifier {
            Some(identifier) => tx.attempts().reset(AttemptKind::LoginByIdentifier, identifier),
            None => Ok(()),
        }
    }

    /// The attempt was never looked at: gives both back.
    pub(super) fn withdrawn(&self, tx: &mut Tx<'_>) -> Result<(), StorageError> {
        tx.attempts().release(AttemptKind::LoginByAddress, self.address)?;
        match self.identifier {
            Some(identifier) => tx.attempts().release(AttemptKind::LoginByIdentifier, identifier),
            None => Ok(()),
        }
    }
}

/// Forgets the failures of an identifier, because a password was set for its account.
pub(super) fn forget_failures(
    tx: &mut Tx<'_>,
    master: &MasterKey,
    canonical: &str,
) -> Result<(), StorageError> {
    tx.attempts().reset(AttemptKind::LoginByIdentifier, identifier_key(master, canonical))
}

fn limit(settings: &Settings, attempts: u32) -> Limit {
    Limit { attempts, window: seconds(settings.lockout) }
}

fn judge(counted: Counted, limit: Limit) -> Verdict {
    if counted.is_within(limit) {
        return Verdict::Within;
    }
    let first = counted.count == limit.attempts.saturating_add(1);
    Verdict::Beyond { until: counted.window_ends_at, first }
}

fn identifier_key(master: &MasterKey, typed: &str) -> TokenHash {
    let identifier = Identifier::parse(typed);
    keyed(master, "attempts:identifier", identifier.as_ref().map_or(typed, Identifier::canonical))
}

fn keyed(master: &MasterKey, purpose: &str, text: &str) -> TokenHash {
    master.keyed_hash(purpose, text.as_bytes()).into()
}

/// The network that an address is counted as: an IPv4 address itself, of an IPv6 address the /64
/// that one subscriber gets. What is no address shares one bucket, so that no spelling escapes.
pub fn network(ip: Option<&str>) -> String {
    match ip.and_then(|text| text.parse::<IpAddr>().ok()).map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::env::Env;

    #[test]
    fn case_173_one_subscriber_is_one_bucket() {
        assert_eq!(network(Some("203.0.113.7")), network(Some("::ffff:203.0.113.7")));
        assert_eq!(network(Some("2001:db8:1:2::1")), network(Some("2001:db8:1:2:ffff::9")));
        assert_ne!(network(Some("2001:db8:1:2::1")), network(Some("2001:db8:1:3::1")));
        assert_ne!(network(Some("203.0.113.7")), network(Some("203.0.113.8")));
        assert_eq!(network(Some("a")), network(None));
        assert_eq!(network(Some("")), network(Some("203.0.113.7:80")));
    }

    #[test]
    fn every_spelling_of_an_identifier_is_one_bucket() {
        let master = MasterKey::generate(&Env::system());
        let key = |text| identifier_key(&master, text);
        assert_eq!(key("Alice@Example.org"), key(" alice@example.org"));
        assert_eq!(key("ALICE"), key("alice"));
        assert_ne!(key("alice"), key("alice@example.org"));
        assert_ne!(key("alice"), identifier_key(&MasterKey::generate(&Env::system()), "alice"));
    }
}
