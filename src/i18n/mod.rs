//! Message catalogues and the choice of language.
//!
//! Every sentence a person can read is a message of a Project Fluent catalogue in `locales/`, one
//! folder for each language, compiled into the binary. English is the reference and the fallback.
//! To add a language: translate the folder and add one entry to the table in `catalogue.rs`; the
//! tests of this room then compare it with English message by message.

mod argument;
mod catalogue;
mod choose;
mod locale;

#[cfg(test)]
mod catalogue_tests;

pub use argument::Argument;
pub use locale::{Direction, Locale};
