//! The session cookie of a request.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::cookies::{self, Kind};
use crate::http::error::Failure;
use crate::http::site::site_of;
use crate::kernel::token_hash::TokenHash;

/// What the browser presents as its session. Whether it is one is for the use case to say.
#[derive(Clone, Copy, Debug)]
pub struct SessionCookie(pub Option<TokenHash>);

impl FromRequest for SessionCookie {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(site_of(request).map(|site| {
            let name = cookies::name(&site.issuer, Kind::Session);
            Self(cookies::secret(request.headers(), &name).map(TokenHash::of))
        }))
    }
}
