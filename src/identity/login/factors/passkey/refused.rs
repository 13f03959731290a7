//! Answers that are not taken, and what is noted of them.

use super::Attempt;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::passkey::Passkey;
use crate::domain::flow::Flow;
use crate::domain::rate_limit::Standing;
use crate::domain::user::Profile;
use crate::identity::login::{FlowError, figures};
use crate::identity::rate_limit::Taken;
use crate::kernel::ids::UserId;
use crate::mail::message::Message;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// An answer that is not taken.
pub(super) struct Wrong {
    pub(super) reason: &'static str,
    pub(super) user: Option<UserId>,
}

impl Wrong {
    pub(super) fn of(passkey: &Passkey, reason: &'static str) -> Self {
        Self { reason, user: Some(passkey.user_id) }
    }
}

impl Attempt {
    /// The counter went back, so somebody else may have the key as well: its person is told, once.
    pub(super) fn refuse_copy(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        taken: &Taken,
        profile: &Profile,
        passkey: &Passkey,
        counter: u32,
    ) -> Stop<FlowError> {
        let is_news = match self.note_copy(tx, flow, passkey, counter) {
            Ok(is_news) => is_news,
            Err(error) => return Stop::Failed(error),
        };
        let refused = self.refuse(tx, flow, taken, &Wrong::of(passkey, "counter"));
        if !is_news || matches!(refused, Stop::Failed(_)) {
            return refused;
        }
        let (name, occasion) = (passkey.name.clone(), self.step.occasion());
        match self.identity.notify(tx, profile, &Message::PasskeyCopied { name, occasion }) {
            Ok(()) => refused,
            Err(error) => Stop::Failed(error),
        }
    }

    /// Whether that is news.
    fn note_copy(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        passkey: &Passkey,
        counter: u32,
    ) -> Result<bool, StorageError> {
        let is_news = tx.passkeys().cloned(passkey.id, self.step.now())?;
        if is_news {
            let event = AuditEvent::new(Action::PasskeyCloned, Actor::Anonymous)
                .target("user", passkey.user_id)
                .details(serde_json::json!({
                    "passkey": passkey.id, "stored": passkey.counter, "asserted": counter,
                }));
            self.step.record(tx, flow, event)?;
        }
        Ok(is_news)
    }

    /// The one refusal for every reason; the reason goes to the trail.
    pub(super) fn refuse(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        taken: &Taken,
        wrong: &Wrong,
    ) -> Stop<FlowError> {
        match self.record_refusal(tx, flow, taken, wrong) {
            Ok(standing) => {
                figures::failed("passkey", wrong.reason);
                Stop::Refused(FlowError::WrongPasskey(standing))
            }
            Err(error) => Stop::Failed(error),
        }
    }

    fn record_refusal(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        taken: &Taken,
        wrong: &Wrong,
    ) -> Result<Standing, StorageError> {
        let mut event = AuditEvent::new(Action::SignInRefused, Actor::Anonymous)
            .refused("wrong_passkey")
            .details(serde_json::json!({ "reason": wrong.reason }));
        if let Some(user) = wrong.user {
            event = event.target("user", user);
        }
        self.step.record(tx, flow, event)?;
        let missed = taken.missed(tx, &self.step.settings, self.step.now())?;
        for event in missed.events {
            self.step.record(tx, flow, event)?;
        }
        Ok(missed.standing)
    }
}
