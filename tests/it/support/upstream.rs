//! A provider on this machine with keys of its own, which says whatever a test wants it to say.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::alg::ec::EcKeyPair;
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jwk::{Jwk, KeyPair as _};
use josekit::jws::{ES256, EdDSA, HS256, JwsSigner, RS256};
use openssl::rsa::Padding;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

/// The access token that the token endpoint gives.
pub const ACCESS_TOKEN: &str = "upstream-access-token";

struct Keys {
    rsa: RsaKeyPair,
    /// Has no place in the key set.
    other: RsaKeyPair,
    weak: RsaKeyPair,
    ec: EcKeyPair,
    ed: EdKeyPair,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let weak = openssl::rsa::Rsa::generate(1024).unwrap();
    let weak = openssl::pkey::PKey::from_rsa(weak).unwrap().private_key_to_pem_pkcs8().unwrap();
    Keys {
        rsa: RS256.generate_key_pair(2048).unwrap(),
        other: RS256.generate_key_pair(2048).unwrap(),
        weak: RsaKeyPair::from_pem(weak).unwrap(),
        ec: ES256.generate_key_pair().unwrap(),
        ed: EdDSA.generate_key_pair(EdCurve::Ed25519).unwrap(),
    }
});

/// How an endpoint answers.
#[derive(Clone, Debug)]
pub enum Page {
    /// As it should.
    Right,
    /// With this status, and JSON.
    Json(u16, Value),
    /// With a page for people.
    Html,
    /// With a redirect to itself.
    Loops,
    /// With a body of so many bytes, in JSON as far as it comes.
    Huge(usize),
    /// Not at all.
    Hangs,
}

/// How ID tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
    /// `alg` none, without a signature.
    Nothing,
    /// With the public RSA key as the secret of an HMAC.
    PublicKeyAsSecret,
    /// With this secret.
    Secret(&'static str),
    /// With a key that the provider does not have, under the name of one that it has.
    Forged,
    /// With a key of 1024 bits, which is in the key set.
    Weak,
    /// With the right key; then a bit of the signature is another one.
    Broken,
}

/// What the provider says.
#[derive(Clone, Debug)]
pub struct Script {
    pub discovery: Page,
    pub jwks: Page,
    pub token: Page,
    /// What differs in the metadata; null leaves a member out.
    pub metadata: Map<String, Value>,
    /// The names of the keys, which a rotation changes.
    pub generation: u32,
    pub sign: Sign,
    /// What differs in the header of the ID token.
    pub header: Map<String, Value>,
    /// What differs in its claims.
    pub claims: Map<String, Value>,
    /// What differs in those that a code is exchanged for.
    pub by_code: BTreeMap<String, Map<String, Value>>,
    /// The ID token, whatever it is.
    pub id_token: Option<String>,
    /// What other paths answer.
    pub pages: BTreeMap<&'static str, Page>,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub fields: BTreeMap<String, String>,
    pub form: BTreeMap<String, String>,
}

/// The provider. It serves until the process ends.
pub struct Upstream {
    port: u16,
    script: Arc<Mutex<Script>>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// An object of JSON.
pub fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("no object: {value}") };
    members
}

impl Upstream {
    /// One that says nothing wrong. Its ID tokens need what is particular to a sign-in: `aud`, `nonce`,
    /// `iat` and `exp`.
    pub fn start() -> Self {
        // Made before anybody waits for an answer.
        LazyLock::force(&KEYS);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Script {
            discovery: Page::Right,
            jwks: Page::Right,
            token: Page::Right,
            metadata: Map::new(),
            generation: 1,
            sign: Sign::Rs256,
            header: Map::new(),
            claims: Map::new(),
            by_code: BTreeMap::new(),
            id_token: None,
            pages: BTreeMap::new(),
        };
        let upstream = Self { port, script: Arc::new(Mutex::new(script)), heard: Arc::default() };
        let (script, heard) = (Arc::clone(&upstream.script), Arc::clone(&upstream.heard));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, heard) = (Arc::clone(&script), Arc::clone(&heard));
                // Who asks may hang up at any moment.
                thread::spawn(move || serve(&stream?, port, &script, &heard));
            }
        });
        upstream
    }

    pub fn issuer(&self) -> String {
        issuer(self.port)
    }

    /// Changes what is said from now on.
    pub fn says(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// A token with this in its header, and these claims.
    pub fn signs(&self, header: Value, claims: Value) -> String {
        let script = self.script.lock().unwrap().clone();
        signed(&script, &object(header), &object(claims))
    }

    /// What was asked since this was called last.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    /// How often this path was asked since [`Upstream::heard`].
    pub fn count(&self, path: &str) -> usize {
        self.heard.lock().unwrap().iter().filter(|it| it.path == path).count()
    }
}

fn issuer(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn serve(
    stream: &TcpStream,
    port: u16,
    script: &Mutex<Script>,
    heard: &Mutex<Vec<Heard>>,
) -> std::io::Result<()> {
    let request = read(stream)?;
    let mut script = script.lock().unwrap().clone();
    let path = request.path.clone();
    if let Some(claims) = request.form.get("code").and_then(|code| script.by_code.get(code)) {
        script.claims.extend(claims.clone());
    }
    heard.lock().unwrap().push(request);
    let (page, right): (Page, fn(u16, &Script) -> Value) = match path.as_str() {
        "/.well-known/openid-configuration" => (script.discovery.clone(), metadata),
        "/jwks" => (script.jwks.clone(), jwks),
        "/token" => (script.token.clone(), token),
        other => match script.pages.get(other) {
            Some(page) => (page.clone(), |_, _| json!({})),
            None => (Page::Json(404, json!({})), |_, _| json!({})),
        },
    };
    let mut stream = stream;
    let (status, kind, body) = match page {
        Page::Right => (200, "application/json", right(port, &script).to_string().into_bytes()),
        Page::Json(status, value) => (status, "application/json", value.to_string().into_bytes()),
        Page::Html => (200, "text/html", b"<html><script>alert(1)</script></html>".to_vec()),
        Page::Huge(bytes) => {
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {bytes}\r\n\r\n"
            );
            stream.write_all(answer.as_bytes())?;
            // A piece at a time: nobody is to have all of it in memory, this server neither.
            let piece = vec![b' '; 64 * 1024];
            for _ in 0..bytes.div_ceil(piece.len()) {
                stream.write_all(&piece)?;
            }
            return Ok(());
        }
        Page::Loops => {
            let answer = format!(
                "HTTP/1.1 302 Found\r\nlocation: {path}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            return stream.write_all(answer.as_bytes());
        }
        Page::Hangs => {
            // Until who asks has had enough.
            let _ = stream.read(&mut [0; 1]);
            return Ok(());
        }
    };
    let answer = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(answer.as_bytes())?;
    stream.write_all(&body)
}

fn read(stream: &TcpStream) -> std::io::Result<Heard> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut fields = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        fields.insert(name.to_lowercase(), value.to_owned());
    }
    let length = fields.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let form = form_urlencoded::parse(&body).into_owned().collect();
    Ok(Heard { path: path.to_owned(), query, fields, form })
}

/// `what` with some members changed; null leaves one out.
fn changed(what: Value, by: &Map<String, Value>) -> Value {
    let mut what = object(what);
    for (name, value) in by {
        match value {
            Value::Null => drop(what.remove(name)),
            value => drop(what.insert(name.clone(), value.clone())),
        }
    }
    Value::Object(what)
}

fn metadata(port: u16, script: &Script) -> Value {
    let at = |path: &str| issuer(port) + path;
    let right = json!({
        "issuer": issuer(port),
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "scopes_supported": ["openid", "email", "profile"],
        "code_challenge_methods_supported": ["S256"],
    });
    changed(right, &script.metadata)
}

fn jwks(_: u16, script: &Script) -> Value {
    let public = |jwk: Jwk, name: &str| {
        let mut jwk = object(serde_json::to_value(jwk.as_ref()).unwrap());
        jwk.retain(|member, _| ["kty", "n", "e", "crv", "x", "y"].contains(&member.as_str()));
        jwk.insert("kid".to_owned(), json!(kid(name, script)));
        jwk.insert("use".to_owned(), json!("sig"));
        Value::Object(jwk)
    };
    json!({ "keys": [
        public(KEYS.rsa.to_jwk_public_key(), "rsa"),
        public(KEYS.weak.to_jwk_public_key(), "weak"),
        public(KEYS.ec.to_jwk_public_key(), "ec"),
        public(KEYS.ed.to_jwk_public_key(), "ed"),
    ] })
}

fn kid(name: &str, script: &Script) -> String {
    format!("{name}-{}", script.generation)
}

fn token(port: u16, script: &Script) -> Value {
    let id_token = script.id_token.clone().unwrap_or_else(|| id_token(port, script));
    json!({
        "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 60,
        "id_token": id_token,
    })
}

fn id_token(port: u16, script: &Script) -> String {
    let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(ACCESS_TOKEN)[..16]);
    // The hash that goes with EdDSA is SHA-512 (OIDC Core §3.1.3.6), which this leaves out.
    let hash = (script.sign != Sign::EdDsa).then_some(hash);
    let right = json!({ "iss": issuer(port), "sub": "1", "at_hash": hash });
    let mut claims = object(changed(right, &script.claims));
    claims.retain(|_, value| !value.is_null());
    let header = object(changed(json!({ "typ": "JWT" }), &script.header));
    signed(script, &header, &claims)
}

/// A token as the script says that they are signed.
fn signed(script: &Script, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let keys = &*KEYS;
    let public = keys.rsa.to_pem_public_key();
    let (algorithm, name, signer): (&str, &str, Option<Box<dyn JwsSigner>>) = match script.sign {
        Sign::Rs256 | Sign::Broken => ("RS256", "rsa", {
            Some(Box::new(RS256.signer_from_pem(keys.rsa.to_pem_private_key()).unwrap()))
        }),
        Sign::Forged => ("RS256", "rsa", {
            Some(Box::new(RS256.signer_from_pem(keys.other.to_pem_private_key()).unwrap()))
        }),
        Sign::Ps256 => ("PS256", "rsa", None),
        Sign::Es256 => ("ES256", "ec", {
            Some(Box::new(ES256.signer_from_pem(keys.ec.to_pem_private_key()).unwrap()))
        }),
        Sign::EdDsa => ("EdDSA", "ed", {
            Some(Box::new(EdDSA.signer_from_pem(keys.ed.to_pem_private_key()).unwrap()))
        }),
        Sign::Weak => ("RS256", "weak", None),
        Sign::Nothing => ("none", "rsa", None),
        Sign::PublicKeyAsSecret => {
            ("HS256", "rsa", Some(Box::new(HS256.signer_from_bytes(public).unwrap())))
        }
        Sign::Secret(secret) => {
            ("HS256", "rsa", Some(Box::new(HS256.signer_from_bytes(secret).unwrap())))
        }
    };
    let right = json!({ "alg": algorithm, "kid": kid(name, script) });
    let header = changed(right, header).to_string();
    let claims = Value::Object(claims.clone()).to_string();
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut signature = match (signer, script.sign) {
        (Some(signer), _) => signer.sign(input.as_bytes()).unwrap(),
        (None, Sign::Weak) => by_hand(&KEYS.weak, input.as_bytes(), Padding::PKCS1),
        (None, Sign::Ps256) => by_hand(&KEYS.rsa, input.as_bytes(), Padding::PKCS1_PSS),
        (None, _) => Vec::new(),
    };
    if script.sign == Sign::Broken {
        signature[9] ^= 1;
    }
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// What the other library does not do: a weak key, or PSS with an ordinary one.
fn by_hand(pair: &RsaKeyPair, input: &[u8], padding: Padding) -> Vec<u8> {
    let key = openssl::pkey::PKey::private_key_from_pem(&pair.to_pem_private_key()).unwrap();
    let digest = openssl::hash::MessageDigest::sha256();
    let mut signer = openssl::sign::Signer::new(digest, &key).unwrap();
    signer.set_rsa_padding(padding).unwrap();
    if padding == Padding::PKCS1_PSS {
        signer.set_rsa_pss_saltlen(openssl::sign::RsaPssSaltlen::DIGEST_LENGTH).unwrap();
        signer.set_rsa_mgf1_md(digest).unwrap();
    }
    signer.sign_oneshot_to_vec(input).unwrap()
}

/// A new P-256 key in PEM, and its public half.
pub fn client_key() -> (String, Jwk) {
    let pair = ES256.generate_key_pair().unwrap();
    (String::from_utf8(pair.to_pem_private_key()).unwrap(), pair.to_jwk_public_key())
}
