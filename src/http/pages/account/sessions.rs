//! Where one is signed in.

use actix_web::{HttpResponse, web};

use super::{devices, frame, nav, place, verify, who};
use crate::domain::session::Session;
use crate::domain::user_agent;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::{page, see_other};
use crate::http::pages::view::{AccountNotice, AccountSection, SessionView, SessionsView};
use crate::identity::session::SessionError;
use crate::kernel::ids::SessionId;

const PATH: &str = "/account/sessions";

/// `GET /account/sessions`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let notice = match visit.fields()?.get("done") {
        Some("ended") => Some(AccountNotice::SessionEnded),
        Some("others-ended") => Some(AccountNotice::OtherSessionsEnded),
        Some("forgotten") => Some(AccountNotice::DeviceForgotten),
        Some("all-forgotten") => Some(AccountNotice::DevicesForgotten),
        _ => None,
    };
    let mut sessions = visit.services.identity.sessions(who.session.user_id).await?;
    sessions.sort_by_key(|session| session.id != who.session.id);
    let known = visit.services.identity.devices(who.session.user_id, visit.device).await?;
    let frame = frame(&visit, &who);
    let at = |ip: Option<&str>| place(&visit, &frame, ip);
    let rows = sessions.into_iter().map(|session| row(session, who.session.id, at)).collect();
    let known = known.into_iter().map(|known| devices::row(known, at)).collect();
    page(&SessionsView {
        account: nav(AccountSection::Sessions, &who, notice),
        sessions: rows,
        end_others: format!("{PATH}/end-others"),
        devices: known,
        forget_all: devices::FORGET_ALL.to_owned(),
        frame,
    })
}

fn row(
    session: Session,
    present: SessionId,
    place: impl Fn(Option<&str>) -> Option<String>,
) -> SessionView {
    let (browser, system) = user_agent::describe(session.user_agent.as_deref().unwrap_or_default());
    SessionView {
        end: format!("{PATH}/{}/end", session.id),
        current: session.id == present,
        browser,
        system,
        place: place(session.ip.as_deref()),
        address: session.ip,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
    }
}

/// `POST /account/sessions/{id}/end`.
pub async fn end(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let not_found = || Failure::not_found("no such session of this person");
    let id = id.parse().map_err(|_| not_found())?;
    match visit.services.identity.end_session(who.session.user_id, id, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{PATH}?done=ended"))),
        Err(SessionError::NotFound) => Err(not_found()),
        Err(SessionError::Storage(error)) => Err(error.into()),
    }
}

/// `POST /account/sessions/end-others`.
pub async fn end_others(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let (user, present) = (who.session.user_id, who.session.id);
    visit.services.identity.end_other_sessions(user, present, &visit.context).await?;
    Ok(see_other(format!("{PATH}?done=others-ended")))
}
