//! What a provider knows an account by.

use chrono::{DateTime, Utc};

use super::upstream::{UpstreamPerson, UpstreamProfile};
use crate::kernel::env::Env;
use crate::kernel::ids::{FederationLinkId, ProviderId, UserId};

/// An identity at a provider that belongs to an account. Issuer and subject say whose it is; address
/// and names are what was told last, and never tell who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederationLink {
    /// Its id.
    pub id: FederationLinkId,
    /// Whose account.
    pub user_id: UserId,
    /// The provider that it was last used through; `None` when that was removed.
    pub provider_id: Option<ProviderId>,
    /// Who vouches.
    pub issuer: String,
    /// What they call the person.
    pub subject: String,
    /// The address as told last.
    pub email: Option<String>,
    /// Whether the provider said that the person owns it.
    pub email_verified: bool,
    /// Names and the like, as told last.
    pub profile: UpstreamProfile,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When the provider told of the person last.
    pub synced_at: DateTime<Utc>,
}

impl FederationLink {
    /// Links what a provider said just now to an account.
    pub fn new(
        env: &Env,
        user_id: UserId,
        provider_id: ProviderId,
        person: &UpstreamPerson,
    ) -> Self {
        let now = env.now();
        Self {
            id: FederationLinkId::new(env),
            user_id,
            provider_id: Some(provider_id),
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            email: person.email.as_ref().map(|email| email.as_typed().to_owned()),
            email_verified: person.email_verified,
            profile: person.profile.clone(),
            created_at: now,
            synced_at: now,
        }
    }
}
