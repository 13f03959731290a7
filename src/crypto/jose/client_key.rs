//! What Latchkey signs as somebody's client: statements that prove who it is (RFC 7523 §2.2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jws::{ES256, JwsSigner, RS256};
use serde::Serialize;

use super::{KeyError, SignError};
use crate::kernel::secret::Secret;

/// A private key of an operator's, ready to sign: RSA of at least 2048 bits (RS256), or P-256 (ES256).
pub struct ClientKey {
    kid: Option<String>,
    algorithm: &'static str,
    signer: Box<dyn JwsSigner>,
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientKey({})", self.algorithm)
    }
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    typ: &'a str,
}

impl ClientKey {
    /// Reads a private key in PEM (PKCS#8). What it signs says `kid`, if there is one.
    pub fn from_pem(kid: Option<&str>, pem: &Secret<String>) -> Result<Self, KeyError> {
        let kid = kid.map(str::to_owned);
        // The key pair is read first because it knows the least size, which the signer does not.
        if RS256.key_pair_from_pem(pem.expose()).is_ok() {
            let signer = RS256.signer_from_pem(pem.expose()).map_err(|_| KeyError::NotUsable)?;
            return Ok(Self { kid, algorithm: "RS256", signer: Box::new(signer) });
        }
        let signer = ES256.signer_from_pem(pem.expose()).map_err(|_| KeyError::NotUsable)?;
        Ok(Self { kid, algorithm: "ES256", signer: Box::new(signer) })
    }

    /// `RS256` or `ES256`.
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// Signs `claims` in compact form.
    pub fn sign(&self, claims: &impl Serialize) -> Result<Secret<String>, SignError> {
        let header = Header { alg: self.algorithm, kid: self.kid.as_deref(), typ: "JWT" };
        let header = serde_json::to_vec(&header).map_err(|_| SignError::Claims)?;
        let payload = serde_json::to_vec(claims).map_err(|_| SignError::Claims)?;
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.signer.sign(token.as_bytes());
        let shown = || self.kid.clone().unwrap_or_default();
        let signature = signature.map_err(|_| SignError::OpenSsl(shown()))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(Secret::new(token))
    }
}

#[cfg(test)]
mod tests {
    use josekit::jwk::KeyPair as _;
    use josekit::jws::{ES384, EdDSA, JwsVerifier};
    use serde_json::json;

    use super::*;

    fn pem(bytes: Vec<u8>) -> Secret<String> {
        Secret::new(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_statement_is_signed_with_the_key_of_its_kind() {
        let rsa = RS256.generate_key_pair(2048).unwrap();
        let ec = ES256.generate_key_pair().unwrap();
        let verifiers: [(_, &str, Box<dyn JwsVerifier>); 2] = [
            (rsa.to_pem_private_key(), "RS256", {
                Box::new(RS256.verifier_from_jwk(&rsa.to_jwk_public_key()).unwrap())
            }),
            (ec.to_pem_private_key(), "ES256", {
                Box::new(ES256.verifier_from_jwk(&ec.to_jwk_public_key()).unwrap())
            }),
        ];
        for (private, algorithm, verifier) in verifiers {
            let key = ClientKey::from_pem(Some("k1"), &pem(private)).unwrap();
            let token = key.sign(&json!({ "iss": "me" })).unwrap();
            let (signed, signature) = token.expose().rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            verifier.verify(signed.as_bytes(), &signature).unwrap();
            let header = URL_SAFE_NO_PAD.decode(signed.split('.').next().unwrap()).unwrap();
            let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
            assert_eq!(header, json!({ "alg": algorithm, "kid": "k1", "typ": "JWT" }));
            assert_eq!(key.algorithm(), algorithm);
        }
    }

    #[test]
    fn a_key_that_is_weak_or_of_another_kind_is_refused() {
        let weak = openssl::rsa::Rsa::generate(1024).unwrap();
        let weak = openssl::pkey::PKey::from_rsa(weak).unwrap().private_key_to_pem_pkcs8().unwrap();
        let other = ES384.generate_key_pair().unwrap().to_pem_private_key();
        let edwards = EdDSA.generate_key_pair(josekit::jwk::alg::ed::EdCurve::Ed25519).unwrap();
        for bytes in [weak, other, edwards.to_pem_private_key(), b"no key".to_vec()] {
            assert_eq!(ClientKey::from_pem(None, &pem(bytes)).unwrap_err(), KeyError::NotUsable);
        }
    }
}
