//! What somebody does to the addresses that the account has.

use super::{AddressError, Identity};
use crate::domain::address::{Address, EmailAddress};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::session::SignedIn;
use crate::domain::user::Profile;
use crate::identity::admin::issue::SET_PASSWORDS;
use crate::identity::record;
use crate::kernel::ids::{AddressId, OneTimeLinkId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{ChangeStage, Message};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

impl Identity {
    /// Makes another confirmed address the primary one. The former one stays, and is told.
    pub async fn make_address_primary(
        &self,
        session: TokenHash,
        address: AddressId,
        ctx: &RequestContext,
    ) -> Result<(), AddressError> {
        let who = self.fresh_person(session).await??;
        self.count_change(&who).await?;
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let profile = identity.still_signed_in(tx, &who)?;
                let chosen = theirs(tx, &profile, address)?;
                if chosen.is_primary {
                    return Ok(());
                }
                if chosen.verified_at.is_none() {
                    return Err(Stop::Refused(AddressError::NotFound));
                }
                identity.is_to_be_told(tx, &profile)?;
                let keeper = identity.keeper(tx, &profile)?;
                tx.users().set_primary_address(profile.user.id, address)?;
                // Links in the mailbox that was left are worth nothing any more.
                let now = identity.env().now();
                tx.one_time_links().supersede(Some(profile.user.id), SET_PASSWORDS, false, now)?;
                identity.note_change(tx, &who, &ctx, Action::AddressPrimary)?;
                let occasion = identity.occasion(&ctx);
                let letters = keeper.map(|(old, token)| {
                    let (new, stage) = (chosen.email, ChangeStage::Second);
                    (old, Message::AddressChanged { new, stage, token, occasion })
                });
                Ok(identity.mail_to_each(tx, &profile, letters.into_iter().collect())?)
            })
            .await??;
        self.outbox().wake();
        Ok(())
    }

    /// Removes an address: never the primary one, nor the last one that was confirmed. Both that one,
    /// where it was theirs, and the primary one are told.
    pub async fn remove_address(
        &self,
        session: TokenHash,
        address: AddressId,
        ctx: &RequestContext,
    ) -> Result<(), AddressError> {
        let who = self.fresh_person(session).await??;
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let profile = identity.still_signed_in(tx, &who)?;
                let chosen = theirs(tx, &profile, address)?;
                let others = tx.users().addresses(profile.user.id)?;
                let has_other =
                    others.iter().any(|it| it.id != address && it.verified_at.is_some());
                if chosen.is_primary || !has_other {
                    return Err(Stop::Refused(AddressError::Needed));
                }
                identity.is_to_be_told(tx, &profile)?;
                identity.is_told_to_former(tx, &profile, &chosen)?;
                tx.users().remove_address(profile.user.id, address)?;
                identity.note_change(tx, &who, &ctx, Action::AddressRemoved)?;
                let letters = identity.removal_letters(&profile, &chosen, &ctx);
                Ok(identity.mail_to_each(tx, &profile, letters)?)
            })
            .await??;
        self.outbox().wake();
        Ok(())
    }

    /// Drops an address that waits.
    pub async fn drop_pending_address(
        &self,
        user: UserId,
        pending: OneTimeLinkId,
        ctx: &RequestContext,
    ) -> Result<(), AddressError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let (now, not_found) = (env.now(), || Stop::Refused(AddressError::NotFound));
                tx.users().lock(user)?;
                let waiting = tx.one_time_links().confirmations(user, now)?;
                let found = waiting.iter().find(|link| link.id == pending);
                let link = found.ok_or_else(not_found)?;
                if !tx.one_time_links().consume(link.id, now)? {
                    return Err(not_found());
                }
                let event = AuditEvent::new(Action::AddressRemoved, Actor::User(user))
                    .target("user", user)
                    .details(serde_json::json!({ "pending": true }));
                Ok(record(tx, &env, &ctx, &event)?)
            })
            .await?
    }

    /// Refuses the removal of an address that could not be told of it.
    fn is_told_to_former(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        removed: &Address,
    ) -> Result<(), Stop<AddressError>> {
        if removed.verified_at.is_none() {
            return Ok(());
        }
        let full_until = self.outbox().full_until(tx, &removed.email, profile.user.id)?;
        full_until.map_or(Ok(()), |until| Err(AddressError::untold(until)))
    }

    /// An address that was never confirmed may be a stranger's, who is told nothing.
    fn removal_letters(
        &self,
        profile: &Profile,
        removed: &Address,
        ctx: &RequestContext,
    ) -> Vec<(EmailAddress, Message)> {
        let primary = profile.primary_address.as_ref().filter(|it| it.verified_at.is_some());
        let former = Some(removed).filter(|it| it.verified_at.is_some());
        let told = primary.map(|it| (it, false)).into_iter().chain(former.map(|it| (it, true)));
        let letter = |(to, is_former): (&Address, bool)| {
            let (removed, occasion) = (removed.email.clone(), self.occasion(ctx));
            (to.email.clone(), Message::AddressRemoved { removed, is_former, occasion })
        };
        told.map(letter).collect()
    }

    fn note_change(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
        ctx: &RequestContext,
        action: Action,
    ) -> Result<(), StorageError> {
        let user = who.session.user_id;
        let event = AuditEvent::new(action, Actor::User(user)).target("user", user);
        record(tx, self.env(), ctx, &event.session(who.session.id))
    }
}

/// An address of this account and of no other.
fn theirs(
    tx: &mut Tx<'_>,
    profile: &Profile,
    address: AddressId,
) -> Result<Address, Stop<AddressError>> {
    let own = tx.users().addresses(profile.user.id)?;
    let found = own.into_iter().find(|own| own.id == address);
    found.ok_or(Stop::Refused(AddressError::NotFound))
}
