//! The lock of a second factor is told by mail: whoever sets it has come past the first step, and may know
//! the password.

use chrono::{DateTime, Utc};

use crate::domain::user::Profile;
use crate::identity::Identity;
use crate::identity::login::Step;
use crate::mail::message::{Factor, Message};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

impl Identity {
    /// Tells the person of the lock of `factor` that this step has set, behind all other counters.
    pub(super) fn tell_factor_locked(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        profile: &Profile,
        factor: Factor,
        until: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let message = Message::SecondFactorLocked { factor, until, occasion: step.occasion() };
        self.notify(tx, profile, &message)?;
        self.outbox().wake();
        Ok(())
    }
}
