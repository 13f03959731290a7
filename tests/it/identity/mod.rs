//! Signing in, registering, allowing apps, ending sessions and running accounts, on a real database.

mod accounts;
mod change_password;
mod devices;
mod flows;
mod limits;
mod links;
mod lockout;
mod order;
mod password;
mod sessions;
pub mod world;
