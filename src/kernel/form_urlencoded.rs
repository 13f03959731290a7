//! `application/x-www-form-urlencoded`: the encoding of forms, queries and Basic credentials
//! (RFC 6749 Appendix B).
//!
//! The usual decoders never refuse: they put U+FFFD for what is no UTF-8, so that two different
//! requests read alike. This one refuses. How many pairs and bytes are too many is the caller's
//! to say, before anything is decoded.

use percent_encoding::percent_decode;

/// What becomes of a `%` that is not followed by two hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LonePercent {
    /// It is refused: no browser sends one in a form of ours.
    Refused,
    /// It stands for itself: relying parties send it in a `state` or a secret they did not encode.
    Literal,
}

/// Why a text was not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A lone `%` where it is refused.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    LonePercent,
    /// The decoded bytes are not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A NUL character, which Postgres cannot hold.
    #[error("it holds a NUL character")]
    Nul,
}

/// The pairs of names and values, still encoded, in their order. What is between two `&` and empty
/// is no pair; a pair without `=` has an empty value.
pub fn pairs(encoded: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
    encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        (&pair[..equals], pair.get(equals + 1..).unwrap_or_default())
    })
}

/// Decodes a name or a value.
pub fn decode(encoded: &[u8], lone_percent: LonePercent) -> Result<String, Malformed> {
    if lone_percent == LonePercent::Refused && has_lone_percent(encoded) {
        return Err(Malformed::LonePercent);
    }
    let spaced: Vec<u8> = encoded.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    let text = String::from_utf8(percent_decode(&spaced).collect());
    let text = text.map_err(|_| Malformed::NotUtf8)?;
    if text.contains('\0') { Err(Malformed::Nul) } else { Ok(text) }
}

fn has_lone_percent(encoded: &[u8]) -> bool {
    encoded.iter().enumerate().filter(|(_, byte)| **byte == b'%').any(|(at, _)| {
        let digits = encoded.get(at + 1..at + 3).unwrap_or_default();
        digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use LonePercent::{Literal, Refused};
    use proptest::prelude::*;
    use url::form_urlencoded;

    #[test]
    fn both_ways_differ_in_a_lone_percent_only() {
        for (encoded, literal) in
            [("%", "%"), ("100%", "100%"), ("%4", "%4"), ("%zz", "%zz"), ("%%41", "%A")]
        {
            assert_eq!(decode(encoded.as_bytes(), Refused), Err(Malformed::LonePercent));
            assert_eq!(decode(encoded.as_bytes(), Literal).as_deref(), Ok(literal));
        }
        for way in [Refused, Literal] {
            assert_eq!(decode(b"1+2%2B%c3%A4", way).as_deref(), Ok("1 2+ä"));
        }
    }

    #[test]
    fn case_311_what_is_no_text_is_refused() {
        for way in [Refused, Literal] {
            for encoded in [b"%ff" as &[u8], b"\xff", b"%ED%A0%80", b"%C0%AF", b"%C3"] {
                assert_eq!(decode(encoded, way), Err(Malformed::NotUtf8), "{encoded:?}");
            }
            for encoded in [b"%00" as &[u8], b"\0", b"a%00b"] {
                assert_eq!(decode(encoded, way), Err(Malformed::Nul), "{encoded:?}");
            }
        }
    }

    #[test]
    fn pairs_are_split_at_the_first_equals_sign() {
        let found: Vec<(&[u8], &[u8])> = pairs(b"&a=b=c&&d&=e&=&").collect();
        assert_eq!(found, [(&b"a"[..], &b"b=c"[..]), (b"d", b""), (b"", b"e"), (b"", b"")]);
    }

    fn all(encoded: &[u8], way: LonePercent) -> Result<Vec<(String, String)>, Malformed> {
        pairs(encoded).map(|(name, value)| Ok((decode(name, way)?, decode(value, way)?))).collect()
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(
            sent in prop::collection::vec(("[^\0]{1,9}", "[^\0]{0,20}"), 0..9),
        ) {
            let encoded =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(&sent).finish();
            for way in [Refused, Literal] {
                prop_assert_eq!(all(encoded.as_bytes(), way), Ok(sent.clone()));
            }
        }

        #[test]
        fn it_agrees_with_the_usual_decoder_wherever_it_decodes(
            encoded in prop::collection::vec(
                prop_oneof![prop::sample::select(&b"%%%&=+0Aaf\0\xc3\xa4"[..]), any::<u8>()], 0..40,
            ),
        ) {
            let usual: Vec<(String, String)> =
                form_urlencoded::parse(&encoded).into_owned().collect();
            if let Ok(ours) = all(&encoded, Literal) {
                prop_assert_eq!(&ours, &usual);
            } else {
                let odd = |text: &String| text.contains(['\0', char::REPLACEMENT_CHARACTER]);
                prop_assert!(usual.iter().any(|(name, value)| odd(name) || odd(value)));
            }
            if let Ok(strict) = all(&encoded, Refused) {
                prop_assert_eq!(strict, usual);
            }
        }
    }
}
