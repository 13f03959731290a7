//! Signing in with a passkey: the form that the script sends from the login page, and the page that asks
//! for one after another factor.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::json;

use super::answer::html;
use super::fault::seconds_until;
use super::flow::{self, Flow, Opened, Stop};
use super::login;
use super::second_factor::{self, Asked};
use super::view::{LoginError, PasskeyForm, PasskeyProblem, SecondFactorPasskeyView, SecondStep};
use crate::domain::factor::FactorKind;
use crate::domain::rate_limit::Standing;
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::rate_limit;
use crate::identity::login::factors::passkey::{Part, PasskeyAnswer};
use crate::identity::login::{Advanced, FlowError, Input};
use crate::identity::passkeys::PasskeyQuestion;
use crate::kernel::ids::CeremonyId;

const STOP: Stop = Stop::SecondFactor(FactorKind::Passkey);

/// Where the login page's form goes.
pub const SIGN_IN: &str = "/passkey/sign-in";
/// Where its script asks for a challenge.
pub const SIGN_IN_OPTIONS: &str = "/passkey/sign-in/options";
/// The page after another factor.
pub const SECOND: &str = "/second-factor/passkey";
/// Where its script asks for a challenge.
pub const SECOND_OPTIONS: &str = "/second-factor/passkey/options";

/// The form of the login page; `None` where there are no passkeys.
pub(super) fn login_form(visit: &Visit, flow: &Flow) -> Option<PasskeyForm> {
    visit.services.identity.offers_passkeys().then(|| PasskeyForm {
        options: flow.link(SIGN_IN_OPTIONS),
        action: flow.link(SIGN_IN),
        makes: false,
        in_field: true,
    })
}

/// What the script hands to the browser.
pub(super) fn question(asked: PasskeyQuestion) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "ceremony": asked.ceremony, "publicKey": asked.options }))
}

/// Which challenge was answered, and with what.
pub(super) fn answered(form: &Fields) -> Result<(CeremonyId, String), Failure> {
    let ceremony = form.text("ceremony").parse();
    let ceremony = ceremony.map_err(|_| Failure::bad_request("no ceremony is named"))?;
    Ok((ceremony, form.get("credential").unwrap_or_default().to_owned()))
}

/// `POST /passkey/sign-in/options`.
pub async fn sign_in_options(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    options(&visit, &form, Part::First { remember: None }).await
}

/// `POST /second-factor/passkey/options`.
pub async fn second_options(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    options(&visit, &form, Part::Second).await
}

async fn options(visit: &Visit, form: &Fields, part: Part) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(visit, form)?;
    match visit.services.identity.ask_for_passkey(at, part).await {
        Ok(asked) => Ok(question(asked)),
        Err(error) => flow::refused(visit, error),
    }
}

/// `POST /passkey/sign-in`.
pub async fn sign_in(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let remember = form.ticked("remember");
    let (problem, standing) =
        match step(&visit, &form, Part::First { remember: Some(remember) }).await {
            Ok(advanced) => return flow::go_on(&visit, advanced),
            Err(Unmoved::Told(problem, standing)) => (problem, standing),
            Err(Unmoved::Elsewhere(answer)) => return answer,
        };
    match flow::open(&visit, Stop::Login).await? {
        Opened::Elsewhere(answer) => Ok(answer),
        Opened::Here(flow) => {
            let error = match problem {
                PasskeyProblem::TooManyAttempts { seconds } => {
                    LoginError::TooManyAttempts { seconds }
                }
                _ => LoginError::PasskeyRefused,
            };
            let identifier = login::identifier(&flow);
            let mut answer = login::page(&visit, &flow, identifier, remember, Some(error), false)?;
            rate_limit::attach(&mut answer, &standing, visit.site.env.now());
            Ok(answer)
        }
    }
}

/// `GET /second-factor/passkey`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    match second_factor::open(&visit, STOP, false).await? {
        Asked::Elsewhere(answer) => Ok(answer),
        Asked::Here(flow, step) => page(&visit, &flow, step, None),
    }
}

/// `POST /second-factor/passkey`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let (problem, standing) = match step(&visit, &form, Part::Second).await {
        Ok(advanced) => return flow::go_on(&visit, advanced),
        Err(Unmoved::Told(problem, standing)) => (problem, standing),
        Err(Unmoved::Elsewhere(answer)) => return answer,
    };
    match second_factor::open(&visit, STOP, second_factor::trusts(&form)).await? {
        Asked::Elsewhere(answer) => Ok(answer),
        Asked::Here(flow, step) => {
            let mut answer = page(&visit, &flow, step, Some(problem))?;
            rate_limit::attach(&mut answer, &standing, visit.site.env.now());
            Ok(answer)
        }
    }
}

/// Why a flow did not move on.
enum Unmoved {
    /// It is told on the page of the form.
    Told(PasskeyProblem, Standing),
    /// There is no such page any more.
    Elsewhere(Result<HttpResponse, Failure>),
}

impl From<Failure> for Unmoved {
    fn from(failure: Failure) -> Self {
        Self::Elsewhere(Err(failure))
    }
}

async fn step(visit: &Visit, form: &Fields, part: Part) -> Result<Advanced, Unmoved> {
    let at = flow::submitted(visit, form)?;
    let (ceremony, credential) = answered(form)?;
    let trust_browser = second_factor::trusts(form);
    let input = Input::Passkey(PasskeyAnswer { ceremony, credential, part, trust_browser });
    let error = match visit.services.identity.advance(at, input, &visit.context).await {
        Ok(advanced) => return Ok(advanced),
        Err(error) => error,
    };
    Err(match error {
        FlowError::WrongPasskey(left) => Unmoved::Told(PasskeyProblem::Refused, left),
        FlowError::TooMany { retry_at, standing } => {
            let seconds = seconds_until(retry_at, visit.site.env.now());
            Unmoved::Told(PasskeyProblem::TooManyAttempts { seconds }, standing)
        }
        other => Unmoved::Elsewhere(flow::refused(visit, other)),
    })
}

fn page(
    visit: &Visit,
    flow: &Flow,
    step: SecondStep,
    error: Option<PasskeyProblem>,
) -> Result<HttpResponse, Failure> {
    let view = SecondFactorPasskeyView {
        frame: flow.frame(visit),
        step,
        passkey: PasskeyForm {
            options: flow.link(SECOND_OPTIONS),
            action: flow.link(SECOND),
            makes: false,
            in_field: false,
        },
        error,
    };
    let status = match error {
        None => StatusCode::OK,
        Some(PasskeyProblem::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    let mut answer = html(status, &view, flow.form_action())?;
    if let Some(PasskeyProblem::TooManyAttempts { seconds }) = error {
        rate_limit::retry_after(&mut answer, seconds);
        // Only the beginning of a lock is on the trail.
        if let Some(note) = Failure::too_many(seconds).note() {
            note.attach(&mut answer);
        }
    }
    Ok(answer)
}
