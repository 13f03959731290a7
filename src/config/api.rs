//! `[api]`: the operator's own front end, which signs people in through the JSON API.

use url::Url;

use super::error::Complaint;
use super::values::Values;
use crate::kernel::urls::Issuer;

/// The operator's own front end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiConfig {
    /// As which registered client it gets its tokens.
    pub client_id: String,
    /// Where its pages come from, beside the issuer itself: `https://app.example.com`.
    pub origins: Vec<String>,
}

const EXAMPLE: &str = "https://app.example.com";

impl ApiConfig {
    /// `None`: there is no such front end, and no JSON API.
    pub(super) fn read(values: &mut Values) -> Option<Self> {
        let client_id = values.parsed("api.client_id", parse_client_id, None);
        let origins = values.list("api.origins", parse_origin, Vec::new());
        if !origins.is_empty() {
            values.require(
                "api.client_id",
                "`api.origins` has no effect without `api.client_id`",
                "name the front end's client, like client_id = \"app\"",
            );
        }
        client_id.map(|client_id| Self { client_id, origins })
    }
}

/// The form of a client's id (`domain::client::ClientId`). Whether there is such a client, and whether
/// it fits, is known to the database only.
fn parse_client_id(text: &str) -> Result<String, Complaint> {
    let is_one = (3..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_one.then(|| text.to_owned()).ok_or_else(|| {
        Complaint::new(
            "`api.client_id` is no client's id",
            "name a public client of your own, like client_id = \"app\"; \
             `latchkey client list` shows them",
        )
    })
}

/// An origin as browsers write it: no path, no wildcard, and plain http on this machine only.
fn parse_origin(text: &str) -> Result<String, Complaint> {
    let url = Url::parse(text).ok();
    let is_written_so =
        |url: &Url| url.origin().ascii_serialization() == text && !text.contains('*');
    let is_safe = url.filter(is_written_so).is_some_and(|url| {
        let is_loopback = Issuer::parse(text).is_ok_and(|it| it.is_loopback());
        url.scheme() == "https" || (url.scheme() == "http" && is_loopback)
    });
    is_safe.then(|| text.to_owned()).ok_or_else(|| {
        Complaint::new(
            format!("`api.origins`: {text} is not the origin of a page under https"),
            format!("write scheme, host and port as browsers do, like {EXAMPLE}"),
        )
    })
}
