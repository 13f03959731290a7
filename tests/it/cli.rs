//! The commands, as the real program runs them.

mod audit;
mod canaries;
mod clients;
mod crowds;
mod demo;
mod figures;
pub(crate) mod installation;
mod jobs;
mod keys;
mod killed;
mod node;
mod places;
mod providers;
mod roles;
pub(crate) mod servers;
mod settings;
mod setup;
mod starts;
mod starved;
mod stopping;
mod tls;
mod traces;
mod upgrades;
mod users;
mod watched;
mod why;
