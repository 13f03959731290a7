//! JSON in which a member name occurs once.
//!
//! RFC 7515 §4 lets a parser refuse a repeated member or take the last one. Two parsers that
//! disagree on it can be made to see two different tokens, so Latchkey refuses.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StrictJsonError {
    /// Not JSON, or nested more than 128 levels deep.
    #[error("it is not JSON, or an object in it repeats a member")]
    Syntax,
    /// JSON, but not an object.
    #[error("it is not a JSON object")]
    NotAnObject,
}

/// Parses `bytes` as one JSON object, refusing repeated members at every depth, trailing bytes
/// and anything that is no object.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, StrictJsonError> {
    match serde_json::from_slice(bytes) {
        Ok(Strict(Value::Object(members))) => Ok(members),
        Ok(_) => Err(StrictJsonError::NotAnObject),
        Err(_) => Err(StrictJsonError::Syntax),
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated members")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Strict(value))) = access.next_entry::<String, Strict>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("repeated member"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_repeated_member_is_refused_at_every_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
            // The same name written differently.
            r#"{"a":1,"\u0061":2}"#,
        ] {
            assert_eq!(parse_object(text.as_bytes()), Err(StrictJsonError::Syntax), "{text}");
        }
    }

    #[test]
    fn only_one_object_is_taken() {
        for text in ["[]", "1", "null", "\"a\""] {
            assert_eq!(parse_object(text.as_bytes()), Err(StrictJsonError::NotAnObject), "{text}");
        }
        for text in ["", "{", "{}{}", "{} x", "{'a':1}", "\u{feff}{}"] {
            assert_eq!(parse_object(text.as_bytes()), Err(StrictJsonError::Syntax), "{text}");
        }
        let deep = format!("{}{}", "{\"a\":".repeat(100_000), "1");
        assert_eq!(parse_object(deep.as_bytes()), Err(StrictJsonError::Syntax));
    }

    #[test]
    fn values_keep_their_type() {
        let text = r#"{"a":null,"b":true,"c":-1,"d":18446744073709551615,"e":1.5,"f":["x",{}]}"#;
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(parse_object(text.as_bytes()).unwrap()), plain);
    }

    proptest! {
        #[test]
        fn it_never_panics(bytes: Vec<u8>) {
            let _ = parse_object(&bytes);
        }
    }
}
