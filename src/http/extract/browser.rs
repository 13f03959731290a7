//! The cookie that binds a sign-in to the browser that began it.

use std::future::{Ready, ready};

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::cookies::{self, Kind};
use crate::http::error::Failure;
use crate::http::site::{Site, site_of};
use crate::kernel::token_hash::TokenHash;

/// What the browser presents as its binding; `None` where it has none yet, or none that is ours.
#[derive(Clone, Copy, Debug)]
pub struct Browser(pub Option<TokenHash>);

impl Browser {
    /// The binding, made anew where there is none. A new one has a cookie, which must be set.
    pub fn or_new(self, site: &Site) -> (TokenHash, Option<Cookie<'static>>) {
        if let Some(hash) = self.0 {
            return (hash, None);
        }
        let secret = site.env.random_token("");
        let cookie = cookies::set(&site.issuer, Kind::Browser, secret.expose().clone(), None);
        (TokenHash::of(secret.expose()), Some(cookie))
    }

    /// The binding, or one that no browser has.
    pub fn or_nobody(self) -> TokenHash {
        self.0.unwrap_or_else(|| TokenHash::of(""))
    }
}

impl FromRequest for Browser {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(site_of(request).map(|site| {
            let name = cookies::name(&site.issuer, Kind::Browser);
            Self(cookies::secret(request.headers(), &name).map(TokenHash::of))
        }))
    }
}
