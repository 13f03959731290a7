//! A link that was mailed. Its secret leaves the address at once, for a cookie that no script reads;
//! looking at the page uses nothing up, only its button does.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, see_other};
use super::link::{show_bound, verify};
use super::view::{LinkPage, MailedLinkView, MatchingCodeView};
use super::{dead_link, flow};
use crate::domain::credential::mailed_code::{Code, CodePurpose, LIFETIME};
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::identity::login::factors::mailed_link::{LinkAt, OpenedLink, Pressed};
use crate::identity::login::{FlowAt, FlowError};
use crate::kernel::secret::Secret;
use crate::mail::links;

/// `GET /sign-in-link`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    if let Some(answer) = arrival(&visit, links::SIGN_IN_LINK, dead_link::sign_in)? {
        return Ok(answer);
    }
    let secret = secret(&visit).ok_or_else(dead_link::sign_in)?;
    match opened(&visit, &secret, CodePurpose::SignIn).await? {
        Some(link) => page(&visit, &secret, &link, links::SIGN_IN_LINK),
        None => Err(dead_link::sign_in()),
    }
}

/// `POST /sign-in-link`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let secret = secret(&visit).ok_or_else(dead_link::sign_in)?;
    verify(&visit, &secret, &form)?;
    match press(&visit, &secret, CodePurpose::SignIn, &form).await {
        Ok(answer) => answer,
        Err(FlowError::NotFound) => Err(dead_link::sign_in()),
        Err(other) => flow::refused(&visit, other),
    }
}

/// Where a link leads to that still has its secret in the address: to the same page without. What is no
/// secret is a link that is `dead`.
pub(super) fn arrival(
    visit: &Visit,
    path: &str,
    dead: impl FnOnce() -> Failure,
) -> Result<Option<HttpResponse>, Failure> {
    let fields = visit.fields()?;
    let Some(token) = fields.get("token") else { return Ok(None) };
    if !cookies::is_secret(token) {
        return Err(dead());
    }
    let mut answer = see_other(path);
    let cookie = cookies::set(&visit.site.issuer, Kind::Link, token.to_owned(), Some(LIFETIME));
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(Some(answer))
}

/// The secret of the link that this browser has opened.
pub(super) fn secret(visit: &Visit) -> Option<Secret<String>> {
    visit.link_cookie(Kind::Link)
}

/// The link, if it is one for this purpose that works.
pub(super) async fn opened(
    visit: &Visit,
    secret: &Secret<String>,
    purpose: CodePurpose,
) -> Result<Option<OpenedLink>, Failure> {
    let identity = &visit.services.identity;
    Ok(identity.open_mailed_link(secret, purpose, visit.browser.0).await?)
}

/// The page with the button.
pub(super) fn page(
    visit: &Visit,
    secret: &Secret<String>,
    link: &OpenedLink,
    path: &str,
) -> Result<HttpResponse, Failure> {
    let signs_in = link.code.purpose == CodePurpose::SignIn;
    let settings = visit.services.identity.settings();
    let days = super::mailed_code::remember_days(&settings);
    let form_action = match link.flow.request() {
        Some(request) if link.here => FormAction::onward(&request.redirect_uri),
        _ => FormAction::Ours,
    };
    show_bound(visit, secret, |frame| {
        let view = MailedLinkView {
            frame,
            action: path.to_owned(),
            page: if signs_in { LinkPage::SignIn } else { LinkPage::Register },
            here: link.here,
            address: link.code.email.masked(),
            remember_days: days.filter(|_| signs_in && link.here),
        };
        html(StatusCode::OK, &view, form_action)
    })
}

/// Presses the button: on with the flow here, or a code for the browser in which it waits.
pub(super) async fn press(
    visit: &Visit,
    secret: &Secret<String>,
    purpose: CodePurpose,
    form: &Fields,
) -> Result<Result<HttpResponse, Failure>, FlowError> {
    let at = LinkAt {
        browser: visit.browser.0,
        session_secret: visit.session,
        device_secret: visit.device,
        locale: visit.frame(None).locale,
    };
    let remember = (purpose == CodePurpose::SignIn).then(|| form.ticked("remember"));
    let identity = &visit.services.identity;
    let pressed = identity.press_mailed_link(secret, purpose, at, remember, &visit.context).await?;
    Ok(match pressed {
        Pressed::Here(advanced) => flow::go_on(visit, *advanced).and_then(|mut answer| {
            let used = cookies::removal(&visit.site.issuer, Kind::Link);
            answer.add_cookie(&used).map_err(|error| Failure::internal(error.to_string()))?;
            Ok(answer)
        }),
        Pressed::Elsewhere(code) => matching_code(visit, &code),
    })
}

fn matching_code(visit: &Visit, code: &Code) -> Result<HttpResponse, Failure> {
    let (begin, end) = code.digits().expose().split_at(3);
    let view = MatchingCodeView { frame: visit.frame(None), code: format!("{begin} {end}") };
    html(StatusCode::OK, &view, FormAction::Ours)
}

/// The flow that a link belongs to, as this browser speaks for it.
pub(super) fn flow_of(visit: &Visit, link: &OpenedLink) -> Option<FlowAt> {
    Some(FlowAt {
        flow: link.flow.id,
        browser: visit.browser.0?,
        session_secret: visit.session,
        device_secret: visit.device,
    })
}
