//! The page that asks whether to go on with the account that is signed in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, see_other};
use super::flow::{self, Opened, Stop};
use super::view::SelectAccountView;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::account::person;
use crate::identity::login::{Input, Next};

/// `GET /select-account`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let flow = match flow::open(&visit, Stop::SelectAccount).await? {
        Opened::Elsewhere(answer) => return Ok(answer),
        Opened::Here(flow) => flow,
    };
    let Some(signed_in) = &flow.state.signed_in else {
        return Ok(see_other(flow::address(flow.at.flow, &Next::Login { again: false })));
    };
    let name = person::name(&signed_in.profile);
    let account = Some(person::identifier(&signed_in.profile)).filter(|account| *account != name);
    let view = SelectAccountView {
        frame: flow.frame(&visit),
        app: flow.app(),
        action: flow.link("/select-account"),
        name,
        account,
    };
    html(StatusCode::OK, &view, flow.form_action())
}

/// `POST /select-account`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    match form.get("decision") {
        Some("switch") => Ok(see_other(flow::address(at.flow, &Next::Login { again: false }))),
        Some("continue") => {
            match visit.services.identity.advance(at, Input::ContinueAs, &visit.context).await {
                Ok(advanced) => flow::go_on(&visit, advanced),
                Err(error) => flow::refused(&visit, error),
            }
        }
        _ => Err(Failure::bad_request("no such decision")),
    }
}
