//! `crypto::seal`: a sealed value, invented or edited, never opens.

use std::sync::LazyLock;

use latchkey::crypto::seal::MasterKey;
use latchkey::domain::sealed::Sealed;
use latchkey::kernel::env::Env;

static KEY: LazyLock<(MasterKey, Sealed)> = LazyLock::new(|| {
    let env = Env::system();
    let key = MasterKey::generate(&env);
    let sealed = key.seal(&env, "t", "c", "r", b"a private key");
    (key, sealed)
});

pub fn check(data: &[u8]) {
    let (key, good) = &*KEY;
    assert_eq!(key.open("t", "c", "r", good).unwrap().expose(), b"a private key");
    let invented = data.split_first_chunk::<12>().map(|(nonce, ciphertext)| Sealed {
        nonce: *nonce,
        ciphertext: ciphertext.to_vec(),
        ..good.clone()
    });
    let bytes = [&good.nonce[..], &good.ciphertext].concat();
    let changed = super::edited(&bytes, data);
    let changed = changed.split_first_chunk::<12>().map(|(nonce, ciphertext)| Sealed {
        nonce: *nonce,
        ciphertext: ciphertext.to_vec(),
        ..good.clone()
    });
    for sealed in [invented, changed].into_iter().flatten() {
        assert_eq!(key.open("t", "c", "r", &sealed).is_ok(), sealed == *good);
    }
    if let Some(place) = super::text(data).filter(|place| *place != "r") {
        assert!(key.open("t", "c", place, good).is_err(), "moved to row {place:?}");
        assert!(key.open("t", &format!("c{place}r"), "", good).is_err());
    }
}
