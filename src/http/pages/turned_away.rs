//! Nobody came in from a provider: where they set out says why, with what else can be done.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::account;
use super::fault;
use super::flow::{self, Flow, Stop};
use super::login;
use super::second_factor::provider as second_factor;
use super::view::{ErrorKind, NextStep, NotIn};
use crate::federation::{FederationError, TokenProblem};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::rate_limit;
use crate::identity::federated::{NoEntry, Origin, Problem};
use crate::identity::login::FlowAt;
use crate::kernel::ids::FlowId;

/// Seconds after which a provider that does not answer is worth another try.
const AWAY: u32 = 60;

/// What somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Words {
    Over,
    Cancelled,
    Unavailable,
    Disabled,
    Refused,
    Closed,
    NotAdmitted,
    NotAsked,
    OtherPerson,
    Taken,
}

impl Words {
    /// In a sign-in, or where none is known of.
    fn of_sign_in(self) -> &'static str {
        match self {
            Self::Over => "provider-problem-over",
            Self::Cancelled => "provider-problem-cancelled",
            Self::Unavailable => "provider-problem-unavailable",
            Self::Disabled => "provider-problem-disabled",
            Self::Refused | Self::Closed => "provider-problem-refused",
            Self::NotAdmitted => "provider-problem-not-admitted",
            Self::NotAsked => "provider-problem-not-asked",
            Self::OtherPerson => "provider-problem-other",
            Self::Taken => "provider-problem-taken",
        }
    }

    /// On the account pages, where nobody signs in another way.
    fn of_connecting(self) -> &'static str {
        match self {
            Self::Over => "connect-problem-over",
            Self::Cancelled => "connect-problem-cancelled",
            Self::Unavailable => "connect-problem-unavailable",
            Self::Disabled | Self::Refused | Self::Closed | Self::NotAsked | Self::OtherPerson => {
                "connect-problem-refused"
            }
            Self::NotAdmitted => "connect-problem-not-admitted",
            Self::Taken => "provider-problem-taken",
        }
    }

    /// Whether another account there may do, so that the provider has to ask which.
    fn ask_for_another(self) -> bool {
        matches!(self, Self::NotAdmitted | Self::Closed | Self::Taken | Self::OtherPerson)
    }
}

/// Tells somebody why they did not come in.
pub(super) async fn turned_away(visit: &Visit, refused: NoEntry) -> Result<HttpResponse, Failure> {
    let NoEntry { problem, provider, origin, .. } = refused;
    let reason = problem.to_string();
    let (status, words) = match problem {
        Problem::Flow(error) => return flow::refused(visit, error),
        Problem::Storage(error) => return Err(error.into()),
        Problem::Unknown => return Err(Failure::not_found("no such provider")),
        Problem::Disabled if origin == Origin::Nowhere => {
            return Err(Failure::not_found("the provider is disabled"));
        }
        Problem::Disabled => (StatusCode::FORBIDDEN, Words::Disabled),
        Problem::Provider(error) => told(&error),
        Problem::NotAskedAnew => (StatusCode::BAD_REQUEST, Words::NotAsked),
        Problem::OtherPerson => (StatusCode::FORBIDDEN, Words::OtherPerson),
        Problem::Closed => (StatusCode::FORBIDDEN, Words::Closed),
        Problem::Taken => (StatusCode::CONFLICT, Words::Taken),
        Problem::NotUnderWay
        | Problem::SignedOutThere
        | Problem::NotSignedIn
        | Problem::NotFresh => (StatusCode::BAD_REQUEST, Words::Over),
    };
    let key = match origin {
        Origin::Account => words.of_connecting(),
        Origin::Nowhere | Origin::SignIn(_) | Origin::SecondFactor(_) => words.of_sign_in(),
    };
    let label = provider.as_ref().map(|provider| provider.label.clone()).unwrap_or_default();
    let text = visit.frame(None).locale.text_with(key, "provider", label);
    let another = provider.filter(|_| words.ask_for_another()).map(|provider| provider.slug);
    // Who went back by themselves asks nobody about it.
    let request_id = visit.context.request_id.clone().filter(|_| words != Words::Cancelled);
    let at = visit.site.env.now();
    let not_in = NotIn { text: text.clone(), another, request_id, at };
    let mut failure = Failure::new(status, ErrorKind::Provider { text, goes_on: false }, reason);
    failure.retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(AWAY);
    match origin {
        Origin::Nowhere => Err(failure.next(NextStep::home())),
        Origin::Account => match account::providers::not_connected(visit, status, not_in).await? {
            Some(answer) => Ok(noted(answer, &failure)),
            None => Err(failure.next(NextStep::home())),
        },
        Origin::SignIn(id) => in_flow(visit, id, false, failure, not_in).await,
        Origin::SecondFactor(id) => in_flow(visit, id, true, failure, not_in).await,
    }
}

async fn in_flow(
    visit: &Visit,
    id: FlowId,
    is_second_factor: bool,
    mut failure: Failure,
    not_in: NotIn,
) -> Result<HttpResponse, Failure> {
    let at = FlowAt {
        flow: id,
        browser: visit.browser.0.ok_or_else(fault::other_browser)?,
        session_secret: visit.session,
        device_secret: visit.device,
    };
    let state = match visit.services.identity.show(at).await {
        Ok(state) => state,
        Err(error) => return flow::refused(visit, error),
    };
    let flow = Flow { at, state };
    if is_second_factor && second_factor::STOP.fits(&flow.state.next) {
        let answer = second_factor::not_proved(visit, &flow, failure.status, not_in).await?;
        return Ok(noted(answer, &failure));
    }
    if Stop::Login.fits(&flow.state.next) {
        return Ok(noted(login::not_in(visit, &flow, failure.status, not_in)?, &failure));
    }
    // Nothing is missing there: whoever is signed in goes on without it, and is told all the same.
    failure.kind = ErrorKind::Provider { text: not_in.text, goes_on: true };
    Err(failure.next(NextStep::GoOn(flow::address(id, &flow.state.next))))
}

/// A page of ours in the place of the failure's own, which is written down as that would be.
fn noted(mut answer: HttpResponse, failure: &Failure) -> HttpResponse {
    failure.log();
    if let Some(seconds) = failure.retry_after {
        rate_limit::retry_after(&mut answer, seconds);
    }
    if let Some(note) = failure.note() {
        note.attach(&mut answer);
    }
    answer
}

/// What somebody is told of what a provider said, or did not say. No answer of a provider's is a fault of
/// this server's, and a proxy puts pages of its own in the place of those with 502.
fn told(error: &FederationError) -> (StatusCode, Words) {
    if error.is_away() {
        return (StatusCode::SERVICE_UNAVAILABLE, Words::Unavailable);
    }
    match error {
        FederationError::Cancelled => (StatusCode::OK, Words::Cancelled),
        FederationError::NotAdmitted(_) => (StatusCode::FORBIDDEN, Words::NotAdmitted),
        FederationError::Token(TokenProblem::AuthTime) => {
            (StatusCode::BAD_REQUEST, Words::NotAsked)
        }
        FederationError::Outbound(_)
        | FederationError::Status(_)
        | FederationError::Resting
        | FederationError::Interaction
        | FederationError::Refused(_)
        | FederationError::NoCode
        | FederationError::OtherIssuer
        | FederationError::Metadata(_)
        | FederationError::Mismatch(_)
        | FederationError::Unreadable(_)
        | FederationError::Exchange(_)
        | FederationError::Token(_)
        | FederationError::Identity(_)
        | FederationError::Misconfigured(_) => (StatusCode::BAD_REQUEST, Words::Refused),
    }
}
