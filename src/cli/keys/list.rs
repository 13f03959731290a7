//! `latchkey keys list`.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::chain;
use crate::cli::Context;
use crate::cli::database::Open;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::domain::signing_key::schedule::{KeyChain, Timing};
use crate::domain::signing_key::{KeyState, SigningKey};

pub(super) fn run(context: &Context, open: &Open) -> Result<(), Failure> {
    let (chain, timing) = chain(open)?;
    let now = open.env.now();
    let value: Vec<_> = chain.keys().iter().map(|key| json(&chain, key, &timing, now)).collect();
    context.output.show(&json!({ "keys": value }), || {
        if chain.keys().is_empty() {
            return "There is no signing key. Make one with `latchkey keys init`.".to_owned();
        }
        let rows: Vec<_> = chain.keys().iter().map(|key| row(&chain, key, &timing, now)).collect();
        output::table(&["kid", "algorithm", "state", "published", "signs since", "then"], &rows)
    })
}

fn json(chain: &KeyChain, key: &SigningKey, timing: &Timing, now: DateTime<Utc>) -> Value {
    let ahead = chain.ahead(key, timing, now);
    json!({
        "kid": key.kid,
        "algorithm": key.algorithm.as_str(),
        "state": chain.state_at(key, now).as_str(),
        "created_at": key.created_at,
        "activates_at": key.activates_at,
        "activated_at": key.activated_at,
        "retiring_at": key.retiring_at,
        "gone_at": key.gone_at,
        "revoked_at": key.revoked_at,
        "then": ahead.map(|(state, at)| json!({
            "state": state.map(KeyState::as_str),
            "at": at,
        })),
        "master_key_id": key.sealed.key_id,
    })
}

fn row(chain: &KeyChain, key: &SigningKey, timing: &Timing, now: DateTime<Utc>) -> Vec<String> {
    let state = chain.state_at(key, now);
    let signs_since = match state {
        KeyState::Next => None,
        KeyState::Active | KeyState::Retiring | KeyState::Gone => {
            key.activated_at.or(key.activates_at.filter(|_| key.gone_at.is_none()))
        }
    };
    vec![
        key.kid.clone(),
        key.algorithm.to_string(),
        if key.revoked_at.is_some() { "revoked".to_owned() } else { state.to_string() },
        output::time(Some(key.created_at)),
        output::time(signs_since),
        match chain.ahead(key, timing, now) {
            Some((Some(KeyState::Active), at)) => format!("signs from {}", time(at)),
            Some((Some(KeyState::Retiring), at)) => format!("signs until {}", time(at)),
            Some((Some(KeyState::Gone), at)) => format!("is published until {}", time(at)),
            Some((None, at)) if key.revoked_at.is_some() => {
                format!("is remembered until {}", time(at))
            }
            Some((None, at)) => format!("verifies refresh tokens until {}", time(at)),
            Some((Some(KeyState::Next), _)) | None => "signs until there is a next key".to_owned(),
        },
    ]
}

fn time(at: DateTime<Utc>) -> String {
    output::time(Some(at))
}
