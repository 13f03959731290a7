//! `crypto::strict_json`: the header and the claims of a token.

use latchkey::crypto::strict_json::{StrictJsonError, parse_object};
use serde_json::Value;

pub fn check(data: &[u8]) {
    let usual: Option<Value> = serde_json::from_slice(data).ok();
    match parse_object(data) {
        Ok(members) => {
            let ours = Value::Object(members);
            assert_eq!(usual.as_ref(), Some(&ours), "another parser reads something else");
            assert_eq!(members_in(&ours), colons(data), "a member was dropped");
            // A fraction may lose its last digit on the way.
            if !has_fraction(&ours) {
                let again = serde_json::to_vec(&ours).unwrap();
                assert_eq!(parse_object(&again).map(Value::Object), Ok(ours), "not the way back");
            }
        }
        Err(StrictJsonError::NotAnObject) => assert!(!usual.unwrap().is_object()),
        // Either nobody can read it, or it repeats a member.
        Err(StrictJsonError::Syntax) => {
            assert!(usual.is_none_or(|value| members_in(&value) < colons(data)));
        }
    }
}

fn members_in(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.len() + members.values().map(members_in).sum::<usize>(),
        Value::Array(items) => items.iter().map(members_in).sum(),
        _ => 0,
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(has_fraction),
        Value::Array(items) => items.iter().any(has_fraction),
        value => value.is_f64(),
    }
}

/// How many colons stand outside of strings: as many as there are members.
fn colons(json: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b':' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}
