//! The whole server in this process: a database of its own, a clock to steer, as many nodes as wanted.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, Utc};
use latchkey::app::{Database, Node, master_ring};
use latchkey::config::{Config, DatabaseTarget, LimitsConfig, MasterKeySource};
use latchkey::crypto::keyring::Spare;
use latchkey::domain::audit::Actor;
use latchkey::kernel::clock::Clock as _;
use latchkey::kernel::env::Env;
use latchkey::kernel::rng::Rng as _;
use latchkey::kernel::secret::Secret;
use latchkey::kernel::urls::Issuer;
use latchkey::protocol::keys::{self, Keeper};
use latchkey::storage::migrate;

use super::agent::Agent;
use super::clock::{TestClock, TestRng};
use super::cluster::{self, TestDatabase};

/// The server with its first node.
pub struct TestApp {
    pub(super) first: Running,
    pub clock: Arc<TestClock>,
    pub(super) env: Env,
    config: Config,
    // Last, so that every connection is closed when it goes.
    pub(super) database: Arc<TestDatabase>,
}

/// A node that serves until it is dropped.
pub struct Running {
    pub node: Node,
    port: u16,
    /// Where it is: the issuer, where that is an address of this very port.
    origin: String,
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
        // The clock stands still, so that no budget ever fills up again.
        config.limits = LimitsConfig::default();
        config.keys.master_key = MasterKeySource::Given(master_key_bytes());
        config.hashing.memory_kib = 64;
        config.hashing.iterations = 1;
        config.hashing.concurrent = 2;
        config.database.target = DatabaseTarget::External(Secret::new(String::new()));
        change(&mut config);
        let DatabaseTarget::External(url) = &config.database.target else { unreachable!() };
        let database = Arc::new(if url.expose().is_empty() {
            prepared(&config)
        } else {
            fill(&config, url.expose());
            TestDatabase::elsewhere(url.expose().clone())
        });
        config.database.target = DatabaseTarget::External(Secret::new(database.url()));
        let first = Running::start(&config, &env, listener, Arc::clone(&database));
        Self { first, clock, env, config, database }
    }

    /// Another node on the same database.
    pub fn second_node(&self) -> Running {
        Running::start(&self.config, &self.env, listener(), Arc::clone(&self.database))
    }

    /// Another node with another clock, configured differently.
    pub fn node_in(&self, env: &Env, change: impl FnOnce(&mut Config)) -> Running {
        let config = self.config_with(change);
        Running::start(&config, env, listener(), Arc::clone(&self.database))
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
    cluster::database(&format!("k3{}", migrate::digest()), |url| fill(config, url))
}

/// Migrates a database and makes its keys.
fn fill(config: &Config, url: &str) {
    let url = Secret::new(url.to_owned());
    migrate::run(&url).unwrap();
    let db = Database::at(url).connect(&config.database).unwrap();
    let ring = master_ring(config).unwrap();
    let keeper = Keeper { env: Env::system(), ring, actor: Actor::Operator };
    let (first, spare) = (Spare::make().unwrap(), Spare::make().unwrap());
    let made = db.write_blocking(|tx| keys::begin(tx, &keeper, first, spare)).unwrap();
    assert!(made.unwrap().is_some());
}

impl Running {
    fn start(
        config: &Config,
        env: &Env,
        listener: TcpListener,
        database: Arc<TestDatabase>,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let is_here = config.issuer.is_loopback() && config.issuer.port() == port;
        let origin = is_here.then(|| config.issuer.to_string());
        let origin = origin.unwrap_or_else(|| format!("http://localhost:{port}"));
        let at = Database::open(config).unwrap();
        let node = Node::build(config, env.clone(), at).unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (serving, http) = (node.clone(), config.http.clone());
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = serving.serve(vec![listener], &http).unwrap();
                let (tell, told) = tokio::sync::oneshot::channel::<()>();
                let told = async {
                    let _ = told.await;
                    false
                };
                let mut running = std::pin::pin!(running.until(told));
                tokio::select! {
                    ended = &mut running => return ended.unwrap(),
                    // Without a word, nobody wants anything of it any more, nor waits until it has
                    // ended well.
                    word = stopped => if word.is_err() { return; },
                }
                drop(tell);
                running.await.unwrap();
            });
        });
        Self { node, port, origin, stop: Some(stop), thread: Some(thread), _database: database }
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Stops it, with what is under way finished.
    fn halt(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic in there has failed the test already.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.join();
    }
}
