//! What the steps of a sign-in have in common: each is one call of the flow engine, which decides what
//! comes next. What is said here is only how that is written.

use actix_web::HttpResponse;

use super::Api;
use super::account::Person;
use super::elsewhere;
use super::envelope::counted;
use super::error::{self, Code};
use super::refresh_cookie;
use super::step::{self, NextStep, Session, SignIn};
use crate::domain::credential::mailed_code::CodePurpose;
use crate::domain::flow::Purpose;
use crate::domain::rate_limit::Standing;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::flow::{set_device, set_session};
use crate::identity::login::{Advanced, FlowAt, FlowView, Input, Next};
use crate::kernel::ids::FlowId;
use crate::kernel::token_hash::TokenHash;
use crate::protocol::authorize::Browser;
use crate::protocol::first_party::{Finished, Tokens};

/// Where a flow leads in which somebody proves anew who they are for the front end. It is how such a flow
/// is told from those of the pages; whoever finishes it on a page comes to their account.
pub(super) const CONFIRMED: &str = "/account?confirmed";

/// The front end of this installation. The guard has turned everybody away where there is none.
pub(super) fn api(visit: &Visit) -> Result<&Api, Failure> {
    visit.services.api.as_ref().ok_or_else(|| Code::NotFound.because("there is no [api]"))
}

/// The browser, which the guard knows by its token.
pub(super) fn browser(visit: &Visit) -> Result<Browser, Failure> {
    let none = || Code::CsrfRefused.because("the browser has no cookie of ours");
    let browser = visit.browser.0.ok_or_else(none)?;
    Ok(Browser { browser, session: visit.session })
}

/// The sign-in called `flow`, or a new one, and what [`remembered`] makes of `remember`.
pub(super) async fn at(
    visit: &Visit,
    flow: Option<&str>,
    remember: Option<bool>,
) -> Result<(FlowAt, Option<bool>), Failure> {
    if let Some(flow) = flow {
        let (at, view) = look(visit, flow).await?;
        return Ok((at, remembered(&view, remember)));
    }
    let remember = remember.unwrap_or_default();
    Ok((begin(visit, remember).await?, Some(remember)))
}

/// Whether a sign-in outlives the browser window: as was sent. Whoever only proves anew who they are may leave
/// it out and keeps what they said before (`None`); anywhere else that is a no.
pub(super) fn remembered(view: &FlowView, sent: Option<bool>) -> Option<bool> {
    sent.or_else(|| (!step::is_confirming(&view.flow)).then_some(false))
}

async fn begin(visit: &Visit, remember: bool) -> Result<FlowAt, Failure> {
    let begun = api(visit)?.client.begin(browser(visit)?, remember, visit.context.clone());
    here(visit, begun.await.map_err(error::tokens)?)
}

/// The sign-in called `flow`, which must be one of the front end's. Those of other apps and of the pages
/// that are under way in the same browser go on with their pages.
pub(super) async fn under_way(visit: &Visit, flow: &str) -> Result<FlowAt, Failure> {
    Ok(look(visit, flow).await?.0)
}

/// The same, with what it waits for.
pub(super) async fn look(visit: &Visit, flow: &str) -> Result<(FlowAt, FlowView), Failure> {
    let nothing = || Code::FlowNotFound.because("no sign-in of the front end has this id");
    let at = here(visit, flow.parse().map_err(|_| nothing())?)?;
    let now = visit.site.env.now();
    let view = visit.services.identity.show(at).await.map_err(|e| error::flow(e, now))?;
    let client = api(visit)?.client.client_id();
    let is_own = match &view.flow.purpose {
        Purpose::Authorize(request) => request.client_id == *client,
        Purpose::Confirm { return_to } => return_to == CONFIRMED,
        Purpose::Account { .. } => false,
    };
    if is_own { Ok((at, view)) } else { Err(nothing()) }
}

fn here(visit: &Visit, flow: FlowId) -> Result<FlowAt, Failure> {
    let Browser { browser, session } = browser(visit)?;
    Ok(FlowAt { flow, browser, session_secret: session, device_secret: visit.device })
}

/// Takes a step, and answers with what comes next.
pub(super) async fn take(visit: &Visit, at: FlowAt, input: Input) -> Result<HttpResponse, Failure> {
    let advanced = advance(visit, at, input).await?;
    answer(visit, at, advanced, vec![]).await
}

/// Takes a step that mails a code for `purpose`, and answers that it is what comes next, under the name
/// `code`. Who is asked for what is as it was before.
pub(super) async fn mail(
    visit: &Visit,
    at: FlowAt,
    input: Input,
    purpose: CodePurpose,
    code: NextStep,
) -> Result<HttpResponse, Failure> {
    let Advanced { next, flow, standing, .. } = advance(visit, at, input).await?;
    let (identity, now) = (&visit.services.identity, visit.site.env.now());
    let sent = identity.sent_code(at, purpose).await.map_err(|e| error::flow(e, now))?;
    let providers = elsewhere::ways(visit, at, &next).await?;
    let confirming = step::is_confirming(&flow);
    let mut data = SignIn::waiting(identity, at.flow, &next, confirming, providers);
    let is_asked_for = step::is_open_to_anybody(&next) || data.ways.contains(&code);
    if is_asked_for && sent.is_some_and(|it| it.is_live) {
        data.next = code;
    }
    Ok(counted(visit, data, &standing))
}

async fn advance(visit: &Visit, at: FlowAt, input: Input) -> Result<Advanced, Failure> {
    let advanced = visit.services.identity.advance(at, input, &visit.context).await;
    advanced.map_err(|e| error::flow(e, visit.site.env.now()))
}

/// The answer to a step that was taken, with the recovery codes of who has just got some.
pub(super) async fn answer(
    visit: &Visit,
    at: FlowAt,
    advanced: Advanced,
    recovery_codes: Vec<String>,
) -> Result<HttpResponse, Failure> {
    let Advanced { next, cookie, device, standing, flow, .. } = advanced;
    let secret = cookie.as_ref().map(|new| TokenHash::of(new.secret.expose()));
    let session = secret.or(visit.session);
    let (client, identity) = (&api(visit)?.client, &visit.services.identity);
    let browser = Browser { browser: at.browser, session };
    // Who was to prove anew who they are, was somebody else. The engine goes on with an ordinary sign-in to
    // the account pages, which is none of the front end's.
    let is_other = matches!(flow.purpose, Purpose::Account { .. });
    let confirming = step::is_confirming(&flow);
    // The cookie that a step gives out is not in the request yet.
    let here = FlowAt { session_secret: session, ..at };
    let next = elsewhere::unless_forgotten(visit, here, next).await?;
    let waiting = async |next: &Next| {
        if is_other {
            return Ok(SignIn::at(NextStep::SelectAccount));
        }
        let providers = elsewhere::ways(visit, here, next).await?;
        Ok::<_, Failure>(SignIn::waiting(identity, at.flow, next, confirming, providers))
    };
    let (mut data, tokens) = match next {
        Next::Done | Next::Unmet => {
            let finished = client.finish(at.flow, browser, visit.context.clone()).await;
            match finished.map_err(error::tokens)? {
                Finished::Tokens(tokens) => (SignIn::at(NextStep::Done), Some(tokens)),
                Finished::Confirmed => (SignIn::at(NextStep::Done), None),
                Finished::SomebodyElse => (SignIn::at(NextStep::SelectAccount), None),
                Finished::Waiting(next) => (waiting(&next).await?, None),
                Finished::Refused(_) => (waiting(&Next::Unmet).await?, None),
            }
        }
        Next::Denied => {
            client.deny(at.flow, browser).await.map_err(error::tokens)?;
            (waiting(&Next::Denied).await?, None)
        }
        next => (waiting(&next).await?, None),
    };
    data.recovery_codes = recovery_codes;
    let mut answer = told(visit, data, tokens.as_deref(), session, &standing).await?;
    if let Some(new) = cookie {
        set_session(visit, &mut answer, &new)?;
        if is_other {
            // It was of the session that has just ended.
            refresh_cookie::forget(visit, &mut answer)?;
        }
    }
    if let Some(device) = device {
        set_device(visit, &mut answer, device)?;
    }
    Ok(answer)
}

/// Where nothing is missing: with who is there, and what the front end gets.
async fn told(
    visit: &Visit,
    mut data: SignIn,
    tokens: Option<&Tokens>,
    session: Option<TokenHash>,
    standing: &Standing,
) -> Result<HttpResponse, Failure> {
    if data.next != NextStep::Done {
        return Ok(counted(visit, data, standing));
    }
    let who = match session {
        Some(secret) => visit.services.identity.signed_in(secret).await?,
        None => None,
    };
    data.user = who.as_ref().map(|who| Person::of(&who.profile, &visit.site.issuer));
    data.session = tokens.map(Session::of);
    let mut answer = counted(visit, data, standing);
    // Without "remember me" nothing outlives the page but the session. Whoever only proved anew who they
    // are keeps what they have.
    let remember = who.is_some_and(|who| who.session.remember);
    match tokens {
        Some(tokens) if remember => refresh_cookie::set(visit, &mut answer, tokens)?,
        Some(_) => refresh_cookie::forget(visit, &mut answer)?,
        None => {}
    }
    Ok(answer)
}
