//! People change the name that they sign in with besides their addresses.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::fresh::NotFresh;
use super::rate_limit::{Budgets, TooMany};
use super::{Identity, record, reserved};
use crate::domain::address::{Identifier, Username};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::rate_limit::{AttemptKind, Limit, Standing};
use crate::domain::user::RetiredKind;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::Stop;

/// How often somebody may try names. Every name that was somebody's stays reserved for ever, and
/// which ones are taken is told.
const TRIES: Limit = Limit { attempts: 5, window: TimeDelta::days(1) };

/// Why the username stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum UsernameError {
    /// Nobody is signed in (any more).
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// Not a username.
    #[error("a username has 1 to 64 letters, digits, dots, dashes or underscores")]
    Invalid,
    /// An account has it, or had it.
    #[error("this username is taken")]
    Taken,
    /// Too many tries within a day.
    #[error("too many tries until {retry_at}")]
    TooMany {
        /// When the next one is looked at.
        retry_at: DateTime<Utc>,
        /// What is left of which budget.
        standing: Standing,
    },
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<NotFresh> for UsernameError {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

impl Identity {
    /// Gives who is signed in another username. The former one is never given to anybody else, nor
    /// back: it stays reserved.
    pub async fn change_username(
        &self,
        session: TokenHash,
        typed: &str,
        ctx: &RequestContext,
    ) -> Result<(), UsernameError> {
        let who = self.fresh_person(session).await??;
        let new = Username::parse(typed).map_err(|_| UsernameError::Invalid)?;
        if who.profile.user.username.as_ref() == Some(&new) {
            return Ok(());
        }
        let (settings, now, user) = (self.settings(), self.env().now(), who.session.user_id);
        let budgets = Budgets::own_act(self.master(), AttemptKind::UsernameChange, user, TRIES);
        let taken = self.change(move |tx| budgets.take(tx, &settings, now)).await?;
        taken.map_err(|TooMany { retry_at, standing }| UsernameError::TooMany {
            retry_at,
            standing,
        })?;
        let (identity, ctx, master) = (self.clone(), ctx.clone(), Arc::clone(self.master()));
        self.db()
            .write(move |tx| {
                tx.users().lock_identifiers(&[new.as_str()])?;
                let found = identity.lock_signed_in(tx, &who)?;
                let profile = found.ok_or(Stop::Refused(UsernameError::NotSignedIn))?;
                let former = profile.user.username;
                if former.as_ref() == Some(&new) {
                    return Ok(());
                }
                let hash =
                    |name: &Username| reserved::hash(&master, RetiredKind::Username, name.as_str());
                let identifier = Identifier::Username(new.clone());
                if tx.users().identifier_taken(&identifier, hash(&new))? {
                    return Err(Stop::Refused(UsernameError::Taken));
                }
                let now = identity.env().now();
                let retired: Vec<_> =
                    former.iter().map(|name| (RetiredKind::Username, hash(name))).collect();
                tx.users().retire(&retired, now)?;
                tx.users().set_username(user, &new, now)?;
                let event = AuditEvent::new(Action::UsernameChanged, Actor::User(user))
                    .target("user", user)
                    .session(who.session.id);
                Ok(record(tx, identity.env(), &ctx, &event)?)
            })
            .await?
    }
}
