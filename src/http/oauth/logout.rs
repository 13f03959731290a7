//! `/oauth2/logout` (OpenID Connect RP-Initiated Logout §2).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};

use super::{as_get, refusal, unreadable};
use crate::domain::client::Client;
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::session::SignedIn;
use crate::http::error::{Failure, Note};
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::form::FormBody;
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;
use crate::http::pages::account::person;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::view::{Frame, SignOutView};
use crate::http::pages::{flow, provider_sign_out};
use crate::protocol::error::Refusal;
use crate::protocol::logout::{LogoutRequest, LogoutStep};
use crate::protocol::params::Params;
use crate::protocol::paths;

/// `GET /oauth2/logout`.
pub async fn ask(visit: Visit) -> Result<HttpResponse, Failure> {
    go_on(&visit, false).await
}

/// `POST /oauth2/logout`: reads no cookie and goes on by GET.
pub async fn post(FormBody(body): FormBody) -> HttpResponse {
    as_get(paths::LOGOUT, &body)
}

/// Goes on with the sign-out that the query asks for; `confirmed`: by the person, on our page.
pub(in crate::http) async fn go_on(
    visit: &Visit,
    confirmed: bool,
) -> Result<HttpResponse, Failure> {
    let params = Params::parse(&visit.query).map_err(unreadable)?;
    let provider = &visit.services.provider;
    let request = LogoutRequest::read(provider, &params).await?;
    let context = visit.context.clone();
    match provider.logout(request.clone(), visit.session, confirmed, context).await? {
        LogoutStep::Confirm { signed_in, client } => {
            // Where the browser goes is not decided yet.
            let left_out = request.left_out(client.as_deref(), true);
            let mut page = confirm(visit, &params, &signed_in, client.as_deref())?;
            note(&mut page, left_out.as_ref());
            Ok(page)
        }
        LogoutStep::Done { ended, redirect, client } => {
            let left_out = request.left_out(client.as_deref(), redirect.is_some());
            let (to, cookie) = provider_sign_out::leave(visit, ended, redirect).await;
            let mut answer = see_other(to);
            let gone = cookies::removal(&visit.site.issuer, Kind::Session);
            for cookie in cookie.iter().chain([&gone]) {
                answer.add_cookie(cookie).map_err(|error| Failure::internal(error.to_string()))?;
            }
            // The button that goes back must not show what the browser kept of the account.
            let what = HeaderValue::from_static("\"cache\"");
            answer.headers_mut().insert(header::CLEAR_SITE_DATA, what);
            note(&mut answer, left_out.as_ref());
            Ok(answer)
        }
    }
}

/// Lets the edge keep what was left out of a request.
fn note(answer: &mut HttpResponse, left_out: Option<&Refusal>) {
    if let Some(refusal) = left_out {
        refusal::log(refusal);
        if let Some(note) = Note::of(refusal) {
            note.attach(answer);
        }
    }
}

fn confirm(
    visit: &Visit,
    params: &Params,
    signed_in: &SignedIn,
    client: Option<&Client>,
) -> Result<HttpResponse, Failure> {
    // The form's redirect may end at the app, if the address is one of the app's.
    let onward = params
        .get("post_logout_redirect_uri")
        .filter(|uri| client.is_some_and(|client| client.allows_post_logout(uri)))
        .map(|uri| RedirectUri::stored(uri.to_owned()));
    let action = match visit.query.as_str() {
        "" => "/sign-out".to_owned(),
        query => format!("/sign-out?{query}"),
    };
    let csrf = visit.csrf(Binding::Session(signed_in.session.id));
    let view = SignOutView {
        frame: Frame { csrf, ..visit.frame(params.get("ui_locales")) },
        app: client.map(flow::registered_app),
        action,
        signed_in_as: person::identifier(&signed_in.profile),
    };
    html(StatusCode::OK, &view, provider_sign_out::form_action(visit, onward.as_ref()))
}
