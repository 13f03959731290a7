//! The language menu.

use actix_web::HttpResponse;
use chrono::TimeDelta;

use super::answer::see_other;
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::return_path;
use crate::http::extract::visit::Visit;
use crate::i18n::Locale;

/// How long the choice is kept.
const KEPT: TimeDelta = TimeDelta::days(365);

/// `GET /language`: keeps the choice in a cookie and goes back.
pub async fn choose(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.fields()?;
    let back = query.get("return_to").filter(|path| return_path::stays_here(path));
    let mut answer = see_other(back.unwrap_or("/account"));
    if let Some(locale) = query.get("lang").and_then(Locale::from_tag) {
        let value = locale.tag().to_owned();
        let cookie = cookies::set(&visit.site.issuer, Kind::Language, value, Some(KEPT));
        answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    }
    Ok(answer)
}
