//! A provider that others wrote and OpenID has certified, as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// How we prove ourselves at it.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    Secret(&'a str),
    /// A key set with our public key.
    Keys(&'a str),
}

/// It serves until it is dropped.
pub struct Certified {
    child: Child,
    pub issuer: String,
    /// It may say more, and would fail where nobody takes it.
    _output: BufReader<ChildStdout>,
}

/// What it calls us.
pub const CLIENT_ID: &str = "latchkey-there";

impl Certified {
    /// Starts one that signs with `algorithm` and answers at `redirect_uri`.
    pub fn start(algorithm: &str, redirect_uri: &str, proof: Proof<'_>) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node");
        let mut command = Command::new("node");
        command.arg("oidc-provider.mjs").current_dir(folder).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("CLIENT_ID", CLIENT_ID).env("REDIRECT_URI", redirect_uri);
        command.env("SIGNING_ALG", algorithm);
        match proof {
            Proof::Secret(secret) => {
                command.env("CLIENT_AUTH", "client_secret_basic").env("CLIENT_SECRET", secret)
            }
            Proof::Keys(keys) => {
                command.env("CLIENT_AUTH", "private_key_jwt").env("CLIENT_JWKS", keys)
            }
        };
        // What it complains of belongs to the test's own output.
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node is installed (`./dev test` does that)");
        let mut issuer = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut issuer).unwrap();
        let issuer = issuer.trim_end().to_owned();
        assert!(
            issuer.starts_with("http"),
            "it does not start; `./dev test` installs what it needs"
        );
        Self { child, issuer, _output: output }
    }
}

impl Drop for Certified {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
