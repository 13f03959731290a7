//! `GET /api/account/activity`: what happened to one's account.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::user_agent;
use crate::http::api::envelope::{Success, done, timestamp};
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::account::activity::{behind, position};
use crate::http::pages::account::place;
use crate::http::pages::view::{SENTENCES, sentence};
use crate::i18n::Locale;
use crate::identity::activity::{By, Happening};

/// Entries of a page.
const PAGE: u32 = 25;

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Happenings {
    /// Newest first.
    activity: Vec<Happened>,
    /// What `after` is for those that were before; null where there are none.
    next: Option<String>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Happened {
    /// What it is called in the trail.
    id: String,
    /// What happened: stable, for programs.
    action: String,
    /// The same in the language of the request, for people.
    sentence: String,
    /// When (RFC 3339).
    at: String,
    /// Who did it.
    by: Who,
    /// Whether it came to be.
    success: bool,
    /// The app that it was about.
    app: Option<String>,
    /// What the browser calls itself.
    browser: Option<String>,
    /// What it runs on.
    system: Option<String>,
    /// From where.
    address: Option<String>,
    /// Where that is, in the language of the request; null where it is not known.
    place: Option<String>,
}

/// Who did it.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The person.
    Yourself,
    /// Somebody who looks after the accounts.
    Administrator,
    /// An app.
    App,
    /// Latchkey.
    Service,
    /// Nobody knows: somebody who was not signed in.
    Unknown,
}

impl From<By> for Who {
    fn from(by: By) -> Self {
        match by {
            By::Yourself => Self::Yourself,
            By::Administrator => Self::Administrator,
            By::App => Self::App,
            By::Service => Self::Service,
            By::Unknown => Self::Unknown,
        }
    }
}

/// Tells what happened to the account, newest first, a page at a time.
#[utoipa::path(get, path = "/api/account/activity", tag = "account",
    params(("after" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, description = "What happened", body = Success<Happenings>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let user = who(&visit).await?.session.user_id;
    let after = match visit.fields()?.get("after") {
        Some(text) => Some(position(text).ok_or_else(|| Failure::bad_request("no such place"))?),
        None => None,
    };
    let actions = SENTENCES.iter().map(|(action, _)| (*action).to_owned()).collect();
    let activity = visit.services.identity.activity(user, actions, after, PAGE).await?;
    let next = activity.happenings.last().filter(|_| activity.more).map(behind);
    let frame = visit.frame(None);
    let at = |ip: Option<&str>| place(&visit, &frame, ip);
    let activity = activity.happenings.into_iter().map(|it| row(it, frame.locale, at)).collect();
    Ok(done(&visit, Happenings { activity, next }))
}

fn row(
    happening: Happening,
    locale: Locale,
    place: impl Fn(Option<&str>) -> Option<String>,
) -> Happened {
    let agent = happening.user_agent.as_deref().unwrap_or_default();
    let (browser, system) = user_agent::describe(agent);
    Happened {
        id: happening.id.to_string(),
        sentence: sentence(&happening.action, locale),
        action: happening.action,
        at: timestamp(happening.at),
        by: happening.by.into(),
        success: happening.success,
        app: happening.app,
        browser,
        system,
        place: place(happening.ip.as_deref()),
        address: happening.ip,
    }
}
