//! The master key, as a file and a setting hold it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey::config::parse_master_key;

pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let letters = text.trim().trim_end_matches('=');
    match parse_master_key(text) {
        Ok(key) => {
            // 32 bytes take 43 letters, and their spelling is the only one.
            assert_eq!(letters.len(), 43);
            let standard = letters.replace('-', "+").replace('_', "/") + "=";
            assert_eq!(key.expose()[..], STANDARD.decode(standard).unwrap());
            assert!(key.expose().iter().any(|byte| *byte != key.expose()[0]), "as good as no key");
        }
        Err(error) => {
            // No message has a capital in it.
            let has_capital = letters.bytes().any(|byte| byte.is_ascii_uppercase());
            assert!(!has_capital || !error.to_string().contains(letters), "it shows the key");
        }
    }
}
