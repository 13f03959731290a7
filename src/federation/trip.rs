//! A browser's way to a provider and back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::crypto::seal::MasterKey;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;

/// A browser's way to a provider and back. None of it is stored but a hash of the state: the nonce and the
/// PKCE verifier follow from the state, the browser and the master key, so they are right in this browser
/// only, and whoever reads the database can finish nothing.
#[derive(Clone, Debug)]
pub struct Trip {
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// Comes back in the answer (RFC 6749 §10.12).
    pub state: Secret<String>,
    /// Comes back in the ID token (OIDC Core §3.1.2.1).
    pub nonce: Secret<String>,
    /// Goes to the token endpoint (RFC 7636 §4.1).
    pub verifier: Secret<String>,
    /// How long ago, in seconds, the person may have signed in there.
    pub max_age: Option<u32>,
}

impl Trip {
    /// The trip of this state in this browser.
    pub fn new(
        master: &MasterKey,
        state: Secret<String>,
        browser: TokenHash,
        redirect_uri: String,
        max_age: Option<u32>,
    ) -> Self {
        let of = [state.expose().as_bytes(), browser.as_bytes()].concat();
        let derived =
            |purpose| Secret::new(URL_SAFE_NO_PAD.encode(master.keyed_hash(purpose, &of)));
        Self {
            redirect_uri,
            nonce: derived("upstream-nonce"),
            verifier: derived("upstream-verifier"),
            state,
            max_age,
        }
    }

    /// The challenge that the verifier answers (RFC 7636 §4.2).
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose()))
    }
}

/// What the provider is told besides.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// Who is probably about to sign in.
    pub login_hint: Option<String>,
    /// `none`, `login`, `consent`, `select_account`.
    pub prompt: Option<String>,
    /// Languages, the preferred one first.
    pub ui_locales: Option<String>,
    /// How strongly the person is to prove who they are, in the provider's words.
    pub acr_values: Option<String>,
}

impl Hints {
    /// Those that are there, by their names (OIDC Core §3.1.2.1).
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("login_hint", &self.login_hint),
            ("prompt", &self.prompt),
            ("ui_locales", &self.ui_locales),
            ("acr_values", &self.acr_values),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

/// What the browser brought back.
#[derive(Clone, Debug, Default)]
pub struct UpstreamAnswer {
    /// `code`
    pub code: Option<Secret<String>>,
    /// `error`
    pub error: Option<String>,
    /// `iss` (RFC 9207).
    pub iss: Option<String>,
    /// `user`: what Apple tells of somebody who comes for the first time.
    pub user: Option<String>,
}

impl UpstreamAnswer {
    /// An answer with this code.
    pub fn of_code(code: &str) -> Self {
        Self { code: Some(Secret::from(code)), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::env::Env;

    #[test]
    fn a_trip_belongs_to_a_state_and_a_browser() {
        let key = MasterKey::generate(&Env::system());
        let trip = |key: &MasterKey, state: &str, browser: &str| {
            let (browser, back) = (TokenHash::of(browser), "https://id.example/x".to_owned());
            let trip = Trip::new(key, Secret::from(state), browser, back, None);
            assert_eq!(trip.verifier.expose().len(), 43);
            (trip.verifier.expose().clone(), trip.nonce.expose().clone())
        };
        let first = trip(&key, "s", "b");
        assert_eq!(first, trip(&key, "s", "b"));
        assert_ne!(first.0, first.1);
        let other = MasterKey::generate(&Env::system());
        for another in [trip(&key, "t", "b"), trip(&key, "s", "c"), trip(&other, "s", "b")] {
            assert!(first.0 != another.0 && first.1 != another.1);
        }
    }
}
