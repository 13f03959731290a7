//! What is in `deploy/`, tried as far as one machine can: the shipped files of nginx, Caddy and
//! `PgBouncer`, run by the real programs before and behind two nodes that are processes of their own.
//!
//! The files are used as they are; what this machine cannot have (addresses, ports, certificates) is
//! put into them by [`nodes`], [`proxy`] and [`pooled`], which say what.

mod images;
mod nodes;
mod pooled;
mod proxied;
mod proxy;
mod repeats;
mod rolling;
mod units;
mod visits;
