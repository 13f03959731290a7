//! `GET /api/account/me`: who one is.

use actix_web::HttpResponse;

use super::Person;
use crate::http::api::envelope::{Success, done};
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;

/// Tells who is signed in, and what is known about them.
#[utoipa::path(get, path = "/api/account/me", tag = "account",
    responses((status = 200, description = "The person", body = Success<Person>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = who(&visit).await?;
    Ok(done(&visit, Person::of(&who.profile, &visit.site.issuer)))
}
