//! The identities at providers that an account is connected with.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::{done, frame, fresh, nav, verify};
use crate::domain::federation_link::FederationLink;
use crate::domain::provider::Provider;
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::turned_away::turned_away;
use crate::http::pages::view::{
    AccountNotice, AccountSection, ConnectedView, DisconnectView, Frame, NotIn, ProviderButton,
    ProvidersView,
};
use crate::http::pages::{login, provider};
use crate::identity::federated::{Connected, DisconnectError};
use crate::identity::ways_in::Needed;
use crate::kernel::ids::FederationLinkId;

/// The page.
pub const PATH: &str = "/account/providers";

/// What was just done, by the word in the query.
const NOTICES: &[(&str, AccountNotice)] = &[
    ("connected", AccountNotice::ProviderConnected),
    ("disconnected", AccountNotice::ProviderDisconnected),
];

/// `GET /account/providers`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match super::who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    page(&visit, &who, StatusCode::OK, None).await
}

/// The page, with why nothing was connected. `None`: nobody is signed in any more.
pub(in crate::http::pages) async fn not_connected(
    visit: &Visit,
    status: StatusCode,
    not_in: NotIn,
) -> Result<Option<HttpResponse>, Failure> {
    match super::who(visit).await? {
        Ok(who) => page(visit, &who, status, Some(not_in)).await.map(Some),
        Err(_) => Ok(None),
    }
}

async fn page(
    visit: &Visit,
    who: &SignedIn,
    status: StatusCode,
    not_in: Option<NotIn>,
) -> Result<HttpResponse, Failure> {
    let identity = &visit.services.identity;
    let connected = identity.connected(who.session.user_id).await?;
    let is_new =
        |provider: &Provider| connected.iter().all(|it| it.link.provider_id != Some(provider.id));
    let others = identity.offered_providers().into_iter().filter(is_new).map(|it| ProviderButton {
        id: it.slug.to_string(),
        kind: it.kind,
        href: format!("{PATH}/{}/connect", it.slug),
        was_used: false,
        label: it.label,
    });
    let view = ProvidersView {
        // Whatever was sent, and to where, this is the page to come back to.
        frame: Frame { language_return: Some(PATH.to_owned()), ..frame(visit, who) },
        account: nav(AccountSection::Security, who, done(visit, NOTICES)?),
        others: others.collect(),
        connected: connected.iter().map(row).collect(),
        not_in,
    };
    // The forms lead on to the providers.
    html(status, &view, provider::beyond(visit, FormAction::Ours))
}

fn row(connected: &Connected) -> ConnectedView {
    let link = &connected.link;
    ConnectedView {
        provider: label(connected),
        person: told(link),
        since: link.created_at,
        last_used: link.synced_at,
        disconnect: format!("{PATH}/{}/disconnect", link.id),
    }
}

fn label(connected: &Connected) -> String {
    let label = connected.provider.as_ref().map(|provider| provider.label.clone());
    label.unwrap_or_else(|| connected.link.issuer.clone())
}

fn told(link: &FederationLink) -> Option<String> {
    let profile = &link.profile;
    link.email.clone().or_else(|| profile.name.clone()).or_else(|| profile.username.clone())
}

/// `POST /account/providers/{provider}/connect`.
pub async fn connect(
    visit: Visit,
    slug: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    let Some(session) = visit.session else { return Ok(see_other(login::address(Some(PATH)))) };
    let identity = &visit.services.identity;
    let mut answer = match identity.go_to_connect(&slug, session, browser).await {
        Ok(url) => see_other(url),
        Err(refused) => return turned_away(&visit, refused).await,
    };
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    }
    Ok(answer)
}

/// `GET /account/providers/{id}/disconnect`: asks.
pub async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    match theirs(&visit, &id, None).await? {
        Ok((who, connected)) => disconnect_page(&visit, &who, &connected, None),
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /account/providers/{id}/disconnect`.
pub async fn disconnect(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let (who, connected) = match theirs(&visit, &id, Some(&form)).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Some(session) = visit.session else { return Ok(see_other(login::address(Some(PATH)))) };
    let identity = &visit.services.identity;
    match identity.disconnect(session, connected.link.id, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{PATH}?done=disconnected"))),
        Err(DisconnectError::Needed(needed)) => {
            let key = match needed {
                Needed::LastWayIn => "error-factor-last",
                Needed::SecondFactor => "error-factor-needed",
            };
            disconnect_page(&visit, &who, &connected, Some(key))
        }
        Err(DisconnectError::NotSignedIn | DisconnectError::NotFresh) => Ok(see_other(PATH)),
        Err(DisconnectError::NotFound) => Err(Failure::not_found("no such connection")),
        Err(DisconnectError::Storage(error)) => Err(error.into()),
    }
}

/// A connection of who is signed in, if they proved a short while ago who they are. A form is looked at
/// before the connection is.
async fn theirs(
    visit: &Visit,
    id: &str,
    form: Option<&Fields>,
) -> Result<Result<(SignedIn, Connected), HttpResponse>, Failure> {
    let id: Option<FederationLinkId> = id.parse().ok();
    let page = id.map(|id| format!("{PATH}/{id}/disconnect"));
    let who = match fresh(visit, page.as_deref().unwrap_or(PATH)).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    if let Some(form) = form {
        verify(visit, &who, form)?;
    }
    let connected = visit.services.identity.connected(who.session.user_id).await?;
    let found = connected.into_iter().find(|it| Some(it.link.id) == id);
    let found = found.ok_or_else(|| Failure::not_found("no such connection of this person"))?;
    Ok(Ok((who, found)))
}

fn disconnect_page(
    visit: &Visit,
    who: &SignedIn,
    connected: &Connected,
    problem: Option<&'static str>,
) -> Result<HttpResponse, Failure> {
    let view = DisconnectView {
        frame: frame(visit, who),
        account: nav(AccountSection::Security, who, None),
        action: format!("{PATH}/{}/disconnect", connected.link.id),
        cancel: PATH.to_owned(),
        provider: label(connected),
        problem,
    };
    let status = if problem.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    html(status, &view, FormAction::Ours)
}
