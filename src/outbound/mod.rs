//! What Latchkey fetches from elsewhere: one client with bounds, for everybody. The only room, beside
//! the demo and `doctor`, that asks for something by HTTP.

mod address;
mod client;

pub use client::{Answer, Bounds, Outbound, OutboundError, Reach};
