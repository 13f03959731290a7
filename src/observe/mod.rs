//! What operators see of a process: its log, its figures, its traces.

pub mod figures;
pub mod log_writer;
pub mod logs;
pub mod panics;
pub mod process;
pub mod traces;
