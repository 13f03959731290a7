//! A node with a database of its own, a clock to steer and people in front of browsers.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::TimeDelta;
use diesel::{Connection as _, PgConnection};
use latchkey::crypto::password::{Params, PasswordHasher};
use latchkey::crypto::seal::MasterKey;
use latchkey::domain::address::Username;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::authorization::{AuthorizationRequest, Prompts, ResponseMode};
use latchkey::domain::client::{
    ApplicationType, AuthMethod, Client, ClientLifetimes, ClientLinks, GrantType, PkcePolicy,
};
use latchkey::domain::consent::ConsentBasis::FirstParty;
use latchkey::domain::flow::{Flow, Purpose};
use latchkey::domain::grant::{Code, Grant, GrantAuthentication, GrantDead};
use latchkey::domain::redirect_uri::RedirectUri;
use latchkey::domain::scope::Scopes;
use latchkey::domain::session::SignedIn;
use latchkey::domain::setting::Settings;
use latchkey::domain::user::NewUser;
use latchkey::identity::login::{Advanced, Credentials, FlowAt, FlowError, Input};
use latchkey::identity::places::Places;
use latchkey::identity::{Identity, IdentityOptions, SettingsCache};
use latchkey::kernel::env::Env;
use latchkey::kernel::ids::{FlowId, GrantId, UserId};
use latchkey::kernel::rng::SystemRng;
use latchkey::kernel::secret::Secret;
use latchkey::kernel::token_hash::TokenHash;
use latchkey::kernel::urls::Issuer;
use latchkey::mail::{Office, Outbox};
use latchkey::storage::repo::audit::AuditFilter;
use latchkey::storage::{Db, DbOptions, Stop, StorageError, Tx, migrate};

use crate::support::clock::TestClock;
use crate::support::cluster::{self, TestDatabase};

pub const PASSWORD: &str = "correct horse";

/// What nodes have in common, and one of them.
pub struct World {
    pub identity: Identity,
    pub db: Db,
    pub env: Env,
    pub hasher: PasswordHasher,
    pub settings: SettingsCache,
    clock: Arc<TestClock>,
    master: Arc<MasterKey>,
    database: Arc<TestDatabase>,
}

/// A fresh database, with the schema in it.
fn database() -> TestDatabase {
    static DIGEST: OnceLock<String> = OnceLock::new();
    let digest = DIGEST.get_or_init(migrate::digest);
    cluster::database(digest, |url| {
        migrate::run(&Secret::new(url.to_owned())).unwrap();
    })
}

/// Mail stays in the database, as under `latchkey dev`.
fn outbox(env: &Env, settings: &SettingsCache, master: &Arc<MasterKey>) -> Outbox {
    let ring = (**master).clone().into();
    Outbox::new(env.clone(), settings.clone(), Arc::clone(master), ring, Office::Kept)
}

fn small_hasher(iterations: u32) -> PasswordHasher {
    PasswordHasher::new(Params { memory_kib: 8, iterations, parallelism: 1 }, 2, 100).unwrap()
}

impl World {
    pub async fn new() -> Self {
        let clock = Arc::new(TestClock::new());
        let env = Env::new(clock.clone(), Arc::new(SystemRng));
        let master = Arc::new(MasterKey::generate(&env));
        let world = Self::node(Arc::new(database()), clock, master, small_hasher(1));
        let (issuer, key) = ("https://id.example", world.master.id().to_owned());
        world.change(move |tx, env| tx.instance().claim(issuer, &key, env.now()).map(drop)).await;
        world
    }

    fn node(
        database: Arc<TestDatabase>,
        clock: Arc<TestClock>,
        master: Arc<MasterKey>,
        hasher: PasswordHasher,
    ) -> Self {
        let env = Env::new(clock.clone(), Arc::new(SystemRng));
        let db = Db::connect(&DbOptions {
            url: Secret::new(database.url()),
            pool_size: 6,
            min_idle: Some(0),
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            acquire_timeout: Duration::from_secs(30),
            named_statements: true,
        })
        .unwrap();
        let settings = SettingsCache::default();
        let options = options(true);
        let identity = Identity::new(
            db.clone(),
            env.clone(),
            hasher.clone(),
            settings.clone(),
            Arc::clone(&master),
            outbox(&env, &settings, &master),
            options,
        );
        Self { identity, db, env, hasher, settings, clock, master, database }
    }

    /// A second node on the same database.
    pub fn second_node(&self) -> Self {
        self.node_with_hasher(self.hasher.clone())
    }

    /// A second node whose new hashes cost more.
    pub fn costlier_node(&self) -> Self {
        self.node_with_hasher(small_hasher(2))
    }

    fn node_with_hasher(&self, hasher: PasswordHasher) -> Self {
        let (database, clock) = (Arc::clone(&self.database), Arc::clone(&self.clock));
        Self::node(database, clock, Arc::clone(&self.master), hasher)
    }

    /// A node that does not let people register.
    pub fn closed_to_registration(&self) -> Identity {
        Identity::new(
            self.db.clone(),
            self.env.clone(),
            self.hasher.clone(),
            self.settings.clone(),
            Arc::clone(&self.master),
            outbox(&self.env, &self.settings, &self.master),
            options(false),
        )
    }

    /// A node without a mail server.
    pub fn without_mail(&self) -> Identity {
        let ring = (*self.master).clone().into();
        let (env, settings) = (self.env.clone(), self.settings.clone());
        let outbox = Outbox::new(env, settings, Arc::clone(&self.master), ring, Office::Closed);
        Identity::new(
            self.db.clone(),
            self.env.clone(),
            self.hasher.clone(),
            self.settings.clone(),
            Arc::clone(&self.master),
            outbox,
            options(true),
        )
    }

    /// A connection past the pool.
    pub fn raw(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    pub fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = (*self.settings.get()).clone();
        change(&mut settings);
        self.settings.set(settings);
    }

    pub async fn change<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>, &Env) -> Result<T, StorageError> + Send + 'static,
    ) -> T {
        let env = self.env.clone();
        let done: Result<T, ()> =
            self.db.write(move |tx| f(tx, &env).map_err(Stop::from)).await.unwrap();
        done.unwrap()
    }

    /// Somebody with an account and the usual password.
    pub async fn person(&self, email: &str) -> UserId {
        self.account(email, Some(PASSWORD), &[]).await
    }

    /// Somebody whose address was never verified.
    pub async fn unverified(&self, email: &str) -> UserId {
        let user = self.person(email).await;
        let mut raw = self.raw();
        let query = "UPDATE addresses SET verified_at = NULL WHERE user_id = $1";
        let query = diesel::sql_query(query).bind::<diesel::sql_types::Uuid, _>(user.0);
        diesel::RunQueryDsl::execute(query, &mut raw).unwrap();
        user
    }

    /// The same with a username to sign in by as well.
    pub async fn person_named(&self, email: &str, username: &str) -> UserId {
        let phc = self.hasher.hash(&self.env, PASSWORD.into()).await.unwrap();
        let new = NewUser {
            email: email.parse_email(),
            email_verified: true,
            username: Some(Username::parse(username).unwrap()),
            name: None,
            subject: None,
            password_phc: Some(phc),
            roles: vec![],
        };
        self.identity.create_user(Actor::Operator, new, &context()).await.unwrap().user.id
    }

    pub async fn account(&self, email: &str, password: Option<&str>, roles: &[&str]) -> UserId {
        let password_phc = match password {
            Some(password) => Some(self.hasher.hash(&self.env, password.into()).await.unwrap()),
            None => None,
        };
        let new = NewUser {
            email: email.parse_email(),
            email_verified: true,
            username: None,
            name: None,
            subject: None,
            password_phc,
            roles: roles.iter().map(ToString::to_string).collect(),
        };
        let made = self.identity.create_user(Actor::Operator, new, &context()).await;
        made.unwrap().user.id
    }

    pub async fn client(&self, id: &str) -> Client {
        let now = self.env.now();
        let client = Client {
            id: id.parse().unwrap(),
            name: "ACME Notes".to_owned(),
            application_type: ApplicationType::Web,
            auth_method: AuthMethod::None,
            redirect_uris: vec![redirect_uri()],
            post_logout_redirect_uris: vec![],
            scopes: scopes("openid email profile offline_access"),
            grant_types: vec![GrantType::AuthorizationCode],
            first_party: false,
            pkce: PkcePolicy::Required,
            needs_second_factor: false,
            provider: None,
            lifetimes: ClientLifetimes::default(),
            links: ClientLinks::default(),
            secrets: vec![],
            created_at: now,
            updated_at: now,
            disabled_at: None,
        };
        let inserted = client.clone();
        assert!(self.change(move |tx, _| tx.clients().insert(&inserted)).await);
        client
    }

    /// What somebody who is signed in gives to a relying party.
    pub async fn grant(&self, browser: &Browser, client: &Client, scope: &str) -> GrantId {
        let session = self.who(browser).await.unwrap().session;
        let now = self.env.now();
        let grant = Grant {
            id: GrantId::new(&self.env),
            client_id: client.id.clone(),
            user_id: session.user_id,
            session_id: Some(session.id),
            scopes: scopes(scope),
            redirect_uri: redirect_uri(),
            nonce: None,
            code_challenge: None,
            claims: None,
            authentication: GrantAuthentication {
                at: session.auth_time,
                acr: session.acr,
                amr: session.amr,
                sid: session.sid,
            },
            code: Code {
                hash: TokenHash::of(self.env.random_token("").expose()),
                expires_at: now + TimeDelta::minutes(1),
                consumed_at: None,
            },
            created_at: now,
            expires_at: now + TimeDelta::days(30),
            revoked: None,
        };
        let id = grant.id;
        assert!(
            self.change(move |tx, _| tx.grants().insert(&grant, FirstParty)).await,
            "the session is live"
        );
        id
    }

    /// Why a grant is dead, if it is.
    pub async fn dead(&self, grant: GrantId) -> Option<GrantDead> {
        let live = self.db.load(move |tx| tx.grants().find(grant)).await.unwrap().unwrap();
        live.check(&self.settings.get(), self.env.now()).err()
    }

    /// A flow for a relying party's request, begun in `browser`.
    pub async fn flow(
        &self,
        browser: &Browser,
        client: &Client,
        adjust: impl FnOnce(&mut AuthorizationRequest),
    ) -> FlowId {
        let mut request = AuthorizationRequest {
            client_id: client.id.clone(),
            redirect_uri: redirect_uri(),
            response_mode: ResponseMode::Query,
            scopes: scopes("openid email"),
            state: None,
            nonce: None,
            code_challenge: None,
            prompt: Prompts::default(),
            max_age: None,
            login_hint: None,
            idp_hint: None,
            hinted_subject: None,
            acr_values: vec![],
            claims: None,
            ui_locales: None,
        };
        adjust(&mut request);
        let now = self.env.now();
        let flow = Flow {
            id: FlowId::new(&self.env),
            browser: browser.cookie,
            purpose: Purpose::Authorize(Box::new(request)),
            session_id: None,
            authenticated_at: None,
            consented: None,
            pending: None,
            arrival: None,
            created_at: now,
            expires_at: now + TimeDelta::hours(1),
            finished_at: None,
        };
        let id = flow.id;
        self.change(move |tx, _| tx.flows().insert(&flow)).await;
        id
    }

    /// A flow to the account pages.
    pub async fn account_flow(&self, browser: &Browser) -> FlowId {
        self.identity.start_account_flow(browser.cookie, None).await.unwrap()
    }

    pub async fn advance(
        &self,
        browser: &mut Browser,
        flow: FlowId,
        input: Input,
    ) -> Result<Advanced, FlowError> {
        let advanced = self.identity.advance(browser.at(flow), input, &browser.context()).await?;
        browser.take_cookie(&advanced);
        Ok(advanced)
    }

    /// Types an address and a password on the login page of a flow.
    pub async fn login(
        &self,
        browser: &mut Browser,
        flow: FlowId,
        identifier: &str,
        password: &str,
    ) -> Result<Advanced, FlowError> {
        self.advance(browser, flow, typed(identifier, password)).await
    }

    /// A browser in which this person is signed in.
    pub async fn signed_in_browser(&self, email: &str) -> Browser {
        let mut browser = Browser::new();
        let flow = self.account_flow(&browser).await;
        self.login(&mut browser, flow, email, PASSWORD).await.unwrap();
        browser
    }

    /// One guess from an address, in a browser that nobody knows.
    pub async fn guess(&self, ip: &str, name: &str, password: &str) -> Guess {
        self.guess_in(&Browser::at_address(ip), name, password).await
    }

    /// One guess in this browser, which keeps nothing of it.
    pub async fn guess_in(&self, browser: &Browser, name: &str, password: &str) -> Guess {
        let flow = self.account_flow(browser).await;
        match self.login(&mut browser.clone(), flow, name, password).await {
            Ok(_) => Guess::In,
            Err(FlowError::WrongCredentials(_)) => Guess::Wrong,
            Err(FlowError::TooMany { retry_at, .. }) => {
                Guess::TooMany((retry_at - self.env.now()).num_minutes())
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Whether this password signs in.
    pub async fn signed_in_with(&self, browser: &Browser, name: &str, password: &str) -> bool {
        let mut browser = browser.clone();
        let flow = self.account_flow(&browser).await;
        self.login(&mut browser, flow, name, password).await.is_ok()
    }

    /// Who is signed in in a browser.
    pub async fn who(&self, browser: &Browser) -> Option<SignedIn> {
        self.identity.signed_in(browser.session?).await.unwrap()
    }

    /// Every row of a table, as text.
    pub fn rows(&self, table: &str) -> Vec<String> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            row: String,
        }
        let query = format!("SELECT t::text AS row FROM {table} t ORDER BY 1");
        let rows: Vec<Row> =
            diesel::RunQueryDsl::load(diesel::sql_query(query), &mut self.raw()).unwrap();
        rows.into_iter().map(|it| it.row).collect()
    }

    /// How many entries of the trail have this action.
    pub async fn trail(&self, action: &str) -> usize {
        let filter =
            AuditFilter { actions: Some(vec![action.to_owned()]), ..AuditFilter::default() };
        self.db.load(move |tx| tx.audit().list(&filter, 1000)).await.unwrap().len()
    }
}

/// What became of a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    In,
    Wrong,
    /// Not looked at; the next one is after so many minutes.
    TooMany(i64),
}

/// A browser with its cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    pub cookie: TokenHash,
    pub session: Option<TokenHash>,
    pub device: Option<TokenHash>,
    pub ip: String,
}

impl Browser {
    pub fn new() -> Self {
        Self::at_address("203.0.113.7")
    }

    pub fn at_address(ip: &str) -> Self {
        let cookie = TokenHash::of(Env::system().random_token("").expose());
        Self { cookie, session: None, device: None, ip: ip.to_owned() }
    }

    pub fn at(&self, flow: FlowId) -> FlowAt {
        FlowAt {
            flow,
            browser: self.cookie,
            session_secret: self.session,
            device_secret: self.device,
        }
    }

    pub fn context(&self) -> RequestContext {
        RequestContext { ip: Some(self.ip.clone()), ..RequestContext::default() }
    }

    pub fn take_cookie(&mut self, advanced: &Advanced) {
        if let Some(cookie) = &advanced.cookie {
            self.session = Some(TokenHash::of(cookie.secret.expose()));
        }
        if let Some(secret) = advanced.device.as_ref().and_then(|device| device.secret.as_ref()) {
            self.device = Some(TokenHash::of(secret.expose()));
        }
    }
}

pub fn context() -> RequestContext {
    RequestContext::default()
}

pub fn typed(identifier: &str, password: &str) -> Input {
    Input::Password(Credentials {
        identifier: identifier.to_owned(),
        password: password.into(),
        remember: Some(false),
        trust_browser: false,
    })
}

pub fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

fn redirect_uri() -> RedirectUri {
    RedirectUri::stored("https://app.example/cb".to_owned())
}

trait ParseEmail {
    fn parse_email(&self) -> latchkey::domain::address::EmailAddress;
}

impl ParseEmail for str {
    fn parse_email(&self) -> latchkey::domain::address::EmailAddress {
        latchkey::domain::address::EmailAddress::parse(self).unwrap()
    }
}

fn options(registration_open: bool) -> IdentityOptions {
    IdentityOptions {
        registration_open,
        issuer: Issuer::parse("https://id.example.com").unwrap(),
        brand: "Latchkey".to_owned(),
        help: None,
        places: Places::default(),
        front_end: vec![],
        breach: None,
        providers: None,
    }
}

/// Asks until the answer is yes, for what happens in another process. What is waited for needs the
/// core more than the asking does.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
