//! Whose account it is: that of the session cookie, or of the front end's own access token. Tokens of
//! any other client are good for nothing here, whatever their scope.

use actix_web::http::header;

use super::error::{self, Code};
use super::signing_in::api;
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::oauth::userinfo::bearer;
use crate::kernel::token_hash::TokenHash;
use crate::protocol::first_party::{Bearer, signed_in_of};

/// What every endpoint may answer that is about somebody.
pub(super) const CODES: &[Code] = &[Code::NotSignedIn, Code::InvalidToken, Code::NotYourApp];

/// Who is signed in. A token that was sent counts, whatever the cookie says.
pub(super) async fn who(visit: &Visit) -> Result<SignedIn, Failure> {
    if visit.headers().contains_key(header::AUTHORIZATION) {
        return by_token(visit).await;
    }
    let signed_in = match visit.session {
        Some(secret) => visit.services.identity.signed_in(secret).await?,
        None => None,
    };
    signed_in.ok_or_else(|| Code::NotSignedIn.because("no live session"))
}

/// The session cookie of who is signed in, for what the use cases do for somebody only who proved a short
/// while ago who they are, which they look at themselves. An access token alone is good for nothing there:
/// nobody proves anything with it.
pub(super) async fn session(visit: &Visit) -> Result<(SignedIn, TokenHash), Failure> {
    let who = who(visit).await?;
    let stale = || Code::FreshSignInRequired.because("no session cookie beside the token");
    let secret = visit.session.ok_or_else(stale)?;
    let of_cookie = visit.services.identity.signed_in(secret).await?;
    match of_cookie.filter(|it| it.session.id == who.session.id) {
        Some(_) => Ok((who, secret)),
        None => Err(Code::FreshSignInRequired.because("the token is of another session")),
    }
}

async fn by_token(visit: &Visit) -> Result<SignedIn, Failure> {
    let invalid = |reason: &str| Code::InvalidToken.because(reason);
    let token = bearer(visit.headers()).ok_or_else(|| invalid("not one bearer token"))?;
    match api(visit)?.client.bearer(token).await {
        Ok(Bearer::Own(live)) => signed_in_of(*live).ok_or_else(|| invalid("its session is gone")),
        Ok(Bearer::Foreign) => Err(Code::NotYourApp.because("a token of another client")),
        Err(error) => Err(error::protocol(error, Code::InvalidToken)),
    }
}
