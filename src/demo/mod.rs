//! What `latchkey dev` adds.

pub mod credentials;
pub mod data;
pub mod mailbox;
pub mod relying_party;
pub mod upstream;
