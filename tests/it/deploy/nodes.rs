//! Two nodes as processes, configured by the shipped `deploy/latchkey.toml`.

use std::fs::File;
use std::time::{Duration, Instant};

use crate::cli::installation::Installation;
use crate::cli::servers::Server;
use crate::support::flow::Client;
use crate::support::foreign::{Port, shipped};
use crate::support::people::PASSWORD;

/// The host that the shipped files name.
pub(super) const HOST: &str = "id.example.com";
/// The issuer that they name.
pub(super) const ISSUER: &str = "https://id.example.com";

const PATIENCE: Duration = Duration::from_secs(60);
const REDIRECT_URI: &str = "https://app.example/cb";

/// Two nodes on one database.
pub(super) struct Nodes {
    servers: [Option<Server>; 2],
    pub(super) ports: [Port; 2],
    pub(super) client: Client,
    pub(super) installation: Installation,
}

impl Nodes {
    /// Starts them for so many people.
    pub(super) fn start(people: usize) -> Self {
        let nodes = Self::prepare(people);
        let url = nodes.installation.url();
        nodes.serving(&url, &[])
    }

    /// An installation with people and a client, and no server yet.
    pub(super) fn prepare(people: usize) -> Self {
        let installation = Installation::ready();
        for number in 0..people {
            let add = ["user", "add", &person(number), "--password-stdin"];
            installation.run_with(&add, &format!("{PASSWORD}\n")).ok();
        }
        let add = ["client", "add", "notes", "--redirect-uri", REDIRECT_URI, "--scope", "openid"];
        let added = installation.json(&[&add[..], &["--scope", "offline_access"]].concat());
        let client = Client {
            id: "notes".to_owned(),
            secret: Some(added["client_secret"].as_str().unwrap().to_owned()),
            redirect_uri: REDIRECT_URI.to_owned(),
        };
        let ports = [Port::reserve(), Port::reserve()];
        Self { installation, servers: [None, None], ports, client }
    }

    /// Starts both on the database at `url`; `changes` are made to the shipped file.
    pub(super) fn serving(mut self, url: &str, changes: &[(&str, &str)]) -> Self {
        self.installation.write("database-url", &format!("{url}\n"));
        for node in 0..2 {
            let bind = self.ports[node].address().to_string();
            let here = [
                ("10.0.0.11:8080", bind.as_str()),
                ("10.0.0.10", "127.0.0.1"),
                ("/etc/latchkey/database-url", "database-url"),
                ("/etc/latchkey/master.key", "keys/master.key"),
            ];
            let file = shipped("latchkey.toml", &[&here[..], changes].concat());
            self.installation.write(&format!("node-{node}.toml"), &file);
            self.launch(node);
        }
        for node in 0..2 {
            self.wait_until_ready(node);
        }
        self
    }

    /// Starts a node, as a service manager would.
    pub(super) fn launch(&mut self, node: usize) {
        let file = format!("node-{node}.toml");
        let mut command = self.installation.command(&["serve", "--config", &file]);
        for unwanted in
            ["LATCHKEY_HASHING__MEMORY_KIB", "LATCHKEY_HASHING__ITERATIONS", "DATABASE_URL"]
        {
            command.env_remove(unwanted);
        }
        // All the people of a test share one address.
        command.env("LATCHKEY_LIMITS__ENABLED", "false");
        let log = self.installation.path().join(format!("node-{node}.log"));
        let log = File::options().create(true).append(true).open(log).unwrap();
        self.servers[node] = Some(Server::start_logging_to(command, log));
    }

    /// Tells a node to stop, as a service manager does, and waits until it has ended well.
    pub(super) fn stop(&mut self, node: usize) {
        let ended = self.servers[node].take().expect("it runs").terminate();
        assert_eq!(ended.code, 0, "{}", self.log(node));
    }

    /// Waits until a node says that it is ready, which is asked as containers ask.
    pub(super) fn wait_until_ready(&self, node: usize) {
        let file = format!("node-{node}.toml");
        let deadline = Instant::now() + PATIENCE;
        let ask = || {
            let mut command = self.installation.command(&["healthcheck", "--config", &file]);
            command.env_remove("DATABASE_URL").output().unwrap()
        };
        while !ask().status.success() {
            assert!(Instant::now() < deadline, "it does not become ready:\n{}", self.log(node));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a node has logged.
    pub(super) fn log(&self, node: usize) -> String {
        let log = self.installation.path().join(format!("node-{node}.log"));
        std::fs::read_to_string(log).unwrap()
    }
}

/// The address of somebody.
pub(super) fn person(number: usize) -> String {
    format!("person-{number}@example.com")
}
