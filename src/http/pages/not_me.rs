//! "This was not me": the link of the mail that told of a sign-in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, page, see_other};
use super::dead_link;
use super::fault::seconds_until;
use super::forgot_password;
use super::link::{show_bound, verify};
use super::opened_link;
use super::view::{Disowning, NotMeDoneView, NotMeView};
use crate::http::error::Failure;
use crate::http::extract::cookies::Kind;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::identity::closing::WayBack;
use crate::identity::recover::{Disowned, NotMeError, Sighting};
use crate::kernel::secret::Secret;
use crate::mail::links;

/// Where it is.
pub const PATH: &str = links::NOT_ME;

/// Where one comes who has pressed the button.
pub const DONE: &str = "/not-me/done";

/// `GET /not-me?token=…`, which leads to `GET /not-me`: looking ends nothing.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let identity = &visit.services.identity;
    if let Some(secret) = opened_link::in_address(&visit)? {
        identity.sighting(&secret).await.map_err(|error| refused(&visit, error))?;
        return opened_link::keep(&visit, PATH, Kind::NotMeLink, &secret);
    }
    let secret = kept(&visit)?;
    let sighting = identity.sighting(&secret).await.map_err(|error| refused(&visit, error))?;
    let Sighting { at, ip, user_agent } = sighting;
    show_bound(&visit, &secret, |frame| {
        let view = NotMeView { frame, action: PATH.to_owned(), at, ip, user_agent };
        html(StatusCode::OK, &view, FormAction::Ours)
    })
}

/// `POST /not-me`.
pub async fn submit(visit: Visit, Form(fields): Form) -> Result<HttpResponse, Failure> {
    let secret = visit.link_cookie(Kind::NotMeLink).ok_or_else(opened_link::not_here)?;
    verify(&visit, &secret, &fields)?;
    let identity = &visit.services.identity;
    let disowned = identity.disown(&secret, &visit.context).await;
    let mut answer = see_other(match disowned.map_err(|error| refused(&visit, error))? {
        Disowned::Now(WayBack::Mailed) => DONE.to_owned(),
        Disowned::Now(WayBack::AskedFor) => format!("{DONE}?link=left-out"),
        Disowned::Now(WayBack::Operator) => format!("{DONE}?link=none"),
        Disowned::Before => format!("{DONE}?link=before"),
    });
    opened_link::forget(&visit, &mut answer, Kind::NotMeLink)?;
    Ok(answer)
}

/// `GET /not-me/done`: what comes next. It says nothing of anybody, so anybody may see it.
pub async fn done(visit: Visit) -> Result<HttpResponse, Failure> {
    let disowning = match visit.fields()?.text("link") {
        "left-out" => Disowning::LinkLeftOut,
        "none" => Disowning::NoLink,
        "before" => Disowning::Before,
        _ => Disowning::LinkMailed,
    };
    let asks = visit.services.identity.offers().mail && disowning != Disowning::NoLink;
    let again = asks.then(|| forgot_password::PATH.to_owned());
    page(&NotMeDoneView { frame: visit.frame(None), disowning, again })
}

/// The secret of the link that was opened in this browser.
fn kept(visit: &Visit) -> Result<Secret<String>, Failure> {
    visit.link_cookie(Kind::NotMeLink).ok_or_else(|| refused(visit, NotMeError::Unusable))
}

fn refused(visit: &Visit, error: NotMeError) -> Failure {
    match error {
        NotMeError::TooMany { retry_at, standing } => {
            let now = visit.site.env.now();
            Failure::too_many(seconds_until(retry_at, now)).within(standing)
        }
        NotMeError::Unusable => dead_link::undoing(visit, &error),
        NotMeError::Storage(error) => error.into(),
    }
}
