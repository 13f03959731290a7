//! `/api/account`: one's own account, a file per endpoint.

pub mod change_me;
pub mod consents;
pub mod end_other_sessions;
pub mod end_session;
pub mod me;
mod person;
pub mod revoke_consent;
pub mod sessions;

pub use person::{Details, Person};
