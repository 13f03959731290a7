//! The description of the JSON API.

use super::*;
use crate::http::api::document::openapi;
use crate::kernel::urls::Issuer;

pub(super) fn all(locale: Locale) -> Vec<Sample> {
    let issuer = Issuer::parse("https://id.example.com").unwrap();
    let document = serde_json::to_value(openapi(&issuer)).unwrap();
    vec![sample("api", ApiView::new(frame(locale), &document))]
}
