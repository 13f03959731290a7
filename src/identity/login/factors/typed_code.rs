//! A mailed code that somebody typed: counted, then looked at, then concluded.

use uuid::Uuid;

use super::hash_of;
use super::mailed_code::gets_codes;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::mailed_code::{Code, CodePurpose, MailedCode};
use crate::domain::factor::FactorKind;
use crate::domain::flow::Flow;
use crate::domain::user::Profile;
use crate::i18n::Locale;
use crate::identity::Identity;
use crate::identity::login::{Advanced, FlowError, Next, Proved, Step, figures};
use crate::identity::rate_limit::{Budgets, Taken};
use crate::kernel::ids::{DeviceId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::mail::message::Factor;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// A code that somebody typed.
#[derive(Clone, Debug)]
pub struct TypedCode {
    /// On which page.
    pub purpose: CodePurpose,
    /// The code.
    pub code: Code,
    /// Whether "keep me signed in" was ticked, where it could be.
    pub remember: Option<bool>,
    /// Whether the account is to ask for no second factor in this browser for some time.
    pub trust_browser: bool,
    /// Another username for the account to be made, because the one that was wanted is taken.
    pub username: Option<String>,
    /// The language of the page.
    pub locale: Locale,
}

/// A code that is judged.
#[derive(Clone)]
pub(in crate::identity::login) struct Judged {
    pub(in crate::identity::login) row: MailedCode,
    /// The hash of what was typed, or of what the link has replaced by itself.
    pub(in crate::identity::login) presented: TokenHash,
    pub(in crate::identity::login) device: Option<DeviceId>,
}

/// What is known before a code is looked at.
enum Reserved {
    /// The flow is past it: the second click of a double one.
    Past(Box<Advanced>),
    /// It may be looked at, where there is one.
    Counted { judged: Option<Box<Judged>>, taken: Taken },
}

impl Identity {
    pub(in crate::identity::login) async fn enter_code(
        &self,
        step: Step,
        typed: TypedCode,
    ) -> Result<Advanced, FlowError> {
        if !step.offers.mail {
            return Err(FlowError::NoMail);
        }
        let (identity, counting, asked) = (self.clone(), step.clone(), typed.clone());
        let reserving = move |tx: &mut Tx<'_>| identity.reserve_code(tx, &counting, &asked);
        let (judged, taken) = match self.db().write(reserving).await?? {
            Reserved::Past(advanced) => return Ok(*advanced),
            Reserved::Counted { judged, taken } => (judged, taken),
        };
        let right = judged.filter(|it| !taken.is_feigned() && it.row.code == it.presented);
        let identity = self.clone();
        let concluding = move |tx: &mut Tx<'_>| {
            if let Some(right) = &right {
                return identity.conclude_code(tx, &step, &typed, right, &taken);
            }
            let flow = step.lock_flow(tx)?;
            Err(identity.refuse_code(tx, &step, &flow, &taken, typed.purpose, "wrong_code"))
        };
        let advanced = self.db().write(concluding).await??;
        self.outbox().wake();
        Ok(advanced)
    }

    /// Counts that a code was typed: in its row, and against the budgets of the account.
    fn reserve_code(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        typed: &TypedCode,
    ) -> Result<Reserved, Stop<FlowError>> {
        let (flow, now) = (step.load_flow(tx)?, step.now());
        let found = tx.mailed_codes().latest(flow.id, typed.purpose)?;
        let live = found.filter(|code| code.is_live(now));
        if live.is_none()
            && let Some(advanced) = past(tx, step, flow, typed.purpose)?
        {
            return Ok(Reserved::Past(Box::new(advanced)));
        }
        let Some(row) = live else {
            let budgets = Budgets::address(self.master(), &step.settings, step.ctx.ip.as_deref());
            let taken = budgets.take(tx, &step.settings, now)?;
            let taken = taken.map_err(|refused| Stop::Refused(refused.into()))?;
            return Ok(Reserved::Counted { judged: None, taken });
        };
        // As many statements where there is no account.
        let person = tx.users().find(row.user.unwrap_or(UserId(Uuid::nil())))?;
        let device = step.known_device(tx, person.as_ref().map(|it| &it.user))?;
        // The row before the counters, for which others wait.
        let counted = tx.mailed_codes().count(row.id, now)?;
        if !counted {
            // The first click may have been looked at while this one waited for the row.
            let flow = step.load_flow(tx)?;
            if let Some(advanced) = past(tx, step, flow, typed.purpose)? {
                return Ok(Reserved::Past(Box::new(advanced)));
            }
        }
        let budgets = Budgets::typing(&self.mailed(step, &row.email, row.user, device));
        let taken = match budgets.take(tx, &step.settings, now)? {
            Ok(taken) => taken,
            Err(refused) => {
                // A dead one gets no try back by a refusal.
                if counted {
                    tx.mailed_codes().uncount(row.id)?;
                }
                return Err(Stop::Refused(refused.into()));
            }
        };
        let presented = hash_of(self.master(), row.id, &typed.code);
        let judged = counted.then(|| Box::new(Judged { row, presented, device }));
        Ok(Reserved::Counted { judged, taken })
    }

    /// The code is right. Who it is for may have changed since it was sent, and another one may just
    /// have used it.
    fn conclude_code(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        typed: &TypedCode,
        right: &Judged,
        taken: &Taken,
    ) -> Result<Advanced, Stop<FlowError>> {
        let flow = step.lock_flow(tx)?;
        if typed.purpose == CodePurpose::Register {
            let username = typed.username.as_deref();
            let made =
                self.make_account(tx, step, flow, right, username, FactorKind::MailedCode)?;
            return self.registered(tx, step, right, Some(taken), made, typed.locale);
        }
        let Some(profile) = step.addressed(tx, &flow, &right.row)? else {
            let reason = "account_changed";
            return Err(self.refuse_code(tx, step, &flow, taken, typed.purpose, reason));
        };
        if !tx.mailed_codes().consume(right.row.id, right.presented, step.now())? {
            let reason = "code_used";
            return Err(self.refuse_code(tx, step, &flow, taken, typed.purpose, reason));
        }
        let proved = Proved {
            factor: FactorKind::MailedCode,
            told: None,
            remember: typed.remember,
            known: right.device,
            trust_browser: typed.trust_browser,
        };
        let mut advanced = step.proved(tx, flow, profile, &proved)?;
        advanced.standing = taken.standing(step.now());
        // Last, because everybody at the same address waits for these rows.
        taken.succeeded(tx)?;
        self.announce(tx, &step.ctx, &advanced)?;
        Ok(advanced)
    }
}

impl Step {
    /// Whom a code is for, if they still get one: the account is held, open, has the address as it was
    /// confirmed, and has not changed its credentials since. `None`: the code is worth nothing.
    pub(in crate::identity::login) fn addressed(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        row: &MailedCode,
    ) -> Result<Option<Profile>, Stop<FlowError>> {
        let Some(user) = row.user else { return Ok(None) };
        tx.users().hold(user)?;
        let profile = tx.users().find(user)?.filter(|profile| {
            gets_codes(profile, &row.email) && row.created_at >= profile.user.credentials_changed_at
        });
        if row.purpose == CodePurpose::SecondFactor {
            let asked = self.asked_now(tx, flow)?.filter(|asked| {
                asked.profile.user.id == user && asked.ways.contains(&FactorKind::MailedCode)
            });
            return Ok(profile.filter(|_| asked.is_some()));
        }
        Ok(profile)
    }
}

/// Where the flow leads that has gone on past such a code: the second click of a double one.
pub(super) fn past(
    tx: &mut Tx<'_>,
    step: &Step,
    flow: Flow,
    purpose: CodePurpose,
) -> Result<Option<Advanced>, Stop<FlowError>> {
    if purpose == CodePurpose::Register {
        let waiting = tx.registrations().waiting(flow.id, step.now())?;
        if waiting.is_some_and(|waiting| waiting.confirmed.is_some()) {
            return Ok(Some(Advanced::quietly(Next::MakePasskey, flow)));
        }
    }
    let is_past = match purpose {
        CodePurpose::SecondFactor => step.asked_now(tx, &flow)?.is_none(),
        CodePurpose::SignIn | CodePurpose::Register => {
            flow.pending.is_some() || flow.authenticated_at.is_some()
        }
    };
    is_past.then(|| step.settle_here(tx, flow)).transpose()
}

impl Identity {
    /// The one refusal for every reason; the reason goes to the trail.
    pub(in crate::identity::login) fn refuse_code(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: &Flow,
        taken: &Taken,
        purpose: CodePurpose,
        reason: &'static str,
    ) -> Stop<FlowError> {
        match self.record_code_refusal(tx, step, flow, taken, purpose, reason) {
            Ok(error) => {
                figures::failed("mailed_code", reason);
                Stop::Refused(error)
            }
            Err(error) => Stop::Failed(error),
        }
    }

    fn record_code_refusal(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: &Flow,
        taken: &Taken,
        purpose: CodePurpose,
        reason: &str,
    ) -> Result<FlowError, StorageError> {
        let reason = if taken.is_feigned() { "too_many_codes" } else { reason };
        let mut event = AuditEvent::new(Action::SignInRefused, Actor::Anonymous)
            .refused("wrong_code")
            .details(serde_json::json!({ "reason": reason }));
        if let Some(user) = taken.user() {
            event = event.target("user", user);
        }
        step.record(tx, flow, event)?;
        let missed = taken.missed(tx, &step.settings, step.now())?;
        for event in missed.events {
            step.record(tx, flow, event)?;
        }
        // As a first factor anybody can type it, and whether there is an account is not to be told by the
        // work.
        if let (CodePurpose::SecondFactor, Some(until)) = (purpose, missed.factor_locked)
            && let Some(user) = taken.user()
            && let Some(profile) = tx.users().find(user)?
        {
            self.tell_factor_locked(tx, step, &profile, Factor::MailedCode, until)?;
        }
        Ok(FlowError::WrongCode(missed.standing))
    }
}
