//! A new address of somebody who has an account is confirmed.

use actix_web::HttpResponse;

use super::{ask, done};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::dead_link;
use crate::http::pages::link::refused_as;
use crate::http::pages::view::{MailedAct, NextStep};
use crate::identity::admin::link::LinkError;
use crate::kernel::secret::Secret;
use crate::mail::links::CONFIRM_ADDRESS;

/// The page of its link: looking uses nothing up, so that a mail scanner does no harm.
pub(in crate::http::pages) async fn show(
    visit: &Visit,
    secret: &Secret<String>,
) -> Result<HttpResponse, Failure> {
    let opened = visit.services.identity.open_confirmation(secret).await;
    let opened = opened.map_err(|error| refused(visit, error))?;
    let (email, replaces) = (opened.email.as_typed().to_owned(), opened.replaces);
    let act = MailedAct::Confirm { email, replaces };
    ask(visit, secret, CONFIRM_ADDRESS, &opened.profile, act)
}

/// Its button was pressed, and the form is one of this browser.
pub(in crate::http::pages) async fn press(
    visit: &Visit,
    secret: &Secret<String>,
) -> Result<HttpResponse, Failure> {
    let confirmed = visit.services.identity.confirm_address(secret, &visit.context).await;
    let confirmed = confirmed.map_err(|error| refused(visit, error))?;
    let (email, replaces) = (confirmed.email.as_typed().to_owned(), confirmed.is_primary);
    done(visit, MailedAct::Confirm { email, replaces }, NextStep::home())
}

fn refused(visit: &Visit, error: LinkError) -> Failure {
    refused_as(dead_link::confirmation, visit, error)
}
