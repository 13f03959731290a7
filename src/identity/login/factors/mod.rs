//! The ways to prove who one is, a file each. A password has its own beside this folder, because its
//! hash takes so long.
//!
//! Here is what second factors with codes have in common: the attempt is counted in a transaction of
//! its own before the code is looked at, so that guesses made at the same time cannot outrun the count;
//! then the code is spent and the factor proved in one.

use super::{Advanced, FlowError, Proved, Step, figures};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::domain::credential::totp::TotpCode;
use crate::domain::factor::FactorKind;
use crate::domain::flow::Flow;
use crate::domain::user::Profile;
use crate::identity::Identity;
use crate::identity::rate_limit::{CountedFactor, Proving, Taken, prove};
use crate::kernel::ids::UserId;
use crate::mail::message::Factor;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

mod locked;
pub mod mailed_code;
pub mod mailed_link;
pub mod passkey;
mod posting;
mod recovery_code;
mod totp;
pub mod typed_code;

pub(super) use posting::{Draft, Post, hash_of};

/// What was typed.
#[derive(Clone, Debug)]
pub(super) enum Presented {
    Totp(TotpCode),
    RecoveryCode(RecoveryCode),
}

impl Presented {
    fn factor(&self) -> FactorKind {
        match self {
            Self::Totp(_) => FactorKind::Totp,
            Self::RecoveryCode(_) => FactorKind::RecoveryCode,
        }
    }

    fn counted(&self) -> CountedFactor {
        match self {
            Self::Totp(_) => CountedFactor::Totp,
            Self::RecoveryCode(_) => CountedFactor::RecoveryCode,
        }
    }

    /// What mail calls it.
    fn told_as(&self) -> Factor {
        match self {
            Self::Totp(_) => Factor::AuthenticatorApp,
            Self::RecoveryCode(_) => Factor::RecoveryCodes,
        }
    }
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It was right, and is of no use any more.
    Right,
    /// It was right once.
    Spent,
    /// It is wrong.
    Wrong,
}

/// A code and who presents it.
#[derive(Clone)]
struct Attempt {
    identity: Identity,
    step: Step,
    presented: Presented,
    trust_browser: bool,
}

/// What counting comes to.
enum Reserved {
    /// The code is looked at.
    Counted(UserId, Taken),
    /// The flow waits for something else.
    Elsewhere(Box<Advanced>),
}

impl Identity {
    /// Proves a second factor with a code.
    pub(super) async fn prove_code(
        &self,
        step: Step,
        presented: Presented,
        trust_browser: bool,
    ) -> Result<Advanced, FlowError> {
        let method = presented.factor().as_str();
        let attempt = Attempt { identity: self.clone(), step, presented, trust_browser };
        let act = async move {
            let (db, counting) = (attempt.identity.db().clone(), attempt.clone());
            match db.write(move |tx| counting.reserve(tx)).await?? {
                Reserved::Elsewhere(advanced) => Ok(*advanced),
                Reserved::Counted(user, taken) => {
                    let outbox = attempt.identity.outbox().clone();
                    let advanced = db.write(move |tx| attempt.conclude(tx, user, &taken)).await??;
                    outbox.wake();
                    Ok(advanced)
                }
            }
        };
        figures::counted(method, Self::to_the_end(act).await)
    }
}

impl Attempt {
    /// Finds whom the attempt is about, and counts it.
    fn reserve(&self, tx: &mut Tx<'_>) -> Result<Reserved, Stop<FlowError>> {
        let flow = self.step.load_flow(tx)?;
        let Some(user) = self.asked(tx, &flow)? else {
            return Ok(Reserved::Elsewhere(Box::new(self.step.settle_here(tx, flow)?)));
        };
        let who = Proving {
            master: self.identity.master(),
            settings: &self.step.settings,
            user,
            factor: self.presented.counted(),
            ip: self.step.ctx.ip.as_deref(),
            now: self.step.now(),
        };
        let taken = prove(tx, &who)?.map_err(|refused| Stop::Refused(refused.into()))?;
        Ok(Reserved::Counted(user, taken))
    }

    /// Who is asked for this very factor.
    fn asked(&self, tx: &mut Tx<'_>, flow: &Flow) -> Result<Option<UserId>, Stop<FlowError>> {
        let asked = self.step.asked_now(tx, flow)?;
        let fitting = asked.filter(|asked| asked.ways.contains(&self.presented.factor()));
        Ok(fitting.map(|asked| asked.profile.user.id))
    }

    /// Looks at the code, and records the outcome.
    fn conclude(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        taken: &Taken,
    ) -> Result<Advanced, Stop<FlowError>> {
        let flow = self.step.lock_flow(tx)?;
        // From here to the commit nobody changes the account or its credentials.
        tx.users().hold(user)?;
        let asked = self.step.asked_now(tx, &flow)?;
        let factor = self.presented.factor();
        let Some(asked) =
            asked.filter(|it| it.profile.user.id == user && it.ways.contains(&factor))
        else {
            // Another tab has gone on meanwhile, and this code was not looked at.
            let advanced = self.step.settle_here(tx, flow)?;
            taken.withdrawn(tx)?;
            return Ok(advanced);
        };
        let now = self.step.now();
        let verdict = match &self.presented {
            Presented::Totp(code) => totp::spend(tx, &self.identity, user, code)?,
            Presented::RecoveryCode(code) => recovery_code::spend(tx, &self.identity, user, code)?,
        };
        if verdict != Verdict::Right {
            return Err(self.refuse(tx, &flow, &asked.profile, taken, verdict));
        }
        let trust_browser = self.trust_browser;
        let known = self.step.known_device(tx, Some(&asked.profile.user))?;
        let proved = Proved { factor, told: None, remember: None, known, trust_browser };
        let profile = asked.profile.clone();
        let mut advanced = self.step.proved(tx, flow, asked.profile, &proved)?;
        advanced.standing = taken.standing(now);
        // Last, because everybody at the same address waits for these rows.
        taken.succeeded(tx)?;
        self.identity.announce(tx, &self.step.ctx, &advanced)?;
        if let Presented::RecoveryCode(_) = self.presented {
            recovery_code::tell(tx, &self.identity, &self.step.ctx, &profile)?;
        }
        Ok(advanced)
    }

    /// The one refusal for every reason; the reason goes to the trail.
    fn refuse(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        profile: &Profile,
        taken: &Taken,
        verdict: Verdict,
    ) -> Stop<FlowError> {
        let reason = if verdict == Verdict::Spent { "spent_code" } else { "wrong_code" };
        match self.record_refusal(tx, flow, profile, taken, reason) {
            Ok(refused) => {
                figures::failed(self.presented.factor().as_str(), reason);
                Stop::Refused(refused)
            }
            Err(error) => Stop::Failed(error),
        }
    }

    fn record_refusal(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        profile: &Profile,
        taken: &Taken,
        reason: &str,
    ) -> Result<FlowError, StorageError> {
        let factor = self.presented.factor().as_str();
        let event = AuditEvent::new(Action::SignInRefused, Actor::Anonymous)
            .target("user", profile.user.id)
            .refused("wrong_code")
            .details(serde_json::json!({ "factor": factor, "reason": reason }));
        self.step.record(tx, flow, event)?;
        let missed = taken.missed(tx, &self.step.settings, self.step.now())?;
        for event in missed.events {
            self.step.record(tx, flow, event)?;
        }
        if let Some(until) = missed.factor_locked {
            let told_as = self.presented.told_as();
            self.identity.tell_factor_locked(tx, &self.step, profile, told_as, until)?;
        }
        Ok(FlowError::WrongCode(missed.standing))
    }
}
