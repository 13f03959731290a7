//! A sign-in anew at a provider that the account is connected with.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::{Asked, open, second_step};
use crate::domain::factor::FactorKind;
use crate::domain::provider::Provider;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::flow::{self, Flow, Stop};
use crate::http::pages::provider;
use crate::http::pages::turned_away::turned_away;
use crate::http::pages::view::{NotIn, SecondProviderView, SecondStep};
use crate::identity::login::Next;

const FACTOR: FactorKind = FactorKind::ProviderSecondFactor;

/// The page.
pub(in crate::http::pages) const STOP: Stop = Stop::SecondFactor(FACTOR);

/// Where the way to a provider begins.
pub const START: &str = "/second-factor/provider/{provider}";

/// `GET /second-factor/provider`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    match open(&visit, STOP, false).await? {
        Asked::Here(flow, step) => page(&visit, &flow, step, StatusCode::OK, None).await,
        Asked::Elsewhere(answer) => Ok(answer),
    }
}

/// `GET /second-factor/provider/{provider}`: to the provider.
pub async fn start(visit: Visit, slug: web::Path<String>) -> Result<HttpResponse, Failure> {
    let at = flow::at(&visit)?;
    match visit.services.identity.go_to_second_factor(&slug, at).await {
        Ok(Some(url)) => Ok(see_other(url)),
        Ok(None) => Ok(see_other(flow::address(at.flow, &Next::Done))),
        Err(refused) => turned_away(&visit, refused).await,
    }
}

/// The page, with why nothing was proved.
pub(in crate::http::pages) async fn not_proved(
    visit: &Visit,
    flow: &Flow,
    status: StatusCode,
    not_in: NotIn,
) -> Result<HttpResponse, Failure> {
    match second_step(visit, flow, STOP, false) {
        Some(step) => page(visit, flow, step, status, Some(not_in)).await,
        None => Ok(see_other(flow.link("/login"))),
    }
}

async fn page(
    visit: &Visit,
    flow: &Flow,
    step: SecondStep,
    status: StatusCode,
    not_in: Option<NotIn>,
) -> Result<HttpResponse, Failure> {
    let theirs = match &flow.state.asked {
        Some(asked) => visit.services.identity.second_factor_providers(asked.user.id).await?,
        None => vec![],
    };
    let button = |it: Provider| {
        let href = flow.link(&START.replace("{provider}", it.slug.as_str()));
        provider::button(visit, it, href)
    };
    let view = SecondProviderView {
        frame: flow.frame(visit),
        // A link that leads away takes no box along.
        step: SecondStep { trust_days: None, ..step },
        providers: theirs.into_iter().map(button).collect(),
        not_in,
    };
    html(status, &view, flow.form_action())
}
