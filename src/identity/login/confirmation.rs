//! The address of an account that waits is confirmed: only now the account is made, and its names are
//! given out.

use super::factors::Post;
use super::factors::typed_code::Judged;
use super::registration::new_user;
use super::{Advanced, FlowError, Next, Proved, Step};
use crate::domain::address::{EmailAddress, Username};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::mailed_code::CodePurpose;
use crate::domain::factor::{FactorKind, Pending, Proof, Proofs};
use crate::domain::flow::Flow;
use crate::domain::user::Profile;
use crate::i18n::Locale;
use crate::identity::notice::NOTICE;
use crate::identity::rate_limit::Taken;
use crate::identity::register::{self, RegisterProblem};
use crate::identity::{Identity, record};
use crate::kernel::ids::UserId;
use crate::mail::message::Message;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// What became of an account that waited.
pub(super) enum Made {
    /// It is there, and the person is in.
    In(Box<Advanced>, Box<Profile>),
    /// It waits on, for its passkey.
    Confirmed(Box<Advanced>),
    /// The code is worth nothing any more.
    Over(Box<Flow>),
    /// One of its names is somebody else's by now.
    Refused(RegisterProblem),
}

impl Identity {
    /// Makes the account that waits in the locked flow: `right` was proved by `factor`, and `username`
    /// is wanted instead of what was typed first.
    ///
    /// Whoever typed the password in this flow, and now shows that they read the mail, has proved both.
    pub(super) fn make_account(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        mut flow: Flow,
        right: &Judged,
        username: Option<&str>,
        factor: FactorKind,
    ) -> Result<Made, Stop<FlowError>> {
        let now = step.now();
        let Some(waiting) = tx.registrations().waiting(flow.id, now)? else {
            return Ok(Made::Over(Box::new(flow)));
        };
        if waiting.confirmed.is_some() {
            // The second click of a double one.
            return Ok(Made::Confirmed(Box::new(Advanced::quietly(Next::MakePasskey, flow))));
        }
        let (typed_at, remember) = (waiting.created_at, waiting.remember);
        let wants_passkey = waiting.passkey.then_some(waiting.id);
        let mut new = new_user(waiting);
        if let Some(typed) = username {
            let Ok(parsed) = Username::parse(typed) else {
                return Ok(Made::Refused(RegisterProblem::Username));
            };
            new.username = Some(parsed);
        }
        register::lock_identifiers(tx, &new)?;
        let problems = register::taken(tx, self.master(), &new)?;
        if let Some(problem) = problems.first() {
            return Ok(Made::Refused(*problem));
        }
        if !tx.mailed_codes().consume(right.row.id, right.presented, now)? {
            return Ok(Made::Over(Box::new(flow)));
        }
        if let Some(id) = wants_passkey {
            let username = new.username.as_ref().map(Username::as_str);
            tx.registrations().confirm(id, username, Proof { factor, at: now, told: None })?;
            return Ok(Made::Confirmed(Box::new(Advanced::quietly(Next::MakePasskey, flow))));
        }
        let profile = register::insert(tx, &step.env, &new)?;
        tx.registrations().finish(flow.id, now)?;
        step.record(tx, &flow, registered(profile.user.id))?;
        if new.password_phc.is_some() && now - typed_at < Pending::LIFETIME {
            // The account is younger than what was typed for it.
            let at = now.max(profile.user.credentials_changed_at);
            let proofs = Proofs::of(FactorKind::Password, at);
            flow.pending = Some(Pending { user: profile.user.id, proofs, remember });
        }
        let (remember, known) = (Some(remember), None);
        let proved = Proved { factor, told: None, remember, known, trust_browser: false };
        let advanced = step.proved(tx, flow, profile.clone(), &proved)?;
        Ok(Made::In(Box::new(advanced), Box::new(profile)))
    }

    /// Greets a new person. The account has no language of its own yet.
    pub(super) fn welcome(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        to: &EmailAddress,
        locale: Locale,
    ) -> Result<(), StorageError> {
        let post = Post { to, profile: Some(profile), sent: true, locale, lifetime: NOTICE };
        self.post(tx, &Message::Welcome, &post)
    }

    /// The end of it, behind which there is nothing but counters and mail. `taken` is the attempt, where
    /// a code was typed.
    pub(super) fn registered(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        right: &Judged,
        taken: Option<&Taken>,
        made: Made,
        locale: Locale,
    ) -> Result<Advanced, Stop<FlowError>> {
        match made {
            Made::In(mut advanced, profile) => {
                if let Some(taken) = taken {
                    advanced.standing = taken.standing(step.now());
                    taken.succeeded(tx)?;
                }
                self.welcome(tx, &profile, &right.row.email, locale)?;
                Ok(*advanced)
            }
            Made::Confirmed(mut advanced) => {
                if let Some(taken) = taken {
                    advanced.standing = taken.standing(step.now());
                    taken.succeeded(tx)?;
                }
                Ok(*advanced)
            }
            Made::Over(flow) => Err(match taken {
                Some(taken) => {
                    let purpose = CodePurpose::Register;
                    self.refuse_code(tx, step, &flow, taken, purpose, "code_used")
                }
                None => Stop::Refused(FlowError::NotFound),
            }),
            Made::Refused(problem) => {
                if problem == RegisterProblem::AddressTaken {
                    tx.registrations().finish(right.row.flow, step.now())?;
                    tx.mailed_codes().kill_for_flow(right.row.flow, step.now())?;
                    if let Some(taken) = taken {
                        taken.withdrawn(tx)?;
                    }
                } else if let Some(taken) = taken {
                    // The same code is typed once more, with another name. The attempt stays counted: a
                    // right code is not to tell for as long as it lives which names are given out.
                    tx.mailed_codes().uncount(right.row.id)?;
                    for event in taken.missed(tx, &step.settings, step.now())?.events {
                        record(tx, &step.env, &step.ctx, &event)?;
                    }
                }
                Err(Stop::Refused(FlowError::Registration(vec![problem])))
            }
        }
    }
}

pub(super) fn registered(id: UserId) -> AuditEvent {
    AuditEvent::new(Action::UserRegistered, Actor::User(id)).target("user", id)
}
