//! The grant engine: the only room that names `oxide_auth`.
//!
//! Its machines keep the order of the steps and compare what a grant was given for with what it is
//! redeemed for. They are driven by hand: our checks run before, because some of its own answers are
//! not what OpenID Connect wants (ARCHITECTURE.md lists them), and its three traits are implemented
//! here on a transaction.

pub(super) mod authorization;
pub(super) mod authorizer;
pub(super) mod client_credentials;
pub(super) mod code;
pub(super) mod refresh;
mod registrar;
#[cfg(test)]
mod tests;
mod vocabulary;

/// The body of a token response in the engine's words.
pub(super) mod response {
    pub(in crate::protocol) use oxide_auth::code_grant::accesstoken::TokenResponse;
}
