//! `POST /api/auth/login`: a password.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::api::elsewhere;
use crate::http::api::envelope::Success;
use crate::http::api::error::invalid;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::api::step::SignIn;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::{Credentials, Input};
use crate::kernel::secret::Secret;

/// What the person typed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// An email address or a username. May be called `email` or `username` instead.
    #[serde(alias = "email", alias = "username")]
    #[schema(min_length = 1)]
    identifier: String,
    /// The password; empty to learn where an address leads.
    #[schema(format = "password")]
    password: String,
    /// Whether the sign-in outlives the browser window; as before, where somebody proves anew who they are.
    remember_me: Option<bool>,
    /// The sign-in that goes on; without it, one begins.
    flow: Option<String>,
}

/// Signs in with a password, or takes the first step of it.
///
/// The answer tells what comes next; `done` comes with the person, an access token and the session
/// cookie. A wrong name and a wrong password are answered alike. Where a provider owns the domain of the
/// address, the next step is `provider`, whoever has it.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Login,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(login): Json<Login>) -> Result<HttpResponse, Failure> {
    let identifier = login.identifier.trim().to_owned();
    let elsewhere = elsewhere::leave(&visit, &identifier, login.flow.as_deref(), login.remember_me);
    if let Some(answer) = elsewhere.await? {
        return Ok(answer);
    }
    check_there(&identifier, &login.password)?;
    let (at, remember) = signing_in::at(&visit, login.flow.as_deref(), login.remember_me).await?;
    let password = Secret::from(login.password.as_str());
    let input =
        Input::Password(Credentials { identifier, password, remember, trust_browser: false });
    signing_in::take(&visit, at, input).await
}

/// As on the page: what was left out is no attempt.
fn check_there(identifier: &str, password: &str) -> Result<(), Failure> {
    let members = [("identifier", identifier), ("password", password)];
    let left_out = members.into_iter().filter(|(_, text)| text.is_empty());
    let fields: BTreeMap<_, _> =
        left_out.map(|(name, _)| (name.to_owned(), "must not be empty".to_owned())).collect();
    if fields.is_empty() { Ok(()) } else { Err(invalid(fields)) }
}
