//! Making an account on the way through a flow. What was typed waits until the address is confirmed by
//! a code that is mailed to it; before that there is no account.
//!
//! Whether the address has an account is not to be seen: the same is hashed, written and mailed. Its
//! owner is told by mail, and no code is right.

use super::factors::{Draft, Post};
use super::step::client_of;
use super::{Advanced, FlowError, Step};
use crate::domain::address::{Identifier, Username};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::mailed_code::{CodePurpose, LIFETIME, WaitingAccount};
use crate::domain::rate_limit::Standing;
use crate::domain::user::{NewUser, Profile};
use crate::i18n::Locale;
use crate::identity::Identity;
use crate::identity::new_password::NotHashed;
use crate::identity::notice::NOTICE;
use crate::identity::rate_limit::{Budgets, Taken};
use crate::identity::register::{self, RegisterProblem, Registration};
use crate::kernel::ids::RegistrationId;
use crate::mail::message::Message;
use crate::storage::tx::{Stop, Tx};

/// What was typed on the registration page, as it waits.
struct Typed {
    new: NewUser,
    remember: bool,
    passkey: bool,
    locale: Locale,
}

impl Identity {
    /// Somebody fills in the registration page: what they typed is kept, and a code is mailed.
    pub(super) async fn register(
        &self,
        step: Step,
        mut registration: Registration,
    ) -> Result<Advanced, FlowError> {
        if !step.offers.registration {
            return Err(FlowError::Registration(vec![RegisterProblem::Closed]));
        }
        registration.passkey &= self.offers_passkeys();
        let checked = registration
            .check(&step.settings, &self.0.options.brand)
            .map_err(FlowError::Registration)?;
        // Registrations count as sign-ins from their network, the successful ones too: nobody needs a
        // hundred accounts.
        let by_network = Budgets::address(self.master(), &step.settings, step.ctx.ip.as_deref());
        let (taken, _) = self.count(&step, by_network).await?;
        let password_phc = match self.hash_wanted(checked.password).await {
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
        let mails = Budgets::mails(&self.mailed(&step, &checked.email, None, None));
        let (_, standing) = self.count(&step, mails).await?;
        let new = NewUser {
            email: checked.email,
            email_verified: true,
            username: checked.username,
            name: checked.name,
            subject: None,
            password_phc,
            roles: vec![],
        };
        let Registration { remember, passkey, locale, .. } = registration;
        self.wait_for_address(step, Typed { new, remember, passkey, locale }, standing).await
    }

    /// The code is mailed once more, for what was typed before.
    pub(super) async fn confirm_again(
        &self,
        step: Step,
        locale: Locale,
    ) -> Result<Advanced, FlowError> {
        if !step.offers.registration {
            return Err(FlowError::Registration(vec![RegisterProblem::Closed]));
        }
        let looking = step.clone();
        let found = self.db().read(move |tx| -> Result<_, Stop<FlowError>> {
            let flow = looking.load_flow(tx)?;
            let waiting = tx.registrations().waiting(flow.id, looking.now())?;
            let (client, signed_in) = (client_of(tx, &flow)?, looking.signed_in(tx)?);
            Ok((waiting, looking.settle(tx, flow, client.as_ref(), signed_in.as_ref())?))
        });
        let (Some(waiting), _) = found.await?? else {
            return Err(FlowError::Registration(vec![RegisterProblem::Over]));
        };
        let budgets = Budgets::mailing(&self.mailed(&step, &waiting.email, None, None));
        let (_, standing) = self.count(&step, budgets).await?;
        let WaitingAccount { remember, passkey, .. } = waiting;
        let typed = Typed { new: new_user(waiting), remember, passkey, locale };
        self.wait_for_address(step, typed, standing).await
    }

    /// Takes from the budgets. What is taken stays so.
    async fn count(&self, step: &Step, budgets: Budgets) -> Result<(Taken, Standing), FlowError> {
        let step = step.clone();
        let counting = move |tx: &mut Tx<'_>| -> Result<_, Stop<FlowError>> {
            let flow = step.load_flow(tx)?;
            let taken = budgets.take(tx, &step.settings, step.now())?;
            let taken = taken.map_err(|refused| Stop::Refused(refused.into()))?;
            let missed = taken.missed(tx, &step.settings, step.now())?;
            for event in missed.events {
                step.record(tx, &flow, event)?;
            }
            Ok((taken, missed.standing))
        };
        self.db().write(counting).await?
    }

    async fn wait_for_address(
        &self,
        step: Step,
        typed: Typed,
        standing: Standing,
    ) -> Result<Advanced, FlowError> {
        let identity = self.clone();
        let waiting = move |tx: &mut Tx<'_>| identity.write_registration(tx, &step, typed);
        let mut advanced = self.db().write(waiting).await??;
        self.outbox().wake();
        advanced.standing = standing;
        Ok(advanced)
    }

    fn write_registration(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        Typed { new, remember, passkey, locale }: Typed,
    ) -> Result<Advanced, Stop<FlowError>> {
        let (flow, now) = (step.lock_flow(tx)?, step.now());
        // Who has the address, and whether the username is free; both are asked again at the end.
        let problems = register::taken(tx, self.master(), &new)?;
        if problems.contains(&RegisterProblem::UsernameTaken) {
            return Err(Stop::Refused(FlowError::Registration(vec![
                RegisterProblem::UsernameTaken,
            ])));
        }
        let is_free = !problems.contains(&RegisterProblem::AddressTaken);
        let owner = tx.users().find_by_identifier(&Identifier::Email(new.email.clone()))?;
        tx.registrations().finish(flow.id, now)?;
        tx.registrations().insert(&WaitingAccount {
            id: RegistrationId::new(&step.env),
            flow: flow.id,
            email: new.email.clone(),
            username: new.username.as_ref().map(|name| name.as_str().to_owned()),
            name: new.name,
            password_phc: new.password_phc.filter(|_| is_free),
            remember,
            created_at: now,
            expires_at: flow.expires_at,
            finished_at: None,
            passkey,
            confirmed: None,
        })?;
        let draft = Draft {
            purpose: CodePurpose::Register,
            flow: flow.id,
            email: &new.email,
            user: None,
            works: is_free,
            link: true,
        };
        let drafted = draft.write(tx, step, self.master())?;
        let event = AuditEvent::new(Action::RegistrationBegun, Actor::Anonymous);
        step.record(tx, &flow, event)?;
        let (lifetime, occasion) = (LIFETIME, step.occasion());
        let message = if is_free {
            let code = Some(drafted.code.digits().clone());
            Message::ConfirmAddress { token: drafted.token, code, lifetime, occasion }
        } else {
            Message::RegistrationAttempt { occasion }
        };
        let (client, signed_in) = (client_of(tx, &flow)?, step.signed_in(tx)?);
        let advanced = step.settle(tx, flow, client.as_ref(), signed_in.as_ref())?;
        // An address that belonged to an account that is gone, or to one that an operator closed, gets
        // nothing.
        let told = |owner: &Profile| owner.user.is_active() || owner.user.is_deactivated();
        let sent = is_free || owner.as_ref().is_some_and(told);
        let lifetime = if is_free { LIFETIME } else { NOTICE };
        let post = Post { to: &new.email, profile: owner.as_ref(), sent, locale, lifetime };
        self.post(tx, &message, &post)?;
        Ok(advanced)
    }
}

/// The account that waits. Its username was one when it was typed.
pub(super) fn new_user(waiting: WaitingAccount) -> NewUser {
    NewUser {
        email: waiting.email,
        email_verified: true,
        username: waiting.username.as_deref().and_then(|name| Username::parse(name).ok()),
        name: waiting.name,
        subject: None,
        password_phc: waiting.password_phc,
        roles: vec![],
    }
}
