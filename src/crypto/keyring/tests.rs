use std::sync::LazyLock;

use chrono::TimeDelta;

use super::*;
use crate::crypto::jose::{JoseError, typ, verify};
use serde_json::json;

struct Sample {
    master: MasterKey,
    /// One key in each state, the newest first.
    keys: Vec<SigningKey>,
}

/// Making RSA keys takes long, so the tests share a few.
static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let env = Env::system();
    let master = MasterKey::generate(&env);
    let states = [KeyState::Next, KeyState::Active, KeyState::Retiring, KeyState::Gone];
    let made = states.iter().zip(1..).map(|(state, age)| {
        let mut key = Spare::make().unwrap().seal(&env, &master);
        key.state = *state;
        key.created_at -= TimeDelta::days(age);
        key
    });
    let keys = made.collect();
    Sample { master, keys }
});

fn sample() -> (&'static MasterKey, Vec<SigningKey>) {
    (&SAMPLE.master, SAMPLE.keys.clone())
}

fn kids(key_set: &KeySet) -> Vec<String> {
    let document: Value = serde_json::from_slice(&key_set.body).unwrap();
    let keys = document["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn now() -> DateTime<Utc> {
    Env::system().now()
}

fn open(keys: Vec<SigningKey>, master: &MasterKey) -> Result<Keyring, KeyringError> {
    Keyring::open(keys, master.clone().into(), now())
}

fn refusal(keys: Vec<SigningKey>, master: &MasterKey) -> String {
    open(keys, master).unwrap_err().to_string()
}

#[test]
fn each_state_does_what_it_may() {
    let (master, keys) = sample();
    let keyring = open(keys.clone(), master).unwrap();
    assert_eq!(keyring.signer(now()).kid(), keys[1].kid);
    for key in &keys {
        assert_eq!(keyring.signer_by_kid(&key.kid).is_some(), key.state.is_published());
    }
    assert!(keyring.signer_by_kid("other").is_none());

    let token = keyring.signer_by_kid(&keys[2].kid).unwrap();
    let token = token.sign(typ::ACCESS_TOKEN, &json!({"a": 1})).unwrap();
    let claims: Value = keyring.verify(&token, typ::ACCESS_TOKEN).unwrap();
    assert_eq!(claims, json!({"a": 1}));
    let none = verify::<Value>(&token, typ::ACCESS_TOKEN, |_| None);
    assert_eq!(none, Err(JoseError::UnknownKey(keys[2].kid.clone())));
}

#[test]
fn a_token_that_was_good_before_is_no_other_and_no_better_than_its_key() {
    let (master, mut keys) = sample();
    let keyring = open(keys.clone(), master).unwrap();
    let key = keyring.signer_by_kid(&keys[2].kid).unwrap();
    let token = key.sign(typ::ACCESS_TOKEN, &json!({"a": 1})).unwrap();
    let verify = |token: &str, typ| keyring.verify::<Value>(token, typ);
    for _ in 0..2 {
        assert_eq!(verify(&token, typ::ACCESS_TOKEN), Ok(json!({"a": 1})));
        assert!(matches!(verify(&token, typ::REFRESH_TOKEN), Err(JoseError::Type { .. })));
        let (unsigned, signature) = token.rsplit_once('.').unwrap();
        let other = key.sign(typ::ACCESS_TOKEN, &json!({"a": 2})).unwrap();
        let forged = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
        assert!(matches!(verify(&forged, typ::ACCESS_TOKEN), Err(JoseError::Signature(_))));
        assert_eq!(verify(unsigned, typ::ACCESS_TOKEN), Err(JoseError::Segments));
    }

    keys[2].state = KeyState::Gone;
    keys[2].revoked_at = Some(now());
    keyring.replace(keys.clone(), now()).unwrap();
    let unknown = Err(JoseError::UnknownKey(keys[2].kid.clone()));
    assert_eq!(verify(&token, typ::ACCESS_TOKEN), unknown);
}

#[test]
fn case_129_the_key_set_shows_public_members_of_published_keys() {
    let (master, keys) = sample();
    let key_set = open(keys.clone(), master).unwrap().jwks(now());
    let expected = [&keys[1].kid, &keys[0].kid, &keys[2].kid];
    assert_eq!(kids(&key_set), expected.map(Clone::clone), "active, next, retiring; gone is not");

    let document: Value = serde_json::from_slice(&key_set.body).unwrap();
    for key in document["keys"].as_array().unwrap() {
        let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(
            (&key["kty"], &key["use"], &key["alg"]),
            (&json!("RSA"), &json!("sig"), &json!("RS256"))
        );
        // 2048 bits are 342 letters of base64url.
        assert_eq!(key["n"].as_str().unwrap().len(), 342);
    }
}

#[test]
fn the_key_set_is_the_same_on_every_node() {
    let (master, keys) = sample();
    let mut reversed = keys.clone();
    reversed.reverse();
    let key_set = open(keys.clone(), master).unwrap().jwks(now());
    let other = open(reversed, master).unwrap().jwks(now());
    assert_eq!((&key_set.body, &key_set.etag), (&other.body, &other.etag));
    assert!(key_set.etag.starts_with('"') && key_set.etag.ends_with('"'));
    let fewer = open(keys[1..].to_vec(), master).unwrap().jwks(now());
    assert_ne!(key_set.etag, fewer.etag);
}

#[test]
fn a_rotation_is_taken_over_and_a_bad_one_is_not() {
    let (master, mut keys) = sample();
    let keyring = open(keys.clone(), master).unwrap();
    keys[1].state = KeyState::Retiring;
    assert!(keyring.replace(keys.clone(), now()).is_err(), "nothing is active");
    assert_eq!(keyring.signer(now()).kid(), keys[1].kid);
    keys[0].state = KeyState::Active;
    keyring.replace(keys.clone(), now()).unwrap();
    assert_eq!(keyring.signer(now()).kid(), keys[0].kid);
    assert!(keyring.signer_by_kid(&keys[1].kid).is_some());
    assert_eq!(kids(&keyring.jwks(now()))[0], keys[0].kid);
}

#[test]
fn f22_the_change_over_needs_no_word_but_the_clock() {
    let (master, mut keys) = sample();
    let at = now() + TimeDelta::days(1);
    keys[0].activates_at = Some(at);
    let keyring = open(keys.clone(), master).unwrap();
    let before = at - TimeDelta::microseconds(1);
    for (moment, first, second) in [(before, 1, 0), (at, 0, 1)] {
        assert_eq!(keyring.signer(moment).kid(), keys[first].kid);
        let expected = [keys[first].kid.clone(), keys[second].kid.clone()];
        assert_eq!(kids(&keyring.jwks(moment))[..2], expected);
    }
    assert_ne!(keyring.jwks(before).etag, keyring.jwks(at).etag);
}

#[test]
fn a_revoked_key_is_nowhere() {
    let (master, mut keys) = sample();
    for index in [0, 2, 3] {
        keys[index].state = KeyState::Gone;
        keys[index].revoked_at = Some(now());
        keys[index].sealed.ciphertext.clear();
    }
    let keyring = open(keys.clone(), master).unwrap();
    for key in [&keys[0], &keys[2], &keys[3]] {
        assert!(keyring.signer_by_kid(&key.kid).is_none());
    }
    assert_eq!(kids(&keyring.jwks(now())), [keys[1].kid.clone()]);
}

#[test]
fn what_was_read_first_never_replaces_what_was_read_later() {
    let (master, keys) = sample();
    let read_at = now();
    let keyring = Keyring::open(keys.clone(), master.clone().into(), read_at).unwrap();
    let at = |seconds| read_at + TimeDelta::seconds(seconds);
    keyring.replace(keys[..2].to_vec(), at(2)).unwrap();
    keyring.replace(keys.clone(), at(1)).unwrap();
    assert_eq!(keyring.chain().keys(), &keys[..2]);
    // But what comes from before a clock was turned back is no obstacle for ever.
    keyring.replace(keys.clone(), at(-60)).unwrap();
    assert_eq!(keyring.chain().keys(), keys);
    assert!(!keyring.is_stale(at(-45)) && keyring.is_stale(at(-44)) && keyring.is_stale(at(-76)));
    // Nothing but the time changed.
    keyring.replace(keys, at(0)).unwrap();
    assert_eq!(keyring.age(at(3)), TimeDelta::seconds(3));
}

#[test]
fn either_master_key_of_a_change_will_do() {
    let env = Env::system();
    let (old, mut keys) = sample();
    let ring = MasterRing::new(MasterKey::generate(&env), Some(old.clone()));
    keys[0].sealed = reseal(&keys[0], &env, &ring).unwrap();
    assert_eq!(keys[0].sealed.key_id, ring.current().id());
    Keyring::open(keys.clone(), ring.clone(), now()).unwrap();
    let text = refusal(keys, old);
    assert!(text.contains(ring.current().id()) && text.contains(old.id()), "{text}");
}

#[test]
fn f23_without_an_active_key_there_is_no_keyring() {
    let (master, mut keys) = sample();
    assert!(refusal(Vec::new(), master).contains("keys init"));
    keys.remove(1);
    assert!(refusal(keys.clone(), master).contains("no signing key is active"));
    keys[0].state = KeyState::Active;
    keys[1].state = KeyState::Active;
    let text = refusal(keys.clone(), master);
    assert!(text.contains(&keys[0].kid) && text.contains(&keys[1].kid), "{text}");
}

#[test]
fn f23_a_key_that_does_not_open_is_named() {
    let (master, keys) = sample();
    let other = MasterKey::generate(&Env::system());
    let text = refusal(keys.clone(), &other);
    assert!(text.contains(&keys[0].kid) && text.contains(other.id()), "{text}");

    for index in 0..3 {
        let mut broken = keys.clone();
        broken[index].sealed.ciphertext[0] ^= 1;
        let text = refusal(broken, master);
        assert!(text.contains(&keys[index].kid) && text.contains("backup"), "{text}");
    }
}

#[test]
fn what_would_be_published_is_checked() {
    let (master, keys) = sample();
    let tampered: [fn(&mut SigningKey, &SigningKey); 4] = [
        |key, other| key.public_jwk = other.public_jwk.clone(),
        |key, other| key.public_jwk["n"] = other.public_jwk["n"].clone(),
        |key, _| key.public_jwk["d"] = json!("AQAB"),
        |key, _| key.public_jwk = Value::Null,
    ];
    for (number, tamper) in tampered.iter().enumerate() {
        let mut broken = keys.clone();
        tamper(&mut broken[1], &keys[0]);
        let text = refusal(broken, master);
        assert!(text.contains(&keys[1].kid) && text.contains("unusable"), "{number}: {text}");
    }
}

#[test]
fn a_new_key_is_the_next_one() {
    let (_, keys) = sample();
    assert_eq!(keys[0].state, KeyState::Next);
    assert_eq!((keys[0].activates_at, keys[0].activated_at, keys[0].gone_at), (None, None, None));
    assert_eq!(keys[0].kid, keys[0].public_jwk["kid"]);
}
