//! Logs.

pub mod logs;
