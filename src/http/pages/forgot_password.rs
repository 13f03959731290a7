//! Asking for a link to set a new password. Who has an account is told nobody.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, page, see_other};
use super::fault::{other_browser, seconds_until};
use super::flow;
use super::provider;
use super::view::{ForgotError as Problem, ForgotSentView, ForgotView, NextStep, ProviderButton};
use crate::domain::provider::Provider;
use crate::domain::rate_limit::Standing;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;
use crate::http::middleware::headers::FormAction;
use crate::http::rate_limit;
use crate::identity::recover::ForgotError;
use crate::mail::links;

/// Where it is.
pub const PATH: &str = links::FORGOT_PASSWORD;

/// Where everybody comes who has asked.
pub const SENT: &str = "/forgot-password/sent";

/// `GET /forgot-password`, with the flow to come back to, if there is one.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    form(&visit, String::new(), None)
}

/// `POST /forgot-password`.
pub async fn submit(visit: Visit, Form(fields): Form) -> Result<HttpResponse, Failure> {
    let browser = visit.browser.0.ok_or_else(other_browser);
    let check = |browser| visit.verify(Binding::Open(browser, PATH), &fields);
    browser.and_then(check).map_err(|failure| failure.next(NextStep::TryAgain(visit.address())))?;
    let typed = fields.text("identifier").to_owned();
    if typed.is_empty() {
        return form(&visit, typed, Some(Problem::Missing));
    }
    // The mail goes out all the same: an account may have a password here, or have been closed.
    let owner = visit.services.identity.provider_of(&typed);
    match (visit.services.identity.forgot_password(&typed, &visit.context).await, owner) {
        (Ok(()) | Err(ForgotError::Closed), Some(provider)) => elsewhere(&visit, typed, provider),
        (asked, _) => answer(&visit, typed, asked),
    }
}

fn answer(
    visit: &Visit,
    typed: String,
    asked: Result<(), ForgotError>,
) -> Result<HttpResponse, Failure> {
    match asked {
        Ok(()) => Ok(see_other(with_flow(visit, SENT))),
        Err(ForgotError::Closed) => form(visit, typed, None),
        Err(ForgotError::TooMany { retry_at, standing }) => {
            let seconds = seconds_until(retry_at, visit.site.env.now());
            too_many(visit, typed, seconds, &standing)
        }
        Err(ForgotError::Storage(error)) => Err(error.into()),
    }
}

/// `GET /forgot-password/sent`: the same for everybody.
pub async fn sent(visit: Visit) -> Result<HttpResponse, Failure> {
    page(&ForgotSentView {
        frame: visit.frame(None),
        again: with_flow(&visit, PATH),
        login: with_flow(&visit, links::SIGN_IN),
    })
}

/// A path with the flow that the person came from, so that they come back to their app.
fn with_flow(visit: &Visit, path: &str) -> String {
    match visit.fields().and_then(|fields| flow::id(&fields)) {
        Ok(flow) => format!("{path}?flow={flow}"),
        Err(_) => path.to_owned(),
    }
}

fn form(
    visit: &Visit,
    identifier: String,
    error: Option<Problem>,
) -> Result<HttpResponse, Failure> {
    shown(visit, identifier, None, error)
}

/// A password of this address is none of ours: the page leads to whose it is.
fn elsewhere(visit: &Visit, typed: String, provider: Provider) -> Result<HttpResponse, Failure> {
    let href = match visit.fields().and_then(|fields| flow::id(&fields)) {
        Ok(flow) => provider::hinted_address(flow, &provider.slug, &typed),
        Err(_) => provider::START.replace("{provider}", provider.slug.as_str()),
    };
    let button = provider::button(visit, provider, href);
    shown(visit, typed, Some(button), None)
}

fn shown(
    visit: &Visit,
    identifier: String,
    elsewhere: Option<ProviderButton>,
    error: Option<Problem>,
) -> Result<HttpResponse, Failure> {
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    let mut frame = visit.frame(None);
    frame.csrf = visit.csrf(Binding::Open(browser, PATH));
    let view = ForgotView {
        frame,
        open: visit.services.identity.offers().mail,
        action: with_flow(visit, PATH),
        identifier,
        elsewhere,
        error,
        login: with_flow(visit, links::SIGN_IN),
    };
    let status = match error {
        None => StatusCode::OK,
        Some(Problem::Missing) => StatusCode::BAD_REQUEST,
        Some(Problem::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
    };
    let mut answer = html(status, &view, FormAction::Ours)?;
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    }
    Ok(answer)
}

fn too_many(
    visit: &Visit,
    typed: String,
    seconds: u32,
    standing: &Standing,
) -> Result<HttpResponse, Failure> {
    let mut answer = form(visit, typed, Some(Problem::TooMany { seconds }))?;
    rate_limit::attach(&mut answer, standing, visit.site.env.now());
    rate_limit::retry_after(&mut answer, seconds);
    if let Some(note) = Failure::too_many(seconds).note() {
        note.attach(&mut answer);
    }
    Ok(answer)
}
