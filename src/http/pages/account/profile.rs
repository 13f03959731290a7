//! The account home.

use actix_web::HttpResponse;

use super::{frame, nav, who};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::{page, see_other};
use crate::http::pages::view::{AccountSection, ProfileView};

/// `GET /`.
pub async fn home() -> HttpResponse {
    see_other("/account")
}

/// `GET /account`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (user, address) = (&who.profile.user, who.profile.primary_address.as_ref());
    page(&ProfileView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Profile, &who, None),
        name: user.name.clone(),
        email: address.map(|address| address.email.as_typed().to_owned()),
        email_verified: address.is_some_and(|address| address.verified_at.is_some()),
        username: user.username.as_ref().map(|username| username.as_str().to_owned()),
        created_at: user.created_at,
    })
}
