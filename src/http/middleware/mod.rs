//! What surrounds every handler.

pub mod cors;
pub mod csrf;
pub mod edge;
mod figures;
pub mod flood;
pub mod headers;
pub mod host;
mod leave;
pub mod net;
pub mod request_id;
mod trace;
mod unread;

#[cfg(test)]
pub(crate) mod tests;
