//! The consent page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, see_other};
use super::flow::{self, Flow, Opened, Stop};
use super::view::{AppView, ConsentView, Lasts, ScopeView};
use crate::domain::claims::Claim;
use crate::domain::client::{Client, GrantType};
use crate::domain::consent::Allowance;
use crate::domain::scope::{OFFLINE_ACCESS, STANDARD, Scopes};
use crate::domain::setting::Settings;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::oauth::authorize;
use crate::http::pages::account::person;
use crate::identity::login::{Input, Next};

/// `GET /consent`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let flow = match flow::open(&visit, Stop::Consent).await? {
        Opened::Elsewhere(answer) => return Ok(answer),
        Opened::Here(flow) => flow,
    };
    match (flow.app(), &flow.state.next) {
        (Some(app), Next::Consent { asked, new }) => page(&visit, &flow, app, asked, new),
        _ => Ok(see_other(flow::address(flow.at.flow, &Next::Done))),
    }
}

fn page(
    visit: &Visit,
    flow: &Flow,
    app: AppView,
    asked: &Allowance,
    new: &Allowance,
) -> Result<HttpResponse, Failure> {
    let profile = flow.state.signed_in.as_ref().map(|signed_in| &signed_in.profile);
    let settings = visit.services.identity.settings();
    let view = ConsentView {
        frame: flow.frame(visit),
        app,
        action: flow.link("/consent"),
        scopes: in_words(asked, new),
        signed_in_as: profile.map(person::identifier).unwrap_or_default(),
        switch_account: flow.link("/login"),
        lasts: lasts(flow.state.client.as_ref(), &asked.scopes, &settings),
    };
    html(StatusCode::OK, &view, flow.form_action())
}

/// Everything that is asked for: the scopes in the order in which they make sense to read, then the
/// single claims.
pub(super) fn in_words(asked: &Allowance, new: &Allowance) -> Vec<ScopeView> {
    // Where everything is new, a mark on each would say nothing.
    let marks = new != asked;
    let scope = |name: &str| ScopeView {
        claim: None,
        name: name.to_owned(),
        new: marks && new.scopes.contains(name),
    };
    let single = |claim: &Claim| ScopeView {
        claim: Some(*claim),
        name: claim.as_str().to_owned(),
        new: marks && new.claims.contains(claim),
    };
    let scopes = reading_order(&asked.scopes).into_iter().map(scope);
    scopes.chain(asked.claims.iter().map(single)).collect()
}

/// How long access lasts that is given now.
fn lasts(client: Option<&Client>, scopes: &Scopes, settings: &Settings) -> Lasts {
    let own = client.map(|client| client.lifetimes).unwrap_or_default();
    if !client.is_some_and(|client| client.may_use(GrantType::RefreshToken)) {
        let seconds = own.access_token.unwrap_or(settings.access_token_lifetime);
        return Lasts::Minutes(seconds.div_ceil(60));
    }
    let seconds = own.refresh_absolute.unwrap_or(settings.refresh_absolute_lifetime);
    let days = seconds.div_ceil(86_400);
    if scopes.contains(OFFLINE_ACCESS) { Lasts::Offline(days) } else { Lasts::Session(days) }
}

/// `POST /consent`. What is allowed is what the flow's request says; nothing of it is in the form.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    let input = match form.get("decision") {
        Some("allow") => Input::Allow,
        Some("deny") => Input::Deny,
        _ => return Err(Failure::bad_request("no such decision")),
    };
    match visit.services.identity.advance(at, input, &visit.context).await {
        Ok(advanced) if advanced.next == Next::Denied => authorize::deny(&visit, at.flow).await,
        Ok(advanced) => flow::go_on(&visit, advanced),
        Err(error) => flow::refused(&visit, error),
    }
}

/// The scopes in the order in which they make sense to read: the standard ones first.
fn reading_order(asked: &Scopes) -> Vec<&str> {
    let mut names: Vec<&str> = asked.iter().collect();
    let place = |name: &&str| STANDARD.iter().position(|standard| standard == name);
    names.sort_by_key(|name| place(name).unwrap_or(STANDARD.len()));
    names
}
