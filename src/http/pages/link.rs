//! A new password by a one-time link.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::account::person;
use super::answer::{html, page};
use super::dead_link;
use super::fault::seconds_until;
use super::new_account::password_error;
use super::opened_link;
use super::view::{Frame, NextStep, PasswordError, PasswordSavedView, SetPasswordView};
use crate::domain::user::Profile;
use crate::http::error::Failure;
use crate::http::extract::cookies::Kind;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;
use crate::http::middleware::headers::FormAction;
use crate::identity::admin::link::{LinkError, OpenLink};
use crate::identity::register::RegisterProblem;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;

/// What makes the page of a link of some kind that does nothing, for this reason.
pub(super) type DeadPage = fn(&Visit, &dyn std::error::Error) -> Failure;

/// Where it is.
const PATH: &str = "/set-password";

/// `GET /set-password?token=…`, which leads to `GET /set-password`: looking uses nothing up, so that a
/// mail scanner does no harm.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    if let Some(secret) = opened_link::in_address(&visit)? {
        person_of(&visit, &secret).await?;
        return opened_link::keep(&visit, PATH, Kind::PasswordLink, &secret);
    }
    let secret = kept(&visit)?;
    let profile = person_of(&visit, &secret).await?;
    form(&visit, &secret, &profile, None).await
}

/// The secret of the link that was opened in this browser.
fn kept(visit: &Visit) -> Result<Secret<String>, Failure> {
    visit.link_cookie(Kind::PasswordLink).ok_or_else(|| refused(visit, LinkError::Unusable))
}

/// `POST /set-password`.
pub async fn submit(visit: Visit, Form(fields): Form) -> Result<HttpResponse, Failure> {
    let secret = visit.link_cookie(Kind::PasswordLink).ok_or_else(opened_link::not_here)?;
    verify(&visit, &secret, &fields)?;
    let typed = fields.secret("password");
    let identity = &visit.services.identity;
    match identity.redeem_password_link(&secret, &typed, &visit.context).await {
        Ok(_) => {
            let next = Some(NextStep::SignIn("/login".to_owned()));
            let frame = Frame { language_return: None, ..visit.frame(None) };
            let mut answer = page(&PasswordSavedView { frame, next })?;
            opened_link::forget(&visit, &mut answer, Kind::PasswordLink)?;
            Ok(answer)
        }
        Err(LinkError::Problems(problems)) => {
            let error = problems.iter().find_map(|problem| match problem {
                RegisterProblem::Password(problem) => {
                    Some(password_error(*problem, typed.expose()))
                }
                _ => None,
            });
            let profile = person_of(&visit, &secret).await?;
            let error = error.unwrap_or(PasswordError::Missing);
            form(&visit, &secret, &profile, Some(error)).await
        }
        Err(error) => Err(refused(&visit, error)),
    }
}

async fn person_of(visit: &Visit, secret: &Secret<String>) -> Result<Box<Profile>, Failure> {
    match visit.services.identity.open_link(secret).await.map_err(|error| refused(visit, error))? {
        OpenLink::Password(profile) => Ok(profile),
        OpenLink::Administrator => Err(refused(visit, LinkError::Unusable)),
    }
}

async fn form(
    visit: &Visit,
    secret: &Secret<String>,
    profile: &Profile,
    error: Option<PasswordError>,
) -> Result<HttpResponse, Failure> {
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let password_min = visit.services.identity.password_min(Some(profile.user.id)).await?;
    show_bound(visit, secret, |frame| {
        let view = SetPasswordView {
            frame,
            action: PATH.to_owned(),
            account: person::identifier(profile),
            password_min,
            error,
        };
        html(status, &view, FormAction::Ours)
    })
}

/// The secret of the link that was opened.
pub(super) fn secret(visit: &Visit) -> Result<Secret<String>, Failure> {
    Ok(visit.fields()?.secret("token"))
}

/// A page with a form that is bound to the browser and to the link.
pub(super) fn show_bound(
    visit: &Visit,
    secret: &Secret<String>,
    render: impl FnOnce(Frame) -> Result<HttpResponse, Failure>,
) -> Result<HttpResponse, Failure> {
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    let csrf = visit.csrf(Binding::Link(browser, TokenHash::of(secret.expose())));
    let mut answer = render(Frame { csrf, ..visit.frame(None) })?;
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    }
    Ok(answer)
}

/// Refuses a form that was not shown to this browser for this link.
pub(super) fn verify(visit: &Visit, secret: &Secret<String>, form: &Fields) -> Result<(), Failure> {
    let check = || {
        let browser = visit.browser.0.ok_or_else(super::fault::other_browser)?;
        visit.verify(Binding::Link(browser, TokenHash::of(secret.expose())), form)
    };
    check().map_err(|failure| failure.next(NextStep::TryAgain(visit.address())))
}

/// A link that sets a password, and did nothing.
pub(super) fn refused(visit: &Visit, error: LinkError) -> Failure {
    refused_as(dead_link::password, visit, error)
}

/// A link that did nothing, on the page of its kind.
pub(super) fn refused_as(dead: DeadPage, visit: &Visit, error: LinkError) -> Failure {
    match error {
        LinkError::TooMany { retry_at, standing } => {
            let now = visit.site.env.now();
            Failure::too_many(seconds_until(retry_at, now)).within(standing)
        }
        LinkError::Unusable | LinkError::Problems(_) => dead(visit, &error),
        LinkError::Hashing(error) => error.into(),
        LinkError::Storage(error) => error.into(),
    }
}
