//! `crypto::jose`: tokens that were invented, edited, or signed by us with any header (cases 121 to
//! 127). The first line is a header, the second a payload; the whole is a token, and a script of
//! edits on a good one.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey::crypto::jose::{PublicKey, RSA_BITS, Signer, generate_rsa, typ, verify};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::sign;
use serde_json::{Map, Value, json};

/// What is read from a token.
type Claims = Map<String, Value>;

struct Keys {
    kid: String,
    key: PKey<Private>,
    public: PublicKey,
    tokens: [(&'static str, String); 4],
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let (private, jwk) = generate_rsa(RSA_BITS).unwrap();
    let kid = jwk["kid"].as_str().unwrap().to_owned();
    let signer = Signer::from_der(&kid, &private).unwrap();
    let kinds = [typ::ID_TOKEN, typ::ACCESS_TOKEN, typ::REFRESH_TOKEN, typ::LOGOUT_TOKEN];
    let claims = json!({ "iss": "https://id.example", "sub": "alice", "exp": 1_800_000_000 });
    Keys {
        kid,
        key: PKey::private_key_from_der(private.expose()).unwrap(),
        public: PublicKey::from_jwk(&jwk).unwrap(),
        tokens: kinds.map(|kind| (kind, signer.sign(kind, &claims).unwrap())),
    }
});

fn accepted(token: &str, kind: &str) -> Option<Claims> {
    verify(token, kind, |kid| (kid == KEYS.kid).then(|| KEYS.public.clone())).ok()
}

pub fn check(data: &[u8]) {
    let which = data.first().map_or(0, |byte| usize::from(*byte) % KEYS.tokens.len());
    let (kind, token) = &KEYS.tokens[which];
    if let Some(invented) = super::text(data) {
        assert_eq!(accepted(invented, kind), None, "nobody signed {invented}");
        assert_eq!(accepted(&format!("{token}{invented}"), kind).is_some(), data.is_empty());
    }
    let changed = super::edited(token.as_bytes(), data);
    if let Ok(changed) = String::from_utf8(changed) {
        assert_eq!(accepted(&changed, kind).is_some(), changed == *token, "{changed}");
    }
    let (other, _) = &KEYS.tokens[(which + 1 + data.len() % 3) % KEYS.tokens.len()];
    assert_eq!(accepted(token, other), None, "{kind} taken for {other}");
    check_signed(data);
}

/// A token with our own signature below any header: it is the header alone that has to stop it.
fn check_signed(data: &[u8]) {
    let [header, payload] = super::parts(data);
    // A key id is not in any corpus, because the key is made anew each time.
    let header = String::from_utf8_lossy(header).replace("KID", &KEYS.kid);
    let header = header.as_bytes();
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let mut signer = sign::Signer::new(MessageDigest::sha256(), &KEYS.key).unwrap();
    let signature = signer.sign_oneshot_to_vec(input.as_bytes()).unwrap();
    let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
    let Some(claims) = accepted(&token, typ::ACCESS_TOKEN) else { return };

    let usual: Claims = serde_json::from_slice(payload).unwrap();
    assert_eq!(claims, usual);
    let header: Claims = serde_json::from_slice(header).unwrap();
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["kid"], KEYS.kid);
    let kind = header["typ"].as_str().unwrap().to_ascii_lowercase();
    assert!(matches!(kind.as_str(), "at+jwt" | "application/at+jwt"), "{kind}");
    for member in ["crit", "jwk", "jku", "x5c", "x5u"] {
        assert!(!header.contains_key(member), "{member}");
    }
}
