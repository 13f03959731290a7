//! Links that were mailed. Their secret is taken out of the address at the first look, into a cookie
//! for as long as somebody needs to fill in a form: it stays in no history, and no later request
//! names it. A look uses nothing up, because mail scanners look too.

use actix_web::HttpResponse;
use chrono::TimeDelta;

use super::answer::see_other;
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::visit::Visit;
use crate::kernel::secret::Secret;

/// How long the browser keeps the secret. Whoever needs longer opens the link once more.
const KEPT: TimeDelta = TimeDelta::minutes(30);

/// The secret that stands in the address, if the link was just opened.
pub(super) fn in_address(visit: &Visit) -> Result<Option<Secret<String>>, Failure> {
    let query = visit.fields()?;
    Ok(query.get("token").map(|_| query.secret("token")))
}

/// Goes to `path` without the secret, which the browser keeps. Only for links that work.
pub(super) fn keep(
    visit: &Visit,
    path: &str,
    kind: Kind,
    secret: &Secret<String>,
) -> Result<HttpResponse, Failure> {
    let cookie = cookies::set(&visit.site.issuer, kind, secret.expose().clone(), Some(KEPT));
    let mut answer = see_other(path);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(answer)
}

/// Takes the secret back: the link was used.
pub(super) fn forget(visit: &Visit, answer: &mut HttpResponse, kind: Kind) -> Result<(), Failure> {
    let cookie = cookies::removal(&visit.site.issuer, kind);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))
}

/// Refuses a form in a browser that has opened no link.
pub(super) fn not_here() -> Failure {
    Failure::forged("no link was opened in this browser")
}
