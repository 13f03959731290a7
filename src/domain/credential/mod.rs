//! What people prove themselves with.

pub mod passkey;
pub mod mailed_code;
pub mod password;
pub mod recovery_code;
pub mod totp;
