//! People close their account for a while.

use actix_web::HttpResponse;

use super::{frame, fresh, nav, person, verify};
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::{page, see_other};
use crate::http::pages::view::{AccountSection, DeactivateView, DeactivatedView, NextStep};
use crate::identity::closing::{CloseError, WayBack};

/// Where it is asked.
pub(super) const PATH: &str = "/account/data/deactivate";

/// `GET /account/data/deactivate`: asks.
pub async fn ask(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let identity = &visit.services.identity;
    page(&DeactivateView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Data, &who, None),
        name: person::identifier(&who.profile),
        action: PATH.to_owned(),
        cancel: "/account/data".to_owned(),
        is_mailed: identity.reaches(&who.profile),
        is_last_administrator: identity.is_last_administrator(&who.profile).await?,
    })
}

/// `POST /account/data/deactivate`.
pub async fn deactivate(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let gone = || Failure::forged("the session changed while the account was deactivated");
    let session = visit.session.ok_or_else(gone)?;
    let deactivated = visit.services.identity.deactivate_own_account(session, &visit.context);
    let back = match deactivated.await {
        Ok(back) => back,
        // The page says why, and has no button.
        Err(CloseError::LastAdministrator) => return Ok(see_other(PATH)),
        Err(CloseError::NotSignedIn | CloseError::NotFresh) => return Err(gone()),
        Err(CloseError::Storage(error)) => return Err(error.into()),
    };
    let mut answer = see_other(match back {
        WayBack::Mailed => "/deactivated",
        WayBack::AskedFor => "/deactivated?back=asked-for",
        WayBack::Operator => "/deactivated?back=operator",
    });
    let cookie = cookies::removal(&visit.site.issuer, Kind::Session);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(answer)
}

/// `GET /deactivated`: what comes next. It says nothing of anybody, so anybody may see it.
pub async fn done(visit: Visit) -> Result<HttpResponse, Failure> {
    let next = Some(NextStep::SignIn("/login".to_owned()));
    let back = match visit.fields()?.text("back") {
        "asked-for" => WayBack::AskedFor,
        "operator" => WayBack::Operator,
        _ => WayBack::Mailed,
    };
    page(&DeactivatedView { frame: visit.frame(None), back, next })
}
