//! The link that was mailed to a new address.

use super::Identity;
use crate::domain::address::{Address, EmailAddress};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::domain::rate_limit::Standing;
use crate::domain::user::{Profile, RetiredKind};
use crate::identity::admin::issue::SET_PASSWORDS;
use crate::identity::admin::link::{LinkError, consume};
use crate::identity::{record, reserved};
use crate::kernel::ids::AddressId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{ChangeStage, Message};
use crate::storage::tx::{Stop, Tx};

/// A link about an address that somebody opened, and that still works.
#[derive(Clone, Debug)]
pub struct OpenAddress {
    /// Whose account it is about.
    pub profile: Profile,
    /// The address.
    pub email: EmailAddress,
    /// Whether it takes the place of the primary one.
    pub replaces: bool,
    pub(super) link: OneTimeLink,
}

/// An address that was confirmed.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// The address.
    pub email: EmailAddress,
    /// Whether it is the primary one now.
    pub is_primary: bool,
}

impl Identity {
    /// What a link that confirms an address is about, as long as it works. Looking uses nothing up.
    pub async fn open_confirmation(
        &self,
        secret: &Secret<String>,
    ) -> Result<OpenAddress, LinkError> {
        let (identity, hash) = (self.clone(), TokenHash::of(secret.expose()));
        self.db().read(move |tx| identity.confirmation(tx, hash)).await?
    }

    /// Confirms an address: after this it belongs to the account.
    pub async fn confirm_address(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<Confirmed, LinkError> {
        let act = async {
            match self.confirm_by(secret, ctx).await {
                Err(LinkError::Unusable) => self.confirmed_before(secret, ctx).await,
                confirmed => confirmed,
            }
        };
        let confirmed = self.within_budget(ctx, act).await?;
        self.outbox().wake();
        Ok(confirmed)
    }

    /// The second click of a double one: the address is the account's already.
    async fn confirmed_before(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<Confirmed, LinkError> {
        self.pressed_before(secret, ctx, |tx, link| {
            let (LinkPurpose::ConfirmAddress(user), Some(email)) = (link.purpose, link.email)
            else {
                return Ok(None);
            };
            let is_it = |own: &Address| {
                own.verified_at.is_some() && own.email.canonical() == email.canonical()
            };
            let own = tx.users().addresses(user)?.into_iter().find(is_it);
            Ok(own.map(|own| Confirmed { email, is_primary: own.is_primary }))
        })
        .await
    }

    async fn confirm_by(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<Confirmed, LinkError> {
        let opened = self.open_confirmation(secret).await?;
        let (identity, ctx, hash) = (self.clone(), ctx.clone(), TokenHash::of(secret.expose()));
        self.db()
            .write(move |tx| {
                // Identifiers before accounts, as wherever one is given to an account.
                tx.users().lock_identifiers(&[opened.email.canonical()])?;
                tx.users().lock(opened.profile.user.id)?;
                let opened = identity.confirmation(tx, hash)?;
                identity.confirm(tx, &opened, &ctx)
            })
            .await?
    }

    /// The link of a secret, if it confirms an address that nobody else has, and is no older than
    /// the account's credentials: a change that waits dies with a reset.
    fn confirmation(
        &self,
        tx: &mut Tx<'_>,
        secret: TokenHash,
    ) -> Result<OpenAddress, Stop<LinkError>> {
        let unusable = || Stop::Refused(LinkError::Unusable);
        let found = tx.one_time_links().find(secret)?;
        let link = found.filter(|link| link.is_usable(self.env().now())).ok_or_else(unusable)?;
        let LinkPurpose::ConfirmAddress(user) = link.purpose else { return Err(unusable()) };
        let email = link.email.clone().ok_or_else(unusable)?;
        let profile = tx
            .users()
            .find(user)?
            .filter(|it| it.user.is_active() && link.created_at >= it.user.credentials_changed_at);
        let profile = profile.ok_or_else(unusable)?;
        let retired = reserved::hash(self.master(), RetiredKind::Address, email.canonical());
        if tx.users().address_is_anothers(user, &email, Some(retired))? {
            return Err(unusable());
        }
        Ok(OpenAddress { profile, email, replaces: link.replaces, link })
    }

    fn confirm(
        &self,
        tx: &mut Tx<'_>,
        opened: &OpenAddress,
        ctx: &RequestContext,
    ) -> Result<Confirmed, Stop<LinkError>> {
        let OpenAddress { profile, email, replaces, link } = opened;
        let user = profile.user.id;
        let primary = profile.primary_address.as_ref();
        let is_other = |primary: &&Address| primary.email.canonical() != email.canonical();
        let old = primary.filter(is_other).filter(|it| it.verified_at.is_some());
        if old.is_some()
            && let Some(retry_at) = self.untold_until(tx, profile)?
        {
            let standing = Standing::new();
            return Err(Stop::Refused(LinkError::TooMany { retry_at, standing }));
        }
        consume(tx, link, ctx, self.env().now().max(link.created_at))?;
        // Before the address itself, which is never older than what takes it back.
        let keeper = if old.is_some() { self.keeper(tx, profile)? } else { None };
        let not_before = link.created_at.max(profile.user.credentials_changed_at);
        let now = self.env().now().max(not_before);
        let id = tx.users().put_address(AddressId::new(self.env()), user, email, now)?;
        let takes_over = *replaces || primary.is_none();
        if takes_over {
            tx.users().set_primary_address(user, id)?;
            // Links in the mailbox that was left are worth nothing any more.
            tx.one_time_links().supersede(Some(user), SET_PASSWORDS, false, now)?;
        }
        if let Some(former) = primary.filter(is_other).filter(|_| *replaces) {
            tx.users().remove_address(user, former.id)?;
        }
        let event = AuditEvent::new(Action::AddressAdded, Actor::User(user))
            .target("user", user)
            .details(serde_json::json!({ "primary": takes_over }));
        record(tx, self.env(), ctx, &event)?;
        let occasion = self.occasion(ctx);
        let letters = keeper.map(|(old, token)| {
            let stage = if *replaces { ChangeStage::Done } else { ChangeStage::Added };
            (old, Message::AddressChanged { new: email.clone(), stage, token, occasion })
        });
        self.mail_to_each(tx, profile, letters.into_iter().collect())?;
        let is_primary = takes_over || primary.is_some_and(|primary| primary.id == id);
        Ok(Confirmed { email: email.clone(), is_primary })
    }
}
