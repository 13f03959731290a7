//! What happened to the account.

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};

use super::{frame, nav, place, who};
use crate::domain::user_agent;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::page;
use crate::http::pages::view::{AccountSection, ActivityView, HappeningView, SENTENCES};
use crate::identity::activity::{By, Happening};
use crate::kernel::ids::AuditEventId;

const PATH: &str = "/account/activity";

/// Entries of a page.
const PAGE: u32 = 25;

/// `GET /account/activity`, with `after` where it goes on.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let after = match visit.fields()?.get("after") {
        Some(text) => Some(position(text).ok_or_else(|| Failure::bad_request("no such place"))?),
        None => None,
    };
    let (identity, user) = (&visit.services.identity, who.session.user_id);
    let actions = SENTENCES.iter().map(|(action, _)| (*action).to_owned()).collect();
    let activity = identity.activity(user, actions, after, PAGE).await?;
    let last = activity.happenings.last().filter(|_| activity.more);
    let frame = frame(&visit, &who);
    let at = |ip: Option<&str>| place(&visit, &frame, ip);
    let happenings = activity.happenings.iter().cloned().map(|it| shown(it, at)).collect();
    page(&ActivityView {
        account: nav(AccountSection::Activity, &who, None),
        newest: after.map(|_| PATH.to_owned()),
        older: last.map(|it| format!("{PATH}?after={}", behind(it))),
        happenings,
        frame,
    })
}

/// A place in the list, behind the entry of this time and id.
pub(in crate::http) fn position(text: &str) -> Option<(DateTime<Utc>, AuditEventId)> {
    let (micros, id) = text.split_once('-')?;
    Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, id.parse().ok()?))
}

/// The place behind an entry, as [`position`] reads it.
pub(in crate::http) fn behind(happening: &Happening) -> String {
    format!("{}-{}", happening.at.timestamp_micros(), happening.id)
}

fn shown(happening: Happening, place: impl Fn(Option<&str>) -> Option<String>) -> HappeningView {
    let agent = happening.user_agent.as_deref().unwrap_or_default();
    let (browser, system) = user_agent::describe(agent);
    HappeningView {
        action: happening.action,
        at: happening.at,
        by: match happening.by {
            By::Yourself | By::Unknown => None,
            By::Administrator => Some("activity-by-administrator"),
            By::App => Some("activity-by-app"),
            By::Service => Some("activity-by-service"),
        },
        success: happening.success,
        app: happening.app,
        browser,
        system,
        place: place(happening.ip.as_deref()),
        address: happening.ip,
    }
}
