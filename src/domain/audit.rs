//! The audit trail: who did what to what, from where, and how it ended.

use chrono::{DateTime, Utc};

use super::client::{ClientId, text_enum};
use crate::kernel::ids::{SessionId, UserId};
use crate::kernel::token_hash::TokenHash;

text_enum! {
    /// What happened. Stable names: operators search for them.
    Action {
        /// Somebody signed in.
        SignIn = "session.sign_in",
        /// A sign-in was refused.
        SignInRefused = "session.sign_in_refused",
        /// Somebody proved a factor, and another one is missing.
        FactorProved = "session.factor_proved",
        /// A code or a link to prove who one is was mailed, or asked for in vain.
        CodeSent = "session.code_sent",
        /// A session ended.
        SessionEnded = "session.ended",
        /// A provider said that somebody's session there is over.
        ProviderSignedOut = "session.provider_signed_out",
        /// Somebody wants to make an account, and is to confirm the address.
        RegistrationBegun = "user.registration_begun",
        /// An account was made.
        UserRegistered = "user.registered",
        /// What an account tells about its person was changed.
        UserChanged = "user.changed",
        /// An account was disabled.
        UserDisabled = "user.disabled",
        /// Somebody closed their own account, and can open it again.
        UserDeactivated = "user.deactivated",
        /// Somebody opened the account again that they had closed.
        UserReactivated = "user.reactivated",
        /// An account was enabled again.
        UserEnabled = "user.enabled",
        /// An account is being deleted.
        UserDeleted = "user.deleted",
        /// An account that was being deleted is gone.
        UserRemoved = "user.removed",
        /// Too many sign-ins failed, so an account lets in only browsers that it knows.
        UserLocked = "user.locked",
        /// An operator ended the lock of an account.
        UserUnlocked = "user.unlocked",
        /// An account that was being deleted was brought back by its owner.
        UserRestored = "user.restored",
        /// Another username took the place of the former one.
        UsernameChanged = "user.username_changed",
        /// Somebody got another picture.
        PictureChanged = "user.picture_changed",
        /// A picture was taken away.
        PictureRemoved = "user.picture_removed",
        /// What is kept about somebody was handed to them.
        DataExported = "user.data_exported",
        /// Another address is to be confirmed.
        AddressAsked = "address.asked",
        /// An address was confirmed, and belongs to the account.
        AddressAdded = "address.added",
        /// Another address became the primary one.
        AddressPrimary = "address.primary",
        /// An address was removed, or one that waited was dropped.
        AddressRemoved = "address.removed",
        /// The owner of an address took a change of it back.
        AddressKept = "address.kept",
        /// An account was made to forget a browser, or all of them.
        DeviceForgotten = "device.forgotten",
        /// A password was set.
        PasswordSet = "user.password_set",
        /// A way to prove who one is was added to an account.
        FactorAdded = "user.factor_added",
        /// A way to prove who one is was given another name.
        FactorRenamed = "user.factor_renamed",
        /// A way to prove who one is was removed from an account.
        FactorRemoved = "user.factor_removed",
        /// Recovery codes were made; those before them are worth nothing any more.
        RecoveryCodesMade = "user.recovery_codes_made",
        /// A recovery code was used.
        RecoveryCodeUsed = "user.recovery_code_used",
        /// An account asks for the second factor in every browser again.
        BrowsersDistrusted = "user.browsers_distrusted",
        /// A passkey was added.
        PasskeyAdded = "user.passkey_added",
        /// A passkey got another name.
        PasskeyRenamed = "user.passkey_renamed",
        /// A passkey was removed.
        PasskeyRemoved = "user.passkey_removed",
        /// The counter of a passkey went back: there may be a copy of it.
        PasskeyCloned = "user.passkey_cloned",
        /// A passkey that was in doubt since its owner disowned a sign-in lets its person in by itself again.
        PasskeyTrusted = "user.passkey_trusted",
        /// An account was connected with an identity at a provider.
        ProviderConnected = "user.provider_connected",
        /// An identity at a provider was disconnected from an account.
        ProviderDisconnected = "user.provider_disconnected",
        /// A one-time link was made.
        LinkCreated = "user.link_created",
        /// An operator invited somebody.
        UserInvited = "user.invited",
        /// Somebody asked for a link to reset a password.
        ResetAsked = "user.password_reset_asked",
        /// The owner of an account said that a sign-in was not theirs.
        SignInDisowned = "session.disowned",
        /// The first administrator was made.
        AdministratorCreated = "user.administrator_created",
        /// Consent was given.
        ConsentGiven = "consent.given",
        /// Consent was refused.
        ConsentRefused = "consent.refused",
        /// Consent was taken back, and the grants with it.
        ConsentRevoked = "consent.revoked",
        /// An authorization request was refused.
        AuthorizeRefused = "authorize.refused",
        /// Tokens were issued.
        TokenIssued = "token.issued",
        /// A token request was refused.
        TokenRefused = "token.refused",
        /// A grant was revoked.
        GrantRevoked = "grant.revoked",
        /// A client was registered.
        ClientCreated = "client.created",
        /// A client was changed.
        ClientChanged = "client.changed",
        /// A client got a new secret.
        ClientSecretRotated = "client.secret_rotated",
        /// A client was removed.
        ClientRemoved = "client.removed",
        /// A client was disabled.
        ClientDisabled = "client.disabled",
        /// A client was enabled again.
        ClientEnabled = "client.enabled",
        /// A provider that people sign in with was added.
        ProviderCreated = "provider.created",
        /// A provider was changed.
        ProviderChanged = "provider.changed",
        /// A provider was disabled.
        ProviderDisabled = "provider.disabled",
        /// A provider was enabled again.
        ProviderEnabled = "provider.enabled",
        /// A provider was removed.
        ProviderRemoved = "provider.removed",
        /// A role was made.
        RoleCreated = "role.created",
        /// What a role asks for was changed.
        RoleChanged = "role.changed",
        /// A setting was changed.
        SettingChanged = "setting.changed",
        /// A signing key was made.
        KeyCreated = "key.created",
        /// The moment at which a signing key takes over was brought forward.
        KeyScheduled = "key.scheduled",
        /// A signing key began to sign.
        KeyActivated = "key.activated",
        /// Another signing key took over from this one.
        KeyRetired = "key.retired",
        /// A signing key left the key set, and its private half was erased.
        KeyWithdrawn = "key.withdrawn",
        /// A signing key was declared compromised.
        KeyRevoked = "key.revoked",
        /// The row of a signing key whose last token has died was removed.
        KeyForgotten = "key.forgotten",
        /// What is sealed was moved to another master key.
        KeysResealed = "keys.resealed",
        /// An operator had a mail sent again.
        MailRetried = "mail.retried",
        /// An operator took a mail out.
        MailDropped = "mail.dropped",
    }
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person with an account.
    User(UserId),
    /// A relying party.
    Client(ClientId),
    /// Somebody with the command line.
    Operator,
    /// Latchkey itself.
    System,
    /// Nobody known.
    Anonymous,
}

/// What was acted upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `user`, `client`, `session`, `grant`, `key`, …
    pub kind: &'static str,
    /// Its identifier.
    pub id: String,
}

/// The request in which it happened. Empty for the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestContext {
    /// The `X-Request-ID`.
    pub request_id: Option<String>,
    /// The client address, as far as the configured proxies vouch for it.
    pub ip: Option<String>,
    /// The `User-Agent`, cut to 512 characters.
    pub user_agent: Option<String>,
    /// `GET`, `POST`, …
    pub method: Option<String>,
    /// The route, without parameters.
    pub endpoint: Option<String>,
    /// When the request came, by our clock.
    pub started_at: Option<DateTime<Utc>>,
    /// The hash of the cookie that binds the browser, on a page. It is not on the trail.
    pub browser: Option<TokenHash>,
}

/// An entry of the trail. Written in the transaction of the act that it describes.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// What happened.
    pub action: Action,
    /// Who did it.
    pub actor: Actor,
    /// To what.
    pub target: Option<Target>,
    /// For which relying party.
    pub client_id: Option<ClientId>,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// `None`: it succeeded. Otherwise the public error code.
    pub error_code: Option<&'static str>,
    /// More, without secrets.
    pub details: Option<serde_json::Value>,
}

impl AuditEvent {
    /// An act that succeeded.
    pub fn new(action: Action, actor: Actor) -> Self {
        Self {
            action,
            actor,
            target: None,
            client_id: None,
            session_id: None,
            error_code: None,
            details: None,
        }
    }

    /// Names what was acted upon.
    #[must_use]
    pub fn target(mut self, kind: &'static str, id: impl ToString) -> Self {
        self.target = Some(Target { kind, id: id.to_string() });
        self
    }

    /// Names the relying party.
    #[must_use]
    pub fn client(mut self, id: &ClientId) -> Self {
        self.client_id = Some(id.clone());
        self
    }

    /// Names the session.
    #[must_use]
    pub fn session(mut self, id: SessionId) -> Self {
        self.session_id = Some(id);
        self
    }

    /// Marks it as refused with this public error code.
    #[must_use]
    pub fn refused(mut self, error_code: &'static str) -> Self {
        self.error_code = Some(error_code);
        self
    }

    /// Adds more, without secrets.
    #[must_use]
    pub fn details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }
}
