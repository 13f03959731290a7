//! Refresh tokens as rows.

use chrono::{DateTime, TimeDelta, Utc};

use super::grant::LiveGrant;
use crate::kernel::ids::{GrantId, RefreshTokenId};

/// What the database keeps of a refresh token: enough to sign exactly the same JWT again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The `jti`.
    pub id: RefreshTokenId,
    /// The family.
    pub grant_id: GrantId,
    /// The key it was signed with.
    pub kid: String,
    /// The `iat`.
    pub issued_at: DateTime<Utc>,
    /// The `exp`: the idle lifetime, or the family's absolute one if that is sooner.
    pub expires_at: DateTime<Utc>,
    /// When it was exchanged, and for which successor.
    pub rotated: Option<(DateTime<Utc>, RefreshTokenId)>,
}

/// A presented refresh token with what decides its worth, loaded in one statement.
#[derive(Clone, Debug)]
pub struct PresentedRefresh {
    /// The token.
    pub token: RefreshToken,
    /// Whether the token it was exchanged for has been exchanged in turn.
    pub successor_was_used: bool,
    /// Its family.
    pub live: LiveGrant,
}

/// What a presented refresh token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshState {
    /// It is the family's newest: rotate it.
    Current,
    /// It was rotated a moment ago and its successor is unused: the answer was lost, give it again.
    Retry(RefreshTokenId),
    /// It was rotated before that: somebody else holds a copy (RFC 9700 §4.14.2).
    Reused,
    /// Too old.
    Expired,
}

impl RefreshToken {
    /// Judges a presented token at `now`. `successor_was_used` tells whether its successor has been
    /// rotated in turn; `grace` is how long a retry is taken for one.
    pub fn state(
        &self,
        successor_was_used: bool,
        grace: TimeDelta,
        now: DateTime<Utc>,
    ) -> RefreshState {
        match self.rotated {
            Some((at, successor)) if !successor_was_used && now < at + grace => {
                RefreshState::Retry(successor)
            }
            Some(_) => RefreshState::Reused,
            None if now >= self.expires_at => RefreshState::Expired,
            None => RefreshState::Current,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_rotated_token_is_a_retry_for_a_moment_and_reuse_after() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let at = |seconds| start + TimeDelta::seconds(seconds);
        let successor = RefreshTokenId(Uuid::from_u128(2));
        let mut token = RefreshToken {
            id: RefreshTokenId(Uuid::from_u128(1)),
            grant_id: GrantId(Uuid::from_u128(3)),
            kid: "k".into(),
            issued_at: start,
            expires_at: at(100),
            rotated: None,
        };
        let grace = TimeDelta::seconds(10);
        assert_eq!(token.state(false, grace, at(99)), RefreshState::Current);
        assert_eq!(token.state(false, grace, at(100)), RefreshState::Expired);
        token.rotated = Some((at(50), successor));
        assert_eq!(token.state(false, grace, at(59)), RefreshState::Retry(successor));
        assert_eq!(token.state(false, grace, at(60)), RefreshState::Reused);
        assert_eq!(token.state(true, grace, at(51)), RefreshState::Reused);
    }
}
