//! JSON Web Tokens: signing and verifying (RFC 7515, RFC 7519, RFC 8725). The only file that
//! names josekit, which leaves the cryptography to OpenSSL.
//!
//! Signed is RS256 only, accepted is RS256 only, and a token never says how it wants to be
//! verified: the algorithm, the type and the keys are the caller's.

pub mod client_key;

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::{Jwk, KeyPair as _, alg::rsa::RsaKeyPair};
use josekit::jws::RS256;
use josekit::jws::alg::rsassa::{RsassaJwsSigner, RsassaJwsVerifier};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::strict_json;
use crate::kernel::secret::Secret;

/// The `typ` values of our tokens. A token of one kind is never taken for another (RFC 8725
/// §3.11).
pub mod typ {
    /// An ID token (OIDC Core §2 asks for no type; this is the usual one).
    pub const ID_TOKEN: &str = "JWT";
    /// An access token (RFC 9068 §2.1).
    pub const ACCESS_TOKEN: &str = "at+jwt";
    /// A refresh token of ours.
    pub const REFRESH_TOKEN: &str = "rt+jwt";
    /// A logout token (OIDC Back-Channel Logout §2.4).
    pub const LOGOUT_TOKEN: &str = "logout+jwt";
}

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// Bits of a new RSA key.
pub const RSA_BITS: u32 = 2048;

/// Why a key cannot be used, or could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an RSA key in the expected encoding, or one below 2048 bits.
    #[error("it is not an RSA key of at least 2048 bits")]
    NotUsable,
    /// OpenSSL made none.
    #[error("OpenSSL could not make an RSA key")]
    NotMade,
}

/// Why a token was not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The claims have no JSON form.
    #[error("the claims cannot be written as JSON")]
    Claims,
    /// OpenSSL refused.
    #[error("OpenSSL could not sign with key {0}")]
    OpenSsl(String),
}

/// Why a token was refused. Private: the public answer is one and the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// Longer than [`MAX_TOKEN`].
    #[error("the token has {0} bytes, more than {MAX_TOKEN}")]
    TooLong(usize),
    /// Not header, payload and signature. Five segments would be an encrypted token.
    #[error("the token does not have three segments")]
    Segments,
    /// A segment is not base64url without padding in its one canonical spelling.
    #[error("the {0} is not canonical base64url")]
    Encoding(&'static str),
    /// A segment is not a JSON object, or repeats a member.
    #[error("the {0} is refused: {1}")]
    Json(&'static str, strict_json::StrictJsonError),
    /// Any `alg` but RS256.
    #[error("the algorithm is {0}, not RS256")]
    Algorithm(String),
    /// A token of another kind.
    #[error("the type is {found}, not {expected}")]
    Type {
        /// What the caller takes.
        expected: String,
        /// What the header says.
        found: String,
    },
    /// The header demands an extension (RFC 7515 §4.1.11); Latchkey knows none.
    #[error("the header has a `crit` member")]
    Critical,
    /// The header brings or names a key of its own (RFC 8725 §3.10).
    #[error("the header has a `{0}` member")]
    ForeignKey(&'static str),
    /// No `kid`, or one that is no string.
    #[error("the header names no key")]
    NoKid,
    /// No key of the caller's has this `kid`.
    #[error("the key {0} is unknown")]
    UnknownKey(String),
    /// The signature is another one.
    #[error("the signature by key {0} does not match")]
    Signature(String),
    /// The signature is right, but the claims do not fit the type asked for.
    #[error("a claim is missing or has the wrong type")]
    Claims,
}

/// Makes an RSA key of `bits` bits: the private half as PKCS#8 DER, and the public half as a JWK
/// whose `kid` is its thumbprint (RFC 7638). The randomness is OpenSSL's own.
pub fn generate_rsa(bits: u32) -> Result<(Secret<Vec<u8>>, Value), KeyError> {
    let pair = RS256.generate_key_pair(bits).map_err(|_| KeyError::NotMade)?;
    Ok((Secret::new(pair.to_der_private_key()), public_jwk(&pair)?))
}

/// The public members of a key, rendered anew so that a private one cannot slip through.
fn public_jwk(pair: &RsaKeyPair) -> Result<Value, KeyError> {
    let jwk = pair.to_jwk_public_key();
    let member = |name| jwk.parameter(name).and_then(Value::as_str).ok_or(KeyError::NotUsable);
    let (n, e) = (member("n")?, member("e")?);
    let kid = thumbprint(n, e);
    Ok(json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e }))
}

/// The thumbprint of an RSA key (RFC 7638 §3): SHA-256 over its required members in order.
fn thumbprint(n: &str, e: &str) -> String {
    // Base64url needs no escaping in JSON.
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

/// The value that binds an ID token to an access token or code (`at_hash`, `c_hash`): the left
/// half of the SHA-256 (OIDC Core §3.1.3.6).
pub fn at_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16])
}

/// A private key, read once and ready to sign.
pub struct Signer {
    kid: String,
    public_jwk: Value,
    key: RsassaJwsSigner,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.kid)
    }
}

impl Signer {
    /// Reads a private key (PKCS#8 DER). Its tokens will carry `kid`.
    pub fn from_der(kid: &str, der: &Secret<Vec<u8>>) -> Result<Self, KeyError> {
        let pair = RS256.key_pair_from_der(der.expose()).map_err(|_| KeyError::NotUsable)?;
        let public_jwk = public_jwk(&pair)?;
        let key = RS256.signer_from_der(der.expose()).map_err(|_| KeyError::NotUsable)?;
        Ok(Self { kid: kid.to_owned(), public_jwk, key })
    }

    /// The `kid` in the header of its tokens.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JWK; its `kid` is the thumbprint.
    pub fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    /// Signs `claims` as a token of the kind `typ` (see [`mod@typ`]) in compact form.
    ///
    /// Equal input gives equal bytes, for as long as `claims` writes its members in the same
    /// order: RS256 has no randomness in it. The answer to a retried refresh depends on it.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let header = Header { alg: "RS256", kid: &self.kid, typ };
        let header = serde_json::to_vec(&header).map_err(|_| SignError::Claims)?;
        let payload = serde_json::to_vec(claims).map_err(|_| SignError::Claims)?;
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.key.sign(token.as_bytes());
        let signature = signature.map_err(|_| SignError::OpenSsl(self.kid.clone()))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// The header of a token of ours. A struct, so that its members keep their order.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

/// A public key, read once and ready to verify. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey(Arc<RsassaJwsVerifier>);

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey")
    }
}

impl PublicKey {
    /// Reads an RSA key of at least 2048 bits from its JWK. `use` and `alg` must be `sig` and
    /// RS256 where they are present.
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        let members = jwk.as_object().ok_or(KeyError::NotUsable)?.clone();
        let jwk = Jwk::from_map(members).map_err(|_| KeyError::NotUsable)?;
        let verifier = RS256.verifier_from_jwk(&jwk).map_err(|_| KeyError::NotUsable)?;
        Ok(Self(Arc::new(verifier)))
    }
}

/// Verifies a compact token strictly and returns its claims.
///
/// It must be RS256, of the type `expected_typ` (RFC 7515 §4.1.9: any case, with or without
/// `application/`), signed by the key that `keys` knows under its `kid`. Issuer, audience and
/// times are the caller's to judge.
pub fn verify<T: DeserializeOwned>(
    token: &str,
    expected_typ: &str,
    keys: impl Fn(&str) -> Option<PublicKey>,
) -> Result<T, JoseError> {
    if token.len() > MAX_TOKEN {
        return Err(JoseError::TooLong(token.len()));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JoseError::Segments)?;
    let (header, payload) = signed.split_once('.').ok_or(JoseError::Segments)?;
    if payload.contains('.') {
        return Err(JoseError::Segments);
    }
    let header = object("header", &decode("header", header)?)?;
    let kid = check_header(&header, expected_typ)?;
    let payload = decode("payload", payload)?;
    let signature = decode("signature", signature)?;

    let PublicKey(key) = keys(kid).ok_or_else(|| JoseError::UnknownKey(shown(kid)))?;
    key.verify(signed.as_bytes(), &signature).map_err(|_| JoseError::Signature(shown(kid)))?;

    let claims = Value::Object(object("payload", &payload)?);
    serde_json::from_value(claims).map_err(|_| JoseError::Claims)
}

/// The claims of a token that [`verify`] has accepted before, to the last byte.
pub(super) fn verified_before<T: DeserializeOwned>(token: &str) -> Result<T, JoseError> {
    let payload = token.split('.').nth(1).ok_or(JoseError::Segments)?;
    serde_json::from_slice(&decode("payload", payload)?).map_err(|_| JoseError::Claims)
}

/// The checks of the header; returns its `kid`.
fn check_header<'a>(
    header: &'a Map<String, Value>,
    expected_typ: &str,
) -> Result<&'a str, JoseError> {
    let member = |name: &str| match header.get(name) {
        Some(Value::String(text)) => shown(text),
        Some(other) => shown(&other.to_string()),
        None => "missing".to_owned(),
    };
    let text = |name: &str| header.get(name).and_then(Value::as_str);

    // RFC 8725 §3.1: the algorithm is ours to choose, and never the token's.
    if text("alg") != Some("RS256") {
        return Err(JoseError::Algorithm(member("alg")));
    }
    if !text("typ").is_some_and(|found| same_type(found, expected_typ)) {
        let expected = expected_typ.to_owned();
        return Err(JoseError::Type { expected, found: member("typ") });
    }
    if header.contains_key("crit") {
        return Err(JoseError::Critical);
    }
    for name in ["jwk", "jku", "x5c", "x5u"] {
        if header.contains_key(name) {
            return Err(JoseError::ForeignKey(name));
        }
    }
    text("kid").ok_or(JoseError::NoKid)
}

/// Compares media types: case does not matter, and `application/` may be left out where no other
/// slash is (RFC 7515 §4.1.9).
fn same_type(found: &str, expected: &str) -> bool {
    const PREFIX: &str = "application/";
    let bare = match found.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => found,
    };
    bare.eq_ignore_ascii_case(expected)
}

/// Decodes one segment. The engine refuses padding and left-over bits, so that every value has
/// one spelling only.
fn decode(segment: &'static str, text: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::Encoding(segment))
}

fn object(segment: &'static str, bytes: &[u8]) -> Result<Map<String, Value>, JoseError> {
    strict_json::parse_object(bytes).map_err(|reason| JoseError::Json(segment, reason))
}

/// What an attacker wrote, in a form and length fit for a log.
fn shown(text: &str) -> String {
    text.escape_debug().take(64).collect()
}

#[cfg(test)]
mod tests;
