//! The identities at providers that an account is connected with.

use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::factor::Enrolled;
use crate::domain::federation_link::FederationLink;
use crate::domain::provider::Provider;
use crate::identity::fresh::NotFresh;
use crate::identity::ways_in::{self, Needed};
use crate::identity::{Identity, record};
use crate::kernel::ids::{FederationLinkId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Factor, Message};
use crate::storage::error::StorageError;
use crate::storage::tx::Stop;

/// An identity that an account is connected with.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The connection.
    pub link: FederationLink,
    /// Where it was last used; `None`: that provider was removed.
    pub provider: Option<Provider>,
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
                tx.federation_links().remove(user, id)?;
                ways_in::changed(tx, user, after)?;
                let provider = providers.iter().find(|it| Some(it.id) == link.provider_id);
                let event = AuditEvent::new(Action::ProviderDisconnected, Actor::User(user))
                    .target("user", user)
                    .session(locked.session.id)
                    .details(serde_json::json!({
                        "provider": provider.map(|it| it.slug.as_str()), "issuer": link.issuer,
                    }));
                record(tx, identity.env(), &ctx, &event)?;
                let label = provider.map_or_else(|| link.issuer.clone(), |it| it.label.clone());
                let message = Message::FactorRemoved {
                    factor: Factor::Provider(label),
                    occasion: identity.occasion(&ctx),
                };
                Ok(identity.notify(tx, &locked.profile, &message)?)
            })
            .await??;
        self.outbox().wake();
        Ok(())
    }
}
