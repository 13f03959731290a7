//! What operators do for somebody who has lost what they prove themselves with, or whom a provider knows by
//! mistake.

use super::status::sign_out;
use super::{AdminError, existing};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::credential::passkey::Passkey;
use crate::domain::credential::totp::Authenticator;
use crate::domain::factor::{Enrolled, FactorKind};
use crate::domain::federation_link::FederationLink;
use crate::domain::provider::Slug;
use crate::identity::federated::Parting;
use crate::identity::login::enrolled;
use crate::identity::{Identity, record, ways_in};
use crate::kernel::ids::UserId;
use crate::mail::message::{Factor, Message};
use crate::storage::error::StorageError;
use crate::storage::repo::providers::Stored;
use crate::storage::tx::Stop;

/// What was taken away from an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Passkeys.
    pub passkeys: usize,
    /// Authenticator apps.
    pub authenticators: usize,
    /// Recovery codes that were left.
    pub recovery_codes: u32,
}

/// What somebody signs in with, as operators see it.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    /// There is a password.
    pub password: bool,
    /// Passkeys.
    pub passkeys: Vec<Passkey>,
    /// Authenticator apps that are confirmed.
    pub authenticators: Vec<Authenticator>,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// Identities at providers, with the provider's name in addresses where it is still there.
    pub providers: Vec<(FederationLink, Option<Slug>)>,
}

impl Identity {
    /// What somebody signs in with.
    pub async fn ways_of(&self, user: UserId) -> Result<Ways, StorageError> {
        self.db()
            .load(move |tx| {
                let own = tx.factors().enrolled(user)?;
                let (usable, _) = tx.providers().list()?;
                let slug = |link: &FederationLink| {
                    let found = usable.iter().find(|it| Some(it.id) == link.provider_id);
                    found.map(|provider| provider.slug.clone())
                };
                let links = tx.federation_links().list(user)?;
                Ok(Ways {
                    password: own.password,
                    passkeys: tx.passkeys().list(user)?,
                    authenticators: tx.authenticators().list(user)?,
                    recovery_codes: own.recovery_codes,
                    providers: links.into_iter().map(|it| (it.clone(), slug(&it))).collect(),
                })
            })
            .await
    }

    /// Takes away the passkeys, authenticator apps and recovery codes of somebody who has lost them, so that
    /// a password or a mailed code gets them in again. They are signed out everywhere, and told by mail.
    /// What they prove themselves with then is what the account had beside these: nothing is given out.
    pub async fn remove_lost_factors(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<Lost, AdminError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        let lost = self
            .db()
            .write(move |tx| {
                tx.users().lock(user)?;
                let profile = existing(tx, user)?;
                let (passkeys, apps) = (tx.passkeys().list(user)?, tx.authenticators().list(user)?);
                let standing = tx.recovery_codes().standing(user)?;
                let lost = Lost {
                    passkeys: passkeys.len(),
                    authenticators: apps.len(),
                    recovery_codes: standing.map_or(0, |(_, left)| left),
                };
                for passkey in &passkeys {
                    tx.passkeys().remove(passkey.id, user)?;
                }
                for app in &apps {
                    tx.authenticators().remove(user, app.id)?;
                }
                ways_in::changed(tx, user, Enrolled::default())?;
                for (is_taken, action, kind, factor) in [
                    (
                        lost.passkeys > 0,
                        Action::PasskeyRemoved,
                        FactorKind::Passkey,
                        Factor::Passkey,
                    ),
                    (
                        lost.authenticators > 0,
                        Action::FactorRemoved,
                        FactorKind::Totp,
                        Factor::AuthenticatorApp,
                    ),
                    (
                        standing.is_some(),
                        Action::FactorRemoved,
                        FactorKind::RecoveryCode,
                        Factor::RecoveryCodes,
                    ),
                ] {
                    if !is_taken {
                        continue;
                    }
                    let event = AuditEvent::new(action, by.clone())
                        .target("user", user)
                        .details(serde_json::json!({ "factor": kind.as_str() }));
                    record(tx, identity.env(), &ctx, &event)?;
                    let occasion = identity.occasion(&ctx);
                    identity.notify(tx, &profile, &Message::FactorRemoved { factor, occasion })?;
                }
                if lost != Lost::default() {
                    tx.users().end_beginnings(user, identity.env().now())?;
                    sign_out(tx, identity.env(), &ctx, by, user)?;
                }
                Ok::<_, Stop<AdminError>>(lost)
            })
            .await??;
        self.outbox().wake();
        Ok(lost)
    }

    /// Disconnects somebody from the provider called `slug`, or, where that is gone, of the issuer called so,
    /// with what it asserted of them. Never the last way in. Yields how many connections there were.
    pub async fn disconnect_user(
        &self,
        by: Actor,
        user: UserId,
        slug: &str,
        ctx: &RequestContext,
    ) -> Result<usize, AdminError> {
        let (identity, ctx, slug) = (self.clone(), ctx.clone(), slug.to_owned());
        let ended = self
            .db()
            .write(move |tx| {
                tx.users().lock(user)?;
                let profile = existing(tx, user)?;
                let stored = tx.providers().look(&slug)?;
                let id = stored.as_ref().map(Stored::id);
                let provider = match &stored {
                    Some(Stored::Usable(provider)) => Some(&**provider),
                    Some(Stored::Unusable(_)) | None => None,
                };
                let links = tx.federation_links().list(user)?;
                let is_meant = |link: &&FederationLink| match link.provider_id {
                    Some(own) => id == Some(own),
                    None => link.issuer == slug,
                };
                let (meant, others): (Vec<_>, Vec<_>) = links.iter().partition(is_meant);
                let own = enrolled(tx, identity.offers(), user)?;
                if own.provider && others.is_empty() && !own.has_own_way_in() {
                    return Err(Stop::Refused(AdminError::LastWayIn));
                }
                for link in &meant {
                    let event = AuditEvent::new(Action::ProviderDisconnected, by.clone());
                    let parting = Parting { link, links: &links, provider, event };
                    identity.end_link(tx, &ctx, &profile, parting)?;
                }
                if !meant.is_empty() {
                    tx.devices().end_trust(user)?;
                }
                Ok::<_, Stop<AdminError>>(meant.len())
            })
            .await??;
        self.outbox().wake();
        Ok(ended)
    }
}
