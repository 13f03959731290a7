//! What the tests share.

pub mod agent;
pub mod app;
pub mod browser;
pub mod clock;
pub mod cluster;
pub mod faults;
pub mod flow;
pub mod relying_party;
