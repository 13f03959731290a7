//! An authenticator and the browser around it, in software: it answers as WebAuthn says, and every part of
//! an answer can be bent.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rand::rand_bytes;
use openssl::sha::sha256;
use openssl::sign::Signer;
use serde_json::{Value, json};

/// Somebody was there.
pub const PRESENT: u8 = 0b0000_0001;
/// It was the right person.
pub const VERIFIED: u8 = 0b0000_0100;
/// There is a credential in the data.
const ATTESTED: u8 = 0b0100_0000;

/// ES256, the signature that everybody has (RFC 9053 §2.1).
const ES256: i64 = -7;
/// `EdDSA`, which is not asked for (RFC 9053 §2.2).
pub const EDDSA: i64 = -8;

/// One passkey in one authenticator.
#[derive(Clone)]
pub struct Authenticator {
    key: PKey<Private>,
    pub id: Vec<u8>,
    pub aaguid: [u8; 16],
    /// Counts uses; zero for ever where it does not.
    pub counter: u32,
    /// What the account calls its person.
    pub handle: Option<Vec<u8>>,
}

/// What of an answer is not as it should be.
#[derive(Clone, Debug, Default)]
pub struct Bent {
    pub origin: Option<String>,
    pub cross_origin: Option<bool>,
    pub top_origin: Option<String>,
    pub kind: Option<&'static str>,
    pub challenge: Option<String>,
    pub rp_id: Option<&'static str>,
    pub flags: Option<u8>,
    pub signature: Option<Vec<u8>>,
    pub algorithm: Option<i64>,
    /// The format and the statement of an attestation, in CBOR.
    pub attestation: Option<(&'static str, Vec<u8>)>,
    /// In the place of the whole attestation object.
    pub object: Option<Vec<u8>>,
}

impl Default for Authenticator {
    fn default() -> Self {
        Self::new()
    }
}

impl Authenticator {
    pub fn new() -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut id = vec![0; 32];
        rand_bytes(&mut id).unwrap();
        Self { key, id, aaguid: [0; 16], counter: 0, handle: None }
    }

    /// Of a kind that tells what it is.
    #[must_use]
    pub fn of_kind(mut self, aaguid: &str) -> Self {
        self.aaguid = aaguid.parse::<uuid::Uuid>().unwrap().into_bytes();
        self
    }

    /// That counts its uses.
    #[must_use]
    pub fn counting_from(mut self, counter: u32) -> Self {
        self.counter = counter;
        self
    }

    /// What `navigator.credentials.create` answers on a page of `origin`.
    pub fn create(&mut self, options: &Value, origin: &str, bent: &Bent) -> String {
        self.handle = Some(decoded(&options["user"]["id"]));
        let client = client_data("webauthn.create", options, origin, bent);
        let rp_id = bent.rp_id.or(options["rp"]["id"].as_str()).unwrap();
        let flags = bent.flags.unwrap_or(PRESENT | VERIFIED) | ATTESTED;
        let mut data = self.data(rp_id, flags);
        data.extend(self.aaguid);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key(bent.algorithm.unwrap_or(ES256)));
        let (format, statement) = bent.attestation.clone().unwrap_or(("none", cbor::map(&[])));
        let object = bent.object.clone().unwrap_or_else(|| {
            cbor::map(&[
                (cbor::text("fmt"), cbor::text(format)),
                (cbor::text("attStmt"), statement),
                (cbor::text("authData"), cbor::bytes(&data)),
            ])
        });
        let response = json!({
            "clientDataJSON": encoded(client.as_bytes()), "attestationObject": encoded(&object),
        });
        self.credential(response)
    }

    /// What `navigator.credentials.get` answers on a page of `origin`.
    pub fn get(&mut self, options: &Value, origin: &str, bent: &Bent) -> String {
        let client = client_data("webauthn.get", options, origin, bent);
        let rp_id = bent.rp_id.or(options["rpId"].as_str()).unwrap();
        if self.counter > 0 {
            self.counter += 1;
        }
        let data = self.data(rp_id, bent.flags.unwrap_or(PRESENT | VERIFIED));
        let covered = [&data[..], &sha256(client.as_bytes())].concat();
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).unwrap();
        let signature = signer.sign_oneshot_to_vec(&covered).unwrap();
        let response = json!({
            "clientDataJSON": encoded(client.as_bytes()),
            "authenticatorData": encoded(&data),
            "signature": encoded(bent.signature.as_ref().unwrap_or(&signature)),
            "userHandle": self.handle.as_ref().map(|handle| encoded(handle)),
        });
        self.credential(response)
    }

    fn credential(&self, response: Value) -> String {
        let id = encoded(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }

    fn data(&self, rp_id: &str, flags: u8) -> Vec<u8> {
        let counter = self.counter.to_be_bytes();
        [&sha256(rp_id.as_bytes())[..], &[flags], &counter].concat()
    }

    /// In COSE (RFC 9053 §7).
    fn public_key(&self, algorithm: i64) -> Vec<u8> {
        let key = self.key.ec_key().unwrap();
        let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
        let mut context = BigNumContext::new().unwrap();
        let point = key.public_key();
        point.affine_coordinates(key.group(), &mut x, &mut y, &mut context).unwrap();
        let [x, y] = [x, y].map(|number| cbor::bytes(&number.to_vec_padded(32).unwrap()));
        let int = cbor::int;
        if algorithm == EDDSA {
            let entries = [(int(1), int(1)), (int(3), int(EDDSA)), (int(-1), int(6)), (int(-2), x)];
            return cbor::map(&entries);
        }
        cbor::map(&[
            (int(1), int(2)),
            (int(3), int(algorithm)),
            (int(-1), int(1)),
            (int(-2), x),
            (int(-3), y),
        ])
    }
}

fn client_data(kind: &str, options: &Value, origin: &str, bent: &Bent) -> String {
    let mut data = json!({
        "type": bent.kind.unwrap_or(kind),
        "challenge": bent.challenge.as_deref().or(options["challenge"].as_str()).unwrap(),
        "origin": bent.origin.as_deref().unwrap_or(origin),
        "crossOrigin": bent.cross_origin.unwrap_or(false),
    });
    if let Some(top) = &bent.top_origin {
        data["topOrigin"] = json!(top);
    }
    data.to_string()
}

pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

/// As much of CBOR (RFC 8949 §3) as authenticators write.
pub mod cbor {
    fn head(major: u8, value: u64) -> Vec<u8> {
        let major = major << 5;
        match u8::try_from(value) {
            Ok(small @ 0..24) => vec![major | small],
            Ok(byte) => vec![major | 0x18, byte],
            Err(_) => match u16::try_from(value) {
                Ok(short) => [&[major | 0x19], &short.to_be_bytes()[..]].concat(),
                Err(_) => [&[major | 0x1b], &value.to_be_bytes()[..]].concat(),
            },
        }
    }

    pub fn int(value: i64) -> Vec<u8> {
        match u64::try_from(value) {
            Ok(value) => head(0, value),
            Err(_) => head(1, u64::try_from(-1 - value).unwrap()),
        }
    }

    pub fn bytes(value: &[u8]) -> Vec<u8> {
        [&head(2, value.len() as u64), value].concat()
    }

    pub fn text(value: &str) -> Vec<u8> {
        [&head(3, value.len() as u64), value.as_bytes()].concat()
    }

    /// The head of a byte string that is never there.
    pub fn announced(length: u64) -> Vec<u8> {
        head(2, length)
    }

    pub fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let pairs = entries.iter().flat_map(|(key, value)| [&key[..], value].concat());
        head(5, entries.len() as u64).into_iter().chain(pairs).collect()
    }
}
