//! Making an account on the way through a flow; the person is signed in at once.

use std::sync::Arc;

use super::{Advanced, Credentials, FlowError, Proved, Step};
use crate::crypto::seal::MasterKey;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::factor::FactorKind;
use crate::domain::user::NewUser;
use crate::identity::Identity;
use crate::identity::new_password::NotHashed;
use crate::identity::rate_limit::{Budgets, Taken};
use crate::identity::register::{self, RegisterProblem, Registration};
use crate::kernel::ids::UserId;
use crate::storage::tx::{Stop, Tx};

/// How a registration ended.
enum Outcome {
    /// The account is there, and the person is in.
    Made(Box<Advanced>),
    /// The address has an account, and this very flow has signed somebody in: most likely that
    /// account was made by the first click of a double one.
    MaybeMadeAlready,
}

impl Identity {
    pub(super) async fn register(
        &self,
        step: Step,
        registration: Registration,
    ) -> Result<Advanced, FlowError> {
        if !step.offers.registration {
            return Err(FlowError::Registration(vec![RegisterProblem::Closed]));
        }
        let checked = registration
            .check(&step.settings, &self.0.options.brand)
            .map_err(FlowError::Registration)?;
        let budgets = Budgets::address(self.master(), &step.settings, step.ctx.ip.as_deref());
        let counting = step.clone();
        let taken = self.db().write(move |tx| counting.count_registration(tx, &budgets)).await??;
        let phc = match self.hash_chosen(checked.password).await {
            Ok(phc) => phc,
            // It stays counted, because looking at it was work.
            Err(NotHashed::Problem(problem)) => {
                return Err(FlowError::Registration(vec![problem.into()]));
            }
            Err(NotHashed::Hashing(error)) => {
                self.change(move |tx| taken.withdrawn(tx)).await?;
                return Err(error.into());
            }
        };
        let new = NewUser {
            email: checked.email,
            email_verified: false,
            username: checked.username,
            name: checked.name,
            subject: None,
            password_phc: Some(phc),
            roles: vec![],
        };
        let (making, remember) = (step.clone(), registration.remember);
        let master = Arc::clone(self.master());
        match self.db().write(move |tx| making.make_account(tx, &master, &new, remember)).await?? {
            Outcome::Made(advanced) => Ok(*advanced),
            Outcome::MaybeMadeAlready => self.sign_in_instead(step, registration).await,
        }
    }

    /// A second click on "Create account" signs in with what was typed; with any other password the
    /// address is simply taken.
    async fn sign_in_instead(
        &self,
        step: Step,
        registration: Registration,
    ) -> Result<Advanced, FlowError> {
        let credentials = Credentials {
            identifier: registration.email,
            password: registration.password.unwrap_or_else(|| "".into()),
            remember: registration.remember,
        };
        match self.sign_in(step, credentials).await {
            Err(FlowError::WrongCredentials(_)) => {
                Err(FlowError::Registration(vec![RegisterProblem::AddressTaken]))
            }
            outcome => outcome,
        }
    }
}

impl Step {
    /// Registrations count as sign-ins from their address, the successful ones too: nobody needs a
    /// hundred accounts.
    fn count_registration(
        &self,
        tx: &mut Tx<'_>,
        budgets: &Budgets,
    ) -> Result<Taken, Stop<FlowError>> {
        let flow = self.load_flow(tx)?;
        let taken = budgets.take(tx, &self.settings, self.now())?;
        let taken = taken.map_err(|refused| Stop::Refused(refused.into()))?;
        for event in taken.missed(tx, &self.settings, self.now())?.events {
            self.record(tx, &flow, event)?;
        }
        Ok(taken)
    }

    fn make_account(
        &self,
        tx: &mut Tx<'_>,
        master: &MasterKey,
        new: &NewUser,
        remember: bool,
    ) -> Result<Outcome, Stop<FlowError>> {
        let flow = self.lock_flow(tx)?;
        register::lock_identifiers(tx, new)?;
        let problems = register::taken(tx, master, new)?;
        if problems.contains(&RegisterProblem::AddressTaken) && flow.authenticated_at.is_some() {
            return Ok(Outcome::MaybeMadeAlready);
        }
        if !problems.is_empty() {
            return Err(Stop::Refused(FlowError::Registration(problems)));
        }
        let profile = register::insert(tx, &self.env, new)?;
        self.record(tx, &flow, registered(profile.user.id))?;
        let proved = Proved {
            factor: FactorKind::Password,
            remember: Some(remember),
            known: None,
            trust_browser: false,
        };
        let advanced = self.proved(tx, flow, profile, &proved)?;
        Ok(Outcome::Made(Box::new(advanced)))
    }
}

fn registered(id: UserId) -> AuditEvent {
    AuditEvent::new(Action::UserRegistered, Actor::User(id)).target("user", id)
}
