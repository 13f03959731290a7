//! "This wasn't me": the former address comes back.

use actix_web::HttpResponse;

use super::{Found, ask, done, refused, secret, sent_secret};
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::link::verify;
use crate::http::pages::view::{MailedAct, NextStep};
use crate::mail::links::{FORGOT_PASSWORD, KEEP_ADDRESS};

/// `GET /keep-address?token=…`: looking changes nothing.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let secret = match secret(&visit, KEEP_ADDRESS)? {
        Found::Moved(answer) => return Ok(answer),
        Found::Here(secret) => secret,
    };
    let opened = visit.services.identity.open_keeper(&secret).await;
    let opened = opened.map_err(|error| refused(&visit, error))?;
    let act = MailedAct::Keep { email: opened.email.as_typed().to_owned() };
    ask(&visit, &secret, KEEP_ADDRESS, &opened.profile, act)
}

/// `POST /keep-address`. A new password comes next: whoever made the change may know the present one.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let secret = sent_secret(&visit)?;
    verify(&visit, &secret, &form)?;
    let identity = &visit.services.identity;
    let kept = identity.keep_address(&secret, &visit.context).await;
    let kept = kept.map_err(|error| refused(&visit, error))?;
    let act = MailedAct::Keep { email: kept.as_typed().to_owned() };
    done(&visit, act, NextStep::ResetPassword(FORGOT_PASSWORD.to_owned()))
}
