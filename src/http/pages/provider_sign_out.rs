//! On to a provider to sign out there as well, and back.

use actix_web::cookie::Cookie;
use actix_web::{HttpResponse, web};

use super::answer::see_other;
use crate::domain::redirect_uri::RedirectUri;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::kernel::ids::SessionId;

/// Where a provider sends the browser back to.
pub const RETURN: &str = "/auth/{provider}/signed-out";

/// The page after a sign-out.
pub const SIGNED_OUT: &str = "/signed-out";

/// Where a browser goes whose session has `ended`, and the cookie that tells it apart, where it had none.
/// `onward` is where it goes in the end, unless that is our own page.
pub(in crate::http) async fn leave(
    visit: &Visit,
    ended: Option<SessionId>,
    onward: Option<String>,
) -> (String, Option<Cookie<'static>>) {
    let here = onward.clone().unwrap_or_else(|| SIGNED_OUT.to_owned());
    let Some(session) = ended else { return (here, None) };
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    match visit.services.identity.sign_out_there(session, browser, onward).await {
        Some(url) => (url.into(), cookie),
        None => (here, None),
    }
}

/// Where the form of the sign-out page may lead: Chromium applies this to every redirect behind it, so to
/// the app's address, and to a provider, which may be on this machine in development.
pub(in crate::http) fn form_action(visit: &Visit, onward: Option<&RedirectUri>) -> FormAction {
    let providers = visit.services.identity.sign_out_providers();
    if onward.is_none() && providers.is_empty() {
        return FormAction::Ours;
    }
    let of_app = onward.and_then(RedirectUri::form_action_source);
    let is_here = providers.iter().any(|provider| provider.issuer.is_loopback());
    let of_provider =
        is_here.then(|| "http:".to_owned()).filter(|own| of_app.as_ref() != Some(own));
    let sources: Vec<String> = of_app.into_iter().chain(of_provider).collect();
    FormAction::Onward { scheme: (!sources.is_empty()).then(|| sources.join(" ")) }
}

/// `GET /auth/{provider}/signed-out`. Whoever comes with a wrong state, or too late, is signed out here all
/// the same, and stays on our own page.
pub async fn back(visit: Visit, slug: web::Path<String>) -> Result<HttpResponse, Failure> {
    let fields = visit.fields()?;
    let onward = match (fields.get("state"), visit.browser.0) {
        (Some(state), Some(browser)) => {
            visit.services.identity.back_signed_out(&slug, state, browser).await?
        }
        _ => None,
    };
    Ok(see_other(onward.unwrap_or_else(|| SIGNED_OUT.to_owned())))
}
