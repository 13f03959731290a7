//! `/oauth2/authorize` and the dispatcher behind it (RFC 6749 §3.1, OIDC Core §3.1.2).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{as_get, refusal, unreadable};
use crate::domain::authorization::ResponseMode;
use crate::domain::flow::FlowEnded;
use crate::http::error::Failure;
use crate::http::extract::form::FormBody;
use crate::http::extract::return_path;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::view::{ErrorKind, FormPostView, Frame};
use crate::http::pages::{fault, flow, provider};
use crate::kernel::ids::FlowId;
use crate::protocol::authorize::{Browser, PageProblem, Refused, Response, ResumeError, Step};
use crate::protocol::error::Refusal;
use crate::protocol::params::Params;
use crate::protocol::paths;

/// `GET /oauth2/authorize`.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let params = Params::parse(&visit.query).map_err(unreadable)?;
    let (binding, cookie) = visit.browser.or_new(&visit.site);
    let browser = Browser { browser: binding, session: visit.session };
    match visit.services.provider.authorize(params, browser, visit.context.clone()).await? {
        Ok(step) => {
            let mut answer = take(&visit, step)?;
            if let Some(cookie) = cookie {
                answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
            }
            Ok(answer)
        }
        Err(Refused::Redirect(response, reason)) => {
            refusal::log(&reason);
            respond(&visit, &response)
        }
        Err(Refused::Page(problem, reason)) => Err(refused(*problem, &reason)),
    }
}

/// `POST /oauth2/authorize`: reads no cookie and goes on by GET.
pub async fn post(FormBody(body): FormBody) -> HttpResponse {
    as_get(paths::AUTHORIZE, &body)
}

/// `GET /oauth2/authorize/continue`: where every step of a flow leads.
pub async fn go_on(visit: Visit) -> Result<HttpResponse, Failure> {
    let id = flow::id(&visit.fields()?)?;
    let browser = browser(&visit)?;
    match visit.services.provider.resume(id, browser).await? {
        Ok(step) => take(&visit, step),
        Err(error) => not_resumed(&visit, error),
    }
}

/// Ends a flow because the person said no.
pub(in crate::http) async fn deny(visit: &Visit, id: FlowId) -> Result<HttpResponse, Failure> {
    let browser = browser(visit)?;
    match visit.services.provider.deny(id, browser).await? {
        Ok(step) => take(visit, step),
        Err(error) => not_resumed(visit, error),
    }
}

fn browser(visit: &Visit) -> Result<Browser, Failure> {
    let browser = visit.browser.0.ok_or_else(fault::other_browser)?;
    Ok(Browser { browser, session: visit.session })
}

fn take(visit: &Visit, step: Step) -> Result<HttpResponse, Failure> {
    match step {
        Step::Respond(response) => respond(visit, &response),
        Step::Refuse(response, reason) => {
            refusal::log(&reason);
            let mut answer = respond(visit, &response)?;
            refusal::attach(&mut answer, &reason);
            Ok(answer)
        }
        Step::Interact(id, next) => Ok(see_other(flow::address(id, &next))),
        Step::Leave(id, elsewhere) => Ok(see_other(provider::start_address(id, &elsewhere))),
        Step::Account(page) => {
            let page = page.filter(|path| return_path::is_account_page(path));
            Ok(see_other(page.unwrap_or_else(|| "/account".to_owned())))
        }
        Step::Confirmed(path) => {
            let path = if return_path::stays_here(&path) { path } else { "/account".to_owned() };
            Ok(see_other(path))
        }
    }
}

/// Sends the browser back to the relying party.
fn respond(visit: &Visit, response: &Response) -> Result<HttpResponse, Failure> {
    let target = &response.target;
    match target.response_mode {
        ResponseMode::Query | ResponseMode::Fragment => Ok(see_other(response.location())),
        ResponseMode::FormPost => {
            let params = response.params().map(|(name, value)| (name, value.to_owned()));
            let view = FormPostView {
                // The page holds a code: a reload in another language would ask for a second one.
                frame: Frame { language_return: None, ..visit.frame(None) },
                app: target.client_name.clone(),
                action: target.redirect_uri.as_str().to_owned(),
                params: params.collect(),
            };
            html(StatusCode::OK, &view, FormAction::onward(&target.redirect_uri))
        }
    }
}

fn refused(problem: PageProblem, refusal: &Refusal) -> Failure {
    let kind = match problem {
        PageProblem::UnknownClient => ErrorKind::UnknownApp,
        PageProblem::ReturnAddress { app } => ErrorKind::ReturnAddress { app },
        PageProblem::Malformed => ErrorKind::AppRequest,
    };
    refusal::log(refusal);
    Failure::refused(StatusCode::BAD_REQUEST, kind, refusal)
}

fn not_resumed(visit: &Visit, error: ResumeError) -> Result<HttpResponse, Failure> {
    match error {
        ResumeError::NotFound => Err(fault::no_such_flow()),
        ResumeError::OtherBrowser => Err(fault::other_browser()),
        ResumeError::Ended(FlowEnded::Finished) => flow::finished(visit),
        ResumeError::Ended(ended) => Err(fault::ended(ended)),
        ResumeError::ClientGone => Err(fault::app_removed()),
        ResumeError::ReturnAddressGone { app } => Err(Failure::new(
            StatusCode::BAD_REQUEST,
            ErrorKind::ReturnAddress { app },
            "the redirect_uri is no longer registered",
        )),
    }
}
