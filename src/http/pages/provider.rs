//! To a provider and back, as the browser goes.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use url::form_urlencoded;

use super::answer::see_other;
use super::fault;
use super::flow::{self, Flow, Opened, Stop};
use super::login;
use super::second_factor::provider as second_factor;
use super::view::{ErrorKind, NextStep, ProviderButton};
use crate::domain::provider::{Provider, Slug};
use crate::federation::{FederationError, UpstreamAnswer};
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::identity::federated::{Back, NoEntry, Problem, Returned};
use crate::identity::login::FlowAt;
use crate::kernel::ids::FlowId;

/// Where a sign-in at a provider begins.
pub const START: &str = "/api/auth/{provider}";
/// Where it ends.
pub const CALLBACK: &str = "/auth/{provider}/callback";

/// For how long the login page remembers who was used last.
const REMEMBERED: chrono::TimeDelta = chrono::TimeDelta::days(180);

/// Where a sign-in goes on at a provider.
pub(in crate::http) fn start_address(flow: FlowId, slug: &Slug) -> String {
    format!("{}?flow={flow}", START.replace("{provider}", slug.as_str()))
}

/// The same, with what was typed on the way.
pub(in crate::http) fn hinted_address(flow: FlowId, slug: &Slug, identifier: &str) -> String {
    let hint = form_urlencoded::Serializer::new(String::new())
        .append_pair("login_hint", identifier)
        .finish();
    format!("{}&{hint}", start_address(flow, slug))
}

/// A button that leads to `href`; that of the provider which was last used here is marked.
pub(super) fn button(visit: &Visit, provider: Provider, href: String) -> ProviderButton {
    let cookie = cookies::name(&visit.site.issuer, Kind::Provider);
    let used = cookies::value(visit.headers(), &cookie);
    ProviderButton {
        id: provider.slug.to_string(),
        kind: provider.kind,
        href,
        was_used: used == Some(provider.slug.as_str()),
        label: provider.label,
    }
}

/// The buttons of the login page: the one that the app hints at, which comes first and may have none
/// otherwise, and the others.
pub(super) fn buttons(visit: &Visit, flow: &Flow) -> (Option<ProviderButton>, Vec<ProviderButton>) {
    let identity = &visit.services.identity;
    let hinted = flow.state.flow.request().and_then(|it| identity.provider_hinted(it));
    let others = identity.offered_providers().into_iter();
    let others = others.filter(|it| hinted.as_ref().is_none_or(|hinted| hinted.id != it.id));
    let make = |provider: Provider| {
        let href = start_address(flow.at.flow, &provider.slug);
        button(visit, provider, href)
    };
    (hinted.clone().map(make), others.map(make).collect())
}

/// Where the forms of a page may lead that leads to a provider, beside where they may otherwise.
pub(in crate::http::pages) fn beyond(visit: &Visit, otherwise: FormAction) -> FormAction {
    // On a development machine the providers are there as well.
    otherwise.or_to_provider(!visit.site.issuer.is_https())
}

/// Where a form may lead in which an address is typed: where its page says, and to the provider that the
/// address belongs to, because browsers go by the form whatever follows it.
pub(super) fn form_action(visit: &Visit, own: FormAction) -> FormAction {
    if visit.services.identity.routes_addresses() { beyond(visit, own) } else { own }
}

/// Who came back from a provider, and is to say which account is theirs.
pub(super) fn arrival(flow: &Flow, visit: &Visit) -> Option<String> {
    let arrival = flow.state.flow.arrival.as_ref()?;
    let provider = visit.services.identity.provider_called(arrival.provider)?;
    let key = if arrival.person.email_verified { "provider-known" } else { "provider-unknown" };
    Some(flow.frame(visit).locale.text_with(key, "provider", &provider.label))
}

/// The provider to which an address leads that was typed in a form. Nowhere does one lead from a page that
/// asks for the account here (`here`): of who came back from a provider, proves it anew, or found it away.
pub(super) fn owner(visit: &Visit, form: &Fields, typed: &str) -> Option<Provider> {
    let leads = !form.ticked("here");
    leads.then(|| visit.services.identity.provider_of(typed)).flatten()
}

/// Whether a flow asks for the account here.
pub(super) fn stays(flow: &Flow) -> bool {
    let state = &flow.state.flow;
    state.purpose.is_confirmation() || state.arrival.is_some()
}

/// Whoever types an address of this provider's signs in there, and not with a password of ours.
pub(super) fn elsewhere(at: FlowAt, provider: &Provider, identifier: &str) -> HttpResponse {
    see_other(hinted_address(at.flow, &provider.slug, identifier))
}

/// `GET /api/auth/{provider}`. Without a flow it begins one, to the account pages.
pub async fn start(visit: Visit, slug: web::Path<String>) -> Result<HttpResponse, Failure> {
    let identity = &visit.services.identity;
    if !identity.has_provider(&slug) {
        return Err(Failure::not_found("no such provider"));
    }
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    let flow = match visit.fields()?.get("flow") {
        Some(_) => flow::id(&visit.fields()?)?,
        None => identity.start_account_flow(browser, None).await?,
    };
    let at = FlowAt { flow, browser, session_secret: visit.session, device_secret: visit.device };
    let hint = visit.fields()?.get("login_hint").map(str::to_owned);
    let mut answer = match identity.go_to_provider(&slug, at, hint).await {
        Ok(url) => see_other(url),
        Err(refused) => return turned_away(&visit, refused).await,
    };
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    }
    Ok(answer)
}

/// `GET /auth/{provider}/callback`.
pub async fn callback(visit: Visit, slug: web::Path<String>) -> Result<HttpResponse, Failure> {
    let fields = visit.fields()?;
    let back = Back {
        slug: slug.into_inner(),
        state: fields.secret("state"),
        answer: answer(&fields),
        browser: visit.browser.0.ok_or_else(fault::other_browser)?,
        session_secret: visit.session,
        device_secret: visit.device,
    };
    let slug = back.slug.clone();
    match visit.services.identity.come_back(back, &visit.context).await {
        Ok(Returned::SignIn(advanced)) => {
            let mut answer = flow::go_on(&visit, *advanced)?;
            let used = cookies::set(&visit.site.issuer, Kind::Provider, slug, Some(REMEMBERED));
            answer.add_cookie(&used).map_err(|error| Failure::internal(error.to_string()))?;
            Ok(answer)
        }
        Ok(Returned::Connected(_)) => Ok(see_other("/account/providers?done=connected")),
        Err(refused) => turned_away(&visit, refused).await,
    }
}

/// `POST /auth/{provider}/callback`: from a provider that answers with a form of its own page. That brings
/// no cookie of ours, so nothing is done but to come again by GET.
pub async fn posted(slug: web::Path<String>, Form(form): Form) -> Result<HttpResponse, Failure> {
    let slug: Slug = slug.parse().map_err(|_| Failure::not_found("no such provider"))?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in ["code", "state", "iss", "error", "user"] {
        if let Some(value) = form.get(name) {
            query.append_pair(name, value);
        }
    }
    let path = CALLBACK.replace("{provider}", slug.as_str());
    Ok(see_other(format!("{path}?{}", query.finish())))
}

fn answer(fields: &Fields) -> UpstreamAnswer {
    let text = |name| fields.get(name).map(str::to_owned);
    UpstreamAnswer {
        code: fields.get("code").map(Into::into),
        error: text("error"),
        iss: text("iss"),
        user: text("user"),
    }
}

/// Nobody came in: the login page says why, with the other ways in.
pub(super) async fn turned_away(visit: &Visit, refused: NoEntry) -> Result<HttpResponse, Failure> {
    let NoEntry { problem, provider, flow, is_second_factor, .. } = refused;
    let locale = visit.frame(None).locale;
    let (status, key) = match &problem {
        Problem::Flow(_) | Problem::Storage(_) => (StatusCode::INTERNAL_SERVER_ERROR, ""),
        Problem::Unknown => (StatusCode::NOT_FOUND, ""),
        Problem::Provider(error) => told(error),
        Problem::NotAskedAnew => (StatusCode::BAD_REQUEST, "provider-problem-not-asked"),
        Problem::OtherPerson => (StatusCode::FORBIDDEN, "provider-problem-other"),
        Problem::Closed => (StatusCode::FORBIDDEN, "provider-problem-refused"),
        Problem::Taken => (StatusCode::CONFLICT, "provider-problem-taken"),
        Problem::NotUnderWay
        | Problem::SignedOutThere
        | Problem::NotSignedIn
        | Problem::NotFresh => (StatusCode::BAD_REQUEST, "provider-problem-over"),
    };
    let reason = problem.to_string();
    match problem {
        Problem::Flow(error) => return flow::refused(visit, error),
        Problem::Storage(error) => return Err(error.into()),
        Problem::Unknown => return Err(Failure::not_found("no such provider")),
        _ => {}
    }
    let text = locale.text_with(key, "provider", provider.unwrap_or_default());
    let failure = Failure::new(status, ErrorKind::Provider { text: text.clone() }, reason);
    let Some(id) = flow else { return Err(failure.next(NextStep::home())) };
    let at = FlowAt {
        flow: id,
        browser: visit.browser.0.ok_or_else(fault::other_browser)?,
        session_secret: visit.session,
        device_secret: visit.device,
    };
    let stop = if is_second_factor { second_factor::STOP } else { Stop::Login };
    match flow::open_at(visit, at, stop).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => {
            let mut answer = if is_second_factor {
                second_factor::not_proved(visit, &flow, status, text).await?
            } else {
                login::not_in(visit, &flow, status, text)?
            };
            if let Some(note) = failure.note() {
                note.attach(&mut answer);
            }
            Ok(answer)
        }
    }
}

/// What somebody is told of what a provider said, or did not say.
fn told(error: &FederationError) -> (StatusCode, &'static str) {
    match error {
        FederationError::Cancelled => (StatusCode::OK, "provider-problem-cancelled"),
        FederationError::NotAdmitted(_) => (StatusCode::FORBIDDEN, "provider-problem-not-admitted"),
        error if error.is_away() => {
            (StatusCode::SERVICE_UNAVAILABLE, "provider-problem-unavailable")
        }
        _ => (StatusCode::BAD_GATEWAY, "provider-problem-refused"),
    }
}
