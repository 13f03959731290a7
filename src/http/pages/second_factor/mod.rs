//! The second step of a sign-in: a page for each factor, and one to set a factor up.

pub mod app;
pub mod password;
pub mod provider;
pub mod recovery_code;
pub mod set_up;
pub mod set_up_passkey;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::account::person;
use super::answer::see_other;
use super::fault::seconds_until;
use super::flow::{self, Flow, Opened, Stop, second_factor_path};
use super::view::{CodeError, OtherWay, SecondStep};
use crate::domain::factor::FactorKind;
use crate::domain::rate_limit::Standing;
use crate::http::error::Failure;
use crate::http::extract::form::Fields;
use crate::http::extract::visit::Visit;
use crate::http::rate_limit;
use crate::identity::login::{FlowAt, FlowError, Input, Next};

/// A page of the second step, with what it has in common with the others; or another page, where the
/// flow waits for something else or for nobody in particular.
pub(super) enum Asked {
    /// The page is to be shown.
    Here(Box<Flow>, SecondStep),
    /// Another one is.
    Elsewhere(HttpResponse),
}

/// Looks whether the page fits the flow; `trust` is whether the box of trusted browsers is ticked.
pub(super) async fn open(visit: &Visit, page: Stop, trust: bool) -> Result<Asked, Failure> {
    match flow::open(visit, page).await? {
        Opened::Elsewhere(answer) => Ok(Asked::Elsewhere(answer)),
        Opened::Here(flow) => Ok(match second_step(visit, &flow, page, trust) {
            Some(step) => Asked::Here(flow, step),
            // What was proved does not count any more.
            None => Asked::Elsewhere(see_other(flow.link("/login"))),
        }),
    }
}

fn second_step(visit: &Visit, flow: &Flow, stop: Stop, trust: bool) -> Option<SecondStep> {
    let asked = flow.state.asked.as_ref()?;
    let ways: &[FactorKind] = match &flow.state.next {
        Next::SecondFactor { ways } => ways,
        _ => &[],
    };
    let is_other = |way: &&FactorKind| stop != Stop::SecondFactor(**way);
    let other =
        |way: &FactorKind| OtherWay { factor: *way, href: flow.link(second_factor_path(*way)) };
    Some(SecondStep {
        account: person::identifier(asked),
        others: ways.iter().filter(is_other).map(other).collect(),
        somebody_else: flow.link("/login"),
        trust_days: flow.trust_days(visit),
        trust,
    })
}

/// How a form with a code or a password ended that did not go on.
pub(super) struct Refused {
    error: CodeError,
    standing: Standing,
}

impl Refused {
    /// What was sent is no code at all; nothing was counted.
    pub(super) fn malformed() -> Self {
        Self { error: CodeError::Malformed, standing: vec![] }
    }

    /// What the page says.
    pub(super) fn error(&self) -> CodeError {
        self.error
    }

    /// Its status.
    pub(super) fn status(&self) -> StatusCode {
        match self.error {
            CodeError::Malformed => StatusCode::BAD_REQUEST,
            CodeError::Wrong => StatusCode::UNAUTHORIZED,
            CodeError::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// What the answer tells programs.
    pub(super) fn note(&self, visit: &Visit, answer: &mut HttpResponse) {
        rate_limit::attach(answer, &self.standing, visit.site.env.now());
        if let CodeError::TooManyAttempts { seconds } = self.error {
            rate_limit::retry_after(answer, seconds);
            // Only the beginning of a lock is on the trail.
            if let Some(note) = Failure::too_many(seconds).note() {
                note.attach(answer);
            }
        }
    }
}

/// Takes the step of a form: on, or a refusal for its page.
pub(super) async fn advance(
    visit: &Visit,
    at: FlowAt,
    input: Input,
) -> Result<Result<HttpResponse, Refused>, Failure> {
    let now = visit.site.env.now();
    let (error, standing) = match visit.services.identity.advance(at, input, &visit.context).await {
        Ok(advanced) => return flow::go_on(visit, advanced).map(Ok),
        Err(FlowError::WrongCode(left) | FlowError::WrongCredentials(left)) => {
            (CodeError::Wrong, left)
        }
        Err(FlowError::TooMany { retry_at, standing }) => {
            (CodeError::TooManyAttempts { seconds: seconds_until(retry_at, now) }, standing)
        }
        Err(other) => return flow::refused(visit, other).map(Ok),
    };
    Ok(Err(Refused { error, standing }))
}

/// Whether the browser is to be trusted.
pub(super) fn trusts(form: &Fields) -> bool {
    form.ticked("trust")
}
