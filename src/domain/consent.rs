//! What a person allowed a client.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::claims::Claim;
use super::scope::Scopes;
use crate::kernel::ids::UserId;

/// What a person allowed a client, until they take it back.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Who allowed.
    pub user_id: UserId,
    /// Whom.
    pub client_id: String,
    /// What.
    pub scopes: Scopes,
    /// Single claims beside those that the scopes hold.
    pub claims: BTreeSet<Claim>,
    /// When first.
    pub created_at: DateTime<Utc>,
    /// When last widened.
    pub updated_at: DateTime<Utc>,
}

/// What an app asks for, or may do: scopes, and single claims outside of them (OIDC Core §5.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Scopes.
    pub scopes: Scopes,
    /// Single claims.
    pub claims: BTreeSet<Claim>,
}

impl Allowance {
    /// Whether everything in `other` is in here: a scope as itself, a claim also by its scope.
    pub fn covers(&self, other: &Self) -> bool {
        other.without(self) == Self::default()
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            scopes: self.scopes.union(&other.scopes),
            claims: self.claims.union(&other.claims).copied().collect(),
        }
    }

    /// What is in here and not covered by `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let is_open =
            |claim: &Claim| !other.claims.contains(claim) && !other.scopes.contains(claim.scope());
        Self {
            scopes: self.scopes.difference(&other.scopes),
            claims: self.claims.iter().copied().filter(is_open).collect(),
        }
    }
}

impl From<Scopes> for Allowance {
    fn from(scopes: Scopes) -> Self {
        Self { scopes, claims: BTreeSet::new() }
    }
}

impl Consent {
    /// What was allowed.
    pub fn allowance(&self) -> Allowance {
        Allowance { scopes: self.scopes.clone(), claims: self.claims.clone() }
    }
}

/// What an app's grant rests on, besides a live session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentBasis {
    /// The person's consent, which must be there when the grant is given.
    Given,
    /// The app is the operator's own: no consent needs to be there.
    FirstParty,
}
