//! Getting back into an account: somebody forgot the password, or somebody else signed in with it.

use chrono::{DateTime, TimeDelta, Utc};

use super::closing::WayBack;
use super::notice::Reader;
use super::{Identity, record};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::LinkPurpose;
use crate::domain::rate_limit::{AttemptKind, Limit};
use crate::domain::setting::seconds;
use crate::domain::user::{Profile, UserStatus};
use crate::identity::admin::issue::Issuing;
use crate::identity::rate_limit;
use crate::kernel::ids::UserId;
use crate::mail::message::{Asker, Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

mod forgot;
mod new_sign_in;
mod not_me;

pub use forgot::ForgotError;
pub use new_sign_in::NewBrowser;
pub use not_me::{Disowned, NotMeError, Sighting};

/// Why somebody is mailed a link to set a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Anybody asked for it.
    Forgotten,
    /// The owner has disowned a sign-in: the next one may be that stranger's again, and must not take
    /// the link from them.
    Disowned,
}

/// The longest time that a link works which anybody can have mailed.
const LONGEST: TimeDelta = TimeDelta::minutes(30);

/// The window in which the links of one account are counted.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// The links that another one of the same kind replaces. An invitation stays: whoever knows the
/// address of somebody invited could take it from them.
const REPLACED: &[&str] = &["password"];

/// The same of an account that its owner has closed. The link that was mailed when they did stays.
const REOPENING: &[&str] = &["restore_account"];

impl Identity {
    /// Opens an account again that was deactivated or deleted by its pages, for the owner who has disowned a
    /// sign-in of `since`: it may have been that stranger who closed it. The stranger may know the
    /// password, and may have made other ways in, so all of that goes; which link sets another password is
    /// [`Identity::begin_recovery`]'s word. What an operator closed has no such link any more. The
    /// account's row is locked.
    fn take_back(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        since: DateTime<Utc>,
        ctx: &RequestContext,
    ) -> Result<(), StorageError> {
        let found = tx.users().find(user)?.filter(|it| it.user.is_closed_by_its_person());
        let Some(profile) = found else { return Ok(()) };
        let now = self.env().now().max(profile.user.credentials_changed_at);
        tx.users().set_status(user, UserStatus::Active, Some(now), now)?;
        tx.factors().remove_since(user, since)?;
        tx.passwords().remove(user)?;
        let event = AuditEvent::new(Action::UserReactivated, Actor::User(user))
            .target("user", user)
            .details(serde_json::json!({ "password": "removed" }));
        record(tx, self.env(), ctx, &event)
    }

    /// Mails the owner of an account, who has just taken it back, a link to set a new password that no
    /// sign-in of a stranger takes away, and tells what becomes of it. The account's row is locked, and all
    /// other counters are taken.
    pub(super) fn begin_recovery(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        ctx: &RequestContext,
    ) -> Result<WayBack, StorageError> {
        let Some(profile) = tx.users().find(user)? else { return Ok(WayBack::Operator) };
        let is_mailed = self.begin_reset(tx, Some(&profile), "", Cause::Disowned, ctx)?;
        // Who was shut out by an operator is mailed nothing, however often they ask.
        let is_shut = !profile.user.is_active();
        Ok(if is_shut { WayBack::Operator } else { self.way_back(&profile, is_mailed) })
    }

    /// Mails somebody a link to set a new password, and kills the one before. With nobody to mail it
    /// to, or after too many within the hour, the statements are the same, and nothing is sent or
    /// killed: the link that was mailed last goes on working. Tells whether it was sent.
    ///
    /// The account's row is locked, and all other counters are taken. [`crate::mail::Outbox::wake`] is
    /// to follow.
    fn begin_reset(
        &self,
        tx: &mut Tx<'_>,
        profile: Option<&Profile>,
        name: &str,
        cause: Cause,
        ctx: &RequestContext,
    ) -> Result<bool, StorageError> {
        let now = self.env().now();
        // Whoever closed the account themselves gets a link that opens it instead.
        let is_closed = profile.is_some_and(|it| it.user.is_deactivated());
        let reachable =
            profile.filter(|it| (it.user.is_active() || is_closed) && it.primary_address.is_some());
        let user = profile.map(|it| it.user.id);
        // What strangers asked for does not keep it from who has just taken the account back.
        let has_room = self.takes_reset(tx, user, name, now)? || matches!(cause, Cause::Disowned);
        let reader = match reachable {
            Some(profile) if has_room => Reader::Person(profile),
            _ => Reader::Nobody(name),
        };
        let lifetime = seconds(self.settings().one_time_link_lifetime).min(LONGEST);
        let token = self.env().random_token("");
        let occasion = Occasion::new(now, ctx.ip.as_deref(), ctx.user_agent.as_deref());
        let asked_by = match cause {
            Cause::Forgotten => Asker::Anybody,
            Cause::Disowned => Asker::Insider,
        };
        let message = if is_closed {
            Message::AccountDeactivated { token: token.clone(), lifetime, asked_by, occasion }
        } else {
            Message::PasswordReset { token: token.clone(), lifetime, asked_by, occasion }
        };
        // First, because without it the link would be for nothing.
        let sent = self.mail_unseen(tx, reader, &message, now + lifetime)?;
        let id = user.unwrap_or(NOBODY);
        let issuing = Issuing {
            purpose: if is_closed {
                LinkPurpose::RestoreAccount(id)
            } else {
                LinkPurpose::Password(id)
            },
            // Never older than the credentials, even where another node's clock runs ahead.
            not_before: profile.map_or(now, |it| it.user.credentials_changed_at),
            lifetime,
            mailed_to: reachable
                .and_then(|it| it.primary_address.as_ref())
                .filter(|_| cause == Cause::Forgotten),
        };
        // Nobody takes a link away by asking for another that its owner did not ask for.
        let asked_for = cause == Cause::Forgotten;
        let replaced = if is_closed { REOPENING } else { REPLACED };
        tx.one_time_links().supersede(user.filter(|_| sent), replaced, asked_for, now)?;
        self.keep_link(tx, sent, &issuing, &token)?;
        let mut event = AuditEvent::new(Action::ResetAsked, Actor::Anonymous)
            .details(serde_json::json!({ "sent": sent }));
        if let Some(user) = user {
            event = event.target("user", user);
        }
        record(tx, self.env(), ctx, &event)?;
        Ok(sent)
    }

    /// Counts a link for the account, or for the name that none has.
    fn takes_reset(
        &self,
        tx: &mut Tx<'_>,
        user: Option<UserId>,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let attempts = self.settings().max_password_resets_per_hour;
        let limit = Limit { attempts, window: HOUR };
        let subject = rate_limit::subject(user, name);
        let kind = AttemptKind::ForgottenPassword;
        rate_limit::take_one(tx, self.master(), kind, &subject, limit, now)
    }
}

/// No account has this id.
const NOBODY: UserId = UserId(uuid::Uuid::nil());
