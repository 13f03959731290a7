//! `POST /api/account/password`: one's own password.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::api::envelope::{Nothing, Success, done};
use crate::http::api::error::{self, Code, invalid};
use crate::http::api::json::Json;
use crate::http::api::refresh_cookie;
use crate::http::api::who;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::flow::{set_device, set_session};
use crate::identity::change_password::{ChangeError, PasswordChange};
use crate::kernel::secret::Secret;

/// Both passwords.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Passwords {
    /// The one that the account has; may be left out where it has none.
    #[serde(default)]
    #[schema(format = "password")]
    current_password: String,
    /// The one that it is to have.
    #[schema(min_length = 8, format = "password")]
    new_password: String,
    /// Whether all other browsers are signed out.
    #[serde(default)]
    end_others: bool,
}

/// Changes the password. Needs a fresh sign-in.
///
/// This browser stays signed in by its session cookie. Access tokens and refresh cookies of before are worth
/// nothing after it, the front end's own included.
#[utoipa::path(post, path = "/api/account/password", tag = "account", request_body = Passwords,
    responses((status = 200, description = "The password is the new one", body = Success<Nothing>)))]
pub async fn handle(visit: Visit, Json(sent): Json<Passwords>) -> Result<HttpResponse, Failure> {
    let (who, session) = who::session(&visit).await?;
    let identity = &visit.services.identity;
    if sent.current_password.is_empty() && identity.has_password(&who).await? {
        return Err(invalid([("currentPassword".to_owned(), "must be there".to_owned())].into()));
    }
    let change = PasswordChange {
        current: Secret::from(sent.current_password.as_str()),
        new: Secret::from(sent.new_password.as_str()),
        end_others: sent.end_others,
        device: visit.device,
    };
    let changed = identity.change_password(session, change, &visit.context).await;
    let changed = changed.map_err(|error| refused(&visit, error))?;
    let mut answer = done(&visit, Nothing {});
    refresh_cookie::forget(&visit, &mut answer)?;
    set_session(&visit, &mut answer, &changed.session)?;
    set_device(&visit, &mut answer, changed.device)?;
    Ok(answer)
}

fn refused(visit: &Visit, error: ChangeError) -> Failure {
    let broken = |reason: String| invalid([("newPassword".to_owned(), reason)].into());
    match error {
        ChangeError::NotSignedIn => Code::NotSignedIn.because("no live session"),
        ChangeError::NotFresh => Code::FreshSignInRequired.because("the sign-in is too long ago"),
        ChangeError::WrongCurrent => {
            Code::InvalidCredentials.because("the current password is wrong").on_record()
        }
        ChangeError::Unchanged => broken(error.to_string()),
        ChangeError::Problem(problem) => broken(problem.to_string()),
        ChangeError::TooMany { retry_at, standing } => {
            error::too_many(retry_at, standing, visit.site.env.now())
        }
        ChangeError::Hashing(error) => error.into(),
        ChangeError::Storage(error) => error.into(),
    }
}
