//! What every answer needs, whichever page or endpoint gives it.

use std::collections::HashSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use actix_web::{HttpRequest, web};
use url::Url;

use super::error::Failure;
use super::extract::client_ip::Proxies;
use super::middleware::flood::Flood;
use super::pages::view::{Branding, Frame, Warning};
use crate::domain::redirect_uri::RedirectUri;
use crate::i18n::Locale;
use crate::kernel::env::Env;
use crate::kernel::urls::Issuer;

/// The origins of the registered redirect URIs (`https://app.example`), as last loaded from the
/// database: a request that names one costs no statement, and that of a removed client is gone
/// with the next load.
#[derive(Debug, Default)]
pub struct Origins(RwLock<HashSet<String>>);

impl Origins {
    /// Those of these redirect URIs. Private schemes have none.
    pub fn of(redirect_uris: &[RedirectUri]) -> Self {
        Self(RwLock::new(origins(redirect_uris)))
    }

    /// Replaces them by those of these redirect URIs.
    pub fn replace(&self, redirect_uris: &[RedirectUri]) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = origins(redirect_uris);
    }

    /// Whether `origin` is one of them.
    pub fn contains(&self, origin: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(origin)
    }
}

fn origins(redirect_uris: &[RedirectUri]) -> HashSet<String> {
    redirect_uris
        .iter()
        .filter_map(|uri| Url::parse(uri.as_str()).ok())
        .filter(|url| matches!(url.scheme(), "https" | "http"))
        .map(|url| url.origin().ascii_serialization())
        .collect()
}

/// What every answer needs.
pub struct Site {
    /// Time and randomness.
    pub env: Env,
    /// The origin of every page and endpoint. Nothing is derived from what a request claims.
    pub issuer: Issuer,
    /// Whose pages these are.
    pub branding: Branding,
    /// A banner above every page.
    pub warning: Option<Warning>,
    /// The proxies in front of it.
    pub proxies: Proxies,
    /// How much an address may ask for.
    pub flood: Flood,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// Which origins may read the answers of the token, revocation and userinfo endpoints.
    pub origins: Origins,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({})", self.issuer)
    }
}

impl Site {
    /// The frame of a page that has no form.
    pub fn frame(&self, locale: Locale) -> Frame {
        Frame {
            locale,
            branding: self.branding.clone(),
            zone: None,
            warning: self.warning,
            csrf: String::new(),
            language_return: None,
        }
    }

    /// Whether browsers tell this site where a request was made (`Sec-Fetch-Site`): only to
    /// potentially trustworthy origins (Fetch Metadata §2.3).
    pub fn gets_fetch_metadata(&self) -> bool {
        self.issuer.is_https() || self.issuer.is_loopback()
    }
}

/// The site that a request was made to.
pub fn site_of(request: &HttpRequest) -> Result<&Site, Failure> {
    request
        .app_data::<web::Data<Site>>()
        .map(|site| &***site)
        .ok_or_else(|| Failure::internal("no site is mounted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_277_origins_are_those_of_registered_addresses_and_no_others() {
        let uri = |text: &str| RedirectUri::stored(text.to_owned());
        let origins = Origins::of(&[
            uri("https://app.example/cb?x=https://other.example"),
            uri("http://127.0.0.1:3000/cb"),
            uri("com.example.app:/cb"),
        ]);
        assert!(origins.contains("https://app.example"));
        assert!(origins.contains("http://127.0.0.1:3000"));
        for other in
            ["null", "", "https://other.example", "http://app.example", "https://app.example:444"]
        {
            assert!(!origins.contains(other), "{other}");
        }
        origins.replace(&[uri("https://new.example/cb")]);
        assert!(origins.contains("https://new.example"));
        assert!(!origins.contains("https://app.example"));
    }
}
