//! What every room may import: time, randomness, ids, secrets, addresses on the web, text that is
//! safe to show.

pub mod clock;
pub mod env;
pub mod form_urlencoded;
pub mod gzip;
pub mod held;
pub mod ids;
pub mod metric;
pub mod printable;
pub mod rng;
pub mod secret;
pub mod spans;
pub mod token_hash;
pub mod urls;
