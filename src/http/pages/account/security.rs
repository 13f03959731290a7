//! What one signs in with.

use actix_web::HttpResponse;

use super::{frame, nav, password, who};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::page;
use crate::http::pages::view::{AccountNotice, AccountSection, SecurityView};

/// Where it is.
pub const PATH: &str = "/account/security";

/// `GET /account/security`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let notice = match visit.fields()?.get("password") {
        Some("saved") => Some(AccountNotice::PasswordSaved { others_ended: false }),
        Some("saved-others-ended") => Some(AccountNotice::PasswordSaved { others_ended: true }),
        _ => None,
    };
    page(&SecurityView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Security, &who, notice),
        has_password: visit.services.identity.has_password(&who).await?,
        change_password: password::PATH.to_owned(),
    })
}
