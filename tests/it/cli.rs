//! The commands, as the real program runs them.

mod audit;
mod canaries;
mod clients;
mod installation;
mod jobs;
mod keys;
mod killed;
mod servers;
mod settings;
mod setup;
mod users;
mod why;
