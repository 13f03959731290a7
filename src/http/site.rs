//! What every answer needs, whichever page or endpoint gives it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, web};
use futures_util::future::BoxFuture;
use ipnet::IpNet;

use super::error::Failure;
use super::pages::view::{Branding, Frame, Warning};
use crate::i18n::Locale;
use crate::kernel::env::Env;
use crate::kernel::urls::Issuer;

/// Whether an origin (`https://app.example`) belongs to a registered redirect URI. Where that
/// cannot be found out, it does not.
pub type OriginCheck = Arc<dyn Fn(String) -> BoxFuture<'static, bool> + Send + Sync>;

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
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// Which origins may read the answers of the token and userinfo endpoints.
    pub allowed_origin: OriginCheck,
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
