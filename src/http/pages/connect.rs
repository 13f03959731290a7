//! The page that asks whether to connect the account with who came back from a provider.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::account::{self, person};
use super::answer::{html, see_other};
use super::flow::{self, Flow, Opened, Stop};
use super::view::ConnectView;
use crate::domain::upstream::UpstreamPerson;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::identity::login::{FlowError, Input, Next};

/// Where the question is asked.
pub const PATH: &str = "/connect";

/// `GET /connect`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    match flow::open(&visit, Stop::Connect).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => match account::fresh(&visit, &flow.link(PATH)).await? {
            Ok(_) => page(&visit, &flow, false),
            Err(elsewhere) => Ok(elsewhere),
        },
    }
}

/// `POST /connect`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    let yes = match form.get("decision") {
        Some("connect") => true,
        Some("not-now") => false,
        _ => return Err(Failure::bad_request("no such decision")),
    };
    match visit.services.identity.advance(at, Input::Connect(yes), &visit.context).await {
        Ok(advanced) => flow::go_on(&visit, advanced),
        Err(FlowError::ConnectedElsewhere) => match flow::open(&visit, Stop::Connect).await? {
            Opened::Elsewhere(answer) => Ok(answer),
            Opened::Here(flow) => page(&visit, &flow, true),
        },
        Err(error) => flow::refused(&visit, error),
    }
}

/// What the provider calls somebody, as far as people recognise it.
pub(super) fn called(person: &UpstreamPerson) -> Option<String> {
    let email = person.email.as_ref().map(|email| email.as_typed().to_owned());
    let profile = &person.profile;
    email.or_else(|| profile.name.clone()).or_else(|| profile.username.clone())
}

fn page(visit: &Visit, flow: &Flow, is_taken: bool) -> Result<HttpResponse, Failure> {
    let (arrival, signed_in) = (&flow.state.flow.arrival, &flow.state.signed_in);
    let provider =
        arrival.as_ref().and_then(|it| visit.services.identity.provider_called(it.provider));
    let (Some(arrival), Some(provider), Some(signed_in)) = (arrival, provider, signed_in) else {
        return Ok(see_other(flow::address(flow.at.flow, &Next::Done)));
    };
    let view = ConnectView {
        frame: flow.frame(visit),
        app: flow.app(),
        action: flow.link(PATH),
        provider: provider.label,
        person: called(&arrival.person),
        account: person::identifier(&signed_in.profile),
        is_taken,
    };
    let status = if is_taken { StatusCode::CONFLICT } else { StatusCode::OK };
    html(status, &view, flow.form_action())
}
