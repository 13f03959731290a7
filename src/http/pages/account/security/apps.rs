//! Authenticator apps: add, rename, remove.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::{ended, recovery_codes, session};
use crate::domain::credential::totp::{Authenticator, AuthenticatorName, BadName, TotpCode};
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::account::{frame, fresh, nav, security, verify};
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::flow::set_session;
use crate::http::pages::view::{
    AccountSection, ConfirmAppView, EnrolmentError, EnrolmentView, Frame, NameError, NameView,
    RemoveFactorError, RemoveFactorView,
};
use crate::identity::authenticators::FactorError;
use crate::identity::ways_in::Needed;
use crate::kernel::ids::AuthenticatorId;

/// Where one is added.
pub(super) const NEW: &str = "/account/security/apps/new";

/// Where something is done to one.
pub(super) fn path(app: &Authenticator, what: &str) -> String {
    format!("/account/security/apps/{}/{what}", app.id)
}

/// `GET /account/security/apps/new`.
pub async fn ask_name(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, NEW).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let suggested = frame(&visit, &who).locale.text("app-name-default");
    name_page(&visit, &who, NEW, None, suggested, None)
}

/// `POST /account/security/apps/new`. Begins an app under a name, or confirms the one that the form
/// names.
pub async fn add(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, NEW).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    match form.get("authenticator") {
        None => begin(&visit, &who, &form).await,
        Some(id) => match id.parse() {
            Ok(id) => confirm(&visit, &who, id, &form).await,
            Err(_) => over(&visit, &who),
        },
    }
}

async fn begin(visit: &Visit, who: &SignedIn, form: &Fields) -> Result<HttpResponse, Failure> {
    let typed = form.text("name").to_owned();
    let name = match AuthenticatorName::parse(&typed) {
        Ok(name) => name,
        Err(bad) => return name_page(visit, who, NEW, None, typed, Some(bad.into())),
    };
    match visit.services.identity.begin_authenticator(session(visit)?, name).await {
        Ok(begun) => {
            let frame = frame(visit, who);
            let again = NEW.to_owned();
            let enrolment = EnrolmentView::begun(&begun, again.clone(), again, frame.locale);
            app_page(visit, who, enrolment, StatusCode::OK)
        }
        Err(FactorError::TooMany) => {
            name_page(visit, who, NEW, None, typed, Some(NameError::TooMany))
        }
        Err(error) => ended(visit, NEW, error).await,
    }
}

async fn confirm(
    visit: &Visit,
    who: &SignedIn,
    id: AuthenticatorId,
    form: &Fields,
) -> Result<HttpResponse, Failure> {
    let identity = &visit.services.identity;
    let error = match TotpCode::parse(form.text("code")) {
        Err(_) => EnrolmentError::Malformed,
        Ok(code) => {
            let confirming =
                identity.confirm_authenticator(session(visit)?, id, code, &visit.context);
            match confirming.await {
                Ok(cookie) => {
                    let has_codes = identity.recovery_codes(who.session.user_id).await?.is_some();
                    let onward = if has_codes {
                        format!("{}?done=added", security::PATH)
                    } else {
                        format!("{}?added", recovery_codes::PATH)
                    };
                    let mut answer = see_other(onward);
                    set_session(visit, &mut answer, &cookie)?;
                    return Ok(answer);
                }
                Err(FactorError::WrongCode) => EnrolmentError::Wrong,
                Err(FactorError::NotFound) => return over(visit, who),
                Err(FactorError::TooMany) => {
                    let error = Some(NameError::TooMany);
                    return name_page(visit, who, NEW, None, String::new(), error);
                }
                Err(error) => return ended(visit, NEW, error).await,
            }
        }
    };
    let (action, again) = (NEW.to_owned(), NEW.to_owned());
    let enrolment =
        EnrolmentView { action, id: id.to_string(), secret: None, again, error: Some(error) };
    app_page(visit, who, enrolment, StatusCode::BAD_REQUEST)
}

/// One that was begun cannot be gone on with.
fn over(visit: &Visit, who: &SignedIn) -> Result<HttpResponse, Failure> {
    let suggested = frame(visit, who).locale.text("app-name-default");
    name_page(visit, who, NEW, None, suggested, Some(NameError::Over))
}

/// `GET /account/security/apps/{id}/rename`.
pub async fn ask_new_name(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let (who, app) = match theirs(&visit, &id, "rename", None).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let name = app.name.as_str().to_owned();
    name_page(&visit, &who, &path(&app, "rename"), Some(&app), name, None)
}

/// `POST /account/security/apps/{id}/rename`.
pub async fn rename(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let (who, app) = match theirs(&visit, &id, "rename", Some(&form)).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (action, typed) = (path(&app, "rename"), form.text("name").to_owned());
    let name = match AuthenticatorName::parse(&typed) {
        Ok(name) => name,
        Err(bad) => return name_page(&visit, &who, &action, Some(&app), typed, Some(bad.into())),
    };
    let identity = &visit.services.identity;
    match identity.rename_authenticator(session(&visit)?, app.id, name, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{}?done=renamed", security::PATH))),
        Err(error) => ended(&visit, &action, error).await,
    }
}

/// `GET /account/security/apps/{id}/remove`: asks.
pub async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    match theirs(&visit, &id, "remove", None).await? {
        Ok((who, app)) => remove_page(&visit, &who, &app, None),
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /account/security/apps/{id}/remove`.
pub async fn remove(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let (who, app) = match theirs(&visit, &id, "remove", Some(&form)).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let identity = &visit.services.identity;
    match identity.remove_authenticator(session(&visit)?, app.id, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{}?done=removed", security::PATH))),
        Err(FactorError::Needed(needed)) => {
            let error = match needed {
                Needed::SecondFactor => RemoveFactorError::SecondFactorNeeded,
                Needed::LastWayIn => RemoveFactorError::LastWayIn,
            };
            remove_page(&visit, &who, &app, Some(error))
        }
        Err(error) => ended(&visit, &path(&app, "remove"), error).await,
    }
}

/// An app of who is signed in, if they proved a short while ago who they are. A form is looked at
/// before the app is.
async fn theirs(
    visit: &Visit,
    id: &str,
    what: &str,
    form: Option<&Fields>,
) -> Result<Result<(SignedIn, Authenticator), HttpResponse>, Failure> {
    let id: Option<AuthenticatorId> = id.parse().ok();
    let page = id.map(|id| format!("{}/apps/{id}/{what}", security::PATH));
    let who = match fresh(visit, page.as_deref().unwrap_or(security::PATH)).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    if let Some(form) = form {
        verify(visit, &who, form)?;
    }
    let apps = visit.services.identity.authenticators(who.session.user_id).await?;
    let app = apps.into_iter().find(|app| Some(app.id) == id);
    let app = app.ok_or_else(|| Failure::not_found("no such app of this person"))?;
    Ok(Ok((who, app)))
}

impl From<BadName> for NameError {
    fn from(bad: BadName) -> Self {
        match bad {
            BadName::Empty => Self::Missing,
            BadName::Unusable => Self::Unusable,
        }
    }
}

fn name_page(
    visit: &Visit,
    who: &SignedIn,
    action: &str,
    present: Option<&Authenticator>,
    name: String,
    error: Option<NameError>,
) -> Result<HttpResponse, Failure> {
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let view = NameView {
        frame: frame(visit, who),
        account: nav(AccountSection::Security, who, None),
        action: action.to_owned(),
        cancel: security::PATH.to_owned(),
        present: present.map(|app| app.name.as_str().to_owned()),
        name,
        error,
    };
    html(status, &view, FormAction::Ours)
}

fn remove_page(
    visit: &Visit,
    who: &SignedIn,
    app: &Authenticator,
    error: Option<RemoveFactorError>,
) -> Result<HttpResponse, Failure> {
    let status = if error.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let view = RemoveFactorView {
        frame: frame(visit, who),
        account: nav(AccountSection::Security, who, None),
        action: path(app, "remove"),
        cancel: security::PATH.to_owned(),
        name: app.name.as_str().to_owned(),
        error,
    };
    html(status, &view, FormAction::Ours)
}

fn app_page(
    visit: &Visit,
    who: &SignedIn,
    enrolment: EnrolmentView,
    status: StatusCode,
) -> Result<HttpResponse, Failure> {
    let frame = frame(visit, who);
    // Another language would be another page, without the picture.
    let language_return = frame.language_return.clone().filter(|_| enrolment.secret.is_none());
    let view = ConfirmAppView {
        frame: Frame { language_return, ..frame },
        account: nav(AccountSection::Security, who, None),
        enrolment,
    };
    html(status, &view, FormAction::Ours)
}
