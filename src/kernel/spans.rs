//! The targets of the spans that a trace is made of.
//!
//! A room marks what it does with a span under [`WORK`]. They cost next to nothing unless traces are
//! sent to a collector, and never show in the log.

/// A request, which is in the log as well.
pub const REQUEST: &str = "latchkey::request";

/// What takes time within a request.
pub const WORK: &str = "latchkey::work";
