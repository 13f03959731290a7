//! Somebody who has proved all that they have, and needs a second factor, sets one up before they are
//! let in. There is no session before the new factor was proved.

use super::{Advanced, FlowAt, FlowError, LetIn, Proved, Step};
use crate::domain::audit::RequestContext;
use crate::domain::credential::passkey::{Bound, CeremonyPurpose};
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::domain::credential::totp::{AuthenticatorName, TotpCode};
use crate::domain::factor::{Enrolled, FactorKind};
use crate::domain::flow::Flow;
use crate::domain::user::Profile;
use crate::identity::Identity;
use crate::identity::authenticators::{Begun, NotConfirmed};
use crate::identity::passkeys::{Answered, NewPasskey, PasskeyQuestion, Wanted, added};
use crate::identity::ways_in;
use crate::kernel::ids::AuthenticatorId;
use crate::mail::message::{Factor, Message};
use crate::storage::tx::{Stop, Tx};

/// A step of the set-up.
#[derive(Debug)]
pub enum SetUp<T> {
    /// It was taken.
    Done(T),
    /// The flow waits for something else.
    Elsewhere(Box<Advanced>),
}

impl Identity {
    /// Begins an authenticator app in a flow that waits for a second factor to be set up.
    pub async fn begin_set_up(
        &self,
        at: FlowAt,
        name: AuthenticatorName,
        ctx: &RequestContext,
    ) -> Result<SetUp<Begun>, FlowError> {
        let (identity, step) = (self.clone(), self.step(at, ctx));
        self.db()
            .write(move |tx| {
                let flow = step.lock_flow(tx)?;
                let Some(profile) = lacking_locked(&step, tx, &flow)? else {
                    return Ok(SetUp::Elsewhere(Box::new(step.settle_here(tx, flow)?)));
                };
                Ok(SetUp::Done(identity.begin_app(tx, &profile, name)?))
            })
            .await?
    }

    /// Confirms it with a code, which proves it as well: whoever needed nothing more is signed in. The
    /// account gets recovery codes, which are shown this once.
    pub async fn confirm_set_up(
        &self,
        at: FlowAt,
        id: AuthenticatorId,
        code: TotpCode,
        ctx: &RequestContext,
    ) -> Result<SetUp<(Advanced, Vec<RecoveryCode>)>, FlowError> {
        let (identity, step) = (self.clone(), self.step(at, ctx));
        let outcome = self.db().write(move |tx| confirm(&identity, &step, tx, id, &code)).await??;
        self.outbox().wake();
        Ok(outcome)
    }
}

impl Identity {
    /// Asks the browser of a flow that waits for a second factor to be set up for a new passkey.
    pub async fn ask_for_set_up_passkey(&self, at: FlowAt) -> Result<PasskeyQuestion, FlowError> {
        let (identity, step) = (self.clone(), self.step(at, &RequestContext::default()));
        let asking = move |tx: &mut Tx<'_>| -> Result<_, Stop<FlowError>> {
            let flow = step.load_flow(tx)?;
            let nobody = || Stop::Refused(FlowError::WrongPasskey(vec![]));
            let profile = lacking(&step, tx, &flow)?.ok_or_else(nobody)?;
            let asked = identity.ask_for_new(tx, &Wanted::of(&profile, bound(&step)), vec![]);
            asked.map_err(|stop| stop.map(|_| FlowError::WrongPasskey(vec![])))
        };
        self.db().write(asking).await?
    }

    /// Sets the passkey up that a browser has just made, which proves it as well: whoever needed nothing
    /// more is signed in. The account gets recovery codes, which are shown this once.
    pub async fn set_passkey_up(
        &self,
        at: FlowAt,
        new: NewPasskey,
        ctx: &RequestContext,
    ) -> Result<SetUp<LetIn>, FlowError> {
        let (identity, step) = (self.clone(), self.step(at, ctx));
        let act = async move {
            let answered = identity.answered(bound(&step), new).await?;
            let adding = identity.clone();
            let outcome = identity.db().write(move |tx| add_passkey(&adding, &step, tx, answered));
            let outcome = outcome.await??;
            identity.outbox().wake();
            Ok(outcome)
        };
        Self::to_the_end(act).await
    }
}

/// Where the passkey of a set-up is made: in a flow, while there is no session.
fn bound(step: &Step) -> Bound {
    let (browser, flow) = (step.at.browser, Some(step.at.flow));
    Bound { purpose: CeremonyPurpose::Add, browser, flow, session: None }
}

fn add_passkey(
    identity: &Identity,
    step: &Step,
    tx: &mut Tx<'_>,
    answered: Answered,
) -> Result<SetUp<LetIn>, Stop<FlowError>> {
    let flow = step.lock_flow(tx)?;
    let Some(profile) = lacking_locked(step, tx, &flow)? else {
        return Ok(SetUp::Elsewhere(Box::new(step.settle_here(tx, flow)?)));
    };
    let user = profile.user.id;
    let refused = || Stop::Refused(FlowError::WrongPasskey(vec![]));
    if answered.user != Some(user) {
        return Err(refused());
    }
    let shown = step.shown(tx, &flow, &profile.user)?;
    let passkey = answered.passkey(identity, &profile.user, &shown, &[]);
    if !tx.passkeys().insert(&passkey)? {
        return Err(refused());
    }
    ways_in::changed(tx, user, Enrolled { passkey: true, ..Enrolled::default() })?;
    step.record(tx, &flow, added(user, passkey.id))?;
    let codes = identity.make_codes(tx, &step.ctx, &profile)?;
    let advanced = identity.prove_new(tx, step, flow, &profile, None)?;
    let message = Message::FactorAdded { factor: Factor::Passkey, occasion: step.occasion() };
    identity.notify(tx, &profile, &message)?;
    Ok(SetUp::Done((advanced, codes)))
}

/// [`lacking`] with the account locked: as it is now that nobody changes it.
fn lacking_locked(
    step: &Step,
    tx: &mut Tx<'_>,
    flow: &Flow,
) -> Result<Option<Profile>, Stop<FlowError>> {
    let Some(profile) = lacking(step, tx, flow)? else { return Ok(None) };
    tx.users().lock(profile.user.id)?;
    lacking(step, tx, flow)
}

/// Who is to set a second factor up in the locked flow.
fn lacking(step: &Step, tx: &mut Tx<'_>, flow: &Flow) -> Result<Option<Profile>, Stop<FlowError>> {
    let asked = step.asked_now(tx, flow)?;
    Ok(asked.filter(|asked| asked.ways.is_empty()).map(|asked| asked.profile))
}

fn confirm(
    identity: &Identity,
    step: &Step,
    tx: &mut Tx<'_>,
    id: AuthenticatorId,
    code: &TotpCode,
) -> Result<SetUp<(Advanced, Vec<RecoveryCode>)>, Stop<FlowError>> {
    let flow = step.lock_flow(tx)?;
    let Some(profile) = lacking_locked(step, tx, &flow)? else {
        return Ok(SetUp::Elsewhere(Box::new(step.settle_here(tx, flow)?)));
    };
    match identity.confirm_app(tx, &step.ctx, &profile, id, code)? {
        Ok(()) => {}
        Err(NotConfirmed::WrongCode) => return Err(Stop::Refused(FlowError::WrongCode(vec![]))),
        Err(NotConfirmed::NotUnderWay | NotConfirmed::TooMany) => {
            // Its time is over, or another tab began one: the page offers to begin again.
            return Ok(SetUp::Elsewhere(Box::new(step.settle_here(tx, flow)?)));
        }
    }
    let codes = identity.make_codes(tx, &step.ctx, &profile)?;
    let proved = Proved {
        factor: FactorKind::Totp,
        told: None,
        remember: None,
        known: step.known_device(tx, Some(&profile.user))?,
        trust_browser: false,
    };
    let advanced = step.proved(tx, flow, profile.clone(), &proved)?;
    identity.announce(tx, &step.ctx, &advanced)?;
    identity.tell_of_app(tx, &step.ctx, &profile)?;
    Ok(SetUp::Done((advanced, codes)))
}
