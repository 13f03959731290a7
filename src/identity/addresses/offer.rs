//! An address that somebody else named for an account: whoever reads mail there makes it the account's.

use super::asking;
use crate::domain::address::EmailAddress;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::LinkPurpose;
use crate::identity::rate_limit::{Budgets, Mailed};
use crate::identity::{Identity, record};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

impl Identity {
    /// Mails an address the link that adding it would. As much is done whoever has it, and its owner is
    /// told instead. Nothing is done where there is no mail, or the address or the network had too many.
    pub(in crate::identity) async fn offer_address(
        &self,
        user: UserId,
        email: &EmailAddress,
        ctx: &RequestContext,
    ) -> Result<(), StorageError> {
        if !self.outbox().is_open() || !self.has_room_for(email, ctx).await? {
            return Ok(());
        }
        let (identity, email, ctx) = (self.clone(), email.clone(), ctx.clone());
        self.change(move |tx| identity.offer(tx, user, &email, &ctx)).await?;
        self.outbox().wake();
        Ok(())
    }

    /// Counts the mail, like that of a code: whether or not anybody has the address.
    async fn has_room_for(
        &self,
        email: &EmailAddress,
        ctx: &RequestContext,
    ) -> Result<bool, StorageError> {
        let (settings, now, ip) = (self.settings(), self.env().now(), ctx.ip.as_deref());
        let (user, device) = (None, None);
        let who = Mailed { master: self.master(), settings: &settings, ip, email, user, device };
        let (budgets, env, ctx) = (Budgets::mailing(&who), self.env().clone(), ctx.clone());
        self.change(move |tx| {
            let Ok(taken) = budgets.take(tx, &settings, now)? else { return Ok(false) };
            for event in taken.missed(tx, &settings, now)?.events {
                record(tx, &env, &ctx, &event)?;
            }
            Ok(true)
        })
        .await
    }

    fn offer(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        email: &EmailAddress,
        ctx: &RequestContext,
    ) -> Result<(), StorageError> {
        tx.users().hold(user)?;
        let Some(profile) = tx.users().find(user)?.filter(|profile| profile.user.is_active())
        else {
            return Ok(());
        };
        let is_anothers = tx.users().address_is_anothers(user, email, None)?;
        let purpose = LinkPurpose::ConfirmAddress(user);
        let token = self.address_link(tx, &profile, purpose, email, false)?;
        let event = AuditEvent::new(Action::AddressAsked, Actor::User(user))
            .target("user", user)
            .details(serde_json::json!({ "replaces": false }));
        record(tx, self.env(), ctx, &event)?;
        let letter = asking(is_anothers, false, token, &self.occasion(ctx));
        self.mail_to_each(tx, &profile, vec![(email.clone(), letter)])
    }
}
