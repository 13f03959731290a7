//! The address of a new account is confirmed by a code.

use actix_web::HttpResponse;

use super::answer::see_other;
use super::flow::{self, Flow, Opened, Stop};
use super::mailed_code::{self, code_page_with};
use super::register_passkey;
use super::view::{MailedError, NewAccountError};
use crate::domain::credential::mailed_code::CodePurpose;
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::identity::login::FlowAt;
use crate::identity::login::factors::mailed_code::Mailing;
use crate::identity::register::RegisterProblem;

/// Where the code is typed.
pub(super) const PATH: &str = "/register/confirm";

/// `GET /register/confirm`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    match flow::open(&visit, Stop::Register).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => match visit.services.identity.waits_for_passkey(flow.at).await {
            Ok(Some(_)) => Ok(see_other(flow.link(register_passkey::PATH))),
            Ok(None) => code_page(&visit, &flow, None, None).await,
            Err(error) => flow::refused(&visit, error),
        },
    }
}

/// `POST /register/confirm`: a code, or the wish for another one.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    if form.get("code").is_some() {
        mailed_code::enter(&visit, &form, at, CodePurpose::Register).await
    } else {
        mailed_code::send(&visit, at, Mailing::Again(CodePurpose::Register)).await
    }
}

async fn code_page(
    visit: &Visit,
    flow: &Flow,
    error: Option<MailedError>,
    username: Option<String>,
) -> Result<HttpResponse, Failure> {
    match mailed_code::sent(visit, flow.at, CodePurpose::Register).await? {
        Some(sent) => code_page_with(visit, flow, &sent, CodePurpose::Register, error, username),
        None => Ok(see_other(flow.link("/register"))),
    }
}

/// The address is confirmed, and the account cannot be made all the same: one of its names went to
/// somebody else meanwhile.
pub(super) async fn refused(
    visit: &Visit,
    at: FlowAt,
    problems: &[RegisterProblem],
    form: &Fields,
) -> Result<HttpResponse, Failure> {
    let flow = match flow::open_at(visit, at, Stop::Register).await? {
        Opened::Elsewhere(answer) => return Ok(answer),
        Opened::Here(flow) => flow,
    };
    let error = match problems.first() {
        Some(RegisterProblem::Username) => MailedError::UsernameInvalid,
        Some(RegisterProblem::UsernameTaken) => MailedError::UsernameTaken,
        Some(RegisterProblem::AddressTaken) => {
            return super::register::again(visit, &flow, vec![NewAccountError::EmailTaken]).await;
        }
        _ => return Ok(see_other(flow.link("/register"))),
    };
    let typed = form.text("username").to_owned();
    code_page(visit, &flow, Some(error), Some(typed)).await
}
