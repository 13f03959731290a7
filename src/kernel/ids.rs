//! Row identifiers, a type each, so that a session's id cannot be passed for a user's.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::env::Env;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id (UUID version 7).
            pub fn new(env: &Env) -> Self {
                Self(env.uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A person's account.
    UserId,
    /// One email address of a person.
    AddressId,
    /// A signed-in browser.
    SessionId,
    /// A sign-in that is under way.
    FlowId,
    /// An authorization given to a client, and the family of tokens issued under it.
    GrantId,
    /// A refresh token: the `jti` of the JWT.
    RefreshTokenId,
    /// One of a client's secrets.
    ClientSecretId,
    /// A role.
    RoleId,
    /// An entry of the audit trail.
    AuditEventId,
    /// A kept refusal.
    RefusalId,
    /// A link that works once.
    OneTimeLinkId,
    /// A browser that an account knows.
    DeviceId,
    /// A node's turn at a job, or at a letter.
    LeaseId,
    /// A letter that is to be sent.
    MailId,
    /// An authenticator app of a person.
    AuthenticatorId,
    /// A code on paper.
    RecoveryCodeId,
    /// A passkey.
    PasskeyId,
    /// A challenge that a passkey is to answer.
    CeremonyId,
    /// A code that was mailed.
    MailedCodeId,
    /// An account that waits until its address is confirmed.
    RegistrationId,
    /// A provider that people sign in with.
    ProviderId,
    /// What a provider knows a person of ours by.
    FederationLinkId,
    /// A sign-in at a provider that is under way.
    UpstreamRequestId,
    /// A session at a provider that a session here came from.
    UpstreamSessionId,
    /// What a provider said of the end of a session.
    UpstreamLogoutId,
    /// A browser that was sent to a provider to sign out.
    UpstreamDepartureId,
}
