//! `GET /api/account/sessions`: where one is signed in.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::session::Session;
use crate::domain::user_agent;
use crate::http::api::envelope::{Success, done, timestamp};
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::account::place;
use crate::kernel::ids::SessionId;

/// Where one is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// The last used first.
    sessions: Vec<SignedInBrowser>,
}

/// A browser in which one is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedInBrowser {
    /// What it is called in calls.
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// What it calls itself.
    browser: Option<String>,
    /// What it runs on.
    system: Option<String>,
    /// From where it signed in.
    address: Option<String>,
    /// Where that is, in the language of the request; null where it is not known.
    place: Option<String>,
    /// When it signed in (RFC 3339).
    created_at: String,
    /// When it was last seen, to the minute (RFC 3339).
    last_used_at: String,
    /// When the session ends at the latest (RFC 3339).
    expires_at: String,
}

/// Lists the browsers in which the person is signed in.
#[utoipa::path(get, path = "/api/account/sessions", tag = "account",
    responses((status = 200, description = "The sessions", body = Success<Sessions>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = who(&visit).await?;
    let sessions = visit.services.identity.sessions(who.session.user_id).await?;
    let frame = visit.frame(None);
    let at = |ip: Option<&str>| place(&visit, &frame, ip);
    let sessions = sessions.into_iter().map(|it| row(it, who.session.id, at)).collect();
    Ok(done(&visit, Sessions { sessions }))
}

fn row(
    session: Session,
    present: SessionId,
    place: impl Fn(Option<&str>) -> Option<String>,
) -> SignedInBrowser {
    let (browser, system) = user_agent::describe(session.user_agent.as_deref().unwrap_or_default());
    SignedInBrowser {
        id: session.id.to_string(),
        current: session.id == present,
        browser,
        system,
        place: place(session.ip.as_deref()),
        address: session.ip,
        created_at: timestamp(session.created_at),
        last_used_at: timestamp(session.last_used_at),
        expires_at: timestamp(session.expires_at),
    }
}
