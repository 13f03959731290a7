//! Passkeys that were added when somebody else may have been signed in, as the owner has said since: none
//! of them is enough by itself.

use super::{Attempt, Part};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::passkey::Passkey;
use crate::domain::factor::Proofs;
use crate::domain::flow::Flow;
use crate::domain::user::User;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// What is to be thought of a passkey that was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It was never in doubt.
    Never,
    /// It is, and nothing was proved beside it: it lets nobody in.
    Alone,
    /// It is, and stays so: what was proved beside it somebody else may know as well.
    Stays,
    /// It was: what was proved beside it shows the owner.
    Over,
}

impl Attempt {
    /// Judges a passkey of the account that is held. Whatever counts beside it was proved after the
    /// sign-in was disowned: sessions have ended with that, and flows have forgotten what they knew.
    pub(super) fn doubt(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        user: &User,
        passkey: &Passkey,
    ) -> Result<Doubt, StorageError> {
        if passkey.disowned_at.is_none() {
            return Ok(Doubt::Never);
        }
        let beside = match self.answer.part {
            Part::First { .. } => Proofs::default(),
            Part::Second => self.step.shown(tx, flow, user)?,
        };
        Ok(if beside.is_empty() {
            Doubt::Alone
        } else if beside.show_owner_of(user) {
            Doubt::Over
        } else {
            Doubt::Stays
        })
    }

    /// The passkey is the owner's, and is enough by itself from now on.
    pub(super) fn trust_again(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        passkey: &Passkey,
    ) -> Result<(), StorageError> {
        tx.passkeys().own_again(passkey.id)?;
        let event = AuditEvent::new(Action::PasskeyTrusted, Actor::User(passkey.user_id))
            .target("user", passkey.user_id)
            .details(serde_json::json!({ "passkey": passkey.id }));
        self.step.record(tx, flow, event)
    }
}
