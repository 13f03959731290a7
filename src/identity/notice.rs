//! Telling people by mail what was done to their account.

use chrono::{DateTime, TimeDelta, Utc};

use super::Identity;
use crate::domain::address::EmailAddress;
use crate::domain::mail::MailBudget;
use crate::domain::user::Profile;
use crate::i18n::Locale;
use crate::mail::Posted;
use crate::mail::message::{Message, Writing};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// How long a notice is worth sending.
pub(in crate::identity) const NOTICE: TimeDelta = TimeDelta::days(3);

/// For whom a message is, where nobody is to learn by the work whether there is such a person.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) enum Reader<'a> {
    /// A person. Without an address they get nothing, and nobody notices.
    Person(&'a Profile),
    /// Nobody has this name: all is done but the writing down.
    Nobody(&'a str),
}

impl Identity {
    /// Writes a notice to the account's primary address down, in the transaction of the act and behind
    /// the counters that it takes. Where there is no mail or no address, or the person was told of too
    /// many acts within the hour, the act goes on without. [`crate::mail::Outbox::wake`] is to follow.
    pub(in crate::identity) fn notify(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        message: &Message,
    ) -> Result<(), StorageError> {
        // Nobody is to notice whether there was room for it.
        self.mail(tx, profile, message, self.env().now() + NOTICE).map(drop)
    }

    /// The same with a time from which on it is not sent any more; tells whether it was written down.
    pub(in crate::identity) fn mail(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        message: &Message,
        expires_at: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let Some(address) = &profile.primary_address else { return Ok(false) };
        if !self.outbox().is_open() {
            return Ok(false);
        }
        let letter = message.letter(&self.writing(Some(profile)), &address.email);
        let posted = self.outbox().enqueue(tx, &letter, expires_at, Some(profile.user.id))?;
        Ok(matches!(posted, Posted::Enqueued(_)))
    }

    /// [`Identity::notify`] with the same statements whoever the reader is.
    pub(in crate::identity) fn notify_unseen(
        &self,
        tx: &mut Tx<'_>,
        reader: Reader<'_>,
        message: &Message,
    ) -> Result<(), StorageError> {
        self.mail_unseen(tx, reader, message, self.env().now() + NOTICE).map(drop)
    }

    /// [`Identity::mail`] with the same statements whoever the reader is.
    pub(in crate::identity) fn mail_unseen(
        &self,
        tx: &mut Tx<'_>,
        reader: Reader<'_>,
        message: &Message,
        expires_at: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        if !self.outbox().is_open() {
            return Ok(false);
        }
        let (profile, name) = match reader {
            Reader::Person(profile) => (Some(profile), profile.user.subject.as_str()),
            Reader::Nobody(name) => (None, name),
        };
        let address = profile.and_then(|profile| profile.primary_address.as_ref());
        let made_up = self.address_of_nobody(name);
        let Some(to) = address.map(|address| &address.email).or(made_up.as_ref()) else {
            return Err(StorageError::Other("a made-up address is none".to_owned()));
        };
        let letter = message.letter(&self.writing(profile), to);
        let (user, real) = (profile.map(|profile| profile.user.id), address.is_some());
        let posted = self.outbox().enqueue_unseen(tx, &letter, expires_at, user, real)?;
        Ok(real && matches!(posted, Posted::Enqueued(_)))
    }

    /// An address that nobody has, one for each name, so that strangers wait for the counters of
    /// nobody but themselves.
    pub(in crate::identity) fn address_of_nobody(&self, name: &str) -> Option<EmailAddress> {
        let hash = self.master().keyed_hash("nobody's address", name.as_bytes());
        let local = u128::from_be_bytes(hash.first_chunk().copied()?);
        EmailAddress::parse(&format!("{local:032x}@nobody.invalid")).ok()
    }

    fn writing<'a>(&'a self, profile: Option<&'a Profile>) -> Writing<'a> {
        let options = &self.0.options;
        let (user, address) = (
            profile.map(|profile| &profile.user),
            profile.and_then(|profile| profile.primary_address.as_ref()),
        );
        let is_verified = address.is_some_and(|address| address.verified_at.is_some());
        Writing {
            issuer: &options.issuer,
            brand: &options.brand,
            locale: user
                .and_then(|user| user.locale.as_deref())
                .and_then(Locale::from_tag)
                .unwrap_or_default(),
            person: user.and_then(|user| user.name.as_deref()).filter(|_| is_verified),
            help: options.help.as_deref(),
        }
    }

    /// Until when the confirmed primary address is told of no more acts; `None`: it is of one more. What its
    /// owner has to be able to take back waits until then. Before the first write, with the account locked.
    pub(in crate::identity) fn untold_until(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
    ) -> Result<Option<DateTime<Utc>>, StorageError> {
        let primary = profile.primary_address.as_ref().filter(|it| it.verified_at.is_some());
        let Some(primary) = primary else { return Ok(None) };
        self.outbox().full_until(tx, &primary.email, profile.user.id)
    }

    /// [`Identity::notify`] to addresses that are named, the primary one or others. Nobody is greeted by
    /// name at an address that was not confirmed. The statements are the same whether or not there is
    /// room, but for what tells of an act: whoever does something that is not to happen unseen has asked
    /// [`Identity::untold_until`], and fails where others were faster.
    pub(in crate::identity) fn mail_to_each(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        mut letters: Vec<(EmailAddress, Message)>,
    ) -> Result<(), StorageError> {
        // In one order for everybody, because each counts what its recipient gets.
        letters.sort_by(|(a, first), (b, second)| {
            (first.budget(), a.canonical()).cmp(&(second.budget(), b.canonical()))
        });
        let options = &self.0.options;
        let primary = profile.primary_address.as_ref().filter(|it| it.verified_at.is_some());
        for (to, message) in &letters {
            let is_theirs = primary.is_some_and(|it| it.email.canonical() == to.canonical());
            let locale = profile.user.locale.as_deref().and_then(Locale::from_tag);
            let writing = Writing {
                issuer: &options.issuer,
                brand: &options.brand,
                locale: locale.unwrap_or_default(),
                person: profile.user.name.as_deref().filter(|_| is_theirs),
                help: options.help.as_deref(),
            };
            let expires_at = self.env().now() + message.lifetime().unwrap_or(NOTICE);
            let letter = message.letter(&writing, to);
            let user = Some(profile.user.id);
            let posted = self.outbox().enqueue_unseen(tx, &letter, expires_at, user, true)?;
            if posted == Posted::Bounded && letter.budget == MailBudget::Acts {
                return Err(StorageError::Serialization);
            }
        }
        Ok(())
    }
}
