//! Keycloak: a credential of an exported realm, either as it is, with `credentialData` and `secretData`
//! (each JSON in a text), or flat: `{"algorithm", "hashIterations", "salt", "value"}`.

use serde_json::{Map, Value};

use super::{NotImported, base64, number, phc, text};
use crate::crypto::strict_json;

/// What the algorithms are called here. Keycloak's first one has no digest in its name.
const PBKDF2: [(&str, &str); 4] = [
    ("pbkdf2", "pbkdf2-sha1"),
    ("pbkdf2-sha1", "pbkdf2-sha1"),
    ("pbkdf2-sha256", "pbkdf2-sha256"),
    ("pbkdf2-sha512", "pbkdf2-sha512"),
];

pub(super) fn read(members: &Map<String, Value>) -> Result<String, NotImported> {
    if !members.contains_key("credentialData") {
        return flat(members);
    }
    if members.get("type").is_some_and(|kind| kind != "password") {
        return Err(NotImported::Unknown);
    }
    let mut all = nested(text(members, "credentialData")?)?;
    for (name, value) in nested(text(members, "secretData")?)? {
        // Both have `additionalParameters`; those of the algorithm are in the first.
        all.entry(name).or_insert(value);
    }
    flat(&all)
}

fn nested(text: &str) -> Result<Map<String, Value>, NotImported> {
    strict_json::parse_object(text.as_bytes()).map_err(|_| NotImported::Malformed)
}

fn flat(members: &Map<String, Value>) -> Result<String, NotImported> {
    let algorithm = text(members, "algorithm").map_err(|_| NotImported::Unknown)?;
    let hash = text(members, "value").or_else(|_| text(members, "hashedSaltedValue"))?;
    let (salt, hash) = (base64(text(members, "salt")?)?, base64(hash)?);
    let iterations = number(members, "hashIterations")?;
    if let Some((_, name)) = PBKDF2.into_iter().find(|(theirs, _)| *theirs == algorithm) {
        return phc(name, None, &[("i", iterations)], &salt, &hash);
    }
    if algorithm != "argon2" {
        return Err(NotImported::Unknown);
    }
    let more = members.get("additionalParameters").and_then(Value::as_object);
    let more = more.ok_or(NotImported::Malformed)?;
    let version = match parameter(more, "version") {
        Ok("1.0") => 0x10,
        Ok("1.3") | Err(_) => 0x13,
        Ok(_) => return Err(NotImported::Malformed),
    };
    let algorithm = match parameter(more, "type") {
        Ok("id") | Err(_) => "argon2id",
        Ok("i") => "argon2i",
        Ok("d") => "argon2d",
        Ok(_) => return Err(NotImported::Malformed),
    };
    let count = |name| parameter(more, name)?.parse().map_err(|_| NotImported::Malformed);
    let params = [("m", count("memory")?), ("t", iterations), ("p", count("parallelism")?)];
    phc(algorithm, Some(version), &params, &salt, &hash)
}

/// One of the additional parameters, which are lists of one text each.
fn parameter<'a>(more: &'a Map<String, Value>, name: &str) -> Result<&'a str, NotImported> {
    let found = more.get(name).ok_or(NotImported::Malformed)?;
    let one = found.as_array().and_then(|list| list.first()).unwrap_or(found);
    one.as_str().ok_or(NotImported::Malformed)
}
