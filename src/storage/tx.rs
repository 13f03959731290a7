//! What a use case may do with the database.

use diesel::pg::PgConnection;

use super::error::StorageError;
use super::repo::attempts::Attempts;
use super::repo::audit::Audit;
use super::repo::authenticators::Authenticators;
use super::repo::clients::Clients;
use super::repo::consents::Consents;
use super::repo::devices::Devices;
use super::repo::export::Exports;
use super::repo::factors::Factors;
use super::repo::federation_links::FederationLinks;
use super::repo::flows::Flows;
use super::repo::grants::Grants;
use super::repo::instance::InstanceRow;
use super::repo::jobs::Jobs;
use super::repo::mailed_codes::MailedCodes;
use super::repo::mails::Mails;
use super::repo::one_time_links::OneTimeLinks;
use super::repo::passkey_ceremonies::PasskeyCeremonies;
use super::repo::passkeys::Passkeys;
use super::repo::passwords::Passwords;
use super::repo::pictures::Pictures;
use super::repo::providers::Providers;
use super::repo::purge::Purge;
use super::repo::recovery_codes::RecoveryCodes;
use super::repo::refresh_tokens::RefreshTokens;
use super::repo::refusals::Refusals;
use super::repo::registrations::Registrations;
use super::repo::revoked_tokens::RevokedTokens;
use super::repo::roles::Roles;
use super::repo::sessions::Sessions;
use super::repo::settings::StoredSettings;
use super::repo::signing_keys::SigningKeys;
use super::repo::upstream_departures::UpstreamDepartures;
use super::repo::upstream_logouts::UpstreamLogouts;
use super::repo::upstream_requests::UpstreamRequests;
use super::repo::upstream_sessions::UpstreamSessions;
use super::repo::users::Users;

/// What stops a use case.
#[derive(Debug)]
pub enum Stop<R> {
    /// A refusal: what was written so far is committed, because a refusal may have to leave a trace
    /// (a replayed code revokes its family).
    Refused(R),
    /// A failure of the database: everything is rolled back.
    Failed(StorageError),
}

impl<R> Stop<R> {
    /// The same with another refusal.
    pub fn map<S>(self, f: impl FnOnce(R) -> S) -> Stop<S> {
        match self {
            Self::Refused(refusal) => Stop::Refused(f(refusal)),
            Self::Failed(error) => Stop::Failed(error),
        }
    }
}

impl<R> From<StorageError> for Stop<R> {
    fn from(error: StorageError) -> Self {
        Self::Failed(error)
    }
}

/// The database during one use case: the way to the repositories.
pub struct Tx<'c> {
    pg: &'c mut PgConnection,
    in_transaction: bool,
}

/// A repository's hold of the connection.
pub(super) struct Handle<'t> {
    pg: &'t mut PgConnection,
    in_transaction: bool,
}

impl Handle<'_> {
    /// The connection, for a statement that only reads.
    pub(super) fn reading(&mut self) -> &mut PgConnection {
        self.pg
    }

    /// The connection, for a statement that writes or locks: outside a transaction the next failure
    /// would leave half of a use case behind.
    pub(super) fn writing(&mut self) -> Result<&mut PgConnection, StorageError> {
        if self.in_transaction {
            Ok(self.pg)
        } else {
            Err(StorageError::Other("a use case that only reads tried to write".to_owned()))
        }
    }
}

impl<'c> Tx<'c> {
    pub(super) fn autocommit(pg: &'c mut PgConnection) -> Self {
        Self { pg, in_transaction: false }
    }

    pub(super) fn in_transaction(pg: &'c mut PgConnection) -> Self {
        Self { pg, in_transaction: true }
    }

    pub(super) fn handle(&mut self) -> Handle<'_> {
        Handle { pg: self.pg, in_transaction: self.in_transaction }
    }
}

macro_rules! repositories {
    ($($(#[$doc:meta])* $accessor:ident: $repo:ident),* $(,)?) => {
        impl Tx<'_> {
            $($(#[$doc])*
            pub fn $accessor(&mut self) -> $repo<'_> {
                $repo(self.handle())
            })*
        }
    };
}

repositories! {
    /// Accounts with their addresses.
    users: Users,
    /// Password hashes.
    passwords: Passwords,
    /// Roles and who has them.
    roles: Roles,
    /// Signed-in browsers.
    sessions: Sessions,
    /// Browsers that an account knows.
    devices: Devices,
    /// What accounts can be entered with.
    factors: Factors,
    /// Authenticator apps.
    authenticators: Authenticators,
    /// Codes on paper.
    recovery_codes: RecoveryCodes,
    /// Passkeys.
    passkeys: Passkeys,
    /// Challenges that passkeys are to answer.
    passkey_ceremonies: PasskeyCeremonies,
    /// People's pictures.
    pictures: Pictures,
    /// Relying parties.
    clients: Clients,
    /// What people allowed.
    consents: Consents,
    /// Sign-ins under way.
    flows: Flows,
    /// Authorizations given to clients.
    grants: Grants,
    /// Refresh tokens.
    refresh_tokens: RefreshTokens,
    /// Why requests were refused.
    refusals: Refusals,
    /// Access tokens that were revoked although they belong to no grant.
    revoked_tokens: RevokedTokens,
    /// The keys that sign tokens.
    signing_keys: SigningKeys,
    /// Counted attempts.
    attempts: Attempts,
    /// The audit trail.
    audit: Audit,
    /// Everything that is kept about a person.
    exports: Exports,
    /// What operators changed.
    settings: StoredSettings,
    /// What the database belongs to.
    instance: InstanceRow,
    /// Links that work once.
    one_time_links: OneTimeLinks,
    /// What Latchkey does by itself.
    jobs: Jobs,
    /// Mail that is to be sent.
    mails: Mails,
    /// Codes and links that were mailed.
    mailed_codes: MailedCodes,
    /// Accounts that wait until their address is confirmed.
    registrations: Registrations,
    /// Providers that people sign in with.
    providers: Providers,
    /// Whom accounts are elsewhere.
    federation_links: FederationLinks,
    /// Sign-ins under way at a provider.
    upstream_requests: UpstreamRequests,
    /// Sessions at providers that sessions here came from.
    upstream_sessions: UpstreamSessions,
    /// What providers said of the end of their sessions.
    upstream_logouts: UpstreamLogouts,
    /// Who was sent to a provider to sign out.
    upstream_departures: UpstreamDepartures,
    /// What is deleted when its time is over.
    purge: Purge,
}
