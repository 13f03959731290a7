//! What mail says, and how it gets there. A [`message::Message`] carries what one kind of mail needs to know; written for
//! somebody in their language it is a [`crate::domain::mail::Letter`], in plain text and in HTML.
//!
//! Every kind goes through the same two templates in `templates/mail/`: a heading, a sentence, the
//! code or the one link, facts, and what to do if it was not you. The words are in
//! `locales/*/mail.ftl`. A new kind is a variant, its words in `words.rs` and `letter.rs`, who can
//! cause it in `budget.rs`, and a sample, which the tests and the viewer of `latchkey dev` take.
//!
//! Letters are written down in the transaction of the act that they tell of, and sent by whichever
//! node comes first, at least once.

mod budget;
mod clean;
mod letter;
pub mod links;
pub mod message;
pub mod outbox;
pub mod samples;
pub mod sender;
mod sheet;
pub mod smtp;
pub mod transport;
mod words;

pub use outbox::{Office, Outbox, Posted};
pub use sender::{Sender, Sending};
pub use sheet::style_source;
pub use smtp::{BadMail, Smtp};
pub use transport::{Accepted, Transport, Undelivered};

#[cfg(test)]
mod tests;
