//! Telling people by mail what was done to their account.

use chrono::TimeDelta;

use super::Identity;
use crate::domain::user::Profile;
use crate::i18n::Locale;
use crate::mail::message::{Message, Writing};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// How long a notice is worth sending.
const NOTICE: TimeDelta = TimeDelta::days(3);

impl Identity {
    /// Writes a notice to the account's primary address down, in the transaction of the act and behind
    /// the counters that it takes. Where there is no mail or no address, or the person has got too
    /// many within the hour, the act goes on without. [`crate::mail::Outbox::wake`] is to follow.
    pub(in crate::identity) fn notify(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        message: &Message,
    ) -> Result<(), StorageError> {
        let Some(address) = &profile.primary_address else { return Ok(()) };
        if !self.outbox().is_open() {
            return Ok(());
        }
        let options = &self.0.options;
        let writing = Writing {
            issuer: &options.issuer,
            brand: &options.brand,
            locale: profile.user.locale.as_deref().and_then(Locale::from_tag).unwrap_or_default(),
            person: profile.user.name.as_deref().filter(|_| address.verified_at.is_some()),
            help: options.help.as_deref(),
        };
        let letter = message.letter(&writing, &address.email);
        let expires_at = self.env().now() + NOTICE;
        // Nobody is to notice whether there was room for it.
        let _ = self.outbox().enqueue(tx, &letter, expires_at, Some(profile.user.id))?;
        Ok(())
    }
}
