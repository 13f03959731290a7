//! The addresses of a person: several, one of them the primary one.
//!
//! An address belongs to an account once it was confirmed, and not before: until then it is the
//! address of a link, keeps nobody else from it, and the present ones stay what they are. Whoever
//! reads mail at the address that is primary is told, and can take the change back.

use chrono::{DateTime, TimeDelta, Utc};

use super::fresh::NotFresh;
use super::rate_limit::{Budgets, TooMany};
use super::{Identity, record};
use crate::domain::address::{Address, EmailAddress};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::domain::rate_limit::{AttemptKind, Limit, Standing};
use crate::domain::session::SignedIn;
use crate::domain::user::{DELETION_UNDO, Profile};
use crate::kernel::ids::{OneTimeLinkId, UserId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::{ChangeStage, Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

mod before;
mod change;
mod confirm;
mod keep;
mod offer;

pub use confirm::{Confirmed, OpenAddress};

/// How long an address waits until it is confirmed.
const CONFIRM: TimeDelta = TimeDelta::days(1);

/// How long a change can be taken back: for as long as an account that was deleted.
const KEEP: TimeDelta = DELETION_UNDO;

/// The most addresses of an account, those that wait among them.
const MOST: usize = 10;

/// How many changes somebody may ask for.
const CHANGES: Limit = Limit { attempts: 10, window: TimeDelta::hours(1) };

/// An address that waits until it is confirmed.
#[derive(Clone, Debug)]
pub struct PendingAddress {
    /// Its link.
    pub id: OneTimeLinkId,
    /// The address.
    pub email: EmailAddress,
    /// Whether it takes the place of the primary one.
    pub replaces: bool,
    /// Until when it waits.
    pub expires_at: DateTime<Utc>,
}

/// The addresses of somebody.
#[derive(Clone, Debug)]
pub struct AddressBook {
    /// The primary one first.
    pub addresses: Vec<Address>,
    /// Those that wait, newest first.
    pub pending: Vec<PendingAddress>,
}

/// Why the addresses stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Nobody is signed in (any more).
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// Not an email address.
    #[error("this is not an email address")]
    Invalid,
    /// It is one of theirs already.
    #[error("the account has this address already")]
    Own,
    /// There are too many of them.
    #[error("an account has at most {MOST} addresses")]
    Full,
    /// There is none with this id that could be taken for this.
    #[error("there is no such address")]
    NotFound,
    /// The primary address, or the last one that was confirmed, is not removed.
    #[error("the address is needed")]
    Needed,
    /// There is no mail server, so no address can be confirmed.
    #[error("there is no mail server")]
    NoMail,
    /// Too many changes within the hour, or too many to tell of another one.
    #[error("too many changes until {retry_at}")]
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

impl AddressError {
    /// There is no room until then for the letter that tells of it.
    fn untold(retry_at: DateTime<Utc>) -> Stop<Self> {
        Stop::Refused(Self::TooMany { retry_at, standing: Standing::new() })
    }
}

impl From<NotFresh> for AddressError {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

impl Identity {
    /// The addresses of somebody, and those that wait.
    pub async fn addresses(&self, user: UserId) -> Result<AddressBook, StorageError> {
        let now = self.env().now();
        self.db()
            .load(move |tx| {
                let pending = tx.one_time_links().confirmations(user, now)?;
                let pending = pending.into_iter().filter_map(waiting).collect();
                Ok(AddressBook { addresses: tx.users().addresses(user)?, pending })
            })
            .await
    }

    /// Asks for another address, which is mailed a link; with `replaces` it takes the place of the
    /// primary one then. Whether somebody else has it is told nobody but its owner.
    pub async fn add_address(
        &self,
        session: TokenHash,
        typed: &str,
        replaces: bool,
        ctx: &RequestContext,
    ) -> Result<EmailAddress, AddressError> {
        let who = self.fresh_person(session).await??;
        let email = EmailAddress::parse(typed).map_err(|_| AddressError::Invalid)?;
        if !self.outbox().is_open() {
            return Err(AddressError::NoMail);
        }
        self.count_change(&who).await?;
        let (identity, ctx, asked) = (self.clone(), ctx.clone(), email.clone());
        self.db().write(move |tx| identity.ask(tx, &who, &asked, replaces, &ctx)).await??;
        self.outbox().wake();
        Ok(email)
    }

    /// Counts a change that somebody asks for, before anything is looked at.
    async fn count_change(&self, who: &SignedIn) -> Result<(), AddressError> {
        let (settings, now, user) = (self.settings(), self.env().now(), who.session.user_id);
        let kind = AttemptKind::AddressChange;
        let budgets = Budgets::own_act(self.master(), kind, user, CHANGES);
        let taken = self.change(move |tx| budgets.take(tx, &settings, now)).await?;
        taken
            .map(drop)
            .map_err(|TooMany { retry_at, standing }| AddressError::TooMany { retry_at, standing })
    }

    fn ask(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
        email: &EmailAddress,
        replaces: bool,
        ctx: &RequestContext,
    ) -> Result<(), Stop<AddressError>> {
        let profile = self.still_signed_in(tx, who)?;
        let (user, now) = (profile.user.id, self.env().now());
        let own = tx.users().addresses(user)?;
        let is_same = |other: &EmailAddress| other.canonical() == email.canonical();
        if own.iter().any(|own| own.verified_at.is_some() && is_same(&own.email)) {
            return Err(Stop::Refused(AddressError::Own));
        }
        let (old, kept): (Vec<_>, Vec<_>) = tx
            .one_time_links()
            .confirmations(user, now)?
            .into_iter()
            .partition(|it| it.email.as_ref().is_some_and(is_same) || replaces && it.replaces);
        if own.len() + kept.len() >= MOST {
            return Err(Stop::Refused(AddressError::Full));
        }
        if replaces {
            self.is_to_be_told(tx, &profile)?;
        }
        for link in old {
            tx.one_time_links().consume(link.id, now)?;
        }
        // The link is made in any case, so that as much is done whoever has the address.
        let is_anothers = tx.users().address_is_anothers(user, email, None)?;
        let purpose = LinkPurpose::ConfirmAddress(user);
        let token = self.address_link(tx, &profile, purpose, email, replaces)?;
        let keeper = if replaces { self.keeper(tx, &profile)? } else { None };
        let event = AuditEvent::new(Action::AddressAsked, Actor::User(user))
            .target("user", user)
            .session(who.session.id)
            .details(serde_json::json!({ "replaces": replaces }));
        record(tx, self.env(), ctx, &event)?;
        let occasion = self.occasion(ctx);
        let mut letters = vec![(email.clone(), asking(is_anothers, replaces, token, &occasion))];
        letters.extend(keeper.map(|(old, token)| {
            let (new, stage) = (email.clone(), ChangeStage::Asked);
            (old, Message::AddressChanged { new, stage, token, occasion })
        }));
        Ok(self.mail_to_each(tx, &profile, letters)?)
    }

    /// Makes a link about an address.
    fn address_link(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        purpose: LinkPurpose,
        email: &EmailAddress,
        replaces: bool,
    ) -> Result<Secret<String>, StorageError> {
        // Never older than the credentials, even where another node's clock runs ahead.
        let created_at = self.env().now().max(profile.user.credentials_changed_at);
        let lifetime = if matches!(purpose, LinkPurpose::KeepAddress(_)) { KEEP } else { CONFIRM };
        let secret = self.env().random_token("");
        let link = OneTimeLink {
            id: OneTimeLinkId::new(self.env()),
            purpose,
            mailed_to: None,
            email: Some(email.clone()),
            replaces,
            created_at,
            expires_at: created_at + lifetime,
            consumed_at: None,
        };
        tx.one_time_links().insert(&link, TokenHash::of(secret.expose()))?;
        Ok(secret)
    }

    /// The primary address with a link that brings it back. Only where it was confirmed: one that was
    /// not may be a stranger's.
    fn keeper(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
    ) -> Result<Option<(EmailAddress, Secret<String>)>, StorageError> {
        let primary = profile.primary_address.as_ref().filter(|it| it.verified_at.is_some());
        let Some(primary) = primary else { return Ok(None) };
        let purpose = LinkPurpose::KeepAddress(profile.user.id);
        let token = self.address_link(tx, profile, purpose, &primary.email, false)?;
        Ok(Some((primary.email.clone(), token)))
    }

    /// Refuses what the primary address could not be told of. Before the first write.
    fn is_to_be_told(&self, tx: &mut Tx<'_>, profile: &Profile) -> Result<(), Stop<AddressError>> {
        let full_until = self.untold_until(tx, profile)?;
        full_until.map_or(Ok(()), |until| Err(AddressError::untold(until)))
    }

    /// The account, locked, of who was found signed in a moment ago.
    fn still_signed_in(
        &self,
        tx: &mut Tx<'_>,
        who: &SignedIn,
    ) -> Result<Profile, Stop<AddressError>> {
        let found = self.lock_signed_in(tx, who)?;
        found.ok_or(Stop::Refused(AddressError::NotSignedIn))
    }
}

/// What a new address is told: nothing of the account that it may have.
fn asking(
    is_anothers: bool,
    replaces: bool,
    token: Secret<String>,
    occasion: &Occasion,
) -> Message {
    let (lifetime, occasion) = (CONFIRM, occasion.clone());
    match (is_anothers, replaces) {
        (true, _) => Message::RegistrationAttempt { occasion },
        (false, true) => Message::AddressChange { token, lifetime, occasion },
        (false, false) => Message::ConfirmAddress { token, code: None, lifetime, occasion },
    }
}

fn waiting(link: OneTimeLink) -> Option<PendingAddress> {
    let OneTimeLink { id, email, replaces, expires_at, .. } = link;
    email.map(|email| PendingAddress { id, email, replaces, expires_at })
}
