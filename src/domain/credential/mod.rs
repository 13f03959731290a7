//! What people prove themselves with.

pub mod password;
