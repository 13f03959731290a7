//! Signing in with a password: count, hash, conclude.
//!
//! The attempt is counted in a transaction of its own before the password is looked at, so guesses
//! made at the same time cannot outrun the count. No connection is held while hashing.

use super::{Advanced, Credentials, FlowError, Step};
use crate::crypto::password::{HashError, Verdict};
use crate::domain::address::Identifier;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::password::Password;
use crate::domain::flow::Flow;
use crate::domain::session::Authentication;
use crate::domain::user::Profile;
use crate::identity::Identity;
use crate::identity::rate_limit::{self, Keys};
use crate::kernel::secret::Secret;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// The account that an identifier names, with its password hash, if it has one.
type Candidate = Option<(Profile, Option<String>)>;

/// An attempt that was counted.
#[derive(Clone)]
struct Attempt {
    step: Step,
    keys: Keys,
    identifier: Option<Identifier>,
    remember: bool,
}

/// What is known of a password after hashing.
enum Proof {
    /// It belongs to this hash; `rehashed` is to replace that where it is outdated.
    Right { phc: String, rehashed: Option<String> },
    /// It does not.
    Wrong,
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
        let Credentials { identifier: typed, password, remember } = credentials;
        let keys = Keys::sign_in(self.master(), &typed, step.ctx.ip.as_deref());
        let identifier = Identifier::parse(&typed);
        let attempt = Attempt { step, keys, identifier, remember };
        let counted = attempt.clone();
        let mut candidate = self.db().write(move |tx| counted.reserve(tx)).await??;
        // What is too long for a password is wrong without hashing, for every account alike.
        let password = Password::presented(password.expose()).ok().map(Password::into_secret);
        let mut look = 0;
        loop {
            look += 1;
            let proof = match &password {
                Some(password) => self.prove(&attempt, password, candidate.as_ref()).await?,
                None => Proof::Wrong,
            };
            let (concluding, judged) = (attempt.clone(), candidate.take());
            let concluded =
                self.db().write(move |tx| concluding.conclude(tx, judged, proof, look)).await??;
            match concluded {
                Outcome::SignedIn(advanced) => return Ok(*advanced),
                Outcome::Changed(present) => candidate = Some(*present),
            }
        }
    }

    /// Hashes. The work is the same whether or not there is an account with a password.
    async fn prove(
        &self,
        attempt: &Attempt,
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
                let keys = attempt.keys;
                self.change(move |tx| keys.withdrawn(tx)).await?;
                Err(error.into())
            }
        }
    }
}

impl Attempt {
    /// Counts the attempt and finds whom it is about.
    fn reserve(&self, tx: &mut Tx<'_>) -> Result<Candidate, Stop<FlowError>> {
        let flow = self.step.load_flow(tx)?;
        let verdict = self.keys.reserve(tx, &self.step.settings, self.step.now())?;
        let candidate = self.find(tx)?;
        if let rate_limit::Verdict::Beyond { until, first } = verdict {
            // Once in a window: whoever goes on must not fill the trail.
            if first {
                self.record_refusal(tx, &flow, candidate.as_ref(), "too_many_attempts", None)?;
            }
            return Err(Stop::Refused(FlowError::TooMany { retry_at: until }));
        }
        Ok(candidate)
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
        judged: Candidate,
        proof: Proof,
        look: u32,
    ) -> Result<Outcome, Stop<FlowError>> {
        let flow = self.step.lock_flow(tx)?;
        let (Some((profile, _)), Proof::Right { phc, rehashed }) = (&judged, &proof) else {
            return Err(self.refuse(tx, &flow, judged.as_ref()));
        };
        // From here to the commit nobody changes the account or its credentials. Who changes them
        // after that finds the session, and ends it.
        tx.users().hold(profile.user.id)?;
        let present = self.find(tx)?;
        let Some((profile, present_phc)) = present else {
            return Err(self.refuse(tx, &flow, None));
        };
        let is_same = judged.as_ref().is_some_and(|(judged, _)| judged.user.id == profile.user.id);
        if !is_same || present_phc.as_ref() != Some(phc) {
            let present = (profile, present_phc);
            if look < LOOKS {
                return Ok(Outcome::Changed(Box::new(present)));
            }
            return Err(self.refuse(tx, &flow, Some(&present)));
        }
        if !profile.user.is_active() {
            return Err(self.refuse(tx, &flow, Some(&(profile, present_phc))));
        }
        let now = self.step.now();
        if let Some(rehashed) = rehashed {
            tx.passwords().set(profile.user.id, rehashed, now)?;
        }
        let authentication = Authentication::by_password(now);
        let advanced = self.step.establish(tx, flow, profile, &authentication, self.remember)?;
        // Last, because everybody at the same address waits for these rows.
        self.keys.succeeded(tx)?;
        Ok(Outcome::SignedIn(Box::new(advanced)))
    }

    /// The one refusal for every reason; the reason goes to the trail.
    fn refuse(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        candidate: Option<&(Profile, Option<String>)>,
    ) -> Stop<FlowError> {
        let reason = match candidate {
            None => "unknown_identifier",
            Some((profile, _)) if !profile.user.is_active() => "account_closed",
            Some((_, None)) => "no_password",
            Some(_) => "wrong_password",
        };
        match self.record_refusal(tx, flow, candidate, "wrong_credentials", Some(reason)) {
            Ok(()) => Stop::Refused(FlowError::WrongCredentials),
            Err(error) => Stop::Failed(error),
        }
    }

    fn record_refusal(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        candidate: Option<&(Profile, Option<String>)>,
        code: &'static str,
        reason: Option<&str>,
    ) -> Result<(), StorageError> {
        let mut event = AuditEvent::new(Action::SignInRefused, Actor::Anonymous).refused(code);
        if let Some((profile, _)) = candidate {
            event = event.target("user", profile.user.id);
        }
        if let Some(reason) = reason {
            event = event.details(serde_json::json!({ "reason": reason }));
        }
        self.step.record(tx, flow, event)
    }
}
