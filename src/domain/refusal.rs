//! Why a request was refused: what an operator is told, and the requester is not.

mod advice;
mod checks;
mod difference;
mod masked;

use std::fmt;

use chrono::{DateTime, Utc};

pub use advice::advise;
pub use checks::{CHECKS, Check};
pub use masked::masked;

/// Which check refused, and what it compared. Secrets are left out by whoever makes it; whatever
/// looks like one all the same is masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// The check's name, one of [`CHECKS`].
    pub check: &'static str,
    /// The section that asks for it; empty for a rule of our own.
    pub specification: &'static str,
    /// What would have been right.
    pub expected: String,
    /// What came.
    pub got: String,
}

/// The longest text of ours that a reason holds, in characters: some addresses of a client.
const MAX_EXPECTED: usize = 1000;
/// The longest piece of a request that a reason repeats, in characters.
const MAX_REPEATED: usize = 300;

impl Reason {
    /// The reason of the named check, which must be one of [`CHECKS`].
    pub fn new(check: &'static str, specification: &'static str) -> Self {
        debug_assert!(Check::find(check).is_some(), "{check} has no words in refusal/checks.rs");
        Self { check, specification, ..Self::default() }
    }

    /// Adds what would have been right and what came.
    #[must_use]
    pub fn compared(mut self, expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        self.expected = shortened(&expected.to_string(), MAX_EXPECTED);
        self.got = shortened(&got.to_string(), MAX_REPEATED);
        self
    }
}

/// What somebody sent as their client id, as far as it is kept.
pub fn sent_client_id(text: &str) -> String {
    shortened(text, 80)
}

/// Masks before it cuts, so that half of a secret is not left over. What is far longer than what is
/// kept is cut before, which masking must not have to read.
fn shortened(text: &str, longest: usize) -> String {
    let cut = |text: &str, longest| match text.char_indices().nth(longest) {
        Some((end, _)) => (text[..end].to_owned(), true),
        None => (text.to_owned(), false),
    };
    // The database holds no NUL.
    let (text, _) = cut(&text.replace('\0', "\u{fffd}"), 4 * longest);
    match cut(&masked(&text), longest) {
        (text, true) => format!("{text}…"),
        (text, false) => text,
    }
}

/// A refusal about to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefusal {
    /// The client as sent, which may be nobody.
    pub client_id: Option<String>,
    /// The public error code, or the status of an error page.
    pub error: String,
    /// Why.
    pub reason: Reason,
}

/// A refusal that was kept: text, because a newer release may have written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRefusal {
    /// When.
    pub at: DateTime<Utc>,
    /// `GET`, `POST`, …
    pub method: Option<String>,
    /// The route, without parameters.
    pub endpoint: Option<String>,
    /// The client as sent.
    pub client_id: Option<String>,
    /// The public error code, or the status of an error page.
    pub error: String,
    /// Which check refused.
    pub check: String,
    /// The section that asks for it; empty for a rule of our own.
    pub specification: String,
    /// What would have been right.
    pub expected: String,
    /// What came.
    pub got: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_326_nothing_like_a_secret_survives_the_cut() {
        let secret = "lk_cs_hQ3vW8xZ1nB5mK7jL9pT2rY4uE6oA0sD";
        for padding in [0, 200, 280, 299, 1190] {
            let sent = format!("{}/{secret}", "x".repeat(padding));
            let reason = Reason::new("load_client", "").compared("an id", sent);
            assert!(!reason.got.contains("lk_cs_h"), "{padding}: {}", reason.got);
            assert!(reason.got.chars().count() <= MAX_REPEATED + 1);
        }
    }
}
