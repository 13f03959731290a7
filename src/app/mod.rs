//! Builds, mounts and runs the server.

mod database;
mod descriptors;
mod door;
mod error;
mod keys;
mod node;
mod operations;
mod refresh;
mod routes;
mod server;
mod signals;

pub use database::{Database, check_master_key, master_key, master_ring};
pub use error::StartError;
pub use node::{Node, office};
pub use operations::Operations;
pub use server::{Running, listen};
pub use signals::StopSignals;
