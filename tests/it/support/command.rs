//! The commands of an operator, as the real program runs them on the database of a server in this process.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey::config::MasterKeySource;

use super::app::TestApp;
use crate::cli::installation::{Ended, LATCHKEY};

impl TestApp {
    /// A command, which finds the database and the master key and nothing else in its environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let MasterKeySource::Given(key) = self.config_with(|_| {}).keys.master_key else {
            panic!("the tests give the key")
        };
        let mut command = Command::new(LATCHKEY);
        command.args(arguments).env_clear();
        command.env("DATABASE_URL", self.database_url());
        command.env("LATCHKEY_KEYS__MASTER_KEY", STANDARD.encode(key.expose()));
        command
    }

    /// Runs a command that reads `input`.
    pub fn run(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // One that wants nothing may have ended.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    /// `latchkey provider add oidc`, and lets the node see it. `more` are further flags.
    pub async fn add_by_command(
        &self,
        slug: &str,
        issuer: &str,
        client_id: &str,
        secret: &str,
        more: &[&str],
    ) -> Ended {
        let add = ["provider", "add", "oidc", "--slug", slug, "--label", "Elsewhere"];
        let at = ["--issuer", issuer, "--client-id", client_id];
        let ended = self.run(&[&add[..], &at, more].concat(), &format!("{secret}\n"));
        self.refresh().await;
        ended
    }
}
