//! Signing in with a password: count, hash, conclude.
//!
//! The attempt is counted in a transaction of its own before the password is looked at, so guesses
//! made at the same time cannot outrun the count. No connection is held while hashing.

use std::sync::Arc;

use super::{Advanced, Credentials, FlowError, Proved, Step, figures};
use crate::crypto::password::{HashError, Verdict};
use crate::crypto::seal::MasterKey;
use crate::domain::address::Identifier;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::password::Password;
use crate::domain::factor::FactorKind;
use crate::domain::flow::Flow;
use crate::domain::rate_limit::Standing;
use crate::domain::user::Profile;
use crate::identity::Identity;
use crate::identity::notice::Reader;
use crate::identity::rate_limit::{Budgets, LockedUntil, SignIn, Taken};
use crate::kernel::secret::Secret;
use crate::mail::message::{Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// The account that an identifier names, with its password hash, if it has one.
type Candidate = Option<(Profile, Option<String>)>;

/// What was typed, and by whom.
#[derive(Clone)]
struct Attempt {
    identity: Identity,
    step: Step,
    master: Arc<MasterKey>,
    typed: String,
    identifier: Option<Identifier>,
    remember: Option<bool>,
    trust_browser: bool,
}

/// What is known of a password after hashing.
enum Proof {
    /// It belongs to this hash; `rehashed` is to replace that where it is outdated.
    Right { phc: String, rehashed: Option<String> },
    /// It does not.
    Wrong,
}

/// What is to be concluded.
struct Judged {
    candidate: Candidate,
    proof: Proof,
    look: u32,
}

/// How an attempt ended.
enum Outcome {
    /// The person is in.
    SignedIn(Box<Advanced>),
    /// The account or its hash changed while we hashed: look again.
    Changed(Box<(Profile, Option<String>)>),
}

/// How often an attempt looks again before it counts as wrong. A hash changes under an attempt when
/// another one has just replaced an outdated hash, or the password is being changed.
const LOOKS: u32 = 3;

impl Identity {
    pub(in crate::identity) async fn sign_in(
        &self,
        step: Step,
        credentials: Credentials,
    ) -> Result<Advanced, FlowError> {
        let Credentials { identifier: typed, password, remember, trust_browser } = credentials;
        // Nothing is written for who would be turned away anyway.
        if self.0.hasher.is_full() {
            return Err(FlowError::Busy);
        }
        let (identifier, master) = (Identifier::parse(&typed), Arc::clone(self.master()));
        let identity = self.clone();
        let attempt =
            Attempt { identity, step, master, typed, identifier, remember, trust_browser };
        let counting = attempt.clone();
        let (mut candidate, taken) = self.db().write(move |tx| counting.reserve(tx)).await??;
        // What is too long for a password is wrong without hashing, for every account alike.
        let password = Password::presented(password.expose()).ok().map(Password::into_secret);
        let mut look = 0;
        loop {
            look += 1;
            let proof = match &password {
                Some(password) => self.prove(&taken, password, candidate.as_ref()).await?,
                None => Proof::Wrong,
            };
            let (concluding, counted) = (attempt.clone(), taken.clone());
            let judged = Judged { candidate: candidate.take(), proof, look };
            let concluded =
                self.db().write(move |tx| concluding.conclude(tx, &counted, &judged)).await??;
            match concluded {
                Outcome::SignedIn(advanced) => return Ok(*advanced),
                Outcome::Changed(present) => candidate = Some(*present),
            }
        }
    }

    /// Hashes. The work is the same whether or not there is an account with a password, and whether
    /// or not the answer counts.
    async fn prove(
        &self,
        taken: &Taken,
        password: &Secret<String>,
        candidate: Option<&(Profile, Option<String>)>,
    ) -> Result<Proof, FlowError> {
        let phc = candidate.and_then(|(_, phc)| phc.clone());
        let hasher = &self.0.hasher;
        let verdict = match hasher.verify(password.clone(), phc.clone()).await {
            Err(HashError::Unreadable) => {
                // Only the operator can mend this, and to the person it looks like no account.
                let user = candidate.map(|(profile, _)| profile.user.id);
                tracing::error!(?user, "a stored password hash is unreadable");
                hasher.verify(password.clone(), None).await
            }
            verdict => verdict,
        };
        match (verdict, phc) {
            (Ok(_), _) if taken.is_feigned() => Ok(Proof::Wrong),
            (Ok(Verdict::Match { rehash }), Some(phc)) => {
                let rehashed = if rehash {
                    // A busy hasher leaves the old hash for next time.
                    hasher.hash(self.env(), password.clone()).await.ok()
                } else {
                    None
                };
                Ok(Proof::Right { phc, rehashed })
            }
            (Ok(_), _) => Ok(Proof::Wrong),
            (Err(error), _) => {
                let taken = taken.clone();
                self.change(move |tx| taken.withdrawn(tx)).await?;
                Err(error.into())
            }
        }
    }
}

impl Attempt {
    /// Finds whom the attempt is about, and counts it.
    fn reserve(&self, tx: &mut Tx<'_>) -> Result<(Candidate, Taken), Stop<FlowError>> {
        self.step.load_flow(tx)?;
        let candidate = self.find(tx)?;
        let user = candidate.as_ref().map(|(profile, _)| &profile.user);
        let who = SignIn {
            master: &self.master,
            settings: &self.step.settings,
            typed: &self.typed,
            ip: self.step.ctx.ip.as_deref(),
            user: user.map(|user| user.id),
            device: self.step.known_device(tx, user)?,
            now: self.step.now(),
        };
        let taken = Budgets::sign_in(tx, &who)?.take(tx, &self.step.settings, who.now)?;
        taken.map(|taken| (candidate, taken)).map_err(|refused| Stop::Refused(refused.into()))
    }

    fn find(&self, tx: &mut Tx<'_>) -> Result<Candidate, StorageError> {
        match &self.identifier {
            Some(identifier) => tx.users().sign_in_candidate(identifier),
            None => Ok(None),
        }
    }

    /// Records the outcome.
    fn conclude(
        &self,
        tx: &mut Tx<'_>,
        taken: &Taken,
        judged: &Judged,
    ) -> Result<Outcome, Stop<FlowError>> {
        let flow = self.step.lock_flow(tx)?;
        let (Some((profile, _)), Proof::Right { phc, rehashed }) =
            (&judged.candidate, &judged.proof)
        else {
            return Err(self.refuse(tx, &flow, taken, judged.candidate.as_ref()));
        };
        let judged_id = profile.user.id;
        // From here to the commit nobody changes the account or its credentials. Who changes them
        // after that finds the session, and ends it.
        tx.users().hold(judged_id)?;
        let Some((profile, present_phc)) = self.find(tx)? else {
            return Err(self.refuse(tx, &flow, taken, None));
        };
        if judged_id != profile.user.id || present_phc.as_ref() != Some(phc) {
            let present = (profile, present_phc);
            if judged.look < LOOKS {
                return Ok(Outcome::Changed(Box::new(present)));
            }
            return Err(self.refuse(tx, &flow, taken, Some(&present)));
        }
        if !profile.user.is_active() {
            return Err(self.refuse(tx, &flow, taken, Some(&(profile, present_phc))));
        }
        let now = self.step.now();
        if let Some(rehashed) = rehashed {
            tx.passwords().set(judged_id, rehashed, now)?;
        }
        let proved = Proved {
            factor: FactorKind::Password,
            told: None,
            remember: self.remember,
            known: taken.device(),
            trust_browser: self.trust_browser,
        };
        let mut advanced = self.step.proved(tx, flow, profile, &proved)?;
        advanced.standing = taken.standing(now);
        // Last, because everybody at the same address waits for these rows.
        taken.succeeded(tx)?;
        self.identity.announce(tx, &self.step.ctx, &advanced)?;
        Ok(Outcome::SignedIn(Box::new(advanced)))
    }

    /// The one refusal for every reason; the reason goes to the trail.
    fn refuse(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        taken: &Taken,
        candidate: Option<&(Profile, Option<String>)>,
    ) -> Stop<FlowError> {
        let reason = match candidate {
            None => "unknown_identifier",
            Some((profile, _)) if !profile.user.is_active() => "account_closed",
            Some((_, None)) => "no_password",
            Some(_) if taken.is_feigned() => "account_locked",
            Some(_) => "wrong_password",
        };
        match self.record_refusal(tx, flow, taken, candidate, reason) {
            Ok(standing) => {
                self.identity.outbox().wake();
                figures::failed("password", reason);
                Stop::Refused(FlowError::WrongCredentials(standing))
            }
            Err(error) => Stop::Failed(error),
        }
    }

    fn record_refusal(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        taken: &Taken,
        candidate: Option<&(Profile, Option<String>)>,
        reason: &str,
    ) -> Result<Standing, StorageError> {
        let mut event = AuditEvent::new(Action::SignInRefused, Actor::Anonymous)
            .refused("wrong_credentials")
            .details(serde_json::json!({ "reason": reason }));
        if let Some((profile, _)) = candidate {
            event = event.target("user", profile.user.id);
        }
        self.step.record(tx, flow, event)?;
        let missed = taken.missed(tx, &self.step.settings, self.step.now())?;
        for event in missed.events {
            self.step.record(tx, flow, event)?;
        }
        if let Some(until) = missed.locked {
            let person = candidate.map(|(profile, _)| profile);
            let told = person.filter(|it| !taken.is_feigned() && it.user.is_active());
            self.tell_locked(tx, told, until)?;
        }
        Ok(missed.standing)
    }

    /// The mail of a lock, with as many statements where there is nobody to be told.
    fn tell_locked(
        &self,
        tx: &mut Tx<'_>,
        told: Option<&Profile>,
        until: LockedUntil,
    ) -> Result<(), StorageError> {
        let ctx = &self.step.ctx;
        let (ip, agent) = (ctx.ip.as_deref(), ctx.user_agent.as_deref());
        let occasion = Occasion::new(self.step.now(), ip, agent);
        let reader = told.map_or(Reader::Nobody(&self.typed), Reader::Person);
        let message = Message::AccountLocked { until, occasion };
        self.identity.notify_unseen(tx, reader, &message)
    }
}
