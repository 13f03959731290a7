//! A sign-in that is under way: authorization, login and consent as one row.

use chrono::{DateTime, Utc};

use super::arrival::Arrival;
use super::authorization::AuthorizationRequest;
use super::consent::Allowance;
use super::factor::Pending;
use crate::kernel::ids::{FlowId, SessionId};
use crate::kernel::token_hash::TokenHash;

/// A sign-in that is under way in one browser.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The row; stands in the address of its pages.
    pub id: FlowId,
    /// The cookie of the browser that began it; no other may go on with it.
    pub browser: TokenHash,
    /// What it is for.
    pub purpose: Purpose,
    /// The session that it goes on with, once somebody is signed in.
    pub session_id: Option<SessionId>,
    /// When this very flow asked for the credentials and got them: what `prompt=login` waits for.
    pub authenticated_at: Option<DateTime<Utc>>,
    /// What was allowed on the consent page of this very flow.
    pub consented: Option<Allowance>,
    /// Who has proved a part of what is asked here, and is not signed in by that.
    pub pending: Option<Pending>,
    /// Who came back from a provider in it, and is to be connected with an account.
    pub arrival: Option<Arrival>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it is too late to finish it.
    pub expires_at: DateTime<Utc>,
    /// When it ended: a code or an error went to the relying party, or the account page was reached.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What a flow is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To answer a relying party's authorization request.
    Authorize(Box<AuthorizationRequest>),
    /// To reach Latchkey's own account pages.
    Account {
        /// The path of the one that was asked for; `None`: the first of them.
        page: Option<String>,
    },
    /// To prove anew who one is, and to go on with something sensitive. The flow is about the person
    /// of the session that it was begun in.
    Confirm {
        /// The path of our own page to go back to.
        return_to: String,
    },
}

impl Purpose {
    /// Whether somebody who is signed in is to prove it anew.
    pub fn is_confirmation(&self) -> bool {
        matches!(self, Self::Confirm { .. })
    }
}

/// Why a flow cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FlowEnded {
    /// It took too long.
    #[error("the sign-in has expired")]
    Expired,
    /// It is over already.
    #[error("the sign-in is already finished")]
    Finished,
    /// What was proved at a provider is over there.
    #[error("the provider has said meanwhile that its session is over")]
    SignedOutElsewhere,
}

impl Flow {
    /// Whether it can still go on at `now`.
    pub fn check_open(&self, now: DateTime<Utc>) -> Result<(), FlowEnded> {
        if self.finished_at.is_some() {
            Err(FlowEnded::Finished)
        } else if now >= self.expires_at {
            Err(FlowEnded::Expired)
        } else {
            Ok(())
        }
    }

    /// The relying party's request, if there is one.
    pub fn request(&self) -> Option<&AuthorizationRequest> {
        match &self.purpose {
            Purpose::Authorize(request) => Some(request),
            Purpose::Account { .. } | Purpose::Confirm { .. } => None,
        }
    }
}
