//! The long run of the fuzz targets, under libFuzzer, which keeps the inputs that reach code of
//! Latchkey that no other has reached. `./dev fuzz` builds and starts it; `LATCHKEY_FUZZ_TARGET`
//! names the target.
#![no_main]
// All of it is test code, though clippy sees that only in functions marked so.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(unreachable_pub)]

mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use targets::TARGETS;

static CHECK: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("LATCHKEY_FUZZ_TARGET").expect("LATCHKEY_FUZZ_TARGET is set");
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    found.expect("there is such a target").1
});

fuzz_target!(|data: &[u8]| CHECK(data));
