//! The whole server in this process: a database of its own, a clock to steer, as many nodes as wanted.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::app::{Database, Node, master_ring};
use latchkey::config::{Config, DatabaseTarget, MasterKeySource};
use latchkey::crypto::keyring::Spare;
use latchkey::domain::address::{EmailAddress, Username};
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::client::{
    self, ApplicationType, AuthMethod, ClientLifetimes, ClientLinks, ClientSecret, GrantType,
    PkcePolicy,
};
use latchkey::domain::details::Detail;
use latchkey::domain::redirect_uri::RedirectUri;
use latchkey::domain::scope::Scopes;
use latchkey::domain::user::NewUser;
use latchkey::kernel::clock::Clock as _;
use latchkey::kernel::env::Env;
use latchkey::kernel::ids::{ClientSecretId, RoleId, UserId};
use latchkey::kernel::rng::Rng as _;
use latchkey::kernel::secret::Secret;
use latchkey::kernel::token_hash::TokenHash;
use latchkey::kernel::urls::Issuer;
use latchkey::protocol::keys::{self, Keeper};
use latchkey::storage::{Stop, StorageError, migrate};

use super::agent::Agent;
use super::clock::{TestClock, TestRng};
use super::cluster::{self, TestDatabase};
use super::faults;
use super::flow::Client;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// The server with its first node.
pub struct TestApp {
    first: Running,
    pub clock: Arc<TestClock>,
    env: Env,
    config: Config,
    // Last, so that every connection is closed when it goes.
    database: Arc<TestDatabase>,
}

/// A node that serves until it is dropped.
pub struct Running {
    pub node: Node,
    port: u16,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _database: Arc<TestDatabase>,
}

impl TestApp {
    pub fn start() -> Self {
        Self::start_configured(|_| {})
    }

    /// With an issuer that browsers would reach through a proxy; requests need [`TestApp::machine`].
    pub fn start_with_issuer(issuer: &str) -> Self {
        Self::start_on(listener(), issuer, |_| {})
    }

    /// Another installation under the same issuer in the place of this one: the same signing key,
    /// and an empty database.
    pub fn replaced(self) -> Self {
        let (port, issuer) = (self.first.port, self.issuer().to_owned());
        drop(self);
        Self::start_on(TcpListener::bind(("127.0.0.1", port)).unwrap(), &issuer, |_| {})
    }

    /// With a configuration of the test's own.
    pub fn start_configured(change: impl FnOnce(&mut Config)) -> Self {
        let listener = listener();
        let issuer = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        Self::start_on(listener, &issuer, change)
    }

    fn start_on(listener: TcpListener, issuer: &str, change: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(TestClock::new());
        let env = Env::new(Arc::clone(&clock) as _, Arc::new(TestRng::new(7)));
        let port = listener.local_addr().unwrap().port();
        let mut config = Config::for_dev(port, &cluster::scratch()).unwrap();
        config.issuer = Issuer::parse(issuer).unwrap();
        config.http.workers = 1;
        config.http.shutdown_timeout = Duration::from_secs(1);
        config.database.pool_size = 4;
        config.keys.master_key = MasterKeySource::Given(master_key_bytes());
        config.hashing.memory_kib = 64;
        config.hashing.iterations = 1;
        config.hashing.concurrent = 2;
        change(&mut config);
        let database = Arc::new(prepared(&config));
        config.database.target = DatabaseTarget::External(Secret::new(database.url()));
        let first = Running::start(&config, &env, listener, Arc::clone(&database));
        Self { first, clock, env, config, database }
    }

    /// Another node on the same database.
    pub fn second_node(&self) -> Running {
        Running::start(&self.config, &self.env, listener(), Arc::clone(&self.database))
    }

    /// Another node, configured differently.
    pub fn node_with(&self, change: impl FnOnce(&mut Config)) -> Running {
        let config = self.config_with(change);
        Running::start(&config, &self.env, listener(), Arc::clone(&self.database))
    }

    /// The configuration of the nodes, with a change.
    pub fn config_with(&self, change: impl FnOnce(&mut Config)) -> Config {
        let mut config = self.config.clone();
        change(&mut config);
        config
    }

    /// The operator who acts on the keys.
    pub fn keeper(&self) -> Keeper {
        let ring = master_ring(&self.config).unwrap();
        Keeper { env: self.env(), ring, actor: Actor::Operator }
    }

    /// Stops the first node and starts it again on its port.
    pub fn restart(&mut self) {
        self.first.halt();
        let listener = TcpListener::bind(("127.0.0.1", self.first.port)).unwrap();
        self.first = Running::start(&self.config, &self.env, listener, Arc::clone(&self.database));
    }

    pub fn issuer(&self) -> &str {
        self.config.issuer.as_str()
    }

    pub fn at(&self, path: &str) -> String {
        self.first.at(path)
    }

    pub fn env(&self) -> Env {
        self.env.clone()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A browser or program that asks for the issuer's host, whichever node it talks to.
    pub fn machine(&self) -> Agent {
        let host = self.issuer().split_once("://").unwrap().1;
        Agent::new().with_header("host", host)
    }

    /// Lets the first node look for new settings, keys and clients' origins, as it does every five
    /// seconds.
    pub async fn refresh(&self) {
        self.node().refresh().await.unwrap();
    }

    pub fn node(&self) -> &Node {
        &self.first.node
    }

    pub fn statements(&self) -> u64 {
        self.node().db().statements()
    }

    /// A name of one of our cookies.
    pub fn cookie_name(&self, kind: &str) -> String {
        let issuer = &self.config.issuer;
        if issuer.is_https() {
            format!("__Host-latchkey-{kind}")
        } else {
            format!("latchkey-{}-{kind}", issuer.port())
        }
    }

    /// The session cookie of a browser as a `Set-Cookie` text.
    pub fn session_cookie(&self, agent: &Agent) -> String {
        let name = self.cookie_name("session");
        let value = agent.cookie("localhost", &name).expect("the browser is signed in");
        format!("{name}={value}; Path=/")
    }

    // People ---------------------------------------------------------------------------------------

    /// Somebody with a verified address and [`PASSWORD`].
    pub async fn person(&self, email: &str) -> UserId {
        self.person_named(email, None).await
    }

    /// Somebody of whom everything is known.
    pub async fn known_person(&self, email: &str) -> UserId {
        let user = self.person_named(email, email.split('@').next()).await;
        let details: Vec<_> = Detail::ALL.iter().map(|detail| (*detail, known(*detail))).collect();
        self.tell(user, &details).await;
        user
    }

    async fn person_named(&self, email: &str, username: Option<&str>) -> UserId {
        let identity = self.node().identity();
        let phc = identity.hash_new_password(&Secret::from(PASSWORD), &[]).await.unwrap();
        let new = NewUser {
            email: EmailAddress::parse(email).unwrap(),
            email_verified: true,
            username: username.map(|name| Username::parse(name).unwrap()),
            name: None,
            subject: None,
            password_phc: Some(phc),
            roles: Vec::new(),
        };
        identity.create_user(Actor::Operator, new, &context()).await.unwrap().user.id
    }

    /// Gives somebody a role, which is made if there is none of that name.
    pub async fn give_role(&self, email: &str, role: &str) {
        let profile = self.node().identity().find_user(email).await.unwrap();
        let user = profile.expect("a known person").user.id;
        let (id, now) = (RoleId::new(&self.env), self.now());
        let role = role.to_owned();
        let given = self.write(move |tx| {
            tx.roles().ensure(id, &role, "", &[], now)?;
            tx.roles().grant(user, &role, now)
        });
        assert!(given.await);
    }

    /// Writes down what is known about somebody; the phone number as a verified one.
    pub async fn tell(&self, user: UserId, details: &[(Detail, &str)]) {
        let details = details.iter().map(|(detail, text)| (*detail, (*text).to_owned())).collect();
        let identity = self.node().identity();
        let verified = Some(true);
        identity
            .change_details(user, Actor::Operator, details, verified, &context())
            .await
            .unwrap();
    }

    /// The `sub` of somebody.
    pub async fn subject(&self, email: &str) -> String {
        let found = self.node().identity().find_user(email).await.unwrap();
        found.expect("a known person").user.subject
    }

    pub async fn disable(&self, user: UserId) {
        self.node().identity().disable_user(Actor::Operator, user, &context()).await.unwrap();
    }

    pub async fn delete(&self, user: UserId) {
        self.node().identity().delete_user(Actor::Operator, user, &context()).await.unwrap();
    }

    pub async fn set_password(&self, user: UserId) {
        // A reset is never in the same microsecond as what it ends.
        self.clock.advance(chrono::TimeDelta::microseconds(1));
        let password = Secret::from("another long password");
        let identity = self.node().identity();
        identity.set_password(Actor::Operator, user, &password, &context()).await.unwrap();
    }

    pub async fn sign_out_everywhere(&self, user: UserId) {
        self.node().identity().sign_out_user(Actor::Operator, user, &context()).await.unwrap();
    }

    pub async fn remove_app(&self, user: UserId, client: &Client) {
        let id = client.id.parse().unwrap();
        self.node().identity().remove_app(user, id, &context()).await.unwrap();
    }

    /// How many live sessions somebody has.
    pub async fn sessions(&self, email: &str) -> usize {
        let identity = self.node().identity();
        let profile = identity.find_user(email).await.unwrap().expect("a known person");
        identity.sessions(profile.user.id).await.unwrap().len()
    }

    /// Presses "Sign out" on the account pages.
    pub async fn sign_out(&self, agent: &Agent) {
        let page = agent.get(&self.at("/sign-out")).await;
        let page = page.form("#sign-out").submit().await;
        assert!(page.status.is_redirection(), "{}", page.summary());
    }

    // Clients --------------------------------------------------------------------------------------

    pub fn registration(&self, id: &str) -> Registration {
        Registration::new(id, self.now())
    }

    pub async fn confidential_client(&self, id: &str) -> Client {
        self.client(self.registration(id)).await
    }

    pub async fn public_client(&self, id: &str) -> Client {
        self.client(self.registration(id).public()).await
    }

    /// Registers a client and hands out what its own program knows.
    pub async fn client(&self, registration: Registration) -> Client {
        let mut client = registration.0;
        let secret = (!client.is_public()).then(|| self.env.random_token(client::SECRET_PREFIX));
        client.secrets = secret
            .iter()
            .map(|secret| ClientSecret {
                id: ClientSecretId::new(&self.env),
                hash: TokenHash::of(secret.expose()),
                created_at: self.now(),
                expires_at: None,
            })
            .collect();
        let program = Client {
            id: client.id.as_str().to_owned(),
            secret: secret.map(|secret| secret.expose().clone()),
            redirect_uri: client.redirect_uris[0].as_str().to_owned(),
        };
        let inserted = self.write(move |tx| tx.clients().insert(&client)).await;
        assert!(inserted, "the id is free");
        program
    }

    /// Changes what a client is registered with.
    pub async fn change_client(&self, id: &str, change: impl FnOnce(&mut client::Client)) {
        let id = id.parse().unwrap();
        let found = self.write(move |tx| tx.clients().find_registered(&id)).await;
        let mut client = found.expect("a known client");
        change(&mut client);
        assert!(self.write(move |tx| tx.clients().update(&client)).await);
    }

    /// Lets every secret of a client end.
    pub async fn expire_secrets(&self, id: &str, at: DateTime<Utc>) {
        let (id, none) = (id.parse().unwrap(), ClientSecretId::new(&self.env));
        self.write(move |tx| tx.clients().expire_secrets(&id, none, at)).await;
    }

    /// Gives a client one more secret.
    pub async fn add_secret(&self, id: &str) -> String {
        let secret = self.env.random_token(client::SECRET_PREFIX);
        let row = ClientSecret {
            id: ClientSecretId::new(&self.env),
            hash: TokenHash::of(secret.expose()),
            created_at: self.now(),
            expires_at: None,
        };
        let id = id.parse().unwrap();
        self.write(move |tx| tx.clients().add_secret(&id, &row)).await;
        secret.expose().clone()
    }

    pub async fn remove_client(&self, id: &str) {
        let (id, now) = (id.parse().unwrap(), self.now());
        assert!(self.write(move |tx| tx.clients().remove(&id, now)).await);
    }

    async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut latchkey::storage::Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> T {
        let done: Result<T, ()> =
            self.node().db().write(move |tx| act(tx).map_err(Stop::Failed)).await.unwrap();
        done.unwrap()
    }

    /// The address of the database, for commands.
    pub fn database_url(&self) -> String {
        self.database.url()
    }

    /// A connection to the database, past the server.
    pub fn raw(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    /// How many statements wait for a lock.
    pub fn waiting(&self) -> usize {
        faults::waiting(&mut self.raw())
    }

    /// From now on the database takes no connections, and those that were there are gone.
    pub fn refuse_connections(&self) {
        self.database.allow_connections(false);
    }

    /// Ends [`TestApp::refuse_connections`].
    pub fn take_connections(&self) {
        self.database.allow_connections(true);
    }

    /// From now on the database refuses every new row of a table.
    pub fn refuse_rows(&self, table: &str) {
        let mut connection = self.raw();
        for statement in [
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
             AS 'BEGIN RAISE EXCEPTION ''no more''; END'",
            &format!(
                "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION refuse()"
            ),
        ] {
            sql_query(statement).execute(&mut connection).unwrap();
        }
    }

    /// Ends [`TestApp::refuse_rows`].
    pub fn take_rows(&self) {
        sql_query("DROP FUNCTION refuse CASCADE").execute(&mut self.raw()).unwrap();
    }

    /// Every row of every table, as text.
    pub fn dump(&self) -> String {
        let mut connection = self.raw();
        let tables = texts(
            &mut connection,
            "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'",
        );
        assert!(tables.len() > 15, "{tables:?}");
        let rows = tables.iter().flat_map(|table| {
            texts(&mut connection, &format!("SELECT t::text AS line FROM {table} AS t"))
        });
        rows.collect::<Vec<_>>().join("\n")
    }
}

fn texts(connection: &mut PgConnection, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        line: String,
    }
    sql_query(query).load::<Row>(connection).unwrap().into_iter().map(|row| row.line).collect()
}

/// What is known about everybody of whom everything is known.
fn known(detail: Detail) -> &'static str {
    match detail {
        Detail::Name => "Ada Augusta Lovelace",
        Detail::GivenName => "Ada",
        Detail::MiddleName => "Augusta",
        Detail::FamilyName => "Lovelace",
        Detail::Nickname => "Countess",
        Detail::Profile => "https://people.example/ada",
        Detail::Website => "https://ada.example/",
        Detail::Gender => "female",
        Detail::Birthdate => "1815-12-10",
        Detail::Locale => "en-GB",
        Detail::Zoneinfo => "Europe/London",
        Detail::PhoneNumber => "+442079460000",
        Detail::StreetAddress => "12 St James's Square",
        Detail::Locality => "London",
        Detail::Region => "Greater London",
        Detail::PostalCode => "SW1Y 4JH",
        Detail::Country => "United Kingdom",
    }
}

fn context() -> RequestContext {
    RequestContext::default()
}

fn listener() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).unwrap()
}

/// The same in every run, because the template's signing key is sealed with it.
fn master_key_bytes() -> Secret<[u8; 32]> {
    let mut bytes = [0; 32];
    TestRng::new(1).fill(&mut bytes);
    Secret::new(bytes)
}

/// A migrated database with a signing key and the one after it.
fn prepared(config: &Config) -> TestDatabase {
    let ring = master_ring(config).unwrap();
    let digest = format!("k3{}", migrate::digest());
    cluster::database(&digest, |url| {
        let url = Secret::new(url.to_owned());
        migrate::run(&url).unwrap();
        let db = Database::at(url).connect(&config.database).unwrap();
        let keeper = Keeper { env: Env::system(), ring: ring.clone(), actor: Actor::Operator };
        let (first, spare) = (Spare::make().unwrap(), Spare::make().unwrap());
        let made = db.write_blocking(|tx| keys::begin(tx, &keeper, first, spare)).unwrap();
        assert!(made.unwrap().is_some());
    })
}

impl Running {
    fn start(
        config: &Config,
        env: &Env,
        listener: TcpListener,
        database: Arc<TestDatabase>,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let at = Database::at(Secret::new(database.url()));
        let node = Node::build(config, env.clone(), at).unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (serving, http) = (node.clone(), config.http.clone());
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = serving.serve(vec![listener], &http).unwrap();
                let told = async {
                    // Dropping the other end is as good as a word.
                    let _ = stopped.await;
                    false
                };
                running.until(told).await.unwrap();
            });
        });
        Self { node, port, stop: Some(stop), thread: Some(thread), _database: database }
    }

    pub fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    fn halt(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has failed the test already.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.halt();
    }
}

/// A client about to be registered.
pub struct Registration(client::Client);

impl Registration {
    fn new(id: &str, now: DateTime<Utc>) -> Self {
        let uri = |text: &str| RedirectUri::register(text, ApplicationType::Web).unwrap();
        Self(client::Client {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            application_type: ApplicationType::Web,
            auth_method: AuthMethod::ClientSecretBasic,
            redirect_uris: vec![uri("https://app.example/cb")],
            post_logout_redirect_uris: vec![uri("https://app.example/signed-out")],
            scopes: Scopes::parse("openid profile email offline_access roles").unwrap(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            first_party: false,
            pkce: PkcePolicy::Required,
            lifetimes: ClientLifetimes::default(),
            links: ClientLinks::default(),
            secrets: Vec::new(),
            created_at: now,
            updated_at: now,
            disabled_at: None,
        })
    }

    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.0.name);
        self
    }

    pub fn public(mut self) -> Self {
        self.0.auth_method = AuthMethod::None;
        self
    }

    pub fn native(mut self) -> Self {
        self.0.application_type = ApplicationType::Native;
        self.public()
    }

    pub fn auth_method(mut self, method: AuthMethod) -> Self {
        self.0.auth_method = method;
        self
    }

    /// What differs from every other client.
    pub fn with(mut self, change: impl FnOnce(&mut client::Client)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn first_party(mut self) -> Self {
        self.0.first_party = true;
        self
    }

    pub fn nonce_suffices(mut self) -> Self {
        self.0.pkce = PkcePolicy::NonceSuffices;
        self
    }

    pub fn pkce_optional(mut self) -> Self {
        self.0.pkce = PkcePolicy::Optional;
        self
    }

    /// Acts for itself, within these scopes.
    pub fn machine(mut self, scopes: &str) -> Self {
        self.0.grant_types = vec![GrantType::ClientCredentials];
        self.scopes(scopes)
    }

    pub fn scopes(mut self, scopes: &str) -> Self {
        self.0.scopes = Scopes::parse(scopes).unwrap();
        self
    }

    pub fn redirect_uri(mut self, uri: &str) -> Self {
        let uri = RedirectUri::register(uri, self.0.application_type).unwrap();
        self.0.redirect_uris = vec![uri];
        self
    }

    pub fn post_logout_redirect_uri(mut self, uri: &str) -> Self {
        let uri = RedirectUri::register(uri, self.0.application_type).unwrap();
        self.0.post_logout_redirect_uris = vec![uri];
        self
    }
}
