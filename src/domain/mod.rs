//! Pure types and their transitions; no input or output, and the present is an argument.

pub mod address;
pub mod audit;
pub mod authorization;
pub mod claims;
pub mod client;
pub mod consent;
pub mod credential;
pub mod details;
pub mod device;
pub mod flow;
pub mod grant;
pub mod instance;
pub mod job;
pub mod one_time_link;
pub mod rate_limit;
pub mod redirect_uri;
pub mod refusal;
pub mod role;
pub mod scope;
pub mod sealed;
pub mod session;
pub mod setting;
pub mod signing_key;
pub mod token;
pub mod user;
