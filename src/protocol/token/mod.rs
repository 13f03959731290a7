//! The token endpoint (RFC 6749 §3.2).

mod authorization_code;
mod client_credentials;
mod endpoint;
mod figures;
pub mod grant;
mod refresh_token;

pub use endpoint::TokenRequest;
