//! The protocol as relying parties see it: requests and answers, never tables.

mod addresses;
mod authorize;
mod budget;
mod client_credentials;
mod clients;
mod clocks;
mod code;
mod disabled;
mod discovery;
mod extensions;
mod faults;
mod intake;
mod introspection;
mod keys;
mod logout;
mod methods;
mod refresh;
mod requests;
mod secrets;
mod settings;
mod taken_back;
mod trail;
mod userinfo;
