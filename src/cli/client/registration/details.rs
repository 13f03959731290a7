//! Lifetimes, and the addresses of an app's pages.

use std::time::Duration;

use url::Url;

use super::ClientFields;
use crate::domain::client::{ClientLifetimes, ClientLinks};

/// The longest address of a page or picture, in bytes.
const LONGEST_URI: usize = 2048;

/// What the database accepts, in seconds.
const ACCESS_TOKEN: (u64, u64) = (60, 86_400);
const ID_TOKEN: (u64, u64) = (60, 3_600);
const REFRESH: (u64, u64) = (60, 31_536_000);

/// The lifetimes with what `fields` name changed.
pub(super) fn lifetimes(
    present: ClientLifetimes,
    fields: &ClientFields,
    problems: &mut Vec<String>,
) -> ClientLifetimes {
    let mut lifetime = |present, named: Option<Duration>, (least, most), flag: &str| match named {
        None => present,
        Some(time) if time.is_zero() => None,
        Some(time) if (least..=most).contains(&time.as_secs()) => {
            u32::try_from(time.as_secs()).ok()
        }
        Some(_) => {
            problems.push(format!("{flag} must be from {least} to {most} seconds, or 0 for none"));
            present
        }
    };
    let lifetimes = ClientLifetimes {
        access_token: lifetime(
            present.access_token,
            fields.access_token_lifetime,
            ACCESS_TOKEN,
            "--access-token-lifetime",
        ),
        id_token: lifetime(
            present.id_token,
            fields.id_token_lifetime,
            ID_TOKEN,
            "--id-token-lifetime",
        ),
        refresh_idle: lifetime(
            present.refresh_idle,
            fields.refresh_token_idle,
            REFRESH,
            "--refresh-token-idle",
        ),
        refresh_absolute: lifetime(
            present.refresh_absolute,
            fields.refresh_token_lifetime,
            REFRESH,
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
