//! What the steps of a sign-in have in common: each is one call of the flow engine, which decides what
//! comes next. What is said here is only how that is written.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::account::Person;
use super::envelope::counted;
use super::error::{self, Code};
use crate::domain::factor::FactorKind;
use crate::domain::rate_limit::Standing;
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::visit::Visit;
use crate::http::pages::flow::{set_device, set_session};
use crate::identity::login::{Advanced, FlowAt, Input, Next};
use crate::kernel::ids::FlowId;
use crate::kernel::token_hash::TokenHash;
use crate::protocol::authorize::Browser;
use crate::protocol::first_party::{Finished, Tokens};

/// The step that a sign-in waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NextStep {
    /// Nothing: somebody is signed in.
    Done,
    /// A password, or whatever else a sign-in begins with.
    Password,
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
    /// A code that was mailed.
    MailedCode,
    /// A second factor is to be set up first.
    SetUp,
    /// An account is to be made.
    Register,
    /// Somebody else is signed in in this browser meanwhile: begin anew.
    SelectAccount,
    /// The person is asked what the app may do.
    Consent,
    /// The person proved all that they can, and it is less than is insisted on.
    Unmet,
    /// The person said no.
    Denied,
}

/// Where a sign-in stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// What comes next.
    pub next: NextStep,
    /// The sign-in, to be sent with the next step; absent when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// What the next step can be done with, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<NextStep>,
    /// What the app asks for, where the next step is `consent`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Who is signed in, when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Person>,
    /// What the front end is given, when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
}

/// What the front end is given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// A JWT (RFC 9068), for as long as the page lives. Do not store it.
    pub access_token: String,
    /// How long it lives, in seconds.
    #[schema(minimum = 0)]
    pub expires_in: i64,
    /// Always `Bearer`.
    #[schema(value_type = String)]
    pub token_type: &'static str,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    pub(super) fn of(tokens: &Tokens) -> Self {
        Self {
            access_token: tokens.access_token.expose().clone(),
            expires_in: tokens.expires_in,
            token_type: "Bearer",
        }
    }
}

impl From<FactorKind> for NextStep {
    fn from(factor: FactorKind) -> Self {
        match factor {
            FactorKind::Password => Self::Password,
            FactorKind::MailedCode | FactorKind::MailedLink => Self::MailedCode,
            FactorKind::Totp => Self::Totp,
            FactorKind::RecoveryCode => Self::RecoveryCode,
            FactorKind::Passkey => Self::Passkey,
        }
    }
}

/// The front end of this installation. The guard has turned everybody away where there is none.
pub(super) fn api(visit: &Visit) -> Result<&Api, Failure> {
    visit.services.api.as_ref().ok_or_else(|| Code::NotFound.because("there is no [api]"))
}

/// The browser, which the guard knows by its token.
fn browser(visit: &Visit) -> Result<Browser, Failure> {
    let none = || Code::CsrfRefused.because("the browser has no cookie of ours");
    let browser = visit.browser.0.ok_or_else(none)?;
    Ok(Browser { browser, session: visit.session })
}

/// The sign-in called `flow`, or a new one.
pub(super) async fn at(
    visit: &Visit,
    flow: Option<&str>,
    remember: bool,
) -> Result<FlowAt, Failure> {
    match flow {
        Some(flow) => under_way(visit, flow).await,
        None => begin(visit, remember).await,
    }
}

async fn begin(visit: &Visit, remember: bool) -> Result<FlowAt, Failure> {
    let begun = api(visit)?.client.begin(browser(visit)?, remember, visit.context.clone());
    here(visit, begun.await.map_err(error::tokens)?)
}

/// The sign-in called `flow`, which must be one of the front end's. Those of other apps that are under
/// way in the same browser go on with their pages.
pub(super) async fn under_way(visit: &Visit, flow: &str) -> Result<FlowAt, Failure> {
    let nothing = || Code::FlowNotFound.because("no sign-in of the front end has this id");
    let at = here(visit, flow.parse().map_err(|_| nothing())?)?;
    let now = visit.site.env.now();
    let view = visit.services.identity.show(at).await.map_err(|e| error::flow(e, now))?;
    let client = api(visit)?.client.client_id();
    match view.flow.request() {
        Some(request) if request.client_id == *client => Ok(at),
        _ => Err(nothing()),
    }
}

fn here(visit: &Visit, flow: FlowId) -> Result<FlowAt, Failure> {
    let Browser { browser, session } = browser(visit)?;
    Ok(FlowAt { flow, browser, session_secret: session, device_secret: visit.device })
}

/// Takes a step, and answers with what comes next.
pub(super) async fn take(visit: &Visit, at: FlowAt, input: Input) -> Result<HttpResponse, Failure> {
    let advanced = visit.services.identity.advance(at, input, &visit.context).await;
    let advanced = advanced.map_err(|e| error::flow(e, visit.site.env.now()))?;
    answer(visit, at, advanced).await
}

async fn answer(visit: &Visit, at: FlowAt, advanced: Advanced) -> Result<HttpResponse, Failure> {
    let Advanced { next, cookie, device, standing, .. } = advanced;
    let secret = cookie.as_ref().map(|new| TokenHash::of(new.secret.expose()));
    let session = secret.or(visit.session);
    let client = &api(visit)?.client;
    let browser = Browser { browser: at.browser, session };
    let mut answer = match next {
        Next::Done | Next::Unmet => {
            let finished = client.finish(at.flow, browser, visit.context.clone()).await;
            match finished.map_err(error::tokens)? {
                Finished::Tokens(tokens) => signed_in(visit, &tokens, session, &standing).await?,
                Finished::Waiting(next) => waiting(visit, at.flow, &next, &standing),
                Finished::Refused(_) => waiting(visit, at.flow, &Next::Unmet, &standing),
            }
        }
        Next::Denied => {
            client.deny(at.flow, browser).await.map_err(error::tokens)?;
            waiting(visit, at.flow, &Next::Denied, &standing)
        }
        next => waiting(visit, at.flow, &next, &standing),
    };
    if let Some(new) = cookie {
        set_session(visit, &mut answer, &new)?;
    }
    if let Some(device) = device {
        set_device(visit, &mut answer, device)?;
    }
    Ok(answer)
}

/// Nothing is missing: who is there, and what the front end gets.
async fn signed_in(
    visit: &Visit,
    tokens: &Tokens,
    session: Option<TokenHash>,
    standing: &Standing,
) -> Result<HttpResponse, Failure> {
    let who = match session {
        Some(secret) => visit.services.identity.signed_in(secret).await?,
        None => None,
    };
    let data = SignIn {
        next: NextStep::Done,
        flow: None,
        ways: vec![],
        scopes: vec![],
        user: who.as_ref().map(|who| Person::of(&who.profile, &visit.site.issuer)),
        session: Some(Session::of(tokens)),
    };
    let mut answer = counted(visit, data, standing);
    // Without "remember me" nothing outlives the page but the session.
    let remember = who.is_some_and(|who| who.session.remember);
    if remember {
        set_refresh(visit, &mut answer, tokens)?;
    } else {
        forget_refresh(visit, &mut answer)?;
    }
    Ok(answer)
}

fn waiting(visit: &Visit, flow: FlowId, next: &Next, standing: &Standing) -> HttpResponse {
    let (step, ways) = match next {
        Next::Login { .. } => (NextStep::Password, vec![]),
        Next::SecondFactor { ways } => {
            let ways: Vec<_> = ways.iter().map(|way| NextStep::from(*way)).collect();
            (ways.first().copied().unwrap_or(NextStep::Password), ways)
        }
        Next::SetUp => (NextStep::SetUp, vec![]),
        Next::Register | Next::MakePasskey => (NextStep::Register, vec![]),
        Next::SelectAccount => (NextStep::SelectAccount, vec![]),
        Next::Consent { .. } => (NextStep::Consent, vec![]),
        Next::Unmet => (NextStep::Unmet, vec![]),
        Next::Denied => (NextStep::Denied, vec![]),
        Next::Done => (NextStep::Done, vec![]),
    };
    let scopes = match next {
        Next::Consent { asked, .. } => asked.scopes.iter().map(str::to_owned).collect(),
        _ => vec![],
    };
    let is_over = matches!(next, Next::Unmet | Next::Denied | Next::Done);
    let flow = (!is_over).then(|| flow.to_string());
    let data = SignIn { next: step, flow, ways, scopes, user: None, session: None };
    counted(visit, data, standing)
}

/// Gives the browser its refresh token, where no script finds it.
pub(super) fn set_refresh(
    visit: &Visit,
    answer: &mut HttpResponse,
    tokens: &Tokens,
) -> Result<(), Failure> {
    let Some((token, expires_at)) = &tokens.refresh else { return Ok(()) };
    let age = Some(*expires_at - visit.site.env.now());
    let cookie = cookies::set(&visit.site.issuer, Kind::Refresh, token.expose().clone(), age);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))
}

/// Takes the refresh token away, if the browser has one.
pub(super) fn forget_refresh(visit: &Visit, answer: &mut HttpResponse) -> Result<(), Failure> {
    let name = cookies::name(&visit.site.issuer, Kind::Refresh);
    if !visit.headers().get_all("cookie").any(|line| contains(line.as_bytes(), name.as_bytes())) {
        return Ok(());
    }
    let cookie = cookies::removal(&visit.site.issuer, Kind::Refresh);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))
}

fn contains(line: &[u8], name: &[u8]) -> bool {
    line.windows(name.len()).any(|part| part == name)
}

/// The refresh token that the browser sent.
pub(super) fn refresh_token(visit: &Visit) -> Option<&str> {
    let name = cookies::name(&visit.site.issuer, Kind::Refresh);
    cookies::value(visit.headers(), &name).filter(|value| !value.is_empty())
}
