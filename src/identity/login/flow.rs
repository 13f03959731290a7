//! What is still missing before a flow is done? The policy, without any input or output.
//!
//! Every face of a sign-in (the pages, the dispatcher, `prompt=none`) asks [`next`], so none of
//! them can skip a step that another one would insist on.

use chrono::{DateTime, Utc};

use crate::domain::authorization::AuthorizationRequest;
use crate::domain::client::Client;
use crate::domain::consent::Consent;
use crate::domain::flow::Flow;
use crate::domain::scope::Scopes;
use crate::domain::session::SignedIn;

/// The step that a flow waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Somebody must sign in.
    Login {
        /// Somebody is signed in, but must prove it anew, or be somebody else.
        again: bool,
    },
    /// An account is to be made; signing in with an existing one does as well.
    Register,
    /// The person picks whether to go on as who is signed in.
    SelectAccount,
    /// The person is asked what the app may do.
    Consent {
        /// Everything that the app asks for.
        asked: Scopes,
        /// The part of it that the person has not allowed this app before.
        new: Scopes,
    },
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
    /// What that person allowed that client before.
    pub consent: Option<&'a Consent>,
    /// Whether people may make accounts themselves.
    pub registration_open: bool,
    /// The present.
    pub now: DateTime<Utc>,
}

/// What the flow waits for.
pub fn next(situation: &Situation<'_>) -> Next {
    let request = situation.flow.request();
    let wants_account =
        situation.registration_open && request.is_some_and(|request| request.prompt.create);
    let Some(signed_in) = situation.signed_in else {
        return if wants_account { Next::Register } else { Next::Login { again: false } };
    };
    let (Some(request), Some(client)) = (request, situation.client) else {
        return Next::Done;
    };
    let is_bound = situation.is_bound_to(signed_in);
    if !is_bound && wants_account {
        return Next::Register;
    }
    if must_prove_again(situation, request, signed_in) {
        return Next::Login { again: true };
    }
    // A flow that went on as somebody must not end as somebody else without being asked.
    let is_bound_elsewhere = situation.flow.session_id.is_some() && !is_bound;
    if is_bound_elsewhere || (request.prompt.select_account && !is_bound) {
        return Next::SelectAccount;
    }
    missing_consent(situation, request, client, signed_in)
}

impl Situation<'_> {
    /// Whether the flow goes on with exactly this session. What the flow remembers (a proof, a
    /// consent) counts only then.
    fn is_bound_to(&self, signed_in: &SignedIn) -> bool {
        self.flow.session_id == Some(signed_in.session.id)
    }
}

/// Whether the session at hand is not enough: `prompt=login`, `max_age` (OIDC Core §3.1.2.1), or an
/// `id_token_hint` about somebody else. The first two are met only by a proof in this very flow,
/// the last by nobody but the hinted person.
fn must_prove_again(
    situation: &Situation<'_>,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
) -> bool {
    let is_other_person = request
        .hinted_subject
        .as_ref()
        .is_some_and(|subject| *subject != signed_in.profile.user.subject);
    let proved_here = situation.flow.authenticated_at.is_some() && situation.is_bound_to(signed_in);
    let is_too_old = request.max_age().is_some_and(|max_age| {
        max_age.is_zero() || situation.now - signed_in.session.auth_time > max_age
    });
    is_other_person || (!proved_here && (request.prompt.login || is_too_old))
}

/// Whether the person must be asked what the app may do. Every scope counts, `openid` and
/// `offline_access` (OIDC Core §11) included.
fn missing_consent(
    situation: &Situation<'_>,
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
) -> Next {
    let asked = &request.scopes;
    let known = situation
        .consent
        .filter(|consent| {
            consent.user_id == signed_in.profile.user.id && consent.client_id == client.id.as_str()
        })
        .map(|consent| &consent.scopes);
    let is_allowed = known.is_some_and(|known| asked.is_subset(known));
    // A yes of this very flow counts for as long as it was not taken back on the account pages.
    let allowed_here = situation.is_bound_to(signed_in)
        && situation.flow.consented.as_ref().is_some_and(|scopes| asked.is_subset(scopes));
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
    let new = known.map_or_else(|| asked.clone(), |known| asked.difference(known));
    Next::Consent { asked: asked.clone(), new }
}

#[cfg(test)]
mod tests;
