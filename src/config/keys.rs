//! `[keys]`: the master key, under which secrets in the database are sealed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::origin::Origin;
use super::values::Values;
use crate::kernel::secret::Secret;

/// Where the master key is.
#[derive(Debug, Clone)]
pub struct KeysConfig {
    /// Where the master key is.
    pub master_key: MasterKeySource,
    /// Where the one before it is, while nodes are moved from that to the other one after another.
    pub previous_master_key: Option<MasterKeySource>,
}

/// Where the master key is.
#[derive(Debug, Clone)]
pub enum MasterKeySource {
    /// The key itself, set in the environment or in the configuration file.
    Given(Secret<[u8; 32]>),
    /// A file that holds it in base64. It is not read here: `keys init` is what creates it.
    File(PathBuf),
}

impl KeysConfig {
    /// `None` when a key is set and refused, which is noted in the values.
    pub(super) fn read(values: &mut Values) -> Option<Self> {
        let given = given(values, "keys.master_key");
        let file = values.path("keys.master_key_file", "keys/master.key");
        let master_key = source(values, "keys.master_key", given, Some(file));
        let given = self::given(values, "keys.previous_master_key");
        let file = values.optional_path("keys.previous_master_key_file", "keys/previous.key");
        let previous = source(values, "keys.previous_master_key", given, file);
        Some(Self { master_key: master_key.ok()??, previous_master_key: previous.ok()? })
    }
}

/// A key that is set itself, with where.
fn given(values: &mut Values, key: &str) -> Option<(Secret<String>, Origin)> {
    let given = values.text_secret(key)?;
    Some((given, values.origin(key)))
}

/// Where a key is; an error is noted in the values.
fn source(
    values: &mut Values,
    key: &str,
    given: Option<(Secret<String>, Origin)>,
    file: Option<PathBuf>,
) -> Result<Option<MasterKeySource>, ()> {
    let Some((text, origin)) = given else { return Ok(file.map(MasterKeySource::File)) };
    if values.is_set(&format!("{key}_file")) {
        values.set_twice(key, &origin);
    }
    match parse_master_key(text.expose()) {
        Ok(bytes) => Ok(Some(MasterKeySource::Given(bytes))),
        Err(error) => {
            values.refuse(key, &error.to_string(), REMEDY);
            Err(())
        }
    }
}

const REMEDY: &str = "make one with `latchkey keys init` or `openssl rand -base64 32`";

/// Why a text is no master key. Says nothing about the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMasterKey {
    /// Nothing there.
    #[error("the master key is empty")]
    Empty,
    /// Not base64.
    #[error("the master key is not base64")]
    NotBase64,
    /// Not 32 bytes long.
    #[error("the master key must be 32 bytes in base64, but is {0} bytes")]
    Length(usize),
    /// Plainly not random.
    #[error("the master key is not random: it repeats, counts or spells out text")]
    Guessable,
}

/// Reads a master key, wherever it stands: 32 random bytes in base64, either alphabet, with or
/// without padding, and space around it ignored. Refuses keys that are plainly not random.
pub fn parse_master_key(text: &str) -> Result<Secret<[u8; 32]>, InvalidMasterKey> {
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidMasterKey::Empty);
    }
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(alphabet, config)
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| InvalidMasterKey::NotBase64)?;
    let key: Zeroizing<[u8; 32]> = bytes
        .as_slice()
        .try_into()
        .map(Zeroizing::new)
        .map_err(|_| InvalidMasterKey::Length(bytes.len()))?;
    if is_guessable(&key) {
        return Err(InvalidMasterKey::Guessable);
    }
    Ok(Secret::new(*key))
}

/// A random key fails this less than once in 10^13.
fn is_guessable(key: &[u8; 32]) -> bool {
    let distinct: BTreeSet<u8> = key.iter().copied().collect();
    let steps: BTreeSet<u8> =
        key.iter().zip(key.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a)).collect();
    let is_text = key.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    distinct.len() < 12 || steps.len() < 12 || is_text
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn parse(bytes: &[u8]) -> Result<(), InvalidMasterKey> {
        parse_master_key(&STANDARD.encode(bytes)).map(|_| ())
    }

    #[test]
    fn guessable_keys_are_refused() {
        let counting: Vec<u8> = (0..32).collect();
        assert_eq!(parse(&[0; 32]), Err(InvalidMasterKey::Guessable));
        assert_eq!(parse(&counting), Err(InvalidMasterKey::Guessable));
        assert_eq!(parse(b"correct horse battery staple, or"), Err(InvalidMasterKey::Guessable));
        assert_eq!(parse(&[1; 16]), Err(InvalidMasterKey::Length(16)));
        assert_eq!(parse(&[]), Err(InvalidMasterKey::Empty));
        assert_eq!(parse_master_key("hunter2!").map(|_| ()), Err(InvalidMasterKey::NotBase64));
    }

    proptest! {
        #[test]
        fn random_keys_are_read_in_every_spelling(key in any::<[u8; 32]>()) {
            prop_assume!(!is_guessable(&key));
            for text in [STANDARD.encode(key), URL_SAFE_NO_PAD.encode(key)] {
                let read = parse_master_key(&format!(" {text}\n")).unwrap();
                prop_assert_eq!(read.expose(), &key);
            }
        }
    }
}
