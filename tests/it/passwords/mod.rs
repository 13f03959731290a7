//! Passwords that come from elsewhere, what new ones must be like, and who is asked for more.

mod breach;
mod commands;
mod imports;
mod policy;
mod range;
mod rules;
mod world;
