//! `client_secret_basic` (RFC 6749 §2.3.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::kernel::secret::Secret;
use crate::protocol::params::decode;

/// The client and the secret of a Basic header: both were form-encoded before they were joined.
pub(super) fn parse(header: &str) -> Option<(String, Secret<String>)> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let (id, secret) = (decode(id.as_bytes()).ok()?, decode(secret.as_bytes()).ok()?);
    (!id.is_empty()).then(|| (id, Secret::new(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::form_urlencoded;

    #[test]
    fn both_halves_are_form_decoded() {
        let header = format!("basic {}", STANDARD.encode("a%2Db:x%3Ay+z"));
        let (id, secret) = parse(&header).unwrap();
        assert_eq!((id.as_str(), secret.expose().as_str()), ("a-b", "x:y z"));
    }

    proptest! {
        /// RFC 6749 §2.3.1: both halves are form-encoded, so they may hold any character at all.
        #[test]
        fn whatever_was_encoded_comes_back(id in "[^\0]{1,40}", secret in "[^\0]{0,40}") {
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let credentials = format!("{}:{}", encode(&id), encode(&secret));
            let (read, theirs) = parse(&format!("Basic {}", STANDARD.encode(credentials))).unwrap();
            prop_assert_eq!(read, id);
            prop_assert_eq!(theirs.expose(), &secret);
        }
    }

    #[test]
    fn what_is_not_basic() {
        for header in
            ["", "Basic", "Basic !", "Bearer YTpi", "Basic YWI=", "Basic OnM=", "Basic //8="]
        {
            assert!(parse(header).is_none(), "{header}");
        }
    }
}
