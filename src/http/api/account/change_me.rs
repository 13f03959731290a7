//! `PATCH /api/account/me`: what one tells about oneself.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde_json::{Map, Value};

use super::person::member;
use super::{Details, Person};
use crate::domain::audit::Actor;
use crate::domain::details::Detail;
use crate::http::api::envelope::{Success, done};
use crate::http::api::error::{Code, invalid};
use crate::http::api::json::Members;
use crate::http::api::who::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::account::DetailsError;

/// Changes the details that are sent, by null or an empty text to nothing. What nobody may change
/// about themselves (roles, addresses, what was verified) is no member of this call, and left alone.
#[utoipa::path(patch, path = "/api/account/me", tag = "account", request_body = Details,
    responses((status = 200, description = "The person as they are now", body = Success<Person>)))]
pub async fn handle(visit: Visit, Members(sent): Members) -> Result<HttpResponse, Failure> {
    let user = who(&visit).await?.session.user_id;
    let changes = changes(&sent)?;
    let broken = |(detail, text): &(Detail, String)| {
        Some((member(*detail), detail.check(text).err()?.to_string()))
    };
    let errors: BTreeMap<_, _> = changes.iter().filter_map(broken).collect();
    if !errors.is_empty() {
        return Err(invalid(errors));
    }
    let (identity, by) = (&visit.services.identity, Actor::User(user));
    match identity.change_details(user, by, changes, None, &visit.context).await {
        Ok(profile) => Ok(done(&visit, Person::of(&profile, &visit.site.issuer))),
        Err(DetailsError::NotFound) => Err(Code::NotSignedIn.because("the account is gone")),
        Err(DetailsError::Invalid(error)) => Err(Failure::internal(error.to_string())),
        Err(DetailsError::Storage(error)) => Err(error.into()),
    }
}

fn changes(sent: &Map<String, Value>) -> Result<Vec<(Detail, String)>, Failure> {
    let mut changes = Vec::new();
    for detail in Detail::ALL {
        match sent.get(&member(*detail)) {
            None => {}
            Some(Value::Null) => changes.push((*detail, String::new())),
            Some(Value::String(text)) => changes.push((*detail, text.clone())),
            Some(_) => return Err(Failure::bad_request("a detail is not a text")),
        }
    }
    Ok(changes)
}
