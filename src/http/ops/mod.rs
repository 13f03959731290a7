//! What operators and browsers ask for besides pages and endpoints.

pub mod files;
pub mod health;
pub mod metrics;
pub mod pictures;
pub mod report;
