//! The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2).
//!
//! [`begin`] checks a request; if a person has to do something, a flow is kept and the browser goes
//! to its page. Every finished step comes back to [`resume`], which finds out what is still missing.

mod checks;
mod claims;
mod elsewhere;
mod prompts;
mod respond;

pub use checks::PageProblem;
pub use respond::{Response, ResponseTarget};

use chrono::{DateTime, Utc};

use super::error::{OAuthError, Refusal};
use super::params::Params;
use super::refusals::Proved;
use super::{Provider, engine};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::authorization::AuthorizationRequest;
use crate::domain::client::Client;
use crate::domain::consent::Consent;
use crate::domain::flow::{Flow, FlowEnded, Purpose};
use crate::domain::provider::Slug;
use crate::domain::session::SignedIn;
use crate::domain::setting::{Settings, seconds};
use crate::identity::login::decide;
use crate::identity::login::flow::{Next, Situation};
use crate::identity::session;
use crate::kernel::ids::{AuditEventId, FlowId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::{Stop, StorageError, Tx};

/// The browser that a request came from.
#[derive(Clone, Copy, Debug)]
pub struct Browser {
    /// The cookie that binds its flows.
    pub browser: TokenHash,
    /// The session cookie, if it sent one.
    pub session: Option<TokenHash>,
}

/// What happens next in the browser.
#[derive(Debug)]
pub enum Step {
    /// It goes back to the relying party.
    Respond(Response),
    /// It goes back with an error, for this reason.
    Refuse(Box<Response>, Box<Refusal>),
    /// A person has to do something on a page of this flow.
    Interact(FlowId, Next),
    /// Nobody is signed in, and this flow begins at this provider.
    Leave(FlowId, Slug),
    /// The account pages were what it wanted, and of them the one with this path, if one was said.
    Account(Option<String>),
    /// Somebody proved anew who they are, and goes back to this path of ours.
    Confirmed(String),
}

/// Why there is no next step.
#[derive(Debug)]
pub enum Refused {
    /// To be told on a page of ours: who asks, or where the answer would go, is not certain.
    Page(Box<PageProblem>, Refusal),
    /// To be told to the relying party (RFC 6749 §4.1.2.1).
    Redirect(Box<Response>, Refusal),
}

/// Why a flow cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// There is none of this id.
    #[error("no such flow")]
    NotFound,
    /// It belongs to another browser.
    #[error("the flow was begun in another browser")]
    OtherBrowser,
    /// It is over.
    #[error(transparent)]
    Ended(#[from] FlowEnded),
    /// The relying party is gone.
    #[error("the client is gone")]
    ClientGone,
    /// The address that the answer would go to was taken from the relying party meanwhile.
    #[error("the redirect_uri is no longer registered")]
    ReturnAddressGone {
        /// The relying party's name.
        app: String,
    },
}

impl Provider {
    /// Takes an authorization request from a browser.
    pub async fn authorize(
        &self,
        params: Params,
        browser: Browser,
        context: RequestContext,
    ) -> Result<Result<Step, Refused>, StorageError> {
        self.fresh_keys().await?;
        let provider = self.clone();
        self.db.write(move |tx| begin(&provider, tx, &params, browser, &context)).await
    }

    /// Goes on with a flow after one of its steps was finished.
    pub async fn resume(
        &self,
        flow: FlowId,
        browser: Browser,
    ) -> Result<Result<Step, ResumeError>, StorageError> {
        let provider = self.clone();
        self.db.write(move |tx| resume(&provider, tx, flow, browser)).await
    }

    /// Ends a flow because the person said no, and tells the relying party.
    pub async fn deny(
        &self,
        flow: FlowId,
        browser: Browser,
    ) -> Result<Result<Step, ResumeError>, StorageError> {
        let provider = self.clone();
        self.db.write(move |tx| deny(&provider, tx, flow, browser)).await
    }
}

fn begin(
    provider: &Provider,
    tx: &mut Tx,
    params: &Params,
    browser: Browser,
    context: &RequestContext,
) -> Result<Step, Stop<Refused>> {
    let mut outcome = take_up(provider, tx, params, browser);
    if let Err(Stop::Refused(refused)) = &mut outcome {
        record_refusal(provider, tx, refused, params, context, provider.env.now())?;
    }
    outcome
}

fn take_up(
    provider: &Provider,
    tx: &mut Tx,
    params: &Params,
    browser: Browser,
) -> Result<Step, Stop<Refused>> {
    let now = provider.env.now();
    let settings = provider.settings.get();
    let (client, request) = checks::run(provider, tx, params)?;
    let flow = Flow {
        id: FlowId::new(&provider.env),
        browser: browser.browser,
        purpose: Purpose::Authorize(Box::new(request)),
        session_id: None,
        authenticated_at: None,
        consented: None,
        pending: None,
        arrival: None,
        created_at: now,
        expires_at: now + seconds(settings.flow_lifetime),
        finished_at: None,
    };
    let (signed_in, consent) = who_is_there(tx, browser, &client, &settings, now)?;
    let found = (signed_in.as_ref(), consent.as_ref());
    let missing = still_missing(provider, tx, &flow, &client, found, now)?;
    let Some(request) = flow.request() else { return Ok(Step::Account(None)) };
    match (missing, signed_in) {
        (Next::Done, Some(signed_in)) => answer(provider, tx, request, &client, &signed_in, now),
        (missing, _) if request.prompt.none => {
            Err(Stop::Refused(cannot_be_silent(provider, request, &client, &missing)))
        }
        (missing, _) => {
            tx.flows().insert(&flow)?;
            Ok(match elsewhere::begins_at(provider, request, &client, &missing) {
                Some(elsewhere) => Step::Leave(flow.id, elsewhere),
                None => Step::Interact(flow.id, missing),
            })
        }
    }
}

fn resume(
    provider: &Provider,
    tx: &mut Tx,
    id: FlowId,
    browser: Browser,
) -> Result<Step, Stop<ResumeError>> {
    let now = provider.env.now();
    let settings = provider.settings.get();
    let flow = load_flow(tx, id, browser, now)?;
    let Some(request) = flow.request() else {
        return resume_account(provider, tx, &flow, browser, now);
    };
    let client = load_client(tx, request)?;
    let (signed_in, consent) = who_is_there(tx, browser, &client, &settings, now)?;
    let found = (signed_in.as_ref(), consent.as_ref());
    let missing = still_missing(provider, tx, &flow, &client, found, now)?;
    match (missing, signed_in) {
        (Next::Done, Some(signed_in)) => {
            tx.flows().finish(flow.id, now)?;
            answer(provider, tx, request, &client, &signed_in, now)
        }
        (Next::Unmet, Some(signed_in)) => {
            tx.flows().finish(flow.id, now)?;
            let refusal = claims::unmet(request.required_acr(), &signed_in.session.acr);
            Ok(refuse(provider, request, &client, refusal))
        }
        (missing, _) => Ok(Step::Interact(flow.id, missing)),
    }
}

fn resume_account(
    provider: &Provider,
    tx: &mut Tx,
    flow: &Flow,
    browser: Browser,
    now: DateTime<Utc>,
) -> Result<Step, Stop<ResumeError>> {
    let loaded = match browser.session {
        Some(secret) => tx.sessions().find_by_secret(secret)?,
        None => None,
    };
    let settings = provider.settings.get();
    let signed_in = session::live(loaded, &settings, now);
    let situation = Situation {
        flow,
        client: None,
        signed_in: signed_in.as_ref(),
        enrolled: None,
        consent: None,
        settings: &settings,
        registration_open: provider.offers.registration,
        now,
    };
    match decide(tx, provider.offers, situation)? {
        Next::Done => {
            tx.flows().finish(flow.id, now)?;
            Ok(match &flow.purpose {
                Purpose::Confirm { return_to } => Step::Confirmed(return_to.clone()),
                Purpose::Account { page } => Step::Account(page.clone()),
                Purpose::Authorize(_) => Step::Account(None),
            })
        }
        missing => Ok(Step::Interact(flow.id, missing)),
    }
}

fn deny(
    provider: &Provider,
    tx: &mut Tx,
    id: FlowId,
    browser: Browser,
) -> Result<Step, Stop<ResumeError>> {
    let now = provider.env.now();
    let flow = load_flow(tx, id, browser, now)?;
    let Some(request) = flow.request() else {
        tx.flows().finish(flow.id, now)?;
        return Ok(Step::Account(None));
    };
    let client = load_client(tx, request)?;
    tx.flows().finish(flow.id, now)?;
    let refusal = Refusal::new(
        OAuthError::AccessDenied,
        "check_consent",
        "RFC 6749 4.1.2.1",
        "the person declined",
    )
    .compared(format!("{} is allowed", client.id), "the person declined");
    Ok(refuse(provider, request, &client, refusal))
}

fn refuse(
    provider: &Provider,
    request: &AuthorizationRequest,
    client: &Client,
    refusal: Refusal,
) -> Step {
    let response = target(provider, request, client).error(refusal.error, refusal.description);
    Step::Refuse(Box::new(response), Box::new(refusal))
}

/// The open flow of this browser, locked, so that two tabs cannot finish it twice.
fn load_flow(
    tx: &mut Tx,
    id: FlowId,
    browser: Browser,
    now: DateTime<Utc>,
) -> Result<Flow, Stop<ResumeError>> {
    let flow = tx.flows().find_for_update(id)?.ok_or(Stop::Refused(ResumeError::NotFound))?;
    if flow.browser != browser.browser {
        return Err(Stop::Refused(ResumeError::OtherBrowser));
    }
    flow.check_open(now).map_err(|ended| Stop::Refused(ended.into()))?;
    Ok(flow)
}

/// The relying party of a flow, as long as the answer may still go where the request wanted it: an
/// operator who takes a return address away means the sign-ins under way as well.
fn load_client(tx: &mut Tx, request: &AuthorizationRequest) -> Result<Client, Stop<ResumeError>> {
    let client = tx.clients().find(&request.client_id)?;
    let client = client.ok_or(Stop::Refused(ResumeError::ClientGone))?;
    if client.matching_redirect_uri(request.redirect_uri.as_str()).is_none() {
        return Err(Stop::Refused(ResumeError::ReturnAddressGone { app: client.name }));
    }
    Ok(client)
}

/// The live session of the browser and what its person allowed this client before.
fn who_is_there(
    tx: &mut Tx,
    browser: Browser,
    client: &Client,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<(Option<SignedIn>, Option<Consent>), StorageError> {
    let Some(secret) = browser.session else { return Ok((None, None)) };
    let (loaded, consent) = match tx.sessions().find_by_secret_with_consent(secret, &client.id)? {
        Some((signed_in, consent)) => (Some(signed_in), consent),
        None => (None, None),
    };
    Ok((session::live(loaded, settings, now), consent))
}

fn still_missing(
    provider: &Provider,
    tx: &mut Tx,
    flow: &Flow,
    client: &Client,
    (signed_in, consent): (Option<&SignedIn>, Option<&Consent>),
    now: DateTime<Utc>,
) -> Result<Next, StorageError> {
    let situation = Situation {
        flow,
        client: Some(client),
        signed_in,
        enrolled: None,
        consent,
        settings: &provider.settings.get(),
        registration_open: provider.offers.registration,
        now,
    };
    decide(tx, provider.offers, situation)
}

/// Everything is there: makes the grant with its code, and notes at most once a minute that the
/// session is in use. Whoever only ever passes through here on the way to apps must not be signed
/// out as idle.
fn answer<R>(
    provider: &Provider,
    tx: &mut Tx,
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
    now: DateTime<Utc>,
) -> Result<Step, Stop<R>> {
    let code = engine::authorizer::authorize(provider, tx, request, client, signed_in, now)?;
    if signed_in.session.wants_touch(now) {
        tx.sessions().touch_if_free(signed_in.session.id, now)?;
    }
    Ok(Step::Respond(target(provider, request, client).code(&code)))
}

fn target(provider: &Provider, request: &AuthorizationRequest, client: &Client) -> ResponseTarget {
    ResponseTarget {
        client_name: client.name.clone(),
        redirect_uri: request.redirect_uri.clone(),
        response_mode: request.response_mode,
        state: request.state.clone(),
        issuer: provider.issuer.as_str().to_owned(),
    }
}

/// `prompt=none`, but a page would be needed (OIDC Core §3.1.2.6).
fn cannot_be_silent(
    provider: &Provider,
    request: &AuthorizationRequest,
    client: &Client,
    missing: &Next,
) -> Refused {
    let error = match missing {
        Next::Login { .. }
        | Next::Register
        | Next::MakePasskey
        | Next::SecondFactor { .. }
        | Next::SetUp => OAuthError::LoginRequired,
        Next::Consent { .. } => OAuthError::ConsentRequired,
        Next::SelectAccount => OAuthError::AccountSelectionRequired,
        Next::Unmet => OAuthError::UnmetAuthenticationRequirements,
        Next::Connect | Next::Denied | Next::Done => OAuthError::InteractionRequired,
    };
    let refusal = Refusal::new(
        error,
        "check_silent",
        "OIDC Core 3.1.2.1",
        "the request asked for no interaction, but the person has to do something",
    )
    .compared("nothing left to do", format!("{missing:?}"));
    let response = target(provider, request, client).error(error, refusal.description);
    Refused::Redirect(Box::new(response), refusal)
}

/// Keeps the private reason of a refusal, and writes one that names a client to the audit trail.
fn record_refusal(
    provider: &Provider,
    tx: &mut Tx,
    refused: &mut Refused,
    params: &Params,
    context: &RequestContext,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let (Refused::Page(_, refusal) | Refused::Redirect(_, refusal)) = refused;
    let sent = params.get("client_id");
    let kept = provider.keep(tx, refusal, sent, Proved::Nobody, context)?;
    let (true, Some(Ok(client_id))) = (kept, sent.map(str::parse)) else { return Ok(()) };
    let event = AuditEvent::new(Action::AuthorizeRefused, Actor::Anonymous)
        .refused(refusal.error.as_str())
        .details(serde_json::json!({ "check": refusal.reason.check }))
        .client(&client_id);
    tx.audit().append(AuditEventId::new(&provider.env), &event, context, now)
}
