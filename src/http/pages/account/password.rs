//! Changing one's own password.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{frame, fresh, nav, person, security, verify};
use crate::domain::rate_limit::Standing;
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::fault::seconds_until;
use crate::http::pages::flow::{set_device, set_session};
use crate::http::pages::new_account::password_error;
use crate::http::pages::view::{
    AccountSection, ChangePasswordError, ChangePasswordView, PasswordError,
};
use crate::http::rate_limit;
use crate::identity::change_password::{ChangeError, PasswordChange};

/// Where it is.
pub const PATH: &str = "/account/password";

/// `GET /account/password`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let has_password = visit.services.identity.has_password(&who).await?;
    page(&visit, &who, has_password, true, Vec::new()).await
}

/// `POST /account/password`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let identity = &visit.services.identity;
    let has_password = identity.has_password(&who).await?;
    let change = typed(&visit, &form);
    let mut errors = missing(&change, has_password);
    let mut standing = Standing::new();
    if let (true, Some(session)) = (errors.is_empty(), visit.session) {
        let (new, end_others) = (change.new.clone(), change.end_others);
        match identity.change_password(session, change, &visit.context).await {
            Ok(changed) => {
                let done = if end_others { "saved-others-ended" } else { "saved" };
                let mut answer = see_other(format!("{}?password={done}", security::PATH));
                set_session(&visit, &mut answer, &changed.session)?;
                set_device(&visit, &mut answer, changed.device)?;
                return Ok(answer);
            }
            Err(error) => {
                if let ChangeError::TooMany { standing: left, .. } = &error {
                    standing.clone_from(left);
                }
                match told(&visit, error, new.expose())? {
                    Some(error) => errors.push(error),
                    None => return ended(&visit).await,
                }
            }
        }
    }
    let mut answer = page(&visit, &who, has_password, form.ticked("end_others"), errors).await?;
    rate_limit::attach(&mut answer, &standing, visit.site.env.now());
    Ok(answer)
}

fn typed(visit: &Visit, form: &Fields) -> PasswordChange {
    PasswordChange {
        current: form.secret("current_password"),
        new: form.secret("password"),
        end_others: form.ticked("end_others"),
        device: visit.device,
    }
}

fn missing(change: &PasswordChange, has_password: bool) -> Vec<ChangePasswordError> {
    let mut errors = Vec::new();
    if has_password && change.current.expose().is_empty() {
        errors.push(ChangePasswordError::CurrentMissing);
    }
    if change.new.expose().is_empty() {
        errors.push(ChangePasswordError::New(PasswordError::Missing));
    }
    errors
}

/// What is told on the page of the form; `None` where there is no page any more.
fn told(
    visit: &Visit,
    error: ChangeError,
    new: &str,
) -> Result<Option<ChangePasswordError>, Failure> {
    Ok(Some(match error {
        ChangeError::WrongCurrent => ChangePasswordError::CurrentWrong,
        ChangeError::Unchanged => ChangePasswordError::Unchanged,
        ChangeError::Problem(problem) => ChangePasswordError::New(password_error(problem, new)),
        ChangeError::TooMany { retry_at, standing: _ } => {
            let seconds = seconds_until(retry_at, visit.site.env.now());
            ChangePasswordError::TooManyAttempts { seconds }
        }
        ChangeError::NotSignedIn | ChangeError::NotFresh => return Ok(None),
        ChangeError::Hashing(error) => return Err(error.into()),
        ChangeError::Storage(error) => return Err(error.into()),
    }))
}

/// The session ended, or grew too old, while the password was being changed.
async fn ended(visit: &Visit) -> Result<HttpResponse, Failure> {
    match fresh(visit, PATH).await? {
        Err(elsewhere) => Ok(elsewhere),
        Ok(_) => Err(Failure::forged("the session changed while the password was changed")),
    }
}

async fn page(
    visit: &Visit,
    who: &SignedIn,
    has_password: bool,
    end_others: bool,
    errors: Vec<ChangePasswordError>,
) -> Result<HttpResponse, Failure> {
    let wait = errors.iter().find_map(|error| match error {
        ChangePasswordError::TooManyAttempts { seconds } => Some(*seconds),
        _ => None,
    });
    let status = match wait {
        Some(_) => StatusCode::TOO_MANY_REQUESTS,
        None if errors.is_empty() => StatusCode::OK,
        None => StatusCode::BAD_REQUEST,
    };
    let view = ChangePasswordView {
        frame: frame(visit, who),
        account: nav(AccountSection::Security, who, None),
        action: PATH.to_owned(),
        cancel: security::PATH.to_owned(),
        username: person::identifier(&who.profile),
        has_password,
        password_min: visit.services.identity.password_min(Some(who.session.user_id)).await?,
        end_others,
        errors,
    };
    let mut answer = html(status, &view, FormAction::Ours)?;
    if let Some(seconds) = wait {
        rate_limit::retry_after(&mut answer, seconds);
        // Of a window's refusals only the first is on the trail.
        if let Some(note) = Failure::too_many(seconds).note() {
            note.attach(&mut answer);
        }
    }
    Ok(answer)
}
