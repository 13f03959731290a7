//! `/api/auth`: proving who one is, a file per endpoint.

pub mod consent;
pub mod login;
pub mod logout;
pub mod logout_all;
pub mod providers;
pub mod refresh;
pub mod session;
