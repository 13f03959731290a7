//! One's passkeys: see, add, rename, remove.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::{frame, fresh, nav, verify, who};
use crate::domain::credential::passkey::{Passkey, PasskeyName};
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, page, see_other};
use crate::http::pages::passkey::{answered, question};
use crate::http::pages::view::{
    AccountNotice, AccountSection, AddPasskeyView, PasskeyForm, PasskeyProblem, PasskeyRow,
    PasskeysPart, PasskeysView, RemovePasskeyView, RenamePasskeyView,
};
use crate::identity::passkeys::{NewPasskey, PasskeyError};
use crate::kernel::ids::PasskeyId;

/// Where they are.
pub const PATH: &str = "/account/security/passkeys";
/// Where one is added.
pub const ADD: &str = "/account/security/passkeys/add";
/// Where the script of that page asks for a challenge.
pub const ADD_OPTIONS: &str = "/account/security/passkeys/add/options";

/// What pages show of the passkeys of who is signed in.
pub(in crate::http) async fn part(visit: &Visit, who: &SignedIn) -> Result<PasskeysPart, Failure> {
    let passkeys = visit.services.identity.passkeys(who.session.user_id).await?;
    let offered = visit.services.identity.offers_passkeys();
    Ok(PasskeysPart {
        rows: passkeys.into_iter().map(row).collect(),
        add: offered.then(|| ADD.to_owned()),
    })
}

fn row(passkey: Passkey) -> PasskeyRow {
    PasskeyRow {
        name: passkey.name.as_str().to_owned(),
        created_at: passkey.created_at,
        last_used_at: passkey.last_used_at,
        copied: passkey.cloned_at.is_some(),
        in_doubt: passkey.disowned_at.is_some(),
        rename: path_of(passkey.id, "rename"),
        remove: path_of(passkey.id, "remove"),
    }
}

fn path_of(id: PasskeyId, act: &str) -> String {
    format!("{PATH}/{id}/{act}")
}

/// `GET /account/security/passkeys`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let notice = match visit.fields()?.get("passkey") {
        Some("added") => Some(AccountNotice::PasskeyAdded),
        Some("renamed") => Some(AccountNotice::PasskeyRenamed),
        Some("removed") => Some(AccountNotice::PasskeyRemoved),
        _ => None,
    };
    page(&PasskeysView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Security, &who, notice),
        passkeys: part(&visit, &who).await?,
    })
}

/// `GET /account/security/passkeys/add`.
pub async fn add_page(visit: Visit) -> Result<HttpResponse, Failure> {
    match fresh(&visit, ADD).await? {
        Ok(who) => add_form(&visit, &who, None),
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn add_form(
    visit: &Visit,
    who: &SignedIn,
    error: Option<PasskeyProblem>,
) -> Result<HttpResponse, Failure> {
    let view = AddPasskeyView {
        frame: frame(visit, who),
        account: nav(AccountSection::Security, who, None),
        passkey: PasskeyForm {
            options: ADD_OPTIONS.to_owned(),
            action: ADD.to_owned(),
            makes: true,
            in_field: false,
        },
        cancel: PATH.to_owned(),
        error,
    };
    html(status(error), &view, FormAction::Ours)
}

fn status(error: Option<PasskeyProblem>) -> StatusCode {
    if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }
}

/// `POST /account/security/passkeys/add/options`. The script leads whoever is to sign in once more to the
/// page, which sees to that.
pub async fn options(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let Ok(who) = who(&visit).await? else { return Err(stale()) };
    verify(&visit, &who, &form)?;
    let session = visit.session.ok_or_else(stale)?;
    let identity = &visit.services.identity;
    match identity.ask_for_new_passkey(session, visit.browser.or_nobody()).await {
        Ok(asked) => Ok(question(asked)),
        Err(error) => Err(failure(error)),
    }
}

/// `POST /account/security/passkeys/add`.
pub async fn add(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, ADD).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let session = visit.session.ok_or_else(stale)?;
    let (ceremony, credential) = answered(&form)?;
    let fallback_name = frame(&visit, &who).locale.text("passkey");
    let new = NewPasskey { ceremony, credential, fallback_name };
    let (identity, browser) = (&visit.services.identity, visit.browser.or_nobody());
    match identity.add_passkey(session, browser, new, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{PATH}?passkey=added"))),
        Err(error) => add_form(&visit, &who, Some(told(error)?)),
    }
}

/// `GET /account/security/passkeys/{id}/rename`.
pub async fn rename_page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let (who, id) = match asked(&visit, &id, "rename").await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let passkey = theirs(&visit, &who, id).await?;
    rename_form(&visit, &who, id, passkey.name.as_str().to_owned(), None)
}

fn rename_form(
    visit: &Visit,
    who: &SignedIn,
    id: PasskeyId,
    name: String,
    error: Option<PasskeyProblem>,
) -> Result<HttpResponse, Failure> {
    let view = RenamePasskeyView {
        frame: frame(visit, who),
        account: nav(AccountSection::Security, who, None),
        name,
        action: path_of(id, "rename"),
        cancel: PATH.to_owned(),
        error,
    };
    html(status(error), &view, FormAction::Ours)
}

/// `POST /account/security/passkeys/{id}/rename`.
pub async fn rename(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let (who, id) = match asked(&visit, &id, "rename").await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let session = visit.session.ok_or_else(stale)?;
    theirs(&visit, &who, id).await?;
    let Some(name) = PasskeyName::parse(form.text("name")) else {
        let typed = form.text("name").to_owned();
        return rename_form(&visit, &who, id, typed, Some(PasskeyProblem::Name));
    };
    match visit.services.identity.rename_passkey(session, id, name, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{PATH}?passkey=renamed"))),
        Err(error) => Err(failure(error)),
    }
}

/// `GET /account/security/passkeys/{id}/remove`: asks.
pub async fn remove_page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let (who, id) = match asked(&visit, &id, "remove").await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let passkey = theirs(&visit, &who, id).await?;
    remove_form(&visit, &who, &passkey, None)
}

fn remove_form(
    visit: &Visit,
    who: &SignedIn,
    passkey: &Passkey,
    error: Option<PasskeyProblem>,
) -> Result<HttpResponse, Failure> {
    let view = RemovePasskeyView {
        frame: frame(visit, who),
        account: nav(AccountSection::Security, who, None),
        name: passkey.name.as_str().to_owned(),
        action: path_of(passkey.id, "remove"),
        cancel: PATH.to_owned(),
        error,
    };
    html(status(error), &view, FormAction::Ours)
}

/// `POST /account/security/passkeys/{id}/remove`.
pub async fn remove(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let (who, id) = match asked(&visit, &id, "remove").await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let session = visit.session.ok_or_else(stale)?;
    let passkey = theirs(&visit, &who, id).await?;
    match visit.services.identity.remove_passkey(session, id, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{PATH}?passkey=removed"))),
        Err(error) => remove_form(&visit, &who, &passkey, Some(told(error)?)),
    }
}

/// Who is freshly signed in, and which passkey they mean; or the way to the login page, which is that of
/// everybody whatever the id.
async fn asked(
    visit: &Visit,
    id: &str,
    deed: &str,
) -> Result<Result<(SignedIn, PasskeyId), HttpResponse>, Failure> {
    let Ok(id) = id.parse() else {
        return match who(visit).await? {
            Ok(_) => Err(unknown()),
            Err(elsewhere) => Ok(Err(elsewhere)),
        };
    };
    Ok(fresh(visit, &path_of(id, deed)).await?.map(|who| (who, id)))
}

/// A passkey of who is signed in.
async fn theirs(visit: &Visit, who: &SignedIn, id: PasskeyId) -> Result<Passkey, Failure> {
    let passkeys = visit.services.identity.passkeys(who.session.user_id).await?;
    passkeys.into_iter().find(|passkey| passkey.id == id).ok_or_else(unknown)
}

fn unknown() -> Failure {
    Failure::not_found("the person has no such passkey")
}

fn stale() -> Failure {
    Failure::forged("the session changed, or the person is to sign in once more")
}

/// What is told on the page of the form.
fn told(error: PasskeyError) -> Result<PasskeyProblem, Failure> {
    Ok(match error {
        PasskeyError::Refused(reason) => {
            tracing::info!(reason, "a passkey was not added");
            PasskeyProblem::NotAdded
        }
        PasskeyError::Known => PasskeyProblem::Known,
        PasskeyError::TooMany => PasskeyProblem::TooMany,
        PasskeyError::LastWayIn => PasskeyProblem::LastWayIn,
        PasskeyError::NeedsSecondFactor => PasskeyProblem::NeedsSecondFactor,
        other => return Err(failure(other)),
    })
}

/// What has no page of its own.
fn failure(error: PasskeyError) -> Failure {
    match error {
        PasskeyError::NotSignedIn | PasskeyError::NotFresh => stale(),
        PasskeyError::NotFound => unknown(),
        PasskeyError::Storage(error) => error.into(),
        PasskeyError::Refused(_)
        | PasskeyError::Known
        | PasskeyError::TooMany
        | PasskeyError::LastWayIn
        | PasskeyError::NeedsSecondFactor => Failure::bad_request(error.to_string()),
    }
}
