//! The pages that mail about addresses, and about an account that is deleted, leads to. They work in
//! any browser, signed in or not, and say whose account they are about.

pub mod confirm;
pub mod keep;
pub mod restore;

use actix_web::HttpResponse;
use chrono::TimeDelta;

use super::account::person;
use super::answer::{page, see_other};
use super::dead_link::{self, NotOpened};
use super::link::{refused_as, show_bound};
use super::view::{Frame, MailedAct, MailedActDoneView, MailedActView, NextStep};
use crate::domain::user::Profile;
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::visit::Visit;
use crate::identity::admin::link::LinkError;
use crate::kernel::secret::Secret;

/// How long the browser keeps the secret of a link that was opened.
const PATIENCE: TimeDelta = TimeDelta::minutes(30);

/// Where the secret of a link stands.
enum Found {
    /// In the address: it moves into a cookie, so that it neither stays in the history of the browser
    /// nor is passed on with it.
    Moved(HttpResponse),
    /// In the cookie.
    Here(Secret<String>),
}

/// Finds the secret of the link that was opened.
fn secret(visit: &Visit, path: &'static str) -> Result<Found, Failure> {
    let Some(token) = visit.fields()?.get("token").map(str::to_owned) else {
        return sent_secret(visit).map(Found::Here);
    };
    if !cookies::is_secret(&token) {
        return Err(dead_link::undoing(visit, &NotOpened));
    }
    let mut answer = see_other(path);
    let cookie = cookies::set(&visit.site.issuer, Kind::Link, token, Some(PATIENCE));
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(Found::Moved(answer))
}

/// The secret of a link whose form was sent.
fn sent_secret(visit: &Visit) -> Result<Secret<String>, Failure> {
    visit.link_cookie(Kind::Link).ok_or_else(|| dead_link::undoing(visit, &NotOpened))
}

/// A link that took nothing back.
fn refused(visit: &Visit, error: LinkError) -> Failure {
    refused_as(dead_link::undoing, visit, error)
}

/// The page with the button.
fn ask(
    visit: &Visit,
    secret: &Secret<String>,
    path: &'static str,
    profile: &Profile,
    act: MailedAct,
) -> Result<HttpResponse, Failure> {
    show_bound(visit, secret, |frame| {
        let account = person::identifier(profile);
        page(&MailedActView { frame, action: path.to_owned(), account, act })
    })
}

/// The page after the button. The link is worth nothing any more, so its cookie goes.
fn done(visit: &Visit, act: MailedAct, next: NextStep) -> Result<HttpResponse, Failure> {
    let frame = Frame { language_return: None, ..visit.frame(None) };
    let mut answer = page(&MailedActDoneView { frame, act, next: Some(next) })?;
    let cookie = cookies::removal(&visit.site.issuer, Kind::Link);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(answer)
}
