//! A code or a link by mail, as the first factor and as the second.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::account::person;
use super::answer::{html, see_other};
use super::fault::seconds_until;
use super::flow::{self, Flow, Opened, Stop};
use super::provider;
use super::view::{CodePage, MailedAddressView, MailedCodeView, MailedError, MailedSendView};
use crate::domain::address::EmailAddress;
use crate::domain::credential::mailed_code::{Code, CodePurpose, LIFETIME};
use crate::domain::factor::FactorKind;
use crate::domain::rate_limit::Standing;
use crate::domain::setting::Settings;
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::rate_limit;
use crate::identity::login::factors::mailed_code::{MailRequest, Mailing, SentCode};
use crate::identity::login::factors::typed_code::TypedCode;
use crate::identity::login::{FlowAt, FlowError, Input};

/// Where a code or a link is asked for and typed, to sign in.
pub(super) const PATH: &str = "/login/code";

/// `GET /login/code`: the address, and once something was mailed to it, the code.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let other = visit.fields()?.ticked("other");
    match open(&visit, Stop::Login).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => match sent(&visit, flow.at, CodePurpose::SignIn).await? {
            Some(sent) if sent.is_live && !other => {
                code_page(&visit, &flow, &sent, CodePurpose::SignIn, None)
            }
            _ => {
                let who = flow.confirmed().map(|who| person::identifier(&who.profile));
                let typed = who.unwrap_or_else(|| flow.login_hint());
                address_page(&visit, &flow, typed, None)
            }
        },
    }
}

/// `POST /login/code`: an address, a code, or the wish for another one. The button on the login page
/// comes here with what stands in its first field.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    if form.get("code").is_some() {
        return enter(&visit, &form, at, CodePurpose::SignIn).await;
    }
    if form.ticked("again") {
        return send(&visit, at, Mailing::Again(CodePurpose::SignIn)).await;
    }
    let from_login = form.get("email").is_none();
    let typed = if from_login { form.text("identifier") } else { form.text("email") };
    if let Some(provider) = provider::owner(&visit, &form, typed) {
        return Ok(provider::elsewhere(at, &provider, typed));
    }
    let error = match EmailAddress::parse(typed) {
        Ok(email) => {
            let link = form.get("send") == Some("link");
            return send(&visit, at, Mailing::SignIn { email, link }).await;
        }
        // Whoever has typed a username is asked for the address.
        Err(_) if from_login => None,
        Err(_) if typed.is_empty() => Some(MailedError::EmailMissing),
        Err(_) => Some(MailedError::EmailInvalid),
    };
    match open(&visit, Stop::Login).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => {
            let typed = if from_login { String::new() } else { typed.to_owned() };
            address_page(&visit, &flow, typed, error)
        }
    }
}

/// `GET /second-factor/mailed-code`.
pub async fn show_second(visit: Visit) -> Result<HttpResponse, Failure> {
    match flow::open(&visit, second()).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => match sent(&visit, flow.at, CodePurpose::SecondFactor).await? {
            Some(sent) if sent.is_live => {
                code_page(&visit, &flow, &sent, CodePurpose::SecondFactor, None)
            }
            _ => send_page(&visit, &flow, None),
        },
    }
}

/// `POST /second-factor/mailed-code`: a code, or the wish for one.
pub async fn submit_second(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    if form.get("code").is_some() {
        enter(&visit, &form, at, CodePurpose::SecondFactor).await
    } else {
        send(&visit, at, Mailing::SecondFactor).await
    }
}

fn second() -> Stop {
    Stop::SecondFactor(FactorKind::MailedCode)
}

/// The flow, where mail is sent; otherwise one signs in without.
async fn open(visit: &Visit, stop: Stop) -> Result<Opened, Failure> {
    if visit.services.identity.offers().mail {
        flow::open(visit, stop).await
    } else {
        let login = format!("/login?flow={}", flow::at(visit)?.flow);
        Ok(Opened::Elsewhere(see_other(login)))
    }
}

/// What was mailed in the flow.
pub(super) async fn sent(
    visit: &Visit,
    at: FlowAt,
    purpose: CodePurpose,
) -> Result<Option<SentCode>, Failure> {
    let now = visit.site.env.now();
    let sent = visit.services.identity.sent_code(at, purpose).await;
    sent.map_err(|error| super::fault::flow(error, now))
}

/// Mails it, and shows where to type it.
pub(super) async fn send(
    visit: &Visit,
    at: FlowAt,
    what: Mailing,
) -> Result<HttpResponse, Failure> {
    let purpose = match &what {
        Mailing::SignIn { .. } => CodePurpose::SignIn,
        Mailing::SecondFactor => CodePurpose::SecondFactor,
        Mailing::Again(purpose) => *purpose,
    };
    let typed = match &what {
        Mailing::SignIn { email, .. } => Some(email.as_typed().to_owned()),
        Mailing::SecondFactor | Mailing::Again(_) => None,
    };
    let input = Input::Mail(MailRequest { what, locale: visit.frame(None).locale });
    let now = visit.site.env.now();
    match visit.services.identity.advance(at, input, &visit.context).await {
        Ok(advanced) => {
            let mut answer = see_other(format!("{}?flow={}", path(purpose), at.flow));
            rate_limit::attach(&mut answer, &advanced.standing, now);
            Ok(answer)
        }
        Err(FlowError::TooMany { retry_at, standing }) => {
            let seconds = seconds_until(retry_at, now);
            let error = Some(MailedError::TooManyAttempts { seconds });
            refused_page(visit, at, purpose, typed, error, &standing).await
        }
        Err(FlowError::Registration(_)) => Ok(see_other(format!("/register?flow={}", at.flow))),
        Err(other) => flow::refused(visit, other),
    }
}

/// Looks at a code that was typed.
pub(super) async fn enter(
    visit: &Visit,
    form: &Fields,
    at: FlowAt,
    purpose: CodePurpose,
) -> Result<HttpResponse, Failure> {
    let now = visit.site.env.now();
    let Some(code) = Code::parse(form.text("code")) else {
        let error = Some(MailedError::CodeInvalid);
        return refused_page(visit, at, purpose, None, error, &vec![]).await;
    };
    let typed = TypedCode {
        purpose,
        code,
        remember: (purpose == CodePurpose::SignIn).then(|| form.ticked("remember")),
        trust_browser: purpose == CodePurpose::SecondFactor && form.ticked("trust"),
        username: form.get("username").map(str::to_owned),
        locale: visit.frame(None).locale,
    };
    let input = Input::MailedCode(typed);
    let (error, standing) = match visit.services.identity.advance(at, input, &visit.context).await {
        Ok(advanced) => return flow::go_on(visit, advanced),
        Err(FlowError::WrongCode(standing)) => (MailedError::CodeWrong, standing),
        Err(FlowError::TooMany { retry_at, standing }) => {
            (MailedError::TooManyAttempts { seconds: seconds_until(retry_at, now) }, standing)
        }
        Err(FlowError::Registration(problems)) => {
            return super::register_confirm::refused(visit, at, &problems, form).await;
        }
        Err(other) => return flow::refused(visit, other),
    };
    refused_page(visit, at, purpose, None, Some(error), &standing).await
}

/// The page that was sent, with what was wrong with it.
async fn refused_page(
    visit: &Visit,
    at: FlowAt,
    purpose: CodePurpose,
    typed: Option<String>,
    error: Option<MailedError>,
    standing: &Standing,
) -> Result<HttpResponse, Failure> {
    let stop = match purpose {
        CodePurpose::SignIn => Stop::Login,
        CodePurpose::SecondFactor => second(),
        CodePurpose::Register => Stop::Register,
    };
    let flow = match flow::open_at(visit, at, stop).await? {
        Opened::Elsewhere(answer) => return Ok(answer),
        Opened::Here(flow) => flow,
    };
    let sent = sent(visit, at, purpose).await?.filter(|_| typed.is_none());
    let mut answer = match (sent, purpose) {
        (Some(sent), _) => code_page(visit, &flow, &sent, purpose, error)?,
        (None, CodePurpose::SecondFactor) => send_page(visit, &flow, error)?,
        (None, CodePurpose::SignIn) => {
            address_page(visit, &flow, typed.unwrap_or_default(), error)?
        }
        (None, CodePurpose::Register) => see_other(flow.link("/register")),
    };
    rate_limit::attach(&mut answer, standing, visit.site.env.now());
    Ok(answer)
}

fn address_page(
    visit: &Visit,
    flow: &Flow,
    email: String,
    error: Option<MailedError>,
) -> Result<HttpResponse, Failure> {
    let email = if email.contains('@') || error.is_some() { email } else { String::new() };
    let view = MailedAddressView {
        frame: flow.frame(visit),
        action: flow.link(PATH),
        here: provider::stays(flow),
        email,
        error,
        login: flow.link("/login"),
    };
    let form_action = provider::form_action(visit, flow.form_action());
    Ok(answered(html(status(error), &view, form_action)?, error))
}

fn send_page(
    visit: &Visit,
    flow: &Flow,
    error: Option<MailedError>,
) -> Result<HttpResponse, Failure> {
    let asked = flow.state.asked.as_ref().and_then(|profile| profile.primary_address.as_ref());
    let view = MailedSendView {
        frame: flow.frame(visit),
        action: flow.link(path(CodePurpose::SecondFactor)),
        address: asked.map(|address| address.email.masked()).unwrap_or_default(),
        error,
    };
    Ok(answered(html(status(error), &view, flow.form_action())?, error))
}

fn code_page(
    visit: &Visit,
    flow: &Flow,
    sent: &SentCode,
    purpose: CodePurpose,
    error: Option<MailedError>,
) -> Result<HttpResponse, Failure> {
    code_page_with(visit, flow, sent, purpose, error, None)
}

/// The page of a code; `username` is asked for where another one is wanted.
pub(super) fn code_page_with(
    visit: &Visit,
    flow: &Flow,
    sent: &SentCode,
    purpose: CodePurpose,
    error: Option<MailedError>,
    username: Option<String>,
) -> Result<HttpResponse, Failure> {
    let settings = visit.services.identity.settings();
    let (page, other_address) = match purpose {
        CodePurpose::SignIn if sent.is_link => (CodePage::Link, Some(format!("{PATH}?other=on&"))),
        CodePurpose::SignIn => (CodePage::SignIn, Some(format!("{PATH}?other=on&"))),
        CodePurpose::SecondFactor => (CodePage::SecondFactor, None),
        CodePurpose::Register => (CodePage::Register, Some("/register?".to_owned())),
    };
    let is_first = purpose == CodePurpose::SignIn;
    let view = MailedCodeView {
        frame: flow.frame(visit),
        page,
        action: flow.link(path(purpose)),
        address: sent.email.masked(),
        minutes: u32::try_from(LIFETIME.num_minutes()).unwrap_or_default(),
        username,
        remember_days: remember_days(&settings).filter(|_| is_first),
        trust_days: flow.trust_days(visit).filter(|_| purpose == CodePurpose::SecondFactor),
        error,
        other_address: other_address.map(|path| format!("{path}flow={}", flow.at.flow)),
        other_way: is_first.then(|| flow.link("/login")),
    };
    Ok(answered(html(status(error), &view, flow.form_action())?, error))
}

/// How long "Keep me signed in" keeps, where it is offered.
pub(super) fn remember_days(settings: &Settings) -> Option<u32> {
    let days = settings.remember_absolute / 86_400;
    (days > 0 && settings.offers_remember_me()).then_some(days)
}

fn path(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::SignIn => PATH,
        CodePurpose::SecondFactor => flow::second_factor_path(FactorKind::MailedCode),
        CodePurpose::Register => super::register_confirm::PATH,
    }
}

/// What is no code and what is the wrong one are refused alike (case 213).
fn status(error: Option<MailedError>) -> StatusCode {
    match error {
        None => StatusCode::OK,
        Some(MailedError::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::BAD_REQUEST,
    }
}

fn answered(mut answer: HttpResponse, error: Option<MailedError>) -> HttpResponse {
    if let Some(MailedError::TooManyAttempts { seconds }) = error {
        rate_limit::retry_after(&mut answer, seconds);
        // Only the beginning of a lock is on the trail.
        if let Some(note) = Failure::too_many(seconds).note() {
            note.attach(&mut answer);
        }
    }
    answer
}
