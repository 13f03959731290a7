//! `http::middleware::csrf`: the hidden field of a form, as it is and after the edits of the input.

use std::sync::LazyLock;

use latchkey::crypto::seal::MasterKey;
use latchkey::http::middleware::csrf::Binding;
use latchkey::kernel::env::Env;
use latchkey::kernel::token_hash::TokenHash;

static KEY: LazyLock<MasterKey> = LazyLock::new(|| MasterKey::generate(&Env::system()));

pub fn check(data: &[u8]) {
    let binding = Binding::Link(TokenHash::of("browser"), TokenHash::of("link"));
    let good = binding.token(&KEY);
    binding.verify(&KEY, Some(&good)).unwrap();
    let changed = super::edited(good.as_bytes(), data);
    for presented in [data, &changed] {
        let Some(presented) = super::text(presented) else { continue };
        let accepted = binding.verify(&KEY, Some(presented)).is_ok();
        assert_eq!(accepted, presented == good, "{presented:?} for {good}");
    }
    let other = Binding::Link(TokenHash::of("browser"), TokenHash::of("another"));
    assert!(other.verify(&KEY, Some(&good)).is_err());
}
