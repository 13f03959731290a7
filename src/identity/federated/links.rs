//! The identities at providers that an account is connected with.

use super::mapping;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::factor::Enrolled;
use crate::domain::federation_link::FederationLink;
use crate::domain::provider::Provider;
use crate::domain::user::Profile;
use crate::identity::fresh::NotFresh;
use crate::identity::ways_in::{self, Needed};
use crate::identity::{Identity, record};
use crate::kernel::ids::{FederationLinkId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Factor, Message};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// An identity that an account is connected with.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The connection.
    pub link: FederationLink,
    /// Where it was last used; `None`: that provider was removed.
    pub provider: Option<Provider>,
}

/// The end of a connection.
pub(in crate::identity) struct Parting<'a> {
    /// Which.
    pub(in crate::identity) link: &'a FederationLink,
    /// All that the account has: another one through the same provider still asserts what it asserted.
    pub(in crate::identity) links: &'a [FederationLink],
    /// Where it was last used, if that is still there.
    pub(in crate::identity) provider: Option<&'a Provider>,
    /// What the trail says of it, but for what it is about.
    pub(in crate::identity) event: AuditEvent,
}

/// Why a connection stays.
#[derive(Debug, thiserror::Error)]
pub enum DisconnectError {
    /// Nobody is signed in (any more).
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// The account has no such connection.
    #[error("there is no such connection")]
    NotFound,
    /// It is needed.
    #[error(transparent)]
    Needed(#[from] Needed),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<NotFresh> for DisconnectError {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

impl Identity {
    /// What an account is connected with, oldest first.
    pub async fn connected(&self, user: UserId) -> Result<Vec<Connected>, StorageError> {
        let links = self.db().load(move |tx| tx.federation_links().list(user)).await?;
        let providers = self.provider_cache().get();
        let provider = |link: &FederationLink| {
            providers.iter().find(|provider| Some(provider.id) == link.provider_id).cloned()
        };
        Ok(links.into_iter().map(|link| Connected { provider: provider(&link), link }).collect())
    }

    /// Disconnects an identity. Never the last way in (security case 254).
    pub async fn disconnect(
        &self,
        session: TokenHash,
        id: FederationLinkId,
        ctx: &RequestContext,
    ) -> Result<(), DisconnectError> {
        let who = self.fresh_person(session).await??;
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let locked = identity.fresh_locked(tx, &who)?;
                let locked = locked.map_err(|reason| Stop::Refused(reason.into()))?;
                let (user, settings) = (locked.profile.user.id, identity.settings());
                let links = tx.federation_links().list(user)?;
                let link = links.iter().find(|link| link.id == id);
                let link = link.ok_or(Stop::Refused(DisconnectError::NotFound))?;
                let providers = identity.provider_cache().get();
                let kept: Vec<_> = links.iter().filter(|it| it.id != id).collect();
                let remaining = || {
                    let is_kept =
                        |it: &&Provider| kept.iter().any(|link| Some(it.id) == link.provider_id);
                    providers.iter().filter(|it| it.is_enabled()).filter(is_kept)
                };
                let after = Enrolled {
                    provider: remaining().next().is_some(),
                    second_provider: remaining().any(|it| it.policy.is_second_factor),
                    ..locked.enrolled
                };
                ways_in::check(
                    locked.enrolled,
                    after,
                    &settings,
                    locked.profile.needs_second_factor,
                )
                .map_err(|needed| Stop::Refused(needed.into()))?;
                let event = AuditEvent::new(Action::ProviderDisconnected, Actor::User(user))
                    .session(locked.session.id);
                let provider = providers.iter().find(|it| Some(it.id) == link.provider_id);
                let parting = Parting { link, links: &links, provider, event };
                identity.end_link(tx, &ctx, &locked.profile, parting)?;
                ways_in::changed(tx, user, after)?;
                Ok(())
            })
            .await??;
        self.outbox().wake();
        Ok(())
    }

    /// Ends a connection of an account that is held, with what the provider asserted through it.
    pub(in crate::identity) fn end_link(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        profile: &Profile,
        parting: Parting<'_>,
    ) -> Result<(), StorageError> {
        let Parting { link, links, provider, event } = parting;
        let user = profile.user.id;
        tx.federation_links().remove(user, link.id)?;
        let event = event.target("user", user).details(serde_json::json!({
            "provider": provider.map(|it| it.slug.as_str()), "issuer": link.issuer,
        }));
        record(tx, self.env(), ctx, &event)?;
        let mut others = links.iter().filter(|it| it.id != link.id);
        if let Some(provider) = provider
            && !others.any(|it| it.provider_id == link.provider_id)
        {
            mapping::forget(tx, self.env(), ctx, user, provider)?;
        }
        let label = provider.map_or_else(|| link.issuer.clone(), |it| it.label.clone());
        let factor = Factor::Provider(label);
        let message = Message::FactorRemoved { factor, occasion: self.occasion(ctx) };
        self.notify(tx, profile, &message)
    }
}
