//! The registration page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, see_other};
use super::fault::seconds_until;
use super::flow::{self, Flow, Opened, Stop};
use super::login;
use super::new_account;
use super::provider;
use super::register_confirm;
use super::view::{ErrorKind, NewAccountError, RegisterView};
use crate::domain::credential::mailed_code::CodePurpose;
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::rate_limit;
use crate::identity::login::{FlowError, Input, Next};
use crate::identity::register::Registration;

/// Where it is.
pub(super) const PATH: &str = "/register";

/// `GET /register`. Without a flow it begins one, to the account pages.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    if !visit.services.identity.registration_open() {
        return Err(closed());
    }
    if visit.fields()?.get("flow").is_none() {
        return login::begin(&visit, &Next::Register).await;
    }
    match flow::open(&visit, Stop::Register).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => {
            let email = Some(flow.login_hint()).filter(|hint| hint.contains('@'));
            let typed = Typed { email: email.unwrap_or_default(), ..Typed::default() };
            page(&visit, &flow, typed, Vec::new())
        }
    }
}

/// `POST /register`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    let typed = Typed::of(&form);
    if let Some(provider) = visit.services.identity.provider_of(&typed.email) {
        return Ok(provider::elsewhere(at, &provider, &typed.email));
    }
    let password = form.secret("password");
    let registration = Registration {
        email: typed.email.clone(),
        name: typed.name.clone(),
        username: typed.username.clone(),
        password: Some(password.clone()),
        passkey: form.ticked("passkey"),
        remember: false,
        locale: visit.frame(None).locale,
    };
    let (input, now) = (Input::Register(registration), visit.site.env.now());
    let mut standing = vec![];
    let errors = match visit.services.identity.advance(at, input, &visit.context).await {
        Ok(advanced) => {
            let mut answer = see_other(format!("{}?flow={}", register_confirm::PATH, at.flow));
            rate_limit::attach(&mut answer, &advanced.standing, now);
            return Ok(answer);
        }
        Err(FlowError::Registration(problems)) => {
            new_account::errors(&problems, &typed.email, password.expose()).ok_or_else(closed)?
        }
        Err(FlowError::TooMany { retry_at, standing: left }) => {
            standing = left;
            vec![NewAccountError::TooManyAttempts { seconds: seconds_until(retry_at, now) }]
        }
        Err(other) => return flow::refused(&visit, other),
    };
    match flow::open(&visit, Stop::Register).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => {
            let mut answer = page(&visit, &flow, typed, errors)?;
            rate_limit::attach(&mut answer, &standing, now);
            Ok(answer)
        }
    }
}

/// The page for a registration that came to nothing in the end, with what is wrong.
pub(super) async fn again(
    visit: &Visit,
    flow: &Flow,
    errors: Vec<NewAccountError>,
) -> Result<HttpResponse, Failure> {
    let sent = super::mailed_code::sent(visit, flow.at, CodePurpose::Register).await?;
    let email = sent.map(|sent| sent.email.as_typed().to_owned());
    let typed = Typed { email: email.unwrap_or_default(), ..Typed::default() };
    page(visit, flow, typed, errors)
}

/// What stays in the fields.
#[derive(Debug, Default)]
struct Typed {
    name: String,
    email: String,
    username: String,
}

impl Typed {
    fn of(form: &Fields) -> Self {
        let text = |name| form.text(name).to_owned();
        Self { name: text("name"), email: text("email"), username: text("username") }
    }
}

pub(super) fn closed() -> Failure {
    let reason = "registration.open is off, or there is no mail";
    Failure::new(StatusCode::FORBIDDEN, ErrorKind::RegistrationClosed, reason)
}

fn page(
    visit: &Visit,
    flow: &Flow,
    typed: Typed,
    errors: Vec<NewAccountError>,
) -> Result<HttpResponse, Failure> {
    let wait = errors.iter().find_map(|error| match error {
        NewAccountError::TooManyAttempts { seconds } => Some(*seconds),
        _ => None,
    });
    let status = match wait {
        Some(_) => StatusCode::TOO_MANY_REQUESTS,
        None if errors.is_empty() => StatusCode::OK,
        None => StatusCode::BAD_REQUEST,
    };
    let view = RegisterView {
        frame: flow.frame(visit),
        app: flow.app(),
        action: flow.link("/register"),
        name: typed.name,
        email: typed.email,
        username: Some(typed.username),
        password_min: visit.services.identity.settings().password_min(true),
        errors,
        passkey: visit.services.identity.offers_passkeys(),
        login: flow.link("/login"),
    };
    let mut answer = html(status, &view, provider::form_action(visit, flow.form_action()))?;
    if let Some(seconds) = wait {
        rate_limit::retry_after(&mut answer, seconds);
        if let Some(note) = Failure::too_many(seconds).note() {
            note.attach(&mut answer);
        }
    }
    Ok(answer)
}
