//! What takes a letter away.

use futures_util::future::BoxFuture;

use crate::domain::mail::{Mailing, Problem};

/// What a server says when it takes a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The code of its reply.
    pub code: u16,
    /// The text of its reply, as it came: for operators, never stored.
    pub text: String,
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Whose fault it is.
    pub fault: Fault,
    /// What went wrong.
    pub problem: Problem,
    /// What the server said, as it came: for operators, never stored.
    pub reply: Option<String>,
}

/// Whose fault it is that a letter was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server's: nothing can be given to it at present.
    Server,
    /// This letter was not taken this time.
    Moment,
    /// This letter's: it will never be taken.
    Letter,
}

/// Takes letters away. There is the mail server, and what tests put in its place.
pub trait Transport: Send + Sync + 'static {
    /// Gives a letter to the server. When this is dropped, nobody knows whether the server has it.
    fn send<'a>(&'a self, mailing: &'a Mailing) -> BoxFuture<'a, Result<Accepted, Undelivered>>;

    /// Asks the server whether it would take letters from us.
    fn check(&self) -> BoxFuture<'_, Result<(), Undelivered>>;

    /// Takes leave of the server.
    fn close(&self) -> BoxFuture<'_, ()>;
}
