//! The name to sign in with besides the addresses.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{frame, fresh, nav, verify};
use crate::domain::address::Username;
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::fault::seconds_until;
use crate::http::pages::view::{AccountSection, UsernameView, UsernameViewError};
use crate::http::rate_limit;
use crate::identity::username::UsernameError;

const PATH: &str = "/account/username";

/// `GET /account/username`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let present = who.profile.user.username.as_ref().map_or("", Username::as_str);
    page(&visit, &who, present, None)
}

/// `POST /account/username`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let gone = || Failure::forged("the session changed while the username was changed");
    let (typed, session) = (form.text("username"), visit.session.ok_or_else(gone)?);
    let changed = visit.services.identity.change_username(session, typed, &visit.context).await;
    let error = match changed {
        Ok(()) => return Ok(see_other("/account?changed=username")),
        Err(UsernameError::Invalid) => UsernameViewError::Invalid,
        Err(UsernameError::Taken) => UsernameViewError::Taken,
        Err(UsernameError::TooMany { retry_at, .. }) => {
            let seconds = seconds_until(retry_at, visit.site.env.now());
            UsernameViewError::TooMany { seconds }
        }
        Err(UsernameError::NotSignedIn | UsernameError::NotFresh) => return Err(gone()),
        Err(UsernameError::Storage(error)) => return Err(error.into()),
    };
    page(&visit, &who, typed, Some(error))
}

fn page(
    visit: &Visit,
    who: &SignedIn,
    typed: &str,
    error: Option<UsernameViewError>,
) -> Result<HttpResponse, Failure> {
    let status = match error {
        None => StatusCode::OK,
        Some(UsernameViewError::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(UsernameViewError::Invalid | UsernameViewError::Taken) => StatusCode::BAD_REQUEST,
    };
    let view = UsernameView {
        frame: frame(visit, who),
        account: nav(AccountSection::Profile, who, None),
        action: PATH.to_owned(),
        cancel: "/account".to_owned(),
        username: typed.to_owned(),
        has_one: who.profile.user.username.is_some(),
        error,
    };
    let mut answer = html(status, &view, FormAction::Ours)?;
    if let Some(UsernameViewError::TooMany { seconds }) = error {
        rate_limit::retry_after(&mut answer, seconds);
    }
    Ok(answer)
}
