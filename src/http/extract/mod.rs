//! What handlers take from a request: typed, bounded, and never trusted further than it deserves.

pub mod browser;
pub mod client_ip;
pub mod context;
pub mod cookies;
pub mod form;
pub mod forwarded;
pub mod language;
pub mod return_path;
pub mod session;
pub mod upload;
pub mod visit;
