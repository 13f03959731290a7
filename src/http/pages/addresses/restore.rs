//! An account that is being deleted, or was closed by its person, is brought back.

use actix_web::HttpResponse;

use super::{Found, ask, done, refused, secret, sent_secret};
use crate::domain::user::Profile;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::link::verify;
use crate::http::pages::view::{MailedAct, NextStep};
use crate::identity::closing::Restored;
use crate::mail::links::RESTORE_ACCOUNT;

/// `GET /restore-account?token=…`: looking changes nothing.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let secret = match secret(&visit, RESTORE_ACCOUNT)? {
        Found::Moved(answer) => return Ok(answer),
        Found::Here(secret) => secret,
    };
    let opened = visit.services.identity.open_restoration(&secret).await;
    let profile = opened.map_err(|error| refused(&visit, error))?;
    ask(&visit, &secret, RESTORE_ACCOUNT, &profile, act(&profile))
}

/// `POST /restore-account`. Nobody is signed in by it.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let secret = sent_secret(&visit)?;
    verify(&visit, &secret, &form)?;
    let restored = visit.services.identity.restore_account(&secret, &visit.context).await;
    let act = match restored.map_err(|error| refused(&visit, error))? {
        Restored::Deleted => MailedAct::Restore,
        // The second click says what is true of both.
        Restored::Deactivated | Restored::Before => MailedAct::Reactivate,
    };
    done(&visit, act, NextStep::SignIn("/login".to_owned()))
}

fn act(profile: &Profile) -> MailedAct {
    if profile.user.is_deactivated() { MailedAct::Reactivate } else { MailedAct::Restore }
}
