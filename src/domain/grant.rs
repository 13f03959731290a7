//! An authorization given to a client: the family of all tokens issued under it.

use chrono::{DateTime, Utc};

use super::claims::ClaimsRequest;
use super::client::{ClientId, text_enum};
use super::redirect_uri::RedirectUri;
use super::scope::{self, Scopes};
use super::session::{Session, SessionState};
use super::setting::Settings;
use super::user::{AccountState, Profile};
use crate::kernel::ids::{GrantId, SessionId, UserId};
use crate::kernel::token_hash::TokenHash;

/// An authorization given to a client. It is born with its one authorization code; revoking it ends
/// every token of the family.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The row; access and refresh tokens carry it.
    pub id: GrantId,
    /// To whom.
    pub client_id: ClientId,
    /// By whom.
    pub user_id: UserId,
    /// In which browser session; `None` once that row was purged.
    pub session_id: Option<SessionId>,
    /// What for.
    pub scopes: Scopes,
    /// The authorization request's redirect URI, to be repeated at the token endpoint.
    pub redirect_uri: RedirectUri,
    /// Goes into the ID token unchanged.
    pub nonce: Option<String>,
    /// The PKCE challenge (S256).
    pub code_challenge: Option<String>,
    /// The `claims` parameter (OIDC Core §5.5).
    pub claims: Option<ClaimsRequest>,
    /// How the person proved who they are, at the time of the grant.
    pub authentication: GrantAuthentication,
    /// The authorization code.
    pub code: Code,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// When the last token that can live under it has died.
    pub expires_at: DateTime<Utc>,
    /// When and why it was taken back.
    pub revoked: Option<(DateTime<Utc>, RevokeReason)>,
}

/// What ID tokens say of the authentication; a refresh never changes it (OIDC Core §12.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantAuthentication {
    /// `auth_time`.
    pub at: DateTime<Utc>,
    /// `acr`.
    pub acr: String,
    /// `amr`.
    pub amr: Vec<String>,
    /// `sid`.
    pub sid: String,
}

/// An authorization code, known by its hash.
#[derive(Clone, Debug)]
pub struct Code {
    /// SHA-256 of the code.
    pub hash: TokenHash,
    /// When it is too late.
    pub expires_at: DateTime<Utc>,
    /// When it was redeemed; the row stays, so that a replay is seen.
    pub consumed_at: Option<DateTime<Utc>>,
}

text_enum! {
    /// Why a grant was taken back.
    RevokeReason {
        /// Its code came a second time (RFC 6749 §4.1.2).
        CodeReplayed = "code_replayed",
        /// A refresh token that was rotated out came again (RFC 9700 §4.14.2).
        RefreshReused = "refresh_reused",
        /// The person removed the app's access.
        RevokedByUser = "revoked_by_user",
        /// The client asked (RFC 7009).
        RevokedByClient = "revoked_by_client",
        /// An operator did.
        RevokedByOperator = "revoked_by_operator",
        /// The browser session ended, and the grant was not for offline access.
        SessionEnded = "session_ended",
        /// The password was changed or reset.
        CredentialsChanged = "credentials_changed",
        /// The account was disabled.
        AccountDisabled = "account_disabled",
        /// The account was deleted.
        AccountDeleted = "account_deleted",
        /// The client was removed.
        ClientRemoved = "client_removed",
    }
}

/// A grant with what decides whether it is honoured, loaded in one statement.
#[derive(Clone, Debug)]
pub struct LiveGrant {
    /// The grant.
    pub grant: Grant,
    /// Who gave it, with what claims show.
    pub profile: Profile,
    /// The browser session, while its row exists.
    pub session: Option<Session>,
    /// Whether the client is disabled.
    pub client_disabled: bool,
    /// What the client is registered for at this moment.
    pub client_scopes: Scopes,
}

/// Why a grant is not honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantDead {
    /// It was taken back.
    #[error("the grant was revoked ({0})")]
    Revoked(RevokeReason),
    /// The client is disabled; it may be enabled again.
    #[error("the client is disabled")]
    ClientDisabled,
    /// The account is disabled or being deleted.
    #[error("the account is not active")]
    AccountClosed,
    /// The credentials changed after the grant was given.
    #[error("the account's credentials changed after the grant")]
    CredentialsChanged,
    /// The browser session is over, and the grant is not for offline access.
    #[error("the browser session is over")]
    SessionOver,
}

/// What decides whether the tokens of a grant are honoured.
#[derive(Clone, Copy, Debug)]
pub struct GrantState {
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// Whether it outlives its session.
    pub is_offline: bool,
    /// Why it was taken back.
    pub revoked: Option<RevokeReason>,
    /// Who gave it.
    pub account: AccountState,
    /// The browser session, while its row exists.
    pub session: Option<SessionState>,
    /// Whether the client is disabled.
    pub client_disabled: bool,
}

impl LiveGrant {
    /// Whether tokens of this grant are honoured at `now`.
    pub fn check(&self, settings: &Settings, now: DateTime<Utc>) -> Result<(), GrantDead> {
        let state = GrantState {
            created_at: self.grant.created_at,
            is_offline: self.grant.scopes.contains(scope::OFFLINE_ACCESS),
            revoked: self.grant.revoked.map(|(_, reason)| reason),
            account: self.profile.user.state(),
            session: self.session.as_ref().map(Session::state),
            client_disabled: self.client_disabled,
        };
        state.check(settings, now)
    }
}

impl GrantState {
    /// Whether tokens of the grant are honoured at `now`.
    pub fn check(&self, settings: &Settings, now: DateTime<Utc>) -> Result<(), GrantDead> {
        if let Some(reason) = self.revoked {
            return Err(GrantDead::Revoked(reason));
        }
        if self.client_disabled {
            return Err(GrantDead::ClientDisabled);
        }
        if !self.account.is_active {
            return Err(GrantDead::AccountClosed);
        }
        if self.created_at < self.account.credentials_changed_at {
            return Err(GrantDead::CredentialsChanged);
        }
        let session_lives =
            self.session.is_some_and(|session| session.is_live(self.account, settings, now));
        if !session_lives && !self.is_offline {
            return Err(GrantDead::SessionOver);
        }
        Ok(())
    }
}
