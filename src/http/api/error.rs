//! What the JSON API says when it does not do as asked: the refusals of the use cases in its codes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub use super::code::Code;
pub use super::problem::{prefers_problem, render};
use crate::domain::flow::FlowEnded;
use crate::domain::rate_limit::Standing;
use crate::http::error::Failure;
use crate::http::pages::fault;
use crate::identity::admin::link::LinkError;
use crate::identity::login::FlowError;
use crate::identity::register::RegisterProblem;
use crate::protocol::authorize::ResumeError;
use crate::protocol::error::ProtocolError;
use crate::protocol::first_party::FirstPartyError;

/// What the JSON API tells of a failure beside its status.
#[derive(Clone, Debug)]
pub struct Told {
    /// What happened.
    pub code: Code,
    /// The rules that were broken, by member.
    pub fields: Option<BTreeMap<String, String>>,
}

/// A member breaks its rule.
pub fn invalid(fields: BTreeMap<String, String>) -> Failure {
    let code = Code::ValidationFailed;
    code.because("a member breaks its rule").told(Told { code, fields: Some(fields) })
}

/// A step of a sign-in that was not taken.
pub fn flow(error: FlowError, now: DateTime<Utc>) -> Failure {
    match error {
        FlowError::WrongCredentials(standing) => {
            let reason = "the name or the password is wrong";
            Code::InvalidCredentials.because(reason).on_record().within(standing)
        }
        FlowError::WrongCode(standing) => {
            Code::InvalidCode.because("the code is wrong").on_record().within(standing)
        }
        FlowError::WrongPasskey(standing) => {
            let reason = "the passkey is not accepted";
            Code::PasskeyRefused.because(reason).on_record().within(standing)
        }
        FlowError::NotFound => Code::FlowNotFound.because("there is no such sign-in"),
        FlowError::OtherBrowser => Code::OtherBrowser.because("the browser cookie is another one"),
        FlowError::Ended(ended) => is_over(ended),
        FlowError::Registration(problems) => registration(&problems),
        FlowError::ConnectedElsewhere => {
            Code::ConnectedElsewhere.because("another account is connected with this person")
        }
        FlowError::NoMail => Code::MailClosed.because("there is no mail"),
        FlowError::ClientRemoved => Code::FlowNotFound.because("the client was removed"),
        // Who is beyond a limit costs no further statement.
        error @ FlowError::TooMany { .. } => fault::flow(error, now).on_record(),
        error @ (FlowError::Busy | FlowError::Hashing | FlowError::Storage(_)) => {
            fault::flow(error, now)
        }
    }
}

fn is_over(ended: FlowEnded) -> Failure {
    Code::FlowEnded.because(ended.to_string())
}

/// Tokens that were not given.
pub fn tokens(error: FirstPartyError) -> Failure {
    match error {
        FirstPartyError::Misconfigured(_) => Failure::internal(error.to_string()),
        FirstPartyError::Resume(error) => match error {
            ResumeError::Ended(ended) => is_over(ended),
            ResumeError::OtherBrowser => Code::OtherBrowser.because(error.to_string()),
            ResumeError::NotFound
            | ResumeError::ClientGone
            | ResumeError::ReturnAddressGone { .. } => {
                Code::FlowNotFound.because(error.to_string())
            }
        },
        FirstPartyError::Protocol(error) => protocol(error, Code::RefreshRefused),
    }
}

/// A use case of the protocol that gave no answer; `refused` is what its refusal is called here.
pub fn protocol(error: ProtocolError, refused: Code) -> Failure {
    match error {
        ProtocolError::Refused(refusal) => {
            let failure = refused.because(refusal.reason.got.clone());
            if refusal.is_kept() { failure.on_record() } else { failure }
        }
        ProtocolError::Storage(error) => error.into(),
        ProtocolError::TooMany { retry_after } => Failure::too_many(retry_after),
        ProtocolError::Signing => Failure::internal("a token could not be signed"),
    }
}

/// A new account that is not made: what is wrong with each member.
fn registration(problems: &[RegisterProblem]) -> Failure {
    let mut fields = BTreeMap::new();
    for problem in problems {
        let member = match problem {
            RegisterProblem::Closed => {
                return Code::RegistrationClosed
                    .because("registration is closed, or there is no mail");
            }
            RegisterProblem::Over => {
                return Code::NothingSent.because("no registration waits in this flow");
            }
            RegisterProblem::Email | RegisterProblem::AddressTaken => "email",
            RegisterProblem::Username | RegisterProblem::UsernameTaken => "username",
            RegisterProblem::Name => "name",
            RegisterProblem::Password(_) => "password",
            // Nobody chooses one here.
            RegisterProblem::SubjectTaken => "sub",
        };
        fields.insert(member.to_owned(), problem.to_string());
    }
    invalid(fields)
}

/// A one-time link that did nothing; `member` is the new password.
pub fn link(error: LinkError, member: &str, now: DateTime<Utc>) -> Failure {
    match error {
        LinkError::Unusable => Code::InvalidLink.because("the link does not work any more"),
        LinkError::Problems(problems) => {
            let told = problems.first().map(ToString::to_string).unwrap_or_default();
            invalid([(member.to_owned(), told)].into())
        }
        LinkError::TooMany { retry_at, standing } => too_many(retry_at, standing, now),
        LinkError::Hashing(error) => error.into(),
        LinkError::Storage(error) => error.into(),
    }
}

/// Too many attempts until then.
pub fn too_many(retry_at: DateTime<Utc>, standing: Standing, now: DateTime<Utc>) -> Failure {
    Failure::too_many(fault::seconds_until(retry_at, now)).within(standing)
}

/// A code that is none, which is nothing to count.
pub fn no_code() -> Failure {
    invalid([("code".to_owned(), "is no code".to_owned())].into())
}
