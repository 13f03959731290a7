//! What the tests share.

pub mod agent;
pub mod app;
pub mod authenticator;
pub mod browser;
pub mod certificates;
pub mod clock;
pub mod cluster;
pub mod database;
pub mod faults;
pub mod flow;
#[cfg(not(target_os = "macos"))]
pub mod foreign;
pub mod mailbox;
pub mod people;
pub mod places;
pub mod postgres;
pub mod providers;
pub mod raw;
pub mod registrations;
pub mod relay;
pub mod relying_party;
pub mod routes;
pub mod second_factor;
pub mod strict;
pub mod upstream;
