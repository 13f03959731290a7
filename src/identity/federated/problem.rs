//! Why nobody came in from a provider.

use crate::domain::provider::{NotAdmitted, Provider, Slug};
use crate::federation::{FederationError, TokenProblem};
use crate::identity::fresh::NotFresh;
use crate::identity::login::FlowError;
use crate::kernel::ids::{FlowId, UserId};
use crate::storage::error::StorageError;

/// Why nobody came in from a provider.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// There is no such provider, or nobody signs in with it at present.
    #[error("there is no such provider")]
    Unknown,
    /// Nobody signs in with it any more: the operator has disabled it.
    #[error("the provider is disabled")]
    Disabled,
    /// Nobody was sent there with this state by this browser, the answer was brought before, or it comes
    /// too late.
    #[error("no sign-in at the provider is under way here")]
    NotUnderWay,
    /// The provider did not say who the person is, or the operator does not let that person in.
    #[error(transparent)]
    Provider(#[from] FederationError),
    /// The provider was to ask the person anew, and did not.
    #[error("the provider did not ask anew")]
    NotAskedAnew,
    /// The account that asks for a second factor, or whose owner proves anew who they are, is connected with
    /// another person there, or with nobody.
    #[error("the account is connected with another person")]
    OtherPerson,
    /// The provider has said meanwhile that the person signed out there.
    #[error("the session at the provider is over")]
    SignedOutThere,
    /// The account is closed.
    #[error("the account is closed")]
    Closed,
    /// The person there is connected with another account here.
    #[error("another account is connected with this person")]
    Taken,
    /// Nobody is signed in (any more) who could connect an account.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// The sign-in cannot go on.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Where somebody set out for a provider, and is told why they did not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody knows.
    Nowhere,
    /// In a sign-in, which waits for another way.
    SignIn(FlowId),
    /// In a sign-in, behind another factor.
    SecondFactor(FlowId),
    /// On the account pages.
    Account,
}

/// What a provider is called.
#[derive(Clone, Debug)]
pub struct Named {
    /// In addresses.
    pub slug: Slug,
    /// By people.
    pub label: String,
}

/// Nobody came in from a provider.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct NoEntry {
    /// Why.
    pub problem: Problem,
    /// The provider; `None`: there is none of this name.
    pub provider: Option<Box<Named>>,
    /// Where they set out.
    pub origin: Origin,
    /// The account that it was about.
    pub(super) about: Option<UserId>,
}

impl Problem {
    fn nowhere_in_particular(self) -> NoEntry {
        NoEntry { problem: self, provider: None, origin: Origin::Nowhere, about: None }
    }
}

impl From<NotFresh> for Problem {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

impl NoEntry {
    /// There is no such provider.
    pub(super) fn nowhere() -> Self {
        Problem::Unknown.nowhere_in_particular()
    }

    pub(super) fn at(provider: &Provider, problem: Problem) -> Self {
        let named = Named { slug: provider.slug.clone(), label: provider.label.clone() };
        Self { provider: Some(Box::new(named)), ..problem.nowhere_in_particular() }
    }

    pub(super) fn in_flow(self, flow: FlowId) -> Self {
        Self { origin: Origin::SignIn(flow), ..self }
    }

    /// The flow that it is in asked for a second factor.
    pub(super) fn of_second_factor(self) -> Self {
        match self.origin {
            Origin::SignIn(flow) => Self { origin: Origin::SecondFactor(flow), ..self },
            Origin::Nowhere | Origin::SecondFactor(_) | Origin::Account => self,
        }
    }

    pub(super) fn on_account_pages(self) -> Self {
        Self { origin: Origin::Account, ..self }
    }

    pub(super) fn about(self, user: UserId) -> Self {
        Self { about: Some(user), ..self }
    }

    /// The flow could not go on.
    pub(super) fn stopped(flow: FlowId, error: FlowError) -> Self {
        let problem = match error {
            FlowError::Storage(error) => Problem::Storage(error),
            error => Problem::Flow(error),
        };
        problem.nowhere_in_particular().in_flow(flow)
    }

    /// The same, where it ends a step of a sign-in.
    pub(super) fn into_flow_error(self) -> FlowError {
        match self.problem {
            Problem::Flow(error) => error,
            Problem::Storage(error) => FlowError::Storage(error),
            _ => FlowError::ConnectedElsewhere,
        }
    }

    /// What the trail calls it.
    pub(super) fn reason(&self) -> &'static str {
        match &self.problem {
            Problem::Unknown => "unknown_provider",
            Problem::Disabled => "provider_disabled",
            Problem::NotUnderWay => "not_under_way",
            Problem::Provider(FederationError::Cancelled) => "cancelled",
            Problem::Provider(FederationError::NotAdmitted(NotAdmitted::Domain)) => {
                "domain_not_allowed"
            }
            Problem::Provider(FederationError::NotAdmitted(NotAdmitted::Claim)) => "claim_required",
            Problem::Provider(FederationError::NotAdmitted(NotAdmitted::Organization)) => {
                "organization_not_allowed"
            }
            Problem::NotAskedAnew
            | Problem::Provider(FederationError::Token(TokenProblem::AuthTime)) => "not_asked_anew",
            Problem::Provider(error) if error.is_away() => "unavailable",
            Problem::Provider(_) => "answer_refused",
            Problem::OtherPerson => "other_person",
            Problem::SignedOutThere => "signed_out_there",
            Problem::Closed => "account_closed",
            Problem::Taken => "connected_elsewhere",
            Problem::NotSignedIn => "not_signed_in",
            Problem::NotFresh => "not_fresh",
            Problem::Flow(_) => "flow",
            Problem::Storage(_) => "storage",
        }
    }

    /// What exactly it was, for the trail: nothing in it was written by anybody else.
    pub(super) fn cause(&self) -> Option<String> {
        match &self.problem {
            Problem::Provider(error) => Some(error.to_string()),
            Problem::Unknown
            | Problem::Disabled
            | Problem::NotUnderWay
            | Problem::NotAskedAnew
            | Problem::OtherPerson
            | Problem::SignedOutThere
            | Problem::Closed
            | Problem::Taken
            | Problem::NotSignedIn
            | Problem::NotFresh
            | Problem::Flow(_)
            | Problem::Storage(_) => None,
        }
    }
}

impl From<StorageError> for NoEntry {
    fn from(error: StorageError) -> Self {
        Problem::from(error).nowhere_in_particular()
    }
}
