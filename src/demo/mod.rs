//! What `latchkey dev` adds.

pub mod credentials;
pub mod data;
pub mod relying_party;
