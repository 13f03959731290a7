//! Attempts that are counted exactly, over all nodes.

use chrono::{DateTime, TimeDelta, Utc};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptKind {
    /// Failed sign-ins for one identifier, whether or not an account has it.
    LoginByIdentifier,
    /// Requests to the sign-in routes from one address.
    LoginByAddress,
}

impl AttemptKind {
    /// As in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginByIdentifier => "login_identifier",
            Self::LoginByAddress => "login_address",
        }
    }
}

/// How many attempts fit into a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// That many.
    pub attempts: u32,
    /// In that time, from the first attempt on.
    pub window: TimeDelta,
}

/// The state of a counter after one attempt was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Attempts in this window, the present one included.
    pub count: u32,
    /// When the window ends and the count starts anew.
    pub window_ends_at: DateTime<Utc>,
}

impl Counted {
    /// Whether the attempt is within the limit.
    pub fn is_within(&self, limit: Limit) -> bool {
        self.count <= limit.attempts
    }
}
