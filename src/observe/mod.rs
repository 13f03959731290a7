//! Logs.

pub mod log_writer;
pub mod logs;
pub mod panics;
