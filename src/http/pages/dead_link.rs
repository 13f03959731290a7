//! Links in mail that do nothing any more, or never did: which of these is not told. Each kind has its
//! own way on, which goes by the page and the browser alone, never by what is behind the secret.

use std::error::Error;

use actix_web::http::StatusCode;

use super::view::{DeadLink, ErrorKind, NextStep};
use super::{account, forgot_password, register};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::mail::links;

/// One that signs in: whoever signs in can have another one mailed.
pub(super) fn sign_in() -> Failure {
    let reason = "the link was used, has expired, or was replaced by a newer one";
    failure(ErrorKind::DeadLink(DeadLink::SignIn), reason)
        .next(NextStep::SignIn(links::SIGN_IN.to_owned()))
}

/// One that confirms an address, of an account that is to be made or of one that is there.
pub(super) fn confirmation(visit: &Visit, reason: &dyn Error) -> Failure {
    let addresses = NextStep::Addresses(account::addresses::PATH.to_owned());
    let may_register = visit.services.identity.registration_open() && visit.session.is_none();
    let kind = ErrorKind::DeadLink(DeadLink::Confirmation { may_register });
    let failure = failure(kind, reason.to_string());
    if may_register {
        failure.next(NextStep::Register(register::PATH.to_owned())).or(addresses)
    } else {
        failure.next(addresses)
    }
}

/// One that takes something back: whoever still needs that can set another password, where mail is
/// sent, or asks the people who can do it for them.
pub(super) fn undoing(visit: &Visit, reason: &dyn Error) -> Failure {
    let reset = may_reset(visit);
    let failure = failure(
        ErrorKind::DeadLink(DeadLink::Undoing { reset: reset.is_some() }),
        reason.to_string(),
    );
    with(failure, reset)
}

/// One that sets a password.
pub(super) fn password(visit: &Visit, reason: &dyn Error) -> Failure {
    with(failure(ErrorKind::LinkUsed, reason.to_string()), may_reset(visit))
}

/// What a page says whose link was not opened in this browser, or not lately.
#[derive(Debug, thiserror::Error)]
#[error("no link was opened in this browser, or not lately")]
pub(super) struct NotOpened;

fn failure(kind: ErrorKind, reason: impl Into<String>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, kind, reason)
}

fn may_reset(visit: &Visit) -> Option<NextStep> {
    let mail = visit.services.identity.offers().mail;
    mail.then(|| NextStep::ResetPassword(forgot_password::PATH.to_owned()))
}

fn with(failure: Failure, next: Option<NextStep>) -> Failure {
    match next {
        Some(next) => failure.next(next),
        None => failure,
    }
}
