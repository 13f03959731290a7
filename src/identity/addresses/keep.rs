//! The link that was mailed to the former address: "this wasn't me".

use super::{Identity, OpenAddress};
use crate::domain::address::EmailAddress;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::grant::RevokeReason;
use crate::domain::one_time_link::LinkPurpose;
use crate::domain::session::SessionEnd;
use crate::domain::user::UserStatus;
use crate::identity::admin::link::{LinkError, consume};
use crate::identity::{record, session};
use crate::kernel::ids::AddressId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::tx::{Stop, Tx};

impl Identity {
    /// What a link that brings an address back is about, as long as it works.
    pub async fn open_keeper(&self, secret: &Secret<String>) -> Result<OpenAddress, LinkError> {
        let (identity, hash) = (self.clone(), TokenHash::of(secret.expose()));
        self.db().read(move |tx| identity.kept_by(tx, hash)).await?
    }

    /// Brings an address back as the primary one, and takes away every one that came to the account
    /// since the change was asked for. Whoever made the change is signed in somewhere, so every
    /// session and what apps were given end, and so do the password and the factors that came with it;
    /// the owner is mailed a link to choose a new password. Answers with the address.
    pub async fn keep_address(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<EmailAddress, LinkError> {
        let act = async {
            match self.keep_by(secret, ctx).await {
                Err(LinkError::Unusable) => self.kept_before(secret, ctx).await,
                kept => kept,
            }
        };
        let kept = self.within_budget(ctx, act).await?;
        self.outbox().wake();
        Ok(kept)
    }

    /// The second click of a double one: the address is back already.
    async fn kept_before(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<EmailAddress, LinkError> {
        self.pressed_before(secret, ctx, |tx, link| {
            let (LinkPurpose::KeepAddress(user), Some(email)) = (link.purpose, link.email) else {
                return Ok(None);
            };
            let profile = tx.users().find(user)?;
            let primary = profile.and_then(|it| it.primary_address).map(|it| it.email);
            Ok(primary.filter(|primary| primary.canonical() == email.canonical()))
        })
        .await
    }

    async fn keep_by(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<EmailAddress, LinkError> {
        let opened = self.open_keeper(secret).await?;
        let (identity, ctx, hash) = (self.clone(), ctx.clone(), TokenHash::of(secret.expose()));
        self.db()
            .write(move |tx| {
                tx.users().lock_identifiers(&[opened.email.canonical()])?;
                tx.users().lock(opened.profile.user.id)?;
                let opened = identity.kept_by(tx, hash)?;
                identity.keep(tx, &opened, &ctx)?;
                Ok(opened.email)
            })
            .await?
    }

    /// A new password does not kill such a link: whoever took the account over could set one.
    fn kept_by(&self, tx: &mut Tx<'_>, secret: TokenHash) -> Result<OpenAddress, Stop<LinkError>> {
        let (now, unusable) = (self.env().now(), || Stop::Refused(LinkError::Unusable));
        let found = tx.one_time_links().find(secret)?;
        let link = found.filter(|link| link.is_usable(now)).ok_or_else(unusable)?;
        let LinkPurpose::KeepAddress(user) = link.purpose else { return Err(unusable()) };
        let email = link.email.clone().ok_or_else(unusable)?;
        let profile = tx.users().find(user)?.ok_or_else(unusable)?;
        let is_open = match profile.user.status {
            UserStatus::Disabled => false,
            // Who closed it with a session of theirs may not have been the owner.
            UserStatus::Active | UserStatus::Deactivated { .. } => true,
            // Nor who deleted it. An operator's deletion has no link that takes it back.
            UserStatus::Deleting { .. } => tx.one_time_links().has_restoration(user, now)?,
        };
        if !is_open || tx.users().address_is_anothers(user, &email, None)? {
            return Err(unusable());
        }
        Ok(OpenAddress { profile, email, replaces: true, link })
    }

    fn keep(
        &self,
        tx: &mut Tx<'_>,
        opened: &OpenAddress,
        ctx: &RequestContext,
    ) -> Result<(), Stop<LinkError>> {
        let OpenAddress { profile, email, link, .. } = opened;
        let (env, user, by) = (self.env(), profile.user.id, Actor::User(profile.user.id));
        let now = env.now().max(profile.user.credentials_changed_at);
        consume(tx, link, ctx, now)?;
        let id = tx.users().put_address(AddressId::new(env), user, email, now)?;
        tx.users().set_primary_address(user, id)?;
        let removed = tx.users().remove_addresses_since(user, link.created_at)?;
        // Also those that would bring back what was just taken away.
        tx.one_time_links().kill_keepers(user, link.created_at, now)?;
        tx.one_time_links().kill_for_user(user, now)?;
        tx.users().set_status(user, UserStatus::Active, Some(now), now)?;
        session::end_all(tx, env, ctx, &by, user, None, SessionEnd::CredentialsChanged)?;
        tx.grants().revoke_for_user(user, RevokeReason::CredentialsChanged, now)?;
        tx.devices().forget_all(user)?;
        // Whoever made the change may have left themselves other ways in.
        tx.factors().remove_since(user, link.created_at)?;
        let event = AuditEvent::new(Action::AddressKept, by)
            .target("user", user)
            .details(serde_json::json!({ "removed": removed }));
        record(tx, env, ctx, &event)?;
        // The page that follows leads to where a link is asked for.
        self.begin_recovery(tx, user, ctx)?;
        Ok(())
    }
}
