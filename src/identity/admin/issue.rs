//! Links that an operator makes, and their owner sets a password with. The operator never learns the
//! password.

use chrono::{DateTime, TimeDelta, Utc};

use super::{AdminError, existing};
use crate::domain::address::Address;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::domain::setting::seconds;
use crate::domain::user::Profile;
use crate::identity::{Identity, record};
use crate::kernel::ids::{OneTimeLinkId, UserId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{Asker, Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// A link that was just made. Its secret is shown once and kept nowhere.
#[derive(Debug)]
pub struct IssuedLink {
    /// What goes into the address.
    pub secret: Secret<String>,
    /// When it is too late to use it.
    pub expires_at: DateTime<Utc>,
}

/// How a link comes to whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// An operator is shown it, and passes it on.
    Shown,
    /// It is mailed, and nobody else sees it.
    Mailed,
}

/// A link that is to be kept.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) struct Issuing<'a> {
    /// What it does.
    pub(in crate::identity) purpose: LinkPurpose,
    /// It is no older than this.
    pub(in crate::identity) not_before: DateTime<Utc>,
    /// How long it works.
    pub(in crate::identity) lifetime: TimeDelta,
    /// The address that it is mailed to, where nobody but its reader comes to see it; of a link that is
    /// about an address, that one.
    pub(in crate::identity) mailed_to: Option<&'a Address>,
}

/// The links that another one of an operator's replaces.
pub(in crate::identity) const SET_PASSWORDS: &[&str] = &["password", "invitation"];

impl Identity {
    /// Makes a link with which somebody sets their password. Earlier ones stop working.
    pub async fn create_password_link(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<IssuedLink, AdminError> {
        self.password_link(by, user, Delivery::Shown, ctx).await
    }

    /// The same, mailed to the person: nobody else has it. Tells until when it works.
    pub async fn mail_password_link(
        &self,
        by: Actor,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<DateTime<Utc>, AdminError> {
        let issued = self.password_link(by, user, Delivery::Mailed, ctx).await?;
        self.outbox().wake();
        Ok(issued.expires_at)
    }

    async fn password_link(
        &self,
        by: Actor,
        user: UserId,
        delivery: Delivery,
        ctx: &RequestContext,
    ) -> Result<IssuedLink, AdminError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                tx.users().lock(user)?;
                let profile = existing(tx, user)?;
                if !profile.user.is_active() {
                    return Err(Stop::Refused(AdminError::NotActive));
                }
                let lifetime = seconds(identity.settings().one_time_link_lifetime);
                let event = AuditEvent::new(Action::LinkCreated, by).target("user", user);
                let purpose = LinkPurpose::Password(user);
                let issued = identity.issue_to(tx, purpose, &profile, lifetime, delivery)?;
                let details = serde_json::json!({ "mailed": delivery == Delivery::Mailed });
                record(tx, identity.env(), &ctx, &event.details(details))?;
                Ok(issued)
            })
            .await?
    }

    /// Makes a link that sets somebody's password, in the place of all earlier ones.
    pub(super) fn issue_to(
        &self,
        tx: &mut Tx<'_>,
        purpose: LinkPurpose,
        profile: &Profile,
        lifetime: TimeDelta,
        delivery: Delivery,
    ) -> Result<IssuedLink, Stop<AdminError>> {
        let (user, now) = (profile.user.id, self.env().now());
        let is_mailed = delivery == Delivery::Mailed;
        let issuing = Issuing {
            purpose,
            // Never older than the credentials, even where another node's clock runs ahead.
            not_before: profile.user.credentials_changed_at,
            lifetime,
            mailed_to: profile.primary_address.as_ref().filter(|_| is_mailed),
        };
        let secret = self.env().random_token("");
        if is_mailed {
            let (token, occasion) = (secret.clone(), Occasion::new(now, None, None));
            let message = if let LinkPurpose::Invitation(_) = purpose {
                Message::Invitation { token, lifetime }
            } else {
                let asked_by = Asker::Insider;
                Message::PasswordReset { token, lifetime, asked_by, occasion }
            };
            // First, because without it the link would be for nothing, and the earlier one is to live.
            if !self.mail(tx, profile, &message, now + lifetime)? {
                return Err(Stop::Refused(AdminError::NotMailed));
            }
        }
        tx.one_time_links().supersede(Some(user), SET_PASSWORDS, false, now)?;
        let expires_at = self.keep_link(tx, true, &issuing, &secret)?;
        Ok(IssuedLink { secret, expires_at })
    }

    /// Keeps a link with this secret, and tells when it is too late to use it. Unless it is `real` the
    /// statement is the same, and keeps nothing.
    pub(in crate::identity) fn keep_link(
        &self,
        tx: &mut Tx<'_>,
        real: bool,
        issuing: &Issuing<'_>,
        secret: &Secret<String>,
    ) -> Result<DateTime<Utc>, StorageError> {
        let created_at = self.env().now().max(issuing.not_before);
        let expires_at = created_at + issuing.lifetime;
        let (about, mailed_to) = match issuing.mailed_to.map(|address| &address.email) {
            Some(email) if issuing.purpose.is_about_an_address() => (Some(email.clone()), None),
            email => (None, email.map(|email| email.canonical().to_owned())),
        };
        let link = OneTimeLink {
            id: OneTimeLinkId::new(self.env()),
            purpose: issuing.purpose,
            mailed_to,
            email: about,
            replaces: false,
            created_at,
            expires_at,
            consumed_at: None,
        };
        tx.one_time_links().insert_if(real, &link, TokenHash::of(secret.expose()))?;
        Ok(expires_at)
    }
}
