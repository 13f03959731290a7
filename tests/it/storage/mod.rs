//! The storage room against a real Postgres: what no test over HTTP could tell apart.

mod connections;
mod finding;
mod refusals;
mod schema;
mod single_use;

use std::convert::Infallible;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use latchkey::domain::address::{EmailAddress, Username};
use latchkey::domain::client::{
    ApplicationType, AuthMethod, Client, ClientId, ClientLifetimes, ClientLinks, GrantType,
    PkcePolicy,
};
use latchkey::domain::consent::ConsentBasis::FirstParty;
use latchkey::domain::factor::{FactorKind, Proofs};
use latchkey::domain::grant::{Code, Grant, GrantAuthentication};
use latchkey::domain::redirect_uri::RedirectUri;
use latchkey::domain::scope::Scopes;
use latchkey::domain::session::{ACR_SINGLE_FACTOR, Session};
use latchkey::domain::token::RefreshToken;
use latchkey::domain::user::NewUser;
use latchkey::kernel::env::Env;
use latchkey::kernel::ids::{AddressId, GrantId, RefreshTokenId, SessionId, UserId};
use latchkey::kernel::secret::Secret;
use latchkey::kernel::token_hash::TokenHash;
use latchkey::storage::db::{Db, DbOptions};
use latchkey::storage::error::StorageError;
use latchkey::storage::migrate;
use latchkey::storage::tx::Tx;

use crate::support::cluster::{self, TestDatabase};

/// How many try at once where only one may succeed.
const RACERS: u32 = 8;

/// A database of its own with a pool on it. The pool goes first.
struct Bench {
    db: Db,
    env: Env,
    database: TestDatabase,
}

fn options(url: &str) -> DbOptions {
    DbOptions {
        url: Secret::new(url.to_owned()),
        pool_size: RACERS,
        min_idle: Some(1),
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
        acquire_timeout: Duration::from_secs(3),
        named_statements: true,
    }
}

fn migrated() -> TestDatabase {
    cluster::database(&migrate::digest(), |url| {
        migrate::run(&Secret::new(url.to_owned())).unwrap();
    })
}

fn bench() -> Bench {
    bench_with(|_| {})
}

fn bench_with(change: impl FnOnce(&mut DbOptions)) -> Bench {
    let database = migrated();
    let mut options = options(&database.url());
    change(&mut options);
    Bench { db: Db::connect(&options).unwrap(), env: Env::system(), database }
}

/// The beginning of all things, plus some seconds.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

impl Bench {
    fn write<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError>) -> T {
        self.db.write_blocking::<T, Infallible>(|tx| Ok(f(tx)?)).unwrap().unwrap()
    }

    fn read<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError>) -> T {
        self.db.read_blocking::<T, Infallible>(|tx| Ok(f(tx)?)).unwrap().unwrap()
    }

    fn user(&self, email: &str, verified: bool, username: Option<&str>) -> UserId {
        let id = UserId::new(&self.env);
        let new = NewUser {
            email: EmailAddress::parse(email).unwrap(),
            email_verified: verified,
            username: username.map(|name| Username::parse(name).unwrap()),
            name: Some("Ada Lovelace".to_owned()),
            subject: None,
            password_phc: Some(format!("$phc$of-{id}")),
            roles: Vec::new(),
        };
        let address = AddressId::new(&self.env);
        let subject = self.env.random_id();
        self.write(|tx| tx.users().insert(id, address, &subject, &new, at(0)));
        id
    }

    fn client(&self, id: &str) -> ClientId {
        let client = client(id);
        assert!(self.write(|tx| tx.clients().insert(&client)));
        client.id
    }

    fn session(&self, user: UserId) -> (SessionId, TokenHash) {
        let session = Session {
            id: SessionId::new(&self.env),
            sid: self.env.random_id(),
            user_id: user,
            auth_time: at(0),
            acr: ACR_SINGLE_FACTOR.to_owned(),
            amr: vec!["pwd".to_owned()],
            proofs: Proofs::of(FactorKind::Password, at(0)),
            trusted: false,
            remember: false,
            ip: None,
            user_agent: None,
            created_at: at(0),
            last_used_at: at(0),
            expires_at: at(3600),
            ended: None,
        };
        let secret = self.secret();
        self.write(|tx| tx.sessions().insert(&session, secret));
        (session.id, secret)
    }

    fn grant(&self, user: UserId, client: &ClientId, session: SessionId, scopes: &str) -> Grant {
        let grant = Grant {
            id: GrantId::new(&self.env),
            client_id: client.clone(),
            user_id: user,
            session_id: Some(session),
            scopes: Scopes::parse(scopes).unwrap(),
            redirect_uri: RedirectUri::stored("https://app.example/cb".to_owned()),
            nonce: Some("n".to_owned()),
            code_challenge: None,
            claims: serde_json::from_str(r#"{"id_token":{"email":null}}"#).unwrap(),
            authentication: GrantAuthentication {
                at: at(0),
                acr: ACR_SINGLE_FACTOR.to_owned(),
                amr: vec!["pwd".to_owned()],
                sid: "sid".to_owned(),
            },
            code: Code { hash: self.secret(), expires_at: at(60), consumed_at: None },
            created_at: at(0),
            expires_at: at(3600),
            revoked: None,
        };
        assert!(self.write(|tx| tx.grants().insert(&grant, FirstParty)), "the session is live");
        grant
    }

    /// The same grant once more, under an id and a code of its own.
    fn again(&self, grant: &Grant) -> Grant {
        let code = Code { hash: self.secret(), ..grant.code.clone() };
        Grant { id: GrantId::new(&self.env), code, ..grant.clone() }
    }

    fn refresh_token(&self, grant: GrantId) -> RefreshToken {
        RefreshToken {
            id: RefreshTokenId::new(&self.env),
            grant_id: grant,
            kid: "k".to_owned(),
            issued_at: at(1),
            expires_at: at(1) + TimeDelta::days(7),
            rotated: None,
        }
    }

    fn secret(&self) -> TokenHash {
        TokenHash::of(self.env.random_token("").expose())
    }
}

fn client(id: &str) -> Client {
    Client {
        id: id.parse().unwrap(),
        name: "An app".to_owned(),
        application_type: ApplicationType::Web,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec![RedirectUri::stored("https://app.example/cb".to_owned())],
        post_logout_redirect_uris: Vec::new(),
        scopes: Scopes::parse("openid profile").unwrap(),
        grant_types: vec![GrantType::AuthorizationCode],
        first_party: false,
        pkce: PkcePolicy::Required,
        needs_second_factor: false,
        provider: None,
        lifetimes: ClientLifetimes { access_token: Some(60), ..ClientLifetimes::default() },
        links: ClientLinks::default(),
        secrets: Vec::new(),
        created_at: at(0),
        updated_at: at(0),
        disabled_at: None,
    }
}
