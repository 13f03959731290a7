//! An installation of the real program: a directory, a database, and commands run in them.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::kernel::rng::Rng as _;
use latchkey::kernel::secret::Secret;
use latchkey::storage::migrate;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::clock::TestRng;
use crate::support::cluster::{TestDatabase, database, scratch};

/// The program under test.
pub(crate) const LATCHKEY: &str = env!("CARGO_BIN_EXE_latchkey");

/// Where an installation keeps its data.
enum Data {
    /// In a database of the tests' cluster.
    Shared(TestDatabase),
    /// In a private cluster of its own.
    Private,
}

/// A directory with what a command finds there.
pub(crate) struct Installation {
    directory: TempDir,
    data: Data,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Installation {
    /// With an empty database.
    pub(crate) fn empty() -> Self {
        Self::with(Data::Shared(database("empty", |_| ())))
    }

    /// With a migrated database, and no keys.
    pub(crate) fn migrated() -> Self {
        let migrate = |url: &str| {
            migrate::run(&Secret::from(url)).unwrap();
        };
        Self::with(Data::Shared(database(&migrate::digest(), migrate)))
    }

    /// With a migrated database and keys, which are the same for all who ask for this: making them
    /// takes longer than most of what is done with them.
    pub(crate) fn ready() -> Self {
        let make_keys = |url: &str| {
            migrate::run(&Secret::from(url)).unwrap();
            let first = Self::with(Data::Shared(TestDatabase::elsewhere(url.to_owned())));
            first.keep_master_key();
            first.run(&["keys", "init"]).ok();
        };
        let digest = format!("c1{}", migrate::digest());
        let installation = Self::with(Data::Shared(database(&digest, make_keys)));
        installation.keep_master_key();
        installation
    }

    /// With a migrated database, and keys of its own.
    pub(crate) fn with_own_keys() -> Self {
        let installation = Self::migrated();
        installation.run(&["keys", "init"]).ok();
        installation
    }

    /// Puts the master key that [`Installation::ready`] is sealed with into its place.
    fn keep_master_key(&self) {
        DirBuilder::new().mode(0o700).create(self.path().join("keys")).unwrap();
        let mut file = File::options();
        let file = file.write(true).create_new(true).mode(0o600).open(self.master_key());
        // The same in every run, because the template's keys are sealed with it.
        let mut bytes = [0; 32];
        TestRng::new(2).fill(&mut bytes);
        writeln!(file.unwrap(), "{}", STANDARD.encode(bytes)).unwrap();
    }

    /// With nothing: the first command starts a private cluster.
    pub(crate) fn private() -> Self {
        Self::with(Data::Private)
    }

    fn with(data: Data) -> Self {
        let directory = tempfile::Builder::new().prefix("cli ").tempdir_in(scratch()).unwrap();
        Self { directory, data }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn master_key(&self) -> PathBuf {
        self.path().join("keys/master.key")
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.path().join(name), content).unwrap();
    }

    /// The address of the database, for what the commands do not do.
    pub(crate) fn url(&self) -> String {
        match &self.data {
            Data::Shared(database) => database.url(),
            Data::Private => panic!("a private cluster lives with its commands only"),
        }
    }

    pub(crate) fn execute(&self, statement: &str) {
        let mut connection = PgConnection::establish(&self.url()).unwrap();
        sql_query(statement).execute(&mut connection).unwrap();
    }

    /// How many entries of the audit trail meet the condition.
    pub(crate) fn audited(&self, condition: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let query = format!("SELECT count(*) AS n FROM audit_events WHERE {condition}");
        let mut connection = PgConnection::establish(&self.url()).unwrap();
        sql_query(query).get_result::<Count>(&mut connection).unwrap().n
    }

    /// A command in the installation's directory, with nothing of this process's environment that
    /// could set something.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(LATCHKEY);
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).env_clear();
        for name in ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "XDG_RUNTIME_DIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // The real cost of hashing is not what is tested here.
        command.env("LATCHKEY_HASHING__MEMORY_KIB", "8").env("LATCHKEY_HASHING__ITERATIONS", "1");
        if let Data::Shared(database) = &self.data {
            command.env("DATABASE_URL", database.url());
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// The result of a command that is to succeed, as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--json"]].concat()).ok();
        serde_json::from_str(&ended.out).unwrap()
    }

    /// Runs a command that reads `input`.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Runs a command whose standard output is a terminal.
    pub(crate) fn run_on_terminal(&self, arguments: &[&str]) -> Ended {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = OsString::from_vec(ptsname(&ours, Vec::new()).unwrap().into_bytes());
        let theirs = File::options().read(true).write(true).open(name).unwrap();
        let mut command = self.command(arguments);
        command.stdout(theirs).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // Ours no more, so that reading ends when the command does.
        drop(command);
        let mut out = Vec::new();
        let mut terminal = File::from(ours);
        let mut buffer = [0; 1024];
        // A terminal without anybody at its other end is an error on Linux, and no error elsewhere.
        while let Ok(count @ 1..) = terminal.read(&mut buffer) {
            out.extend_from_slice(&buffer[..count]);
        }
        let ended = Ended::from(child.wait_with_output().unwrap());
        Ended { out: String::from_utf8(out).unwrap(), ..ended }
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// It succeeded, with nothing to complain about.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.err);
        self
    }

    /// It was refused with this code, and says this.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in: {}", self.err);
        }
        self
    }
}
