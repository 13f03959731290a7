//! What `latchkey dev` puts into a database: an account to sign in with, and an app to sign in to.

use std::convert::Infallible;

use super::upstream;
use crate::crypto::password::{PasswordHasher, Verdict};
use crate::domain::address::{EmailAddress, Identifier, InvalidEmail, InvalidUsername, Username};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::client::{
    ApplicationType, AuthMethod, Client, ClientId, ClientLifetimes, ClientLinks, ClientSecret,
    GrantType, InvalidClientId, PkcePolicy,
};
use crate::domain::details::Detail;
use crate::domain::provider::{InvalidSlug, InvalidUpstreamIssuer};
use crate::domain::redirect_uri::{InvalidRedirectUri, RedirectUri};
use crate::domain::scope::{self, Scopes};
use crate::domain::user::NewUser;
use crate::identity::Identity;
use crate::identity::account::DetailsError;
use crate::identity::admin::AdminError;
use crate::identity::admin::provider::ProviderRefusal;
use crate::kernel::env::Env;
use crate::kernel::ids::{AuditEventId, ClientSecretId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::{Db, Stop, StorageError, Tx};

/// Somebody with an account in a demo.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The confirmed address.
    pub email: &'static str,
    /// The other name to sign in with.
    pub username: &'static str,
    /// The full name.
    pub name: &'static str,
    /// What else is known.
    pub details: &'static [(Detail, &'static str)],
}

/// The address of the demo account.
pub const EMAIL: &str = "alice@example.com";

/// Whose account it is.
pub const ALICE: Person =
    Person { email: EMAIL, username: "alice", name: "Alice Example", details: OF_ALICE };

/// The number is one that is never given to anybody.
const OF_ALICE: &[(Detail, &str)] = &[
    (Detail::GivenName, "Alice"),
    (Detail::FamilyName, "Example"),
    (Detail::Nickname, "Al"),
    (Detail::Birthdate, "1990-05-31"),
    (Detail::Website, "https://alice.example/"),
    (Detail::Locale, "en-GB"),
    (Detail::Zoneinfo, "Europe/London"),
    (Detail::PhoneNumber, "+442079460000"),
    (Detail::StreetAddress, "1 Sample Street"),
    (Detail::PostalCode, "AB1 2CD"),
    (Detail::Locality, "Sampleton"),
    (Detail::Country, "United Kingdom"),
];

/// The demo app's client id.
pub const CLIENT_ID: &str = "acme-notes";
/// What it is called.
pub const CLIENT_NAME: &str = "ACME Notes";
/// What it may ask for.
pub const SCOPES: &[&str] = scope::STANDARD;

/// An app of a demo.
#[derive(Clone, Debug)]
pub struct App {
    /// The client id.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// The client secret.
    pub secret: Secret<String>,
    /// Where codes are sent.
    pub redirect_uri: String,
    /// Where browsers go after a sign-out.
    pub post_logout_redirect_uri: String,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The account could not be made.
    #[error("the demo account cannot be made: {0}")]
    Account(#[from] AdminError),
    /// What is known about its person could not be written.
    #[error("the demo account cannot be filled in: {0}")]
    Details(#[from] DetailsError),
    /// An id is never given out again.
    #[error(
        "the demo app {0} was removed from this database, and its id is never given out again; use \
         another data directory"
    )]
    ClientRemoved(&'static str),
    /// The provider of the demo could not be added or changed.
    #[error("the demo's provider cannot be kept: {0}")]
    Provider(#[from] ProviderRefusal),
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An address of the demo app cannot be registered.
    #[error("the demo app's address cannot be used: {0}")]
    Address(#[from] InvalidRedirectUri),
    /// A name in this file breaks a rule of the domain.
    #[error("a name of the demo is refused: {0}")]
    Name(String),
}

macro_rules! refused_names {
    ($($error:ty),*) => {$(
        impl From<$error> for DemoError {
            fn from(error: $error) -> Self {
                Self::Name(error.to_string())
            }
        }
    )*};
}
refused_names!(InvalidEmail, InvalidUsername, InvalidClientId, InvalidSlug, InvalidUpstreamIssuer);

/// Whether a database has the demo account, the demo app or the demo's provider, so that nobody may rely
/// on it.
pub fn is_present(tx: &mut Tx<'_>) -> Result<bool, StorageError> {
    if let Ok(id) = CLIENT_ID.parse::<ClientId>()
        && tx.clients().find_registered(&id)?.is_some()
    {
        return Ok(true);
    }
    if upstream::is_present(tx)? {
        return Ok(true);
    }
    for email in [EMAIL, upstream::ADA.email] {
        let Some(identifier) = Identifier::parse(email) else { continue };
        let found = tx.users().find_by_identifier(&identifier)?;
        if found.is_some_and(|profile| profile.user.is_active()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes sure that somebody has an account. What they have changed about it stays changed.
pub async fn account(
    identity: &Identity,
    person: &Person,
    password: &Secret<String>,
) -> Result<(), DemoError> {
    if identity.find_user(person.email).await?.is_some() {
        return Ok(());
    }
    let names = [person.email, person.username, person.name];
    let phc = identity.hash_new_password(password, &names).await?;
    let new = NewUser {
        email: EmailAddress::parse(person.email)?,
        email_verified: true,
        username: Some(Username::parse(person.username)?),
        name: Some(person.name.to_owned()),
        subject: None,
        password_phc: Some(phc),
        roles: Vec::new(),
    };
    let context = RequestContext::default();
    let user = identity.create_user(Actor::System, new, &context).await?.user.id;
    let told = person.details.iter().map(|(detail, text)| (*detail, (*text).to_owned())).collect();
    identity.change_details(user, Actor::System, told, Some(true), &context).await?;
    Ok(())
}

/// Makes sure that an app is registered, with this secret and at this place. What somebody has changed
/// about it stays changed.
pub async fn client(db: &Db, env: &Env, app: &App) -> Result<(), DemoError> {
    let (fresh, env, app) = (registration(env, app)?, env.clone(), app.clone());
    db.write(move |tx| match tx.clients().find_registered(&fresh.id)? {
        None => add(tx, &env, &fresh, app.id),
        Some(present) => {
            if !present.has_secret(app.secret.expose(), env.now()) {
                for stored in &fresh.secrets {
                    tx.clients().add_secret(&fresh.id, stored)?;
                }
            }
            Ok(move_to(tx, &env, present, &fresh)?)
        }
    })
    .await?
}

fn registration(env: &Env, app: &App) -> Result<Client, DemoError> {
    let uri = |text: &str| RedirectUri::register(text, ApplicationType::Web);
    let now = env.now();
    Ok(Client {
        id: app.id.parse::<ClientId>()?,
        name: app.name.to_owned(),
        application_type: ApplicationType::Web,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec![uri(&app.redirect_uri)?],
        post_logout_redirect_uris: vec![uri(&app.post_logout_redirect_uri)?],
        scopes: SCOPES.iter().copied().collect::<Scopes>(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        // So that the consent page shows.
        first_party: false,
        pkce: PkcePolicy::Required,
        needs_second_factor: false,
        provider: None,
        lifetimes: ClientLifetimes::default(),
        links: ClientLinks::default(),
        secrets: vec![ClientSecret {
            id: ClientSecretId::new(env),
            hash: TokenHash::of(app.secret.expose()),
            created_at: now,
            expires_at: None,
        }],
        created_at: now,
        updated_at: now,
        disabled_at: None,
    })
}

fn add(
    tx: &mut Tx<'_>,
    env: &Env,
    client: &Client,
    id: &'static str,
) -> Result<(), Stop<DemoError>> {
    if !tx.clients().insert(client)? {
        return Err(Stop::Refused(DemoError::ClientRemoved(id)));
    }
    Ok(record(tx, env, Action::ClientCreated, &client.id)?)
}

/// The demo app may be served on another port than last time.
fn move_to(
    tx: &mut Tx<'_>,
    env: &Env,
    mut present: Client,
    fresh: &Client,
) -> Result<(), StorageError> {
    let came = add_missing(&mut present.redirect_uris, &fresh.redirect_uris)
        | add_missing(&mut present.post_logout_redirect_uris, &fresh.post_logout_redirect_uris);
    if came {
        present.updated_at = env.now();
        tx.clients().update(&present)?;
        record(tx, env, Action::ClientChanged, &present.id)?;
    }
    Ok(())
}

fn add_missing(present: &mut Vec<RedirectUri>, wanted: &[RedirectUri]) -> bool {
    let before = present.len();
    for uri in wanted {
        if !present.contains(uri) {
            present.push(uri.clone());
        }
    }
    present.len() > before
}

fn record(
    tx: &mut Tx<'_>,
    env: &Env,
    action: Action,
    client: &ClientId,
) -> Result<(), StorageError> {
    let event = AuditEvent::new(action, Actor::System).target("client", client).client(client);
    tx.audit().append(AuditEventId::new(env), &event, &RequestContext::default(), env.now())
}

/// Whether somebody's account still has this password; people may have changed it.
pub async fn password_is(
    db: &Db,
    identity: &Identity,
    hasher: &PasswordHasher,
    person: &Person,
    password: &Secret<String>,
) -> Result<bool, DemoError> {
    let Some(profile) = identity.find_user(person.email).await? else { return Ok(false) };
    let user = profile.user.id;
    let read = db.read::<_, Infallible>(move |tx| Ok(tx.passwords().find(user)?)).await?;
    let Ok(phc) = read;
    let verdict = hasher.verify(password.clone(), phc).await.map_err(AdminError::from)?;
    Ok(matches!(verdict, Verdict::Match { .. }))
}
