//! Email addresses and usernames: one canonical form, used everywhere.

use std::fmt;

use chrono::{DateTime, Utc};
use unicode_normalization::UnicodeNormalization as _;

use crate::kernel::ids::{AddressId, UserId};

/// A syntactically acceptable address (the dot-atom form of RFC 5321 §4.1.2 with RFC 6531's
/// characters; quoted local parts and address literals are refused).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmailAddress {
    typed: String,
    canonical: String,
}

/// The text is no email address that can be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an email address")]
pub struct InvalidEmail;

impl EmailAddress {
    /// Parses an address. White space around it is dropped; control characters, lists, comments and
    /// display names are refused (they have been used to smuggle mail headers).
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let typed: String = text.trim_matches([' ', '\t']).nfc().collect();
        if typed.len() > 254 {
            return Err(InvalidEmail);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(InvalidEmail)?;
        // Lower-casing can decompose (İ), so the form is normalised once more. What then is no local
        // part any more would never be found again by its canonical form.
        let lower: String = local.to_lowercase().nfc().collect();
        if ![local, &lower].into_iter().all(is_local_part) {
            return Err(InvalidEmail);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| InvalidEmail)?;
        if !domain.contains('.') || domain.starts_with('.') || domain.ends_with('.') {
            return Err(InvalidEmail);
        }
        let canonical = format!("{lower}@{domain}");
        Ok(Self { typed, canonical })
    }

    /// As the person typed it, in NFC: what mail is sent to and what is shown.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// NFC, lower case, IDNA: what is compared. Dots and plus tags are kept.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl EmailAddress {
    /// Enough of it for its owner to know it again.
    pub fn masked(&self) -> String {
        let (local, domain) = self.typed.rsplit_once('@').unwrap_or_default();
        format!("{}•••@{domain}", local.chars().take(1).collect::<String>())
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

fn is_local_part(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char))
}

fn is_atom_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(c)
        || (!c.is_ascii() && c.is_alphanumeric())
}

/// A username: 1 to 64 characters without `@` or white space, in NFC and lower case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Username(String);

/// The text is no username.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a username has 1 to 64 letters, digits, dots, dashes or underscores")]
pub struct InvalidUsername;

impl Username {
    /// Parses a username: letters, digits, `.`, `-` and `_`.
    pub fn parse(text: &str) -> Result<Self, InvalidUsername> {
        let canonical: String =
            text.trim().nfc().collect::<String>().to_lowercase().nfc().collect();
        let good = (1..=64).contains(&canonical.chars().count())
            && canonical.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c));
        if good { Ok(Self(canonical)) } else { Err(InvalidUsername) }
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody typed to say who they are: the login field takes either.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Identifier {
    /// Has an `@`.
    Email(EmailAddress),
    /// Has none.
    Username(Username),
}

impl Identifier {
    /// Parses the login field; `None` when it can name nobody.
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains('@') {
            EmailAddress::parse(text).ok().map(Self::Email)
        } else {
            Username::parse(text).ok().map(Self::Username)
        }
    }

    /// The canonical text, by which attempts are counted.
    pub fn canonical(&self) -> &str {
        match self {
            Self::Email(email) => email.canonical(),
            Self::Username(username) => username.as_str(),
        }
    }
}

/// An address of a person.
#[derive(Clone, Debug)]
pub struct Address {
    /// The row.
    pub id: AddressId,
    /// Whose it is.
    pub user_id: UserId,
    /// The address.
    pub email: EmailAddress,
    /// The one that mail goes to and the `email` claim shows.
    pub is_primary: bool,
    /// When the person proved to receive mail there; the `email_verified` claim.
    pub verified_at: Option<DateTime<Utc>>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_321_one_canonical_form() {
        let canonical = |text| EmailAddress::parse(text).unwrap().canonical().to_owned();
        assert_eq!(canonical("Victim@Example.org"), "victim@example.org");
        assert_eq!(canonical(" victim@example.org\t"), "victim@example.org");
        assert_eq!(canonical("v.i+tag@EXAMPLE.org"), "v.i+tag@example.org");
        assert_eq!(canonical("jörg@BÜCHER.example"), "jörg@xn--bcher-kva.example");
        assert_eq!(canonical("jo\u{308}rg@bücher.example"), "jörg@xn--bcher-kva.example");
    }

    #[test]
    fn an_address_is_shown_to_those_who_know_it() {
        let masked = |text| EmailAddress::parse(text).unwrap().masked();
        assert_eq!(masked("Ada.Lovelace@example.org"), "A•••@example.org");
        assert_eq!(masked("é@example.org"), "é•••@example.org");
    }

    #[test]
    fn case_203_what_is_no_address() {
        for text in [
            "v@x\r\nBcc:e@y.example",
            "a@b@c.example",
            "\"a,b\"@x.example",
            "v@x.example,e@y.example",
            "<a@b.example>",
            "a",
            "@b.example",
            "a@",
            "a@localhost",
            "a..b@c.example",
            ".a@c.example",
            "a@c.example\0",
            "a b@c.example",
            "a@-c.example",
            "a@[127.0.0.1]",
            // Its lower case has a dot of its own above the i.
            "İstanbul@c.example",
            "",
        ] {
            assert_eq!(EmailAddress::parse(text), Err(InvalidEmail), "{text:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@x.example", "a".repeat(300))).is_err());
    }

    #[test]
    fn usernames_exclude_the_at_sign() {
        assert_eq!(Username::parse(" Alice_1 ").unwrap().as_str(), "alice_1");
        assert!(Username::parse("a@b").is_err());
        assert!(Username::parse("a b").is_err());
        assert!(matches!(Identifier::parse("a@b.example"), Some(Identifier::Email(_))));
        assert!(matches!(Identifier::parse("alice"), Some(Identifier::Username(_))));
        assert_eq!(Identifier::parse("\0"), None);
    }
}
