//! The commands, as the real program runs them.

mod canaries;
mod clients;
mod installation;
mod keys;
mod jobs;
mod servers;
mod setup;
mod users;
