//! The master key as `crypto::master_key` reads it from a file and `config` from a setting.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey::config::parse_master_key;
use latchkey::crypto::seal::MasterKey;
use latchkey::kernel::secret::Secret;

pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let of_file = MasterKey::from_base64(&Secret::from(text));
    let of_setting = parse_master_key(text);
    let letters = text.trim().trim_end_matches('=');
    if of_file.is_ok() || of_setting.is_ok() {
        // 32 bytes take 43 letters, and their spelling is the only one.
        assert_eq!(letters.len(), 43);
        let standard = letters.replace('-', "+").replace('_', "/") + "=";
        let bytes = STANDARD.decode(standard).unwrap();
        assert!(bytes.iter().any(|byte| *byte != bytes[0]), "as good as no key");
        if let Ok(key) = &of_setting {
            assert_eq!(key.expose()[..], bytes);
        }
        if let Ok(key) = &of_file {
            let again = MasterKey::from_base64(&Secret::new(STANDARD.encode(bytes))).unwrap();
            assert_eq!(key.id(), again.id());
        }
    }
    let messages = [
        of_file.err().map(|error| error.to_string()),
        of_setting.err().map(|error| error.to_string()),
    ];
    // No message has a capital in it.
    let has_capital = letters.bytes().any(|byte| byte.is_ascii_uppercase());
    for message in messages.into_iter().flatten() {
        assert!(!has_capital || !message.contains(letters), "the message shows the key");
    }
}
