//! Message catalogues and the choice of language.
//!
//! Every sentence a person can read is a message of a Project Fluent catalogue in `locales/`, one
//! folder for each language and in it one file for each area, compiled into the binary. English is
//! the reference and the fallback.
//!
//! To add a message: write it at the same place of the same file in every folder. To add a
//! language: translate the folder, add one entry to the table in `catalogue.rs` and tell the tests
//! its forms of number; they then compare it with English message by message. Digits are European
//! in every language, so that a page does not mix two kinds.

mod argument;
mod catalogue;
mod choose;
mod locale;
mod plural;

#[cfg(test)]
mod catalogue_tests;

pub use argument::Argument;
pub use locale::{Direction, Locale};
