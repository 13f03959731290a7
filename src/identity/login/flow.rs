//! What is still missing before a flow is done? The policy, without any input or output.
//!
//! Every face of a sign-in (the pages, the dispatcher, `prompt=none`) asks [`next`], so none of
//! them can skip a step that another one would insist on.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::authorization::AuthorizationRequest;
use crate::domain::client::Client;
use crate::domain::consent::{Allowance, Consent};
use crate::domain::factor::{Enrolled, FactorKind, Pending};
use crate::domain::flow::Flow;
use crate::domain::session::{Session, SignedIn, reached};
use crate::domain::setting::Settings;
use crate::kernel::ids::UserId;

pub(super) mod second_factor;

/// The step that a flow waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Somebody must sign in.
    Login {
        /// Somebody is signed in, but must prove it anew, or be somebody else.
        again: bool,
    },
    /// Somebody has proved a first factor, and proves another one.
    SecondFactor {
        /// What they can do it with, best first. Never empty.
        ways: Vec<FactorKind>,
    },
    /// Somebody has proved all that they have, and sets up a second factor, because one is insisted
    /// on.
    SetUp,
    /// An account is to be made; signing in with an existing one does as well.
    Register,
    /// The address of a new account is confirmed, and its passkey is to be made. [`next`] never says so:
    /// it is the answer to a confirmation.
    MakePasskey,
    /// The person says whether the account is to be connected with whom they are at a provider.
    Connect,
    /// The person picks whether to go on as who is signed in.
    SelectAccount,
    /// The person is asked what the app may do.
    Consent {
        /// Everything that the app asks for.
        asked: Allowance,
        /// The part of it that the person has not allowed this app before.
        new: Allowance,
    },
    /// The person proved all that they can, and it is less than the app insists on
    /// (OIDC Core §5.5.1.1).
    Unmet,
    /// Nothing is missing: the flow can be answered.
    Done,
    /// The person refused. [`next`] never says so: it is the answer to their refusal.
    Denied,
}

/// Everything that the policy looks at.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The flow.
    pub flow: &'a Flow,
    /// Who asks; `None` in a flow to the account pages.
    pub client: Option<&'a Client>,
    /// Who is signed in in this browser. Only a live session may be handed in.
    pub signed_in: Option<&'a SignedIn>,
    /// What the account of [`asks_about`] can be entered with. Where it is not handed in although
    /// it is asked about, nothing is taken for there.
    pub enrolled: Option<Enrolled>,
    /// What that person allowed that client before.
    pub consent: Option<&'a Consent>,
    /// The policy of this installation.
    pub settings: &'a Settings,
    /// Whether people may make accounts themselves.
    pub registration_open: bool,
    /// The present.
    pub now: DateTime<Utc>,
}

/// What the flow waits for.
pub fn next(situation: &Situation<'_>) -> Next {
    let request = situation.flow.request();
    if let Some(next) = second_factor::of_pending(situation) {
        return next;
    }
    let wants_account =
        situation.registration_open && request.is_some_and(|request| request.prompt.create);
    let Some(signed_in) = situation.signed_in else {
        return if wants_account { Next::Register } else { Next::Login { again: false } };
    };
    if situation.flow.purpose.is_confirmation() && situation.proof(signed_in).is_none() {
        // Whoever has proved the first factor a short while ago is asked for the second alone.
        let is_recent = is_recent(&signed_in.session, situation.settings, situation.now);
        let second = second_factor::of_session(situation, signed_in).filter(|_| is_recent);
        return second.unwrap_or(Next::Login { again: true });
    }
    if let (None, Some(next)) = (request, second_factor::of_session(situation, signed_in)) {
        return next;
    }
    let (Some(request), Some(client)) = (request, situation.client) else {
        return if situation.has_arrival(signed_in) { Next::Connect } else { Next::Done };
    };
    let is_bound = situation.is_bound_to(signed_in);
    if !is_bound && wants_account {
        return Next::Register;
    }
    if must_prove_again(situation, request, signed_in) {
        return Next::Login { again: true };
    }
    if let Some(next) = second_factor::of_session(situation, signed_in) {
        return next;
    }
    let acr = request.required_acr();
    if !acr.is_empty() && reached(&signed_in.session.acr, acr).is_none() {
        let tried = situation.proof(signed_in).is_some();
        return if tried { Next::Unmet } else { Next::Login { again: true } };
    }
    if situation.has_arrival(signed_in) {
        return Next::Connect;
    }
    // A flow that went on as somebody must not end as somebody else without being asked.
    let is_bound_elsewhere = situation.flow.session_id.is_some() && !is_bound;
    if is_bound_elsewhere || (request.prompt.select_account && !is_bound) {
        return Next::SelectAccount;
    }
    missing_consent(situation, request, client, signed_in)
}

/// Whether somebody proved recently enough who they are to do what is sensitive: to change how the
/// account is entered, or to close it. Otherwise they do so in a flow of [`Purpose::Confirm`] first.
///
/// [`Purpose::Confirm`]: crate::domain::flow::Purpose::Confirm
///
/// Who has a second factor has proved that as well (ASVS 7.5.1), however much the account trusts the
/// browser.
pub fn is_fresh(
    session: &Session,
    enrolled: Enrolled,
    settings: &Settings,
    now: DateTime<Utc>,
) -> bool {
    // Providers that send people back without asking anything prove nothing anew, but for who has nothing else.
    let is_dated = !(session.proofs.are_undated() && enrolled.has_own_way_in());
    is_recent(session, settings, now)
        && is_dated
        && (session.proofs.suffice(enrolled)
            || !second_factor::is_strict_for_changes(enrolled, settings))
}

fn is_recent(session: &Session, settings: &Settings, now: DateTime<Utc>) -> bool {
    now - session.auth_time < settings.fresh_authentication()
}

/// Whose factors decide what [`next`] says, where they do.
pub fn asks_about(situation: &Situation<'_>) -> Option<UserId> {
    if let Some(pending) = situation.pending() {
        return Some(pending.user);
    }
    let signed_in = situation.signed_in?;
    // Two factors of which none is something that the person has are enough for some people only.
    let proofs = &signed_in.session.proofs;
    let lacks_one = !(proofs.are_two_factors() && proofs.show_possession());
    let is_asked = second_factor::demand_of_session(situation, signed_in).is_some();
    (lacks_one && is_asked).then_some(signed_in.profile.user.id)
}

impl<'a> Situation<'a> {
    /// Who has proved a part of what is asked here, if that is not too long ago.
    fn pending(&self) -> Option<&'a Pending> {
        self.flow.pending.as_ref().filter(|pending| pending.is_live(self.now))
    }

    /// Whether the flow goes on with exactly this session. What the flow remembers (a proof, a
    /// consent) counts only then.
    fn is_bound_to(&self, signed_in: &SignedIn) -> bool {
        self.flow.session_id == Some(signed_in.session.id)
    }

    /// Whether somebody came back from a provider in this flow whose account this may be. It can be
    /// connected only by who has proved in this very flow that it is theirs.
    fn has_arrival(&self, signed_in: &SignedIn) -> bool {
        let arrival = self.flow.arrival.as_ref();
        arrival.is_some_and(|arrival| arrival.is_live(self.now)) && self.proof(signed_in).is_some()
    }

    /// When this very flow asked for this session's credentials and got them.
    fn proof(&self, signed_in: &SignedIn) -> Option<DateTime<Utc>> {
        self.flow.authenticated_at.filter(|_| self.is_bound_to(signed_in))
    }
}

/// How long a proof in a flow is fresh enough whatever `max_age` says. Shorter ages cannot be kept by
/// people who read and networks that are slow; without this a tiny one would ask for ever.
const PROOF_IS_FRESH: TimeDelta = TimeDelta::seconds(30);

/// Whether the session at hand is not enough: `prompt=login`, `max_age` (OIDC Core §3.1.2.1), or a
/// request about somebody else. The first is met only by a proof in this very flow, the last by
/// nobody but the person who is meant.
///
/// `max_age` is judged whenever the flow goes on, so that whoever reads the consent page for longer
/// proves it once more. Zero is `prompt=login` by another name: a proof in this flow meets it.
fn must_prove_again(
    situation: &Situation<'_>,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
) -> bool {
    if !request.may_be(&signed_in.profile.user.subject) {
        return true;
    }
    let proof = situation.proof(signed_in);
    let age = situation.now - signed_in.session.auth_time;
    let is_too_old = request.max_age().is_some_and(|max_age| match proof {
        Some(_) if max_age.is_zero() => false,
        Some(_) => age > max_age.max(PROOF_IS_FRESH),
        None => max_age.is_zero() || age > max_age,
    });
    // Somebody whom a provider vouches for, and does not say since when, is of no known age.
    let is_undated =
        proof.is_none() && request.max_age.is_some() && signed_in.session.proofs.are_undated();
    is_too_old || is_undated || (proof.is_none() && request.prompt.login)
}

/// Whether the person must be asked what the app may do. Every scope counts, `openid` and
/// `offline_access` (OIDC Core §11) included, and so does every claim asked for on its own.
fn missing_consent(
    situation: &Situation<'_>,
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
) -> Next {
    let asked = request.allowance();
    let known = situation
        .consent
        .filter(|consent| {
            consent.user_id == signed_in.profile.user.id && consent.client_id == client.id.as_str()
        })
        .map(Consent::allowance);
    let is_allowed = known.as_ref().is_some_and(|known| known.covers(&asked));
    // A yes of this very flow counts for as long as it was not taken back on the account pages.
    let allowed_here = situation.is_bound_to(signed_in)
        && situation.flow.consented.as_ref().is_some_and(|given| given.covers(&asked));
    if allowed_here && is_allowed {
        return Next::Done;
    }
    // Any program on the machine can pose as a public client with such an address, the operator's
    // own one as well: neither the flag nor an earlier yes speaks for it (RFC 8252 §8.6).
    let may_be_an_impostor = client.is_public() && request.redirect_uri.is_claimable();
    let is_settled = client.first_party || is_allowed;
    if is_settled && !request.prompt.consent && !may_be_an_impostor {
        return Next::Done;
    }
    let new = asked.without(&known.unwrap_or_default());
    Next::Consent { asked, new }
}

#[cfg(test)]
mod tests;
