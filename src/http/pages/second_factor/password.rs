//! The password, as the second thing after a code or a link that was mailed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{Asked, Refused, advance, open, trusts};
use crate::domain::factor::FactorKind;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::html;
use crate::http::pages::flow::{self, Flow, Stop, second_factor_path};
use crate::http::pages::view::{SecondPasswordView, SecondStep};
use crate::identity::login::{Credentials, Input};

const STOP: Stop = Stop::SecondFactor(FactorKind::Password);

/// `GET /second-factor/password`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    match open(&visit, STOP, false).await? {
        Asked::Here(flow, step) => page(&visit, &flow, step, None),
        Asked::Elsewhere(answer) => Ok(answer),
    }
}

/// `POST /second-factor/password`. Whose password it is, the flow says.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let (at, password) = (flow::submitted(&visit, &form)?, form.secret("password"));
    let trust_browser = trusts(&form);
    let (flow, step) = match open(&visit, STOP, trust_browser).await? {
        Asked::Here(flow, step) => (flow, step),
        Asked::Elsewhere(answer) => return Ok(answer),
    };
    let refused = if password.expose().is_empty() {
        Refused::malformed()
    } else {
        let identifier = step.account.clone();
        let remember = flow.state.flow.pending.as_ref().map(|pending| pending.remember);
        let input = Input::Password(Credentials { identifier, password, remember, trust_browser });
        match advance(&visit, at, input).await? {
            Ok(onward) => return Ok(onward),
            Err(refused) => refused,
        }
    };
    page(&visit, &flow, step, Some(refused))
}

fn page(
    visit: &Visit,
    flow: &Flow,
    step: SecondStep,
    refused: Option<Refused>,
) -> Result<HttpResponse, Failure> {
    let view = SecondPasswordView {
        frame: flow.frame(visit),
        step,
        action: flow.link(second_factor_path(FactorKind::Password)),
        error: refused.as_ref().map(Refused::error),
    };
    let status = refused.as_ref().map_or(StatusCode::OK, Refused::status);
    let mut answer = html(status, &view, flow.form_action())?;
    if let Some(refused) = refused {
        refused.note(visit, &mut answer);
    }
    Ok(answer)
}
