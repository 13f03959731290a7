//! Somebody who has proved all that they have, and needs a second factor, sets one up before they are
//! let in. There is no session before the new factor was proved.

use super::{Advanced, FlowAt, FlowError, Proved, Step};
use crate::domain::audit::RequestContext;
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::domain::credential::totp::{AuthenticatorName, TotpCode};
use crate::domain::factor::FactorKind;
use crate::domain::flow::Flow;
use crate::domain::user::Profile;
use crate::identity::Identity;
use crate::identity::authenticators::{Begun, NotConfirmed};
use crate::kernel::ids::AuthenticatorId;
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
                let Some(profile) = lacking(&step, tx, &flow)? else {
                    return Ok(SetUp::Elsewhere(Box::new(step.settle_here(tx, flow)?)));
                };
                tx.users().lock(profile.user.id)?;
                // As it is now that nobody changes it.
                let Some(profile) = lacking(&step, tx, &flow)? else {
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
    let Some(profile) = lacking(step, tx, &flow)? else {
        return Ok(SetUp::Elsewhere(Box::new(step.settle_here(tx, flow)?)));
    };
    tx.users().lock(profile.user.id)?;
    // As it is now that nobody changes it.
    let Some(profile) = lacking(step, tx, &flow)? else {
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
    let proved =
        Proved { factor: FactorKind::Totp, remember: None, known: None, trust_browser: false };
    let advanced = step.proved(tx, flow, profile.clone(), &proved)?;
    identity.announce(tx, &step.ctx, &advanced)?;
    identity.tell_of_app(tx, &step.ctx, &profile)?;
    Ok(SetUp::Done((advanced, codes)))
}
