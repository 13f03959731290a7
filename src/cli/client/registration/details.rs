//! Lifetimes, and the addresses of an app's pages.

use std::time::Duration;

use url::Url;

use super::ClientFields;
use crate::domain::client::{ClientLifetimes, ClientLinks};
use crate::domain::provider::Slug;
use crate::domain::setting::Setting;

/// What stands for no provider.
const NO_PROVIDER: &str = "none";

/// The longest address of a page or picture, in bytes.
const LONGEST_URI: usize = 2048;

/// The lifetimes with what `fields` name changed.
pub(super) fn lifetimes(
    present: ClientLifetimes,
    fields: &ClientFields,
    problems: &mut Vec<String>,
) -> ClientLifetimes {
    // What a client's own lifetime can be is what the general one can be.
    let mut lifetime = |present, named: Option<Duration>, general: &str, flag: &str| {
        let Some(time) = named else { return present };
        if time.is_zero() {
            return None;
        }
        let Some(setting) = Setting::find(general) else { return present };
        match setting.check(time.as_secs()) {
            Ok(seconds) if time.subsec_nanos() == 0 => Some(seconds),
            Ok(_) | Err(_) => {
                let (least, most) = (setting.allowed.start(), setting.allowed.end());
                problems
                    .push(format!("{flag} must be from {least} to {most} seconds, or 0 for none"));
                present
            }
        }
    };
    let lifetimes = ClientLifetimes {
        access_token: lifetime(
            present.access_token,
            fields.access_token_lifetime,
            "access_token_lifetime",
            "--access-token-lifetime",
        ),
        id_token: lifetime(
            present.id_token,
            fields.id_token_lifetime,
            "id_token_lifetime",
            "--id-token-lifetime",
        ),
        refresh_idle: lifetime(
            present.refresh_idle,
            fields.refresh_token_idle,
            "refresh_idle_lifetime",
            "--refresh-token-idle",
        ),
        refresh_absolute: lifetime(
            present.refresh_absolute,
            fields.refresh_token_lifetime,
            "refresh_absolute_lifetime",
            "--refresh-token-lifetime",
        ),
    };
    if let (Some(idle), Some(absolute)) = (lifetimes.refresh_idle, lifetimes.refresh_absolute)
        && idle > absolute
    {
        problems.push("--refresh-token-idle is longer than --refresh-token-lifetime".to_owned());
    }
    lifetimes
}

/// The provider that `fields` name, if it is the name of one.
pub(in crate::cli::client) fn named_provider(fields: &ClientFields) -> Option<Slug> {
    fields.provider.as_deref().filter(|named| *named != NO_PROVIDER)?.parse().ok()
}

/// The provider with what `fields` name changed. Whether it is there, the database says.
pub(super) fn provider(
    present: Option<&Slug>,
    fields: &ClientFields,
    problems: &mut Vec<String>,
) -> Option<Slug> {
    match fields.provider.as_deref() {
        None => present.cloned(),
        Some("" | NO_PROVIDER) => None,
        Some(named) => {
            let slug = named.parse::<Slug>();
            slug.map_err(|error| problems.push(format!("--provider {named}: {error}"))).ok()
        }
    }
}

/// The pages and pictures with what `fields` name changed.
pub(super) fn links(
    present: &ClientLinks,
    fields: &ClientFields,
    problems: &mut Vec<String>,
) -> ClientLinks {
    let mut link = |present: &Option<String>, named: Option<&String>, flag: &str| match named {
        None => present.clone(),
        Some(uri) if uri.is_empty() => None,
        Some(uri) => {
            if !is_page(uri) {
                problems.push(format!("{flag} {uri}: it must be an https address"));
            }
            Some(uri.clone())
        }
    };
    ClientLinks {
        client_uri: link(&present.client_uri, fields.client_uri.as_ref(), "--client-uri"),
        logo_uri: link(&present.logo_uri, fields.logo_uri.as_ref(), "--logo-uri"),
        policy_uri: link(&present.policy_uri, fields.policy_uri.as_ref(), "--policy-uri"),
        tos_uri: link(&present.tos_uri, fields.tos_uri.as_ref(), "--tos-uri"),
    }
}

fn is_page(text: &str) -> bool {
    text.len() <= LONGEST_URI
        && Url::parse(text).is_ok_and(|url| {
            url.scheme() == "https" && url.username().is_empty() && url.password().is_none()
        })
}
