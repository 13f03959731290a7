//! `/api/account`: one's own account, a file per endpoint.

pub mod activity;
pub mod change_me;
pub mod change_password;
pub mod consents;
pub mod delete;
pub mod end_other_sessions;
pub mod end_session;
pub mod export;
pub mod factors;
pub mod me;
mod person;
pub mod revoke_consent;
pub mod sessions;

pub use person::{Details, Person};
