//! What people prove themselves with.

pub mod mailed_code;
pub mod passkey;
pub mod password;
pub mod recovery_code;
pub mod totp;
