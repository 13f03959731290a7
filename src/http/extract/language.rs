//! The language a person reads.

use actix_web::http::header::{self, HeaderMap};

use super::cookies::{self, Kind};
use crate::i18n::Locale;
use crate::kernel::urls::Issuer;

/// The language of a page: what was picked in the menu, what the app asks for, what the browser
/// asks for, in this order.
pub fn locale(issuer: &Issuer, headers: &HeaderMap, ui_locales: Option<&str>) -> Locale {
    let name = cookies::name(issuer, Kind::Language);
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Locale::choose(ui_locales, cookies::value(headers, &name), accepted)
}
