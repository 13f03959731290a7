use std::sync::LazyLock;

use chrono::TimeDelta;

use super::*;
use crate::crypto::jose::{JoseError, typ, verify};

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
        let mut key = new_key(&env, &master, *state).unwrap();
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

fn refusal(keys: Vec<SigningKey>, master: &MasterKey) -> String {
    Keyring::open(keys, master).unwrap_err().to_string()
}

#[test]
fn each_state_does_what_it_may() {
    let (master, keys) = sample();
    let keyring = Keyring::open(keys.clone(), master).unwrap();
    assert_eq!(keyring.signer().kid(), keys[1].kid);
    for key in &keys {
        assert_eq!(keyring.signer_by_kid(&key.kid).is_some(), key.state.may_sign());
        assert!(keyring.verifier(&key.kid).is_some());
    }
    assert!(keyring.signer_by_kid("other").is_none() && keyring.verifier("other").is_none());

    let token = keyring.signer_by_kid(&keys[2].kid).unwrap();
    let token = token.sign(typ::ACCESS_TOKEN, &json!({"a": 1})).unwrap();
    let claims: Value = verify(&token, typ::ACCESS_TOKEN, |kid| keyring.verifier(kid)).unwrap();
    assert_eq!(claims, json!({"a": 1}));
    let none = verify::<Value>(&token, typ::ACCESS_TOKEN, |_| None);
    assert_eq!(none, Err(JoseError::UnknownKey(keys[2].kid.clone())));
}

#[test]
fn case_129_the_key_set_shows_public_members_of_published_keys() {
    let (master, keys) = sample();
    let key_set = Keyring::open(keys.clone(), master).unwrap().jwks();
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
    let key_set = Keyring::open(keys.clone(), master).unwrap().jwks();
    let other = Keyring::open(reversed, master).unwrap().jwks();
    assert_eq!((&key_set.body, &key_set.etag), (&other.body, &other.etag));
    assert!(key_set.etag.starts_with('"') && key_set.etag.ends_with('"'));
    let fewer = Keyring::open(keys[1..].to_vec(), master).unwrap().jwks();
    assert_ne!(key_set.etag, fewer.etag);
}

#[test]
fn a_rotation_is_taken_over_and_a_bad_one_is_not() {
    let (master, mut keys) = sample();
    let keyring = Keyring::open(keys.clone(), master).unwrap();
    let now = Env::system().now();
    keys[1].retire(now).unwrap();
    assert!(keyring.replace(keys.clone(), master).is_err(), "nothing is active");
    assert_eq!(keyring.signer().kid(), keys[1].kid);
    keys[0].activate(now).unwrap();
    keyring.replace(keys.clone(), master).unwrap();
    assert_eq!(keyring.signer().kid(), keys[0].kid);
    assert!(keyring.signer_by_kid(&keys[1].kid).is_some());
    assert_eq!(kids(&keyring.jwks())[0], keys[0].kid);
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
    assert!(text.contains(&keys[1].kid) && text.contains(other.id()), "{text}");

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
fn a_new_key_begins_where_it_is_told() {
    let (_, keys) = sample();
    assert_eq!((keys[0].activated_at, keys[0].retiring_at, keys[0].gone_at), (None, None, None));
    assert!(keys[1].activated_at.is_some() && keys[1].retiring_at.is_none());
    assert_eq!(keys[0].kid, keys[0].public_jwk["kid"]);
}
