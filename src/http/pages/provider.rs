//! To a provider and back, as the browser goes.

use actix_web::HttpResponse;
use actix_web::web;
use url::form_urlencoded;

use super::answer::see_other;
use super::fault;
use super::flow::{self, Flow};
use super::turned_away::turned_away;
use super::view::ProviderButton;
use crate::domain::provider::{Provider, Slug};
use crate::federation::UpstreamAnswer;
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::identity::federated::{Back, Returned, Wish};
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

/// The value of `prompt` that has the provider ask with which account.
const ANOTHER: &str = "select_account";

/// The same, with another account there than the one that came back.
pub(in crate::http) fn another_address(flow: FlowId, slug: &Slug) -> String {
    format!("{}&prompt={ANOTHER}", start_address(flow, slug))
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
/// otherwise, and the others. The provider that somebody has just come from in vain comes last, and asks
/// with which account; so does the one called `another`, in its place.
pub(super) fn buttons(
    visit: &Visit,
    flow: &Flow,
    another: Option<&Slug>,
) -> (Option<ProviderButton>, Vec<ProviderButton>) {
    let identity = &visit.services.identity;
    let hinted = flow.state.flow.request().and_then(|it| identity.provider_hinted(it));
    let mut others = identity.providers_in(&flow.state);
    others.retain(|it| hinted.as_ref().is_none_or(|hinted| hinted.id != it.id));
    let arrival = flow.state.flow.arrival.as_ref().map(|arrival| arrival.provider);
    let has_come = |provider: &Provider| Some(provider.id) == arrival;
    let (first, hinted) = (hinted.clone().filter(|it| !has_come(it)), hinted.filter(has_come));
    let (last, others): (Vec<_>, Vec<_>) = others.into_iter().chain(hinted).partition(has_come);
    let make = |provider: Provider| {
        let asks = has_come(&provider) || another == Some(&provider.slug);
        let address = if asks { another_address } else { start_address };
        let href = address(flow.at.flow, &provider.slug);
        button(visit, provider, href)
    };
    (first.map(make), others.into_iter().chain(last).map(make).collect())
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
    let is_known = arrival.is_of_known_address(&provider.policy);
    let key = if is_known { "provider-known" } else { "provider-unknown" };
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
    let (identity, fields) = (&visit.services.identity, visit.fields()?);
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    let flow = match fields.get("flow") {
        Some(_) => flow::id(&fields)?,
        None if !identity.has_provider(&slug) => {
            return Err(Failure::not_found("no such provider"));
        }
        None => identity.start_account_flow(browser, None).await?,
    };
    let at = FlowAt { flow, browser, session_secret: visit.session, device_secret: visit.device };
    let wish = Wish {
        login_hint: fields.get("login_hint").map(str::to_owned),
        another: fields.get("prompt") == Some(ANOTHER),
    };
    let mut answer = match identity.go_to_provider(&slug, at, wish).await {
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
