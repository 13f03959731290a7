//! Signing out at a relying party's request.

mod rp_initiated;

pub use rp_initiated::{LogoutRequest, LogoutStep};
