//! `[hashing.firebase]`: what password hashes from a Firebase project are checked with.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::error::Complaint;
use super::values::Values;
use crate::kernel::secret::Secret;

/// What password hashes from a Firebase project are checked with, as its console shows it.
#[derive(Debug, Clone)]
pub struct FirebaseConfig {
    /// The key that each hash is an encryption of.
    pub signer_key: Secret<Vec<u8>>,
    /// What is put behind every salt.
    pub salt_separator: Vec<u8>,
}

const KEY: &str = "hashing.firebase.signer_key";
const SEPARATOR: &str = "hashing.firebase.salt_separator";

impl FirebaseConfig {
    /// `None`: no accounts came from there.
    pub(super) fn read(values: &mut Values) -> Option<Self> {
        let signer_key = values.secret(KEY, |_| "[redacted]".to_owned());
        let separator = values.parsed(SEPARATOR, Base64::parse, None);
        let Some(signer_key) = signer_key else {
            if separator.is_some() {
                values.require(
                    KEY,
                    &format!("`{SEPARATOR}` is set, but `{KEY}` is not"),
                    "set signer_key_file to a file that holds base64_signer_key of the project",
                );
            }
            return None;
        };
        let decoded = decode(signer_key.expose()).filter(|key| !key.is_empty());
        let Some(signer_key) = decoded else {
            values.refuse(
                KEY,
                &format!("`{KEY}` is not base64"),
                "copy base64_signer_key from the project's password hash parameters",
            );
            return None;
        };
        let salt_separator = separator.and_then(|text| decode(&text.0)).unwrap_or_default();
        Some(Self { signer_key: Secret::new(signer_key), salt_separator })
    }
}

/// A text that can be decoded.
struct Base64(String);

impl Base64 {
    fn parse(text: &str) -> Result<Self, Complaint> {
        match decode(text) {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(Complaint::new(
                format!("`{SEPARATOR}` is not base64"),
                "copy base64_salt_separator from the project's password hash parameters",
            )),
        }
    }
}

impl std::fmt::Display for Base64 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, CONFIG).decode(text.trim()).ok()
}
