//! A database per test, cloned from a template in one throwaway cluster.
//!
//! The cluster lives in memory where that is possible and stays there from run to run, so that only
//! the first run creates it and only a changed schema builds a template.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::storage::private_postgres::{self, Attached, Durability, Settings};

/// What a cluster with its databases may need.
const ROOM: u64 = 512 << 20;
/// How many templates of other schemas stay, for whoever goes back and forth between two.
const OLD_TEMPLATES: usize = 3;
/// How long a closed connection may take until the server has let it go.
const PATIENCE: Duration = Duration::from_secs(5);

/// A test's own database. It goes when this is dropped.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    name: String,
    /// Its address, where it is on a server of the test's own.
    elsewhere: Option<String>,
}

impl TestDatabase {
    /// A database on a server of the test's own, with which it goes.
    pub(crate) fn elsewhere(url: String) -> Self {
        Self { name: String::new(), elsewhere: Some(url) }
    }

    /// Its address, for `DATABASE_URL`.
    pub(crate) fn url(&self) -> String {
        self.elsewhere.clone().unwrap_or_else(|| cluster().url(&self.name))
    }

    /// Whether it takes connections. Those that are there when it takes none any more are ended.
    pub(crate) fn allow_connections(&self, allowed: bool) {
        let (mut admin, name) = (administer(), &self.name);
        execute(&mut admin, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")).unwrap();
        if !allowed {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
            execute(&mut admin, &format!("{end} '{name}'")).unwrap();
            wait_until_unused(&mut admin, name);
        }
    }
}

/// A fresh database. It is a copy of a template that `build`, given the template's address, fills;
/// that happens once per `digest`, so the digest is to change with what `build` does.
pub(crate) fn database(digest: &str, build: impl Fn(&str)) -> TestDatabase {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("t_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut admin = administer();
    execute(&mut admin, &format!("DROP DATABASE IF EXISTS {name}")).unwrap();
    // Before version 15 there was no other strategy, and no word for it.
    let version = number(&mut admin, "SELECT current_setting('server_version_num')::bigint AS n");
    let strategy = if version >= 150_000 { "STRATEGY FILE_COPY" } else { "" };
    let mut attempts = 0;
    loop {
        let template = template(digest, &build);
        match execute(&mut admin, &format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}"))
        {
            Ok(()) => return TestDatabase { name, elsewhere: None },
            // A run with another schema may have swept the template away in between.
            Err(error) if attempts >= 3 => panic!("cannot copy {template}: {error}"),
            Err(_) => attempts += 1,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.elsewhere.is_some() {
            return;
        }
        let mut admin = administer();
        // DROP DATABASE naps for 100 ms when it meets a connection that is still closing.
        wait_until_unused(&mut admin, &self.name);
        let dropped = execute(&mut admin, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        if !std::thread::panicking() {
            dropped.unwrap();
        }
    }
}

/// The cluster of this run.
pub(crate) fn cluster() -> &'static Attached {
    static CLUSTER: OnceLock<Attached> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let attached = private_postgres::attach(&Settings {
            data_dir: scratch().join("cluster"),
            durability: Durability::Throwaway,
            supervisor: env!("CARGO_BIN_EXE_latchkey").into(),
        })
        .unwrap();
        sweep(&mut connect(&attached.url("postgres")));
        attached
    })
}

/// A directory for this checkout's test data: in memory when there is room, else in `target`.
pub(crate) fn scratch() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let roomy = rustix::fs::statvfs(&memory)
        .is_ok_and(|room| room.f_bavail.saturating_mul(room.f_frsize) >= ROOM);
    if !roomy {
        return PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    }
    // Short, because a socket's path must be; a name per checkout and user.
    let checkout =
        env!("CARGO_MANIFEST_DIR").bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
    let user = rustix::process::geteuid().as_raw();
    let directory = memory.join(format!("latchkey-tests-{user}-{checkout:016x}"));
    std::fs::create_dir_all(&directory).unwrap();
    // A cluster of root's runs as another user, who must get there whatever the umask.
    std::fs::set_permissions(&directory, Permissions::from_mode(0o711)).unwrap();
    directory
}

/// The name of the template for `digest`, built unless it is there.
fn template(digest: &str, build: &impl Fn(&str)) -> String {
    assert!(digest.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{digest:?} names a database");
    let name = format!("template_{}", &digest.to_ascii_lowercase()[..digest.len().min(40)]);
    let mut admin = administer();
    if exists(&mut admin, &name) {
        return name;
    }
    // The lock's transaction is on a connection of its own: CREATE DATABASE must be outside of any.
    let mut guard = administer();
    guard
        .transaction(|guard| {
            execute(guard, "SELECT pg_advisory_xact_lock(7236548)")?;
            if exists(&mut admin, &name) {
                return Ok(());
            }
            let others = names(&mut admin, "datname LIKE 'template\\_%' ORDER BY oid DESC");
            for old in others.iter().skip(OLD_TEMPLATES) {
                // One that is being copied at this moment stays for the next time.
                let _ = execute(&mut admin, &format!("DROP DATABASE {old}"));
            }
            execute(&mut admin, "DROP DATABASE IF EXISTS building WITH (FORCE)")?;
            execute(&mut admin, "CREATE DATABASE building")?;
            build(&cluster().url("building"));
            wait_until_unused(&mut admin, "building");
            execute(&mut admin, &format!("ALTER DATABASE building RENAME TO {name}"))
        })
        .unwrap();
    name
}

/// Drops the databases that killed runs left behind.
fn sweep(admin: &mut PgConnection) {
    for name in names(admin, "datname LIKE 't\\_%'") {
        let owner = name.split('_').nth(1).and_then(|pid| pid.parse().ok());
        let gone = owner.and_then(rustix::process::Pid::from_raw).is_none_or(|pid| {
            rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
        });
        if gone {
            // Another run may be sweeping too.
            let _ = execute(admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn wait_until_unused(admin: &mut PgConnection, database: &str) {
    let count = format!("SELECT count(*) AS n FROM pg_stat_activity WHERE datname = '{database}'");
    let deadline = Instant::now() + PATIENCE;
    while number(admin, &count) > 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn administer() -> PgConnection {
    connect(&cluster().url("postgres"))
}

fn connect(url: &str) -> PgConnection {
    let mut connection = PgConnection::establish(url).unwrap();
    execute(&mut connection, "SET client_min_messages = warning").unwrap();
    connection
}

fn execute(connection: &mut PgConnection, statement: &str) -> diesel::QueryResult<()> {
    sql_query(statement).execute(connection).map(drop)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn number(connection: &mut PgConnection, query: &str) -> i64 {
    sql_query(query).get_result::<Number>(connection).unwrap().n
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    datname: String,
}

fn names(connection: &mut PgConnection, condition: &str) -> Vec<String> {
    let query = format!("SELECT datname::text AS datname FROM pg_database WHERE {condition}");
    let rows: Vec<Name> = sql_query(query).load(connection).unwrap();
    rows.into_iter().map(|row| row.datname).collect()
}

fn exists(connection: &mut PgConnection, name: &str) -> bool {
    !names(connection, &format!("datname = '{name}'")).is_empty()
}
