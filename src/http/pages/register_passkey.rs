//! The passkey of a new account, once its address is confirmed: the account is made with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, see_other};
use super::flow::{self, Flow, Opened, Stop};
use super::new_account;
use super::passkey::{answered, question};
use super::second_factor::set_up::signed_in;
use super::view::{PasskeyForm, PasskeyProblem, RegisterPasskeyView};
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::identity::login::{FlowError, Next, SetUp};
use crate::identity::passkeys::NewPasskey;

/// Where the passkey is made.
pub const PATH: &str = "/register/passkey";
/// Where the script of that page asks for a challenge.
pub const OPTIONS: &str = "/register/passkey/options";

/// `GET /register/passkey`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    match flow::open(&visit, Stop::Register).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => page(&visit, &flow, None).await,
    }
}

/// `POST /register/passkey/options`.
pub async fn options(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    match visit.services.identity.ask_for_first_passkey(at).await {
        Ok(asked) => Ok(question(asked)),
        Err(FlowError::WrongPasskey(_)) => Err(Failure::bad_request("no account waits for one")),
        Err(error) => flow::refused(&visit, error),
    }
}

/// `POST /register/passkey`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    let (ceremony, credential) = answered(&form)?;
    let locale = visit.frame(None).locale;
    let new = NewPasskey { ceremony, credential, fallback_name: locale.text("passkey") };
    let identity = &visit.services.identity;
    let problems = match identity.register_with_passkey(at, new, locale, &visit.context).await {
        Ok(SetUp::Done((advanced, codes))) => return signed_in(&visit, advanced, &codes),
        Ok(SetUp::Elsewhere(advanced)) => return flow::go_on(&visit, *advanced),
        Err(FlowError::WrongPasskey(_)) => vec![],
        Err(FlowError::Registration(problems)) => problems,
        Err(error) => return flow::refused(&visit, error),
    };
    let flow = match flow::open(&visit, Stop::Register).await? {
        Opened::Elsewhere(answer) => return Ok(answer),
        Opened::Here(flow) => flow,
    };
    if problems.is_empty() {
        return page(&visit, &flow, Some(PasskeyProblem::NotMade)).await;
    }
    // A name of it went to somebody else meanwhile.
    let errors = new_account::errors(&problems, "", "").ok_or_else(super::register::closed)?;
    super::register::again(&visit, &flow, errors).await
}

async fn page(
    visit: &Visit,
    flow: &Flow,
    error: Option<PasskeyProblem>,
) -> Result<HttpResponse, Failure> {
    let waiting = match visit.services.identity.waits_for_passkey(flow.at).await {
        Ok(waiting) => waiting,
        Err(error) => return flow::refused(visit, error),
    };
    let Some(email) = waiting else {
        return Ok(see_other(flow::address(flow.at.flow, &Next::Done)));
    };
    let view = RegisterPasskeyView {
        frame: flow.frame(visit),
        email: email.as_typed().to_owned(),
        passkey: PasskeyForm {
            options: flow.link(OPTIONS),
            action: flow.link(PATH),
            makes: true,
            in_field: false,
        },
        password: flow.link("/register"),
        error,
    };
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    html(status, &view, flow.form_action())
}
