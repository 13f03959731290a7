//! The passkey of a new account. Its address is confirmed, and there is no account before its passkey:
//! nobody is left with one that has no way in but mail.

use super::confirmation::registered;
use super::registration::new_user;
use super::{Advanced, FlowAt, FlowError, Proved, SetUp, Step};
use crate::domain::address::EmailAddress;
use crate::domain::audit::RequestContext;
use crate::domain::credential::mailed_code::WaitingAccount;
use crate::domain::credential::passkey::{Bound, CeremonyPurpose};
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::domain::factor::{FactorKind, Pending, Proof, Proofs};
use crate::domain::flow::Flow;
use crate::domain::user::Profile;
use crate::i18n::Locale;
use crate::identity::Identity;
use crate::identity::passkeys::{Answered, NewPasskey, PasskeyQuestion, Wanted, added};
use crate::identity::register::{self, RegisterProblem};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// Who is signed in with a new factor, and the recovery codes that are shown this once.
pub type LetIn = (Advanced, Vec<RecoveryCode>);

/// An account that waits for its passkey.
struct Confirmed {
    waiting: WaitingAccount,
    proof: Proof,
}

impl Confirmed {
    fn find(tx: &mut Tx<'_>, step: &Step) -> Result<Option<Self>, StorageError> {
        let waiting = tx.registrations().waiting(step.at.flow, step.now())?;
        Ok(waiting.and_then(|waiting| {
            let proof = waiting.confirmed.filter(|_| waiting.passkey)?;
            Some(Self { waiting, proof })
        }))
    }

    /// The account is to have the id of what waits: the authenticator has it as the person's before
    /// there is an account.
    fn user(&self) -> UserId {
        UserId(self.waiting.id.0)
    }
}

fn bound(step: &Step) -> Bound {
    let (browser, flow) = (step.at.browser, Some(step.at.flow));
    Bound { purpose: CeremonyPurpose::Register, browser, flow, session: None }
}

impl Identity {
    /// The confirmed address of the account that waits for its passkey in a flow.
    pub async fn waits_for_passkey(&self, at: FlowAt) -> Result<Option<EmailAddress>, FlowError> {
        let step = self.step(at, &RequestContext::default());
        let reading = move |tx: &mut Tx<'_>| -> Result<_, Stop<FlowError>> {
            step.load_flow(tx)?;
            Ok(Confirmed::find(tx, &step)?.map(|it| it.waiting.email))
        };
        self.db().read(reading).await?
    }

    /// Asks the browser of a flow for the passkey of the account that waits in it.
    pub async fn ask_for_first_passkey(&self, at: FlowAt) -> Result<PasskeyQuestion, FlowError> {
        let (identity, step) = (self.clone(), self.step(at, &RequestContext::default()));
        let asking = move |tx: &mut Tx<'_>| -> Result<_, Stop<FlowError>> {
            step.load_flow(tx)?;
            let nothing = || Stop::Refused(FlowError::WrongPasskey(vec![]));
            let confirmed = Confirmed::find(tx, &step)?.ok_or_else(nothing)?;
            let account = confirmed.waiting.email.as_typed().to_owned();
            let wanted = Wanted {
                bound: bound(&step),
                user: confirmed.user(),
                exists: false,
                name: confirmed.waiting.name.unwrap_or_else(|| account.clone()),
                account,
            };
            let asked = identity.ask_for_new(tx, &wanted, vec![]);
            asked.map_err(|stop| stop.map(|_| FlowError::WrongPasskey(vec![])))
        };
        self.db().write(asking).await?
    }

    /// Makes the account with the passkey that a browser has just made, and signs its person in.
    pub async fn register_with_passkey(
        &self,
        at: FlowAt,
        new: NewPasskey,
        locale: Locale,
        ctx: &RequestContext,
    ) -> Result<SetUp<LetIn>, FlowError> {
        let (identity, step) = (self.clone(), self.step(at, ctx));
        if !step.offers.registration {
            return Err(FlowError::Registration(vec![RegisterProblem::Closed]));
        }
        let act = async move {
            let answered = identity.answered(bound(&step), new).await?;
            let making = identity.clone();
            let outcome = identity.db().write(move |tx| making.begin(tx, &step, answered, locale));
            let outcome = outcome.await??;
            identity.outbox().wake();
            Ok(outcome)
        };
        Self::to_the_end(act).await
    }

    /// Looks at the answer to a challenge of a flow.
    pub(super) async fn answered(
        &self,
        bound: Bound,
        new: NewPasskey,
    ) -> Result<Answered, FlowError> {
        self.take_new(bound, new).await?.map_err(|refused| {
            tracing::info!(reason = refused.reason, "a passkey was not made");
            FlowError::WrongPasskey(vec![])
        })
    }

    fn begin(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        answered: Answered,
        locale: Locale,
    ) -> Result<SetUp<LetIn>, Stop<FlowError>> {
        let (mut flow, now) = (step.lock_flow(tx)?, step.now());
        let Some(confirmed) = Confirmed::find(tx, step)? else {
            return Ok(SetUp::Elsewhere(Box::new(step.settle_here(tx, flow)?)));
        };
        let user = confirmed.user();
        if answered.asked_at < confirmed.proof.at {
            // It was made for what somebody typed before, and names another account than this one.
            return Err(Stop::Refused(FlowError::WrongPasskey(vec![])));
        }
        let Confirmed { waiting, proof } = confirmed;
        let (email, remember) = (waiting.email.clone(), waiting.remember);
        let new = new_user(waiting);
        register::lock_identifiers(tx, &new)?;
        if let Some(problem) = register::taken(tx, self.master(), &new)?.first() {
            tx.registrations().finish(flow.id, now)?;
            return Err(Stop::Refused(FlowError::Registration(vec![*problem])));
        }
        if tx.passkeys().find(&answered.made.id)?.is_some() {
            return Err(Stop::Refused(FlowError::WrongPasskey(vec![])));
        }
        let profile = register::insert_as(tx, &step.env, user, &new)?;
        let passkey = answered.passkey(self, &profile.user, &Proofs::default(), &[]);
        if !tx.passkeys().insert(&passkey)? {
            // Another account got it since: nothing of this one stays.
            return Err(Stop::Failed(StorageError::Serialization));
        }
        tx.registrations().finish(flow.id, now)?;
        step.record(tx, &flow, registered(user))?;
        step.record(tx, &flow, added(user, passkey.id))?;
        let codes = self.make_codes(tx, &step.ctx, &profile)?;
        if now - proof.at < Pending::LIFETIME {
            // The account is younger than what was proved for it.
            let at = now.max(profile.user.credentials_changed_at);
            flow.pending = Some(Pending { user, proofs: Proofs::of(proof.factor, at), remember });
        }
        let advanced = self.prove_new(tx, step, flow, &profile, Some(remember))?;
        self.welcome(tx, &profile, &email, locale)?;
        Ok(SetUp::Done((advanced, codes)))
    }

    /// Making a passkey proves it as well: its authenticator has checked the person.
    pub(super) fn prove_new(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: Flow,
        profile: &Profile,
        remember: Option<bool>,
    ) -> Result<Advanced, Stop<FlowError>> {
        let proved = Proved {
            factor: FactorKind::Passkey,
            told: None,
            remember,
            known: step.known_device(tx, Some(&profile.user))?,
            trust_browser: false,
        };
        let advanced = step.proved(tx, flow, profile.clone(), &proved)?;
        self.announce(tx, &step.ctx, &advanced)?;
        Ok(advanced)
    }
}
