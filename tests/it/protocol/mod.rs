//! The protocol as relying parties see it: requests and answers, never tables.

mod authorize;
mod budget;
mod client_credentials;
mod clients;
mod clocks;
mod code;
mod disabled;
mod discovery;
mod introspection;
mod keys;
mod logout;
mod refresh;
mod settings;
mod taken_back;
mod trail;
mod userinfo;
