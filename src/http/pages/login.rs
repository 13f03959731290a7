//! The login page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::account::person;
use super::answer::{html, see_other};
use super::fault::seconds_until;
use super::flow::{self, Flow, Opened, Stop};
use super::forgot_password;
use super::mailed_code;
use super::passkey;
use super::provider;
use super::view::{Frame, LoginError, LoginView, NotIn};
use crate::domain::rate_limit::Standing;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::return_path;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::rate_limit;
use crate::identity::login::{Credentials, FlowError, Input, Next};

/// The field of the query that names the account page to come to.
const PAGE: &str = "page";

/// Where somebody signs in to the account pages, and comes to `page` of them.
pub(super) fn address(page: Option<&str>) -> String {
    match page.filter(|page| *page != "/account" && return_path::is_account_page(page)) {
        Some(page) => format!("/login?{PAGE}={}", utf8_percent_encode(page, NON_ALPHANUMERIC)),
        None => "/login".to_owned(),
    }
}

/// `GET /login`. Without a flow it begins one, to the account pages.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    if visit.fields()?.get("flow").is_none() {
        return begin(&visit, &Next::Login { again: false }).await;
    }
    match flow::open(&visit, Stop::Login).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => {
            let remember = flow.confirmed().is_some_and(|who| who.session.remember);
            page(&visit, &flow, identifier(&flow), remember, None, false)
        }
    }
}

/// What stands in the field: the app's hint, or who is signed in and has to prove it anew; the address of who
/// came back from a provider, because the account with that is asked for.
pub(super) fn identifier(flow: &Flow) -> String {
    let arrival = flow.state.flow.arrival.as_ref();
    let told = arrival.and_then(|arrival| arrival.person.email.as_ref());
    match (flow.login_hint(), flow.confirmed(), told) {
        (hint, Some(who), _) if hint.is_empty() => person::identifier(&who.profile),
        (_, None, Some(email)) => email.as_typed().to_owned(),
        (hint, _, _) => hint,
    }
}

/// Begins a flow to the account pages, at the page where it waits for `next`.
pub(super) async fn begin(visit: &Visit, next: &Next) -> Result<HttpResponse, Failure> {
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    let fields = visit.fields()?;
    let page = fields.get(PAGE).filter(|page| return_path::is_account_page(page));
    let page = page.map(str::to_owned);
    let flow = visit.services.identity.start_account_flow(browser, page).await?;
    let mut answer = see_other(flow::address(flow, next));
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    }
    Ok(answer)
}

/// `POST /login`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let (at, now) = (flow::submitted(&visit, &form)?, visit.site.env.now());
    let identifier = form.text("identifier").to_owned();
    let (password, remember) = (form.secret("password"), form.ticked("remember"));
    let mut standing = vec![];
    if let Some(provider) = provider::owner(&visit, &form, &identifier) {
        return Ok(provider::elsewhere(at, &provider, &identifier));
    }
    let error = if identifier.is_empty() {
        LoginError::IdentifierMissing
    } else if password.expose().is_empty() {
        LoginError::PasswordMissing
    } else {
        let identifier = identifier.clone();
        let input = Input::Password(Credentials {
            identifier,
            password,
            remember: Some(remember),
            trust_browser: false,
        });
        match visit.services.identity.advance(at, input, &visit.context).await {
            Ok(advanced) => return flow::go_on(&visit, advanced),
            Err(FlowError::WrongCredentials(left)) => {
                standing = left;
                LoginError::WrongCredentials
            }
            Err(FlowError::TooMany { retry_at, standing: left }) => {
                standing = left;
                LoginError::TooManyAttempts { seconds: seconds_until(retry_at, now) }
            }
            Err(other) => return flow::refused(&visit, other),
        }
    };
    match flow::open(&visit, Stop::Login).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => {
            let mut answer =
                page(&visit, &flow, identifier, remember, Some(error), last_tries(&standing))?;
            rate_limit::attach(&mut answer, &standing, now);
            Ok(answer)
        }
    }
}

/// Tries after which the page says what else can be done.
const LAST_TRIES: u32 = 2;

fn last_tries(standing: &Standing) -> bool {
    standing.iter().any(|it| it.remaining <= LAST_TRIES)
}

/// The page, with why nobody came in from a provider.
pub(super) fn not_in(
    visit: &Visit,
    flow: &Flow,
    status: StatusCode,
    not_in: NotIn,
) -> Result<HttpResponse, Failure> {
    let view = view(visit, flow, identifier(flow), false, None, false);
    let (hinted, providers) = provider::buttons(visit, flow, not_in.another.as_ref());
    let not_in = Some(not_in);
    let view = LoginView { hinted, providers, not_in, here: true, ..view };
    html(status, &view, form_action(visit, flow))
}

fn form_action(visit: &Visit, flow: &Flow) -> FormAction {
    provider::form_action(visit, flow.form_action())
}

fn view(
    visit: &Visit,
    flow: &Flow,
    identifier: String,
    remember: bool,
    error: Option<LoginError>,
    last_tries: bool,
) -> LoginView {
    let identity = &visit.services.identity;
    let settings = identity.settings();
    let days = settings.remember_absolute / 86_400;
    // Whoever confirms an account does not make another one.
    let registration_open =
        identity.registration_open() && !flow.state.flow.purpose.is_confirmation();
    let (hinted, providers) = provider::buttons(visit, flow, None);
    LoginView {
        hinted,
        providers,
        arrival: provider::arrival(flow, visit),
        not_in: None,
        here: provider::stays(flow),
        // Whatever was sent, and to where, this is the page to come back to.
        frame: Frame { language_return: Some(flow.link("/login")), ..flow.frame(visit) },
        app: flow.app(),
        action: flow.link("/login"),
        identifier,
        remember,
        remember_days: (days > 0 && settings.offers_remember_me()).then_some(days),
        confirming: flow.confirmed().is_some(),
        error,
        last_tries,
        passkey: passkey::login_form(visit, flow),
        forgot_password: identity.offers().mail.then(|| flow.link(forgot_password::PATH)),
        email_code: identity.offers().mail.then(|| flow.link(mailed_code::PATH)),
        registration: registration_open.then(|| flow.link("/register")),
    }
}

pub(super) fn page(
    visit: &Visit,
    flow: &Flow,
    identifier: String,
    remember: bool,
    error: Option<LoginError>,
    last_tries: bool,
) -> Result<HttpResponse, Failure> {
    let view = view(visit, flow, identifier, remember, error, last_tries);
    let status = match error {
        None => StatusCode::OK,
        Some(
            LoginError::IdentifierMissing
            | LoginError::PasswordMissing
            | LoginError::PasskeyRefused,
        ) => StatusCode::BAD_REQUEST,
        Some(LoginError::WrongCredentials) => StatusCode::UNAUTHORIZED,
        Some(LoginError::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
    };
    let mut answer = html(status, &view, form_action(visit, flow))?;
    if let Some(LoginError::TooManyAttempts { seconds }) = error {
        rate_limit::retry_after(&mut answer, seconds);
        // Only the beginning of a lock is on the trail.
        if let Some(note) = Failure::too_many(seconds).note() {
            note.attach(&mut answer);
        }
    }
    Ok(answer)
}
