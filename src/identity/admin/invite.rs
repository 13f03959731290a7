//! Invitations: an operator makes an account, and its owner sets the first password.

use chrono::TimeDelta;

use super::import::unknown_role;
use super::issue::{Delivery, IssuedLink};
use super::{AdminError, ensure_administrator_role};
use crate::domain::address::Identifier;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::LinkPurpose;
use crate::domain::user::{NewUser, Profile};
use crate::identity::register;
use crate::identity::{Identity, record};
use crate::storage::tx::{Stop, Tx};

/// Somebody who was invited.
#[derive(Debug)]
pub struct Invited {
    /// The account.
    pub profile: Profile,
    /// The link; with [`Delivery::Mailed`] it is in the mail, and to be shown to nobody.
    pub link: IssuedLink,
}

impl Identity {
    /// Makes an account without a password, and a link with which its owner sets one; `new` has
    /// neither a password nor a verified address. Whoever was invited and has not come yet is invited
    /// again: what is known of them stays, and the link before stops working.
    ///
    /// A link that was mailed shows whose the address is, once it is used.
    pub async fn invite(
        &self,
        by: Actor,
        new: NewUser,
        lifetime: TimeDelta,
        delivery: Delivery,
        ctx: &RequestContext,
    ) -> Result<Invited, AdminError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        let invited = self
            .db()
            .write(move |tx| {
                if let Some(unknown) = unknown_role(tx, &new)? {
                    return Err(Stop::Refused(AdminError::UnknownRole(unknown)));
                }
                register::lock_identifiers(tx, &new)?;
                let profile = identity.invitee(tx, &new)?;
                let (user, details) = (profile.user.id, details(&profile, delivery));
                let purpose = LinkPurpose::Invitation(user);
                let link = identity.issue_to(tx, purpose, &profile, lifetime, delivery)?;
                let event = AuditEvent::new(Action::UserInvited, by).target("user", user);
                record(tx, identity.env(), &ctx, &event.details(details))?;
                Ok(Invited { profile, link })
            })
            .await??;
        self.outbox().wake();
        Ok(invited)
    }

    /// The account of somebody who was invited before and has not come, or a new one.
    fn invitee(&self, tx: &mut Tx<'_>, new: &NewUser) -> Result<Profile, Stop<AdminError>> {
        let identifier = Identifier::Email(new.email.clone());
        if let Some(found) = tx.users().find_by_identifier(&identifier)? {
            let user = found.user.id;
            tx.users().lock(user)?;
            let enrolled = tx.factors().enrolled(user)?;
            let primary = found.primary_address.as_ref().map(|address| address.email.canonical());
            let is_theirs = primary == Some(new.email.canonical());
            if !is_theirs || enrolled.password || enrolled.passkey || enrolled.mailbox {
                return Err(Stop::Refused(AdminError::AccountInUse));
            }
            if !found.user.is_active() {
                return Err(Stop::Refused(AdminError::NotActive));
            }
            return Ok(found);
        }
        let problems = register::taken(tx, self.master(), new)?;
        if !problems.is_empty() {
            return Err(Stop::Refused(AdminError::Problems(problems)));
        }
        ensure_administrator_role(tx, self.env())?;
        Ok(register::insert(tx, self.env(), new)?)
    }
}

fn details(profile: &Profile, delivery: Delivery) -> serde_json::Value {
    serde_json::json!({ "roles": profile.roles, "mailed": delivery == Delivery::Mailed })
}
