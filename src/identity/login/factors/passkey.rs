//! Signing in with a passkey, as the first factor or after another one: count, check, conclude.
//!
//! The challenge is used up and the attempt counted in a transaction of its own before the answer is
//! looked at. What it says of the counter is judged with the passkey's row locked.

mod doubt;
mod refused;

use std::sync::Arc;

use crate::crypto::seal::MasterKey;
use crate::crypto::webauthn::{self, Proven, Refused};
use crate::domain::audit::RequestContext;
use crate::domain::credential::passkey::{Bound, Ceremony, CeremonyPurpose, Passkey};
use crate::domain::factor::FactorKind;
use crate::domain::flow::Flow;
use crate::identity::Identity;
use crate::identity::login::proved::Asked;
use crate::identity::login::step::client_of;
use crate::identity::login::{Advanced, FlowAt, FlowError, Proved, Step};
use crate::identity::passkeys::{PasskeyQuestion, user_handle};
use crate::identity::rate_limit::{Budgets, Taken};
use crate::kernel::ids::CeremonyId;
use crate::storage::tx::{Stop, Tx};
use doubt::Doubt;
use refused::Wrong;

/// What a browser answered to a challenge of a flow.
#[derive(Clone, Debug)]
pub struct PasskeyAnswer {
    /// Which challenge.
    pub ceremony: CeremonyId,
    /// What the browser made of it: JSON of a `PublicKeyCredential` (WebAuthn §5.1).
    pub credential: String,
    /// As which factor.
    pub part: Part,
    /// Whether the account is to ask for no second factor in this browser for some time.
    pub trust_browser: bool,
}

/// As which factor a passkey is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// To sign in, whoever it is.
    First {
        /// Whether "keep me signed in" was ticked; `None`: as in [`Credentials`].
        ///
        /// [`Credentials`]: crate::identity::login::Credentials
        remember: Option<bool>,
    },
    /// After another factor, or to prove it anew.
    Second,
}

impl Part {
    fn purpose(self) -> CeremonyPurpose {
        match self {
            Self::First { .. } => CeremonyPurpose::SignIn,
            Self::Second => CeremonyPurpose::SecondFactor,
        }
    }
}

/// An answer, and where it came from.
#[derive(Clone)]
struct Attempt {
    identity: Identity,
    master: Arc<MasterKey>,
    step: Step,
    answer: PasskeyAnswer,
}

/// An attempt that is counted.
struct Begun {
    ceremony: Option<Ceremony>,
    passkey: Option<Passkey>,
    taken: Taken,
}

/// What is known of an answer when it was checked.
type Verdict = Result<(Passkey, Proven), Wrong>;

impl Identity {
    /// Asks the browser of a flow for a passkey: as the first factor for whichever the person picks, as
    /// the second for one of theirs.
    pub async fn ask_for_passkey(
        &self,
        at: FlowAt,
        part: Part,
    ) -> Result<PasskeyQuestion, FlowError> {
        let (identity, step) = (self.clone(), self.step(at, &RequestContext::default()));
        self.db().write(move |tx| identity.question(tx, &step, part)).await?
    }

    fn question(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        part: Part,
    ) -> Result<PasskeyQuestion, Stop<FlowError>> {
        let flow = step.load_flow(tx)?;
        let nobody = || Stop::Refused(FlowError::WrongPasskey(vec![]));
        let (user_id, allowed) = match part {
            Part::First { .. } => (None, vec![]),
            Part::Second => {
                let asked = step.asked_now(tx, &flow)?.filter(asks_for_passkey);
                let user = asked.ok_or_else(nobody)?.profile.user.id;
                let passkeys = tx.passkeys().list(user)?;
                (Some(user), passkeys.into_iter().map(|it| it.credential).collect())
            }
        };
        let asked = self.relying_party().and_then(|it| it.ask(&allowed)).map_err(|_| nobody())?;
        let ceremony = Ceremony {
            id: CeremonyId::new(&step.env),
            bound: bound(step, part),
            user_id,
            state: asked.state,
            created_at: step.now(),
        };
        tx.passkey_ceremonies().insert(&ceremony)?;
        Ok(PasskeyQuestion { ceremony: ceremony.id, options: asked.options })
    }

    pub(in crate::identity::login) async fn sign_in_with_passkey(
        &self,
        step: Step,
        answer: PasskeyAnswer,
    ) -> Result<Advanced, FlowError> {
        let master = Arc::clone(self.master());
        let attempt = Attempt { identity: self.clone(), master, step, answer };
        let counting = attempt.clone();
        let begun = self.db().write(move |tx| counting.reserve(tx)).await??;
        let verdict = attempt.check(&begun);
        let concluded =
            self.db().write(move |tx| attempt.conclude(tx, &begun.taken, verdict)).await?;
        // A copy is told of although the answer is refused.
        self.outbox().wake();
        concluded
    }
}

/// Where a challenge of a flow may be answered.
fn bound(step: &Step, part: Part) -> Bound {
    let (browser, flow) = (step.at.browser, Some(step.at.flow));
    Bound { purpose: part.purpose(), browser, flow, session: None }
}

fn asks_for_passkey(asked: &Asked) -> bool {
    asked.ways.contains(&FactorKind::Passkey)
}

impl Attempt {
    /// Uses the challenge up, finds the passkey, and counts the attempt.
    fn reserve(&self, tx: &mut Tx<'_>) -> Result<Begun, Stop<FlowError>> {
        self.step.load_flow(tx)?;
        let (now, settings) = (self.step.now(), &self.step.settings);
        let bound = bound(&self.step, self.answer.part);
        let ceremony = tx.passkey_ceremonies().consume(self.answer.ceremony, &bound, now)?;
        let passkey = match webauthn::claimed(&self.answer.credential) {
            Ok(claimed) => tx.passkeys().find(&claimed.id)?,
            Err(_) => None,
        };
        let ip = self.step.ctx.ip.as_deref();
        let taken = Budgets::address(&self.master, settings, ip).take(tx, settings, now)?;
        let taken = taken.map_err(|refused| Stop::Refused(FlowError::from(refused)))?;
        Ok(Begun { ceremony, passkey, taken })
    }

    /// Whether the answer is right, with no connection held.
    fn check(&self, begun: &Begun) -> Verdict {
        let claimed = webauthn::claimed(&self.answer.credential);
        let claimed = claimed.map_err(|Refused { reason }| Wrong { reason, user: None })?;
        let passkey =
            begun.passkey.as_ref().ok_or(Wrong { reason: "unknown_passkey", user: None })?;
        let ceremony =
            begun.ceremony.as_ref().ok_or_else(|| Wrong::of(passkey, "challenge_over"))?;
        // Whoever is not known before is whom the passkey says it is of (WebAuthn §7.2, step 6).
        let owner = user_handle(&self.master, passkey.user_id);
        let is_owner = match (&claimed.handle, self.answer.part) {
            (Some(handle), _) => handle[..] == owner[..],
            (None, Part::Second) => true,
            (None, Part::First { .. }) => false,
        };
        if !is_owner || ceremony.user_id.is_some_and(|user| user != passkey.user_id) {
            return Err(Wrong::of(passkey, "other_person"));
        }
        self.identity
            .relying_party()
            .and_then(|it| it.check(&ceremony.state, &passkey.credential, &self.answer.credential))
            .map(|proven| (passkey.clone(), proven))
            .map_err(|Refused { reason }| Wrong::of(passkey, reason))
    }

    /// Records the outcome.
    fn conclude(
        &self,
        tx: &mut Tx<'_>,
        taken: &Taken,
        verdict: Verdict,
    ) -> Result<Advanced, Stop<FlowError>> {
        let flow = self.step.lock_flow(tx)?;
        let (passkey, proven) = match verdict {
            Ok(right) => right,
            Err(wrong) => return Err(self.refuse(tx, &flow, taken, &wrong)),
        };
        let wrong = |reason| Wrong::of(&passkey, reason);
        if self.answer.part == Part::Second {
            match self.step.asked_now(tx, &flow)? {
                None => return self.leave(tx, flow, taken),
                Some(asked)
                    if asked.profile.user.id != passkey.user_id || !asks_for_passkey(&asked) =>
                {
                    return Err(self.refuse(tx, &flow, taken, &wrong("other_person")));
                }
                Some(_) => {}
            }
        }
        // From here to the commit nobody changes the account or its credentials.
        tx.users().hold(passkey.user_id)?;
        let profile = tx.users().find(passkey.user_id)?;
        let present = tx.passkeys().find_for_update(passkey.id)?;
        let (Some(profile), Some(present)) = (profile, present) else {
            return Err(self.refuse(tx, &flow, taken, &wrong("unknown_passkey")));
        };
        if !profile.user.is_active() {
            return Err(self.refuse(tx, &flow, taken, &wrong("account_closed")));
        }
        let doubt = self.doubt(tx, &flow, &profile.user, &present)?;
        if doubt == Doubt::Alone {
            return Err(self.refuse(tx, &flow, taken, &wrong("disowned")));
        }
        let now = self.step.now();
        if !present.is_followed_by(proven.counter) {
            return Err(self.refuse_copy(tx, &flow, taken, &profile, &present, proven.counter));
        }
        tx.passkeys().used(present.id, proven.counter, proven.backed_up, now)?;
        let remember = match self.answer.part {
            Part::First { remember } => remember,
            Part::Second => None,
        };
        let known = self.step.known_device(tx, Some(&profile.user))?;
        let trust_browser = self.answer.trust_browser && self.answer.part == Part::Second;
        let factor = FactorKind::Passkey;
        let shown = Proved { factor, told: None, remember, known, trust_browser };
        let mut advanced = self.step.proved(tx, flow, profile, &shown)?;
        if doubt == Doubt::Over {
            self.trust_again(tx, &advanced.flow, &present)?;
        }
        advanced.standing = taken.standing(now);
        // Last, because everybody at the same address waits for these rows.
        taken.succeeded(tx)?;
        self.identity.announce(tx, &self.step.ctx, &advanced)?;
        Ok(advanced)
    }

    /// The flow asks for no second factor any more.
    fn leave(
        &self,
        tx: &mut Tx<'_>,
        flow: Flow,
        taken: &Taken,
    ) -> Result<Advanced, Stop<FlowError>> {
        let (client, signed_in) = (client_of(tx, &flow)?, self.step.signed_in(tx)?);
        let advanced = self.step.settle(tx, flow, client.as_ref(), signed_in.as_ref())?;
        taken.withdrawn(tx)?;
        Ok(advanced)
    }
}
