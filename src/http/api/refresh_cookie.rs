//! The cookie that lets somebody who is remembered come back.

use actix_web::HttpResponse;

use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::visit::Visit;
use crate::protocol::first_party::Tokens;

/// Gives the browser its refresh token, where no script finds it.
pub(super) fn set(
    visit: &Visit,
    answer: &mut HttpResponse,
    tokens: &Tokens,
) -> Result<(), Failure> {
    let Some((token, expires_at)) = &tokens.refresh else { return Ok(()) };
    let age = Some(*expires_at - visit.site.env.now());
    let cookie = cookies::set(&visit.site.issuer, Kind::Refresh, token.expose().clone(), age);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))
}

/// Takes the refresh token away, if the browser has one.
pub(super) fn forget(visit: &Visit, answer: &mut HttpResponse) -> Result<(), Failure> {
    let name = cookies::name(&visit.site.issuer, Kind::Refresh);
    if !visit.headers().get_all("cookie").any(|line| contains(line.as_bytes(), name.as_bytes())) {
        return Ok(());
    }
    let cookie = cookies::removal(&visit.site.issuer, Kind::Refresh);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))
}

fn contains(line: &[u8], name: &[u8]) -> bool {
    line.windows(name.len()).any(|part| part == name)
}

/// The refresh token that the browser sent.
pub(super) fn token(visit: &Visit) -> Option<&str> {
    let name = cookies::name(&visit.site.issuer, Kind::Refresh);
    cookies::value(visit.headers(), &name).filter(|value| !value.is_empty())
}
