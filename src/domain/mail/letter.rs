//! A message that is ready to be sent.

use std::fmt;

use super::{MailBudget, MessageKind};
use crate::domain::address::EmailAddress;
use crate::kernel::ids::MailId;

/// A message that is ready to be sent to one person. Subject and bodies may hold live codes and links,
/// so they are not printed.
#[derive(Clone)]
pub struct Letter {
    /// Who gets it; nobody else does.
    pub to: EmailAddress,
    /// What it is about.
    pub kind: MessageKind,
    /// What it takes room from.
    pub budget: MailBudget,
    /// The language that it is written in (BCP 47).
    pub language: String,
    /// The subject: one line.
    pub subject: String,
    /// The message for programs that show no HTML.
    pub text: String,
    /// The message as an HTML document.
    pub html: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({})", self.kind)
    }
}

/// A letter as it is handed to a server.
#[derive(Clone)]
pub struct Mailing {
    /// The same however often it is tried, so that receivers can tell a second copy.
    pub id: MailId,
    /// Who gets it.
    pub to: EmailAddress,
    /// The language that it is written in (BCP 47).
    pub language: String,
    /// The subject: one line.
    pub subject: String,
    /// The message for programs that show no HTML.
    pub text: String,
    /// The message as an HTML document, if there is one.
    pub html: Option<String>,
}

impl fmt::Debug for Mailing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailing({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_326_no_code_in_a_letter_is_printed() {
        let letter = Letter {
            to: EmailAddress::parse("ada@example.com").unwrap(),
            kind: MessageKind::SignInCode,
            budget: MailBudget::Strangers,
            language: "en".to_owned(),
            subject: "4711".to_owned(),
            text: "4711".to_owned(),
            html: "4711".to_owned(),
        };
        assert_eq!(format!("{letter:?}"), "Letter(sign-in-code)");
    }
}
