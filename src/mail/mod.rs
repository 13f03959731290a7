//! What mail says. A [`message::Message`] carries what one kind of mail needs to know; written for
//! somebody in their language it is a [`crate::domain::mail::Letter`], in plain text and in HTML.
//!
//! Every kind goes through the same two templates in `templates/mail/`: a heading, a sentence, the
//! code or the one link, facts, and what to do if it was not you. The words are in
//! `locales/*/mail.ftl`. A new kind is a variant, its words in `words.rs` and `letter.rs`, and a
//! sample, which the tests and the viewer of `latchkey dev` take.

mod clean;
mod letter;
pub mod links;
pub mod message;
pub mod samples;
mod sheet;
mod words;

pub use sheet::style_source;

#[cfg(test)]
mod tests;
