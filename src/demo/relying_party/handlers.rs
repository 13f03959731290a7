//! The app's routes.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::provider::{Failure, Wishes};
use super::sessions::Session;
use super::tokens::SignedIn;
use super::{State, pages};

/// Mounts everything.
pub(super) fn routes(app: &mut ServiceConfig) {
    app.route("/", web::get().to(home))
        .route("/session.json", web::get().to(session_json))
        .route("/sign-in", web::post().to(sign_in))
        .route("/callback", web::get().to(callback))
        .route("/refresh", web::post().to(refresh))
        .route("/userinfo", web::post().to(userinfo))
        .route("/sign-out", web::post().to(sign_out))
        .route("/signed-out", web::get().to(signed_out))
        .route("/demo.css", web::get().to(style));
}

async fn home(state: Data<State>, request: HttpRequest) -> HttpResponse {
    match state.signed_in(&request) {
        Some((_, held)) => pages::home(&state.settings, &held),
        None => pages::welcome(&state.settings),
    }
}

/// What the page shows, for programs.
async fn session_json(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let Some((_, held)) = state.signed_in(&request) else {
        return HttpResponse::Ok().json(json!({ "signed_in": false }));
    };
    HttpResponse::Ok().json(json!({
        "signed_in": true,
        "id_token": { "header": held.header, "claims": held.claims },
        "userinfo": held.userinfo.as_ref().ok(),
        "userinfo_error": held.userinfo.as_ref().err(),
        "access_token_expires": held.access_expires,
        "scopes": held.scopes,
        "can_refresh": held.can_refresh(),
        "refresh_count": held.refreshes,
        "changes": held.changes,
    }))
}

async fn sign_in(
    state: Data<State>,
    request: HttpRequest,
    wishes: web::Form<Wishes>,
) -> HttpResponse {
    if let Some(refusal) = state.refuse_other_sites(&request) {
        return refusal;
    }
    let (url, attempt) = match state.provider.begin(&wishes).await {
        Ok(begun) => begun,
        Err(failure) => return state.failed(&failure),
    };
    let known = state.session_id(&request).filter(|id| {
        let begun = state.sessions.update(&state.env, id, |session| session.begin(attempt.clone()));
        begun.is_some()
    });
    let id = known.unwrap_or_else(|| {
        let mut session = Session::default();
        session.begin(attempt);
        state.sessions.insert(&state.env, session)
    });
    state.redirect(url.as_str(), Some(&id))
}

/// An authorization response (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

async fn callback(state: Data<State>, request: HttpRequest) -> HttpResponse {
    match finish(&state, &request).await {
        // Onward at once, so that the code does not stay in the address bar.
        Ok(id) => state.redirect("/", Some(&id)),
        Err(failure) => state.failed(&failure),
    }
}

async fn finish(state: &State, request: &HttpRequest) -> Result<String, Failure> {
    let answer: Answer = serde_urlencoded::from_str(request.query_string())
        .map_err(|error| Failure::Untrusted(error.to_string()))?;
    let id = state.session_id(request).ok_or(Failure::Unexpected)?;
    let attempt = answer
        .state
        .and_then(|value| state.sessions.take_attempt(&state.env, &id, &value))
        .ok_or(Failure::Unexpected)?;
    state.provider.check_issuer(answer.iss.as_deref()).await?;
    if let Some(code) = answer.error {
        return Err(Failure::Refused { code, description: answer.error_description });
    }
    let code = answer
        .code
        .ok_or_else(|| Failure::Untrusted("the answer holds neither code nor error".to_owned()))?;
    let held = state.provider.redeem(code, &attempt).await?;
    Ok(state.sessions.renew(&state.env, &id, |session| session.signed_in = Some(held)))
}

async fn refresh(state: Data<State>, request: HttpRequest) -> HttpResponse {
    if let Some(refusal) = state.refuse_other_sites(&request) {
        return refusal;
    }
    let Some((id, held)) = state.signed_in(&request) else { return state.redirect("/", None) };
    match state.provider.refresh(held).await {
        Ok(held) => state.keep(&id, held),
        Err(failure) => state.failed(&failure),
    }
}

async fn userinfo(state: Data<State>, request: HttpRequest) -> HttpResponse {
    if let Some(refusal) = state.refuse_other_sites(&request) {
        return refusal;
    }
    let Some((id, held)) = state.signed_in(&request) else { return state.redirect("/", None) };
    let held = state.provider.userinfo(held).await;
    state.keep(&id, held)
}

async fn sign_out(state: Data<State>, request: HttpRequest) -> HttpResponse {
    if let Some(refusal) = state.refuse_other_sites(&request) {
        return refusal;
    }
    let Some((id, held)) = state.signed_in(&request) else { return state.redirect("/", None) };
    // The app's own session ends whatever the provider says.
    let id = state.sessions.renew(&state.env, &id, |session| session.signed_in = None);
    match state.provider.end_session(&held).await {
        Ok(Some((url, expected))) => {
            state.sessions.update(&state.env, &id, |session| session.sign_out = Some(expected));
            state.redirect(url.as_str(), Some(&id))
        }
        Ok(None) | Err(_) => state.redirect("/signed-out", Some(&id)),
    }
}

async fn signed_out(state: Data<State>, request: HttpRequest) -> HttpResponse {
    #[derive(Deserialize)]
    struct Answer {
        state: Option<String>,
    }
    let answer = serde_urlencoded::from_str::<Answer>(request.query_string());
    let came_back = answer.ok().and_then(|answer| answer.state);
    let expected = state
        .session_id(&request)
        .and_then(|id| state.sessions.update(&state.env, &id, |session| session.sign_out.take()))
        .flatten();
    pages::signed_out(&state.settings, expected.is_some() && expected == came_back)
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "max-age=300"))
        .content_type("text/css; charset=utf-8")
        .body(pages::STYLE)
}

impl State {
    fn session_id(&self, request: &HttpRequest) -> Option<String> {
        request.cookie(&self.cookie_name).map(|cookie| cookie.value().to_owned())
    }

    fn signed_in(&self, request: &HttpRequest) -> Option<(String, SignedIn)> {
        let id = self.session_id(request)?;
        let held = self.sessions.read(&id)?.signed_in?;
        Some((id, held))
    }

    /// Stores what a refresh brought, unless the person has signed out meanwhile.
    fn keep(&self, id: &str, held: SignedIn) -> HttpResponse {
        self.sessions.update(&self.env, id, |session| {
            if session.signed_in.is_some() {
                session.signed_in = Some(held);
            }
        });
        self.redirect("/", None)
    }

    /// Forms of other sites change nothing here. Browsers send `Origin` with every POST.
    fn refuse_other_sites(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let origin = request.headers().get(header::ORIGIN)?;
        (origin.as_bytes() != self.settings.base_url.as_bytes())
            .then(|| HttpResponse::Forbidden().body("This form belongs to another site."))
    }

    fn failed(&self, failure: &Failure) -> HttpResponse {
        // Only what the page shows as well: codes and tokens are in no failure.
        tracing::info!(%failure, "the demo app could not sign a person in or refresh");
        pages::error(&self.settings, failure)
    }

    /// Sends the browser on by GET, with the session's cookie when `id` is new to it.
    fn redirect(&self, location: &str, id: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::SeeOther();
        response.insert_header((header::LOCATION, location));
        if let Some(id) = id {
            response.cookie(
                Cookie::build(self.cookie_name.as_str(), id)
                    .path("/")
                    .http_only(true)
                    .same_site(SameSite::Lax)
                    .secure(self.settings.base_url.starts_with("https:"))
                    .finish(),
            );
        }
        response.finish()
    }
}
