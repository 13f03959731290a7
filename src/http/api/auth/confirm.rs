//! `POST /api/auth/confirm`: somebody who is signed in proves it anew.

use actix_web::HttpResponse;

use crate::http::api::elsewhere;
use crate::http::api::envelope::{Success, done};
use crate::http::api::error::Code;
use crate::http::api::signing_in::{self, CONFIRMED};
use crate::http::api::step::{NextStep, SignIn};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::fresh::Standing;
use crate::identity::login::FlowAt;

/// Begins what `FRESH_SIGN_IN_REQUIRED` asks for: a sign-in of who is signed in already.
///
/// Its steps are those of every sign-in; the answer says which one is missing, `done` that none is. It ends
/// without a new access token: the one at hand stays good, and so does the session, under a new cookie.
#[utoipa::path(post, path = "/api/auth/confirm", tag = "auth",
    responses((status = 200, description = "Where it stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit) -> Result<HttpResponse, Failure> {
    let browser = signing_in::browser(&visit)?.browser;
    let identity = &visit.services.identity;
    let data = match identity.standing(visit.session, browser, CONFIRMED).await? {
        Standing::Fresh(_) => SignIn::at(NextStep::Done),
        Standing::Stale(flow, next) => {
            let (session_secret, device_secret) = (visit.session, visit.device);
            let at = FlowAt { flow, browser, session_secret, device_secret };
            let providers = elsewhere::ways(&visit, at, &next).await?;
            SignIn::waiting(identity, flow, &next, true, providers)
        }
        Standing::Nobody => return Err(Code::NotSignedIn.because("no live session")),
    };
    Ok(done(&visit, data))
}
