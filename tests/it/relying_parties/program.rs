//! What every relying party can be asked to do, in whatever language it is written.

use serde_json::{Value, json};

use super::openidconnect::App;
use super::process::Process;
use crate::support::flow::Client;

/// All that a relying party is told.
pub(super) struct Settings {
    pub(super) issuer: String,
    pub(super) client: Client,
    /// How it is to send its secret; `None` leaves that to the library.
    pub(super) client_auth: Option<&'static str>,
}

/// Starts a relying party.
pub(super) type Start = fn(&Settings) -> Program;

/// A relying party.
///
/// | `do` | takes | gives |
/// |---|---|---|
/// | `authorize` | `scope`, perhaps `response_mode` | `url` to send the browser to |
/// | `callback` | `url` the browser came to, perhaps `form` it posted there, perhaps `attempt`: which of its sign-ins this browser began, from 0; else the last | `tokens`, the ID token's `claims`, `userinfo` |
/// | `refresh` | | `tokens` |
/// | `introspect` | | what is told of its access token |
/// | `revoke` | | nothing; its refresh token is given back |
/// | `client_credentials` | `scope` | `tokens` |
/// | `logout` | `to`, `state` | `url` to send the browser to |
pub(super) enum Program {
    /// A process of its own.
    Process(Process),
    /// The Rust crate, in this process.
    Crate(Box<App>),
}

/// What a library made of a refusal.
#[derive(Debug)]
pub(super) struct Failure {
    /// The OAuth error code, else the library's own code or the error's name.
    pub(super) code: String,
    pub(super) message: String,
}

impl Program {
    /// Has something done; `with` are its parameters.
    pub(super) async fn ask(&mut self, act: &str, with: Value) -> Result<Value, Failure> {
        let answer = match self {
            Self::Process(process) => {
                let mut request = with;
                request["do"] = json!(act);
                process.ask(&request)
            }
            Self::Crate(app) => app.perform(act, &with).await,
        };
        match answer.get("failed") {
            None => Ok(answer),
            Some(failed) => Err(Failure {
                code: failed["code"].as_str().unwrap_or_default().to_owned(),
                message: failed["message"].as_str().unwrap_or_default().to_owned(),
            }),
        }
    }
}
