//! What people tell about themselves (OIDC Core §5.1), a checked text each.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value};
use url::Url;

use super::client::text_enum;
use super::time_zone;

text_enum! {
    #[derive(PartialOrd, Ord)]
    /// One thing that a person can tell. The names are those of the claims (§5.1, §5.1.1).
    Detail {
        /// The full name.
        Name = "name",
        /// The given names.
        GivenName = "given_name",
        /// The middle names.
        MiddleName = "middle_name",
        /// The family names.
        FamilyName = "family_name",
        /// What friends say.
        Nickname = "nickname",
        /// The address of a page about the person: http or https.
        Profile = "profile",
        /// The person's own page: http or https.
        Website = "website",
        /// In the person's words.
        Gender = "gender",
        /// `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD` where the year is kept back.
        Birthdate = "birthdate",
        /// BCP 47.
        Locale = "locale",
        /// An IANA time zone, such as `Europe/Berlin`.
        Zoneinfo = "zoneinfo",
        /// E.164: `+` and up to 15 digits.
        PhoneNumber = "phone_number",
        /// Street, house number and the like; may have several lines.
        StreetAddress = "street_address",
        /// City.
        Locality = "locality",
        /// State, province.
        Region = "region",
        /// Postal code.
        PostalCode = "postal_code",
        /// Country.
        Country = "country",
    }
}

/// The longest text, in characters.
pub const MAX_CHARS: usize = 200;

/// The text breaks the rule of its detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.rule())]
pub struct InvalidDetail(pub Detail);

impl Detail {
    /// The parts of a postal address, in the order of an envelope.
    pub const POSTAL: &[Self] =
        &[Self::StreetAddress, Self::PostalCode, Self::Locality, Self::Region, Self::Country];

    /// What it must look like.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Profile | Self::Website => "an address that begins with https:// or http://",
            Self::Birthdate => "a date as YYYY-MM-DD, a year, or 0000-MM-DD without the year",
            Self::Locale => "a language tag such as de or en-GB",
            Self::Zoneinfo => "a time zone such as Europe/Berlin",
            Self::PhoneNumber => "a phone number with + and the country code, such as +4930123456",
            _ => "at most 200 characters, none of them a control character",
        }
    }

    /// The text as it is kept: tidied, `None` when nothing is left of it.
    pub fn check(self, typed: &str) -> Result<Option<String>, InvalidDetail> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let kept = match self {
            Self::PhoneNumber => phone_number(typed),
            Self::Birthdate => birthdate(typed),
            Self::Profile | Self::Website => web_address(typed),
            Self::Locale => subtags(typed),
            Self::Zoneinfo => zone(typed),
            Self::StreetAddress => lines(typed),
            _ => line(typed),
        };
        kept.filter(|text| text.chars().count() <= MAX_CHARS).map(Some).ok_or(InvalidDetail(self))
    }
}

fn is_plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn line(typed: &str) -> Option<String> {
    typed.chars().all(is_plain).then(|| typed.to_owned())
}

fn lines(typed: &str) -> Option<String> {
    let tidy: Vec<_> = typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    tidy.iter().all(|line| line.chars().all(is_plain)).then(|| tidy.join("\n"))
}

fn phone_number(typed: &str) -> Option<String> {
    let digits: String =
        typed.strip_prefix('+')?.chars().filter(|c| !" -./()".contains(*c)).collect();
    let good = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    good.then(|| format!("+{digits}"))
}

fn birthdate(typed: &str) -> Option<String> {
    let shape = typed.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b });
    let good = match typed.len() {
        4 => shape.eq(*b"0000") && typed != "0000",
        10 => shape.eq(*b"0000-00-00") && NaiveDate::parse_from_str(typed, "%Y-%m-%d").is_ok(),
        _ => false,
    };
    good.then(|| typed.to_owned())
}

fn web_address(typed: &str) -> Option<String> {
    let url = Url::parse(typed).ok()?;
    let good = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && !typed.contains(|c: char| c.is_whitespace() || !is_plain(c));
    good.then(|| url.to_string())
}

fn subtags(typed: &str) -> Option<String> {
    let is_subtag =
        |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
    let language = typed.split('-').next().unwrap_or_default();
    let good = typed.split('-').all(is_subtag)
        && language.len() >= 2
        && language.bytes().all(|b| b.is_ascii_alphabetic());
    good.then(|| typed.to_owned())
}

fn zone(typed: &str) -> Option<String> {
    time_zone::find(typed).map(|zone| zone.name().to_owned())
}

/// What a person told. Every text in it keeps the rule of its detail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    texts: BTreeMap<Detail, String>,
    phone_number_verified: bool,
}

/// The member that says whether the phone number was verified.
const VERIFIED: &str = "phone_number_verified";

impl Details {
    /// One of them, if it was told.
    pub fn get(&self, detail: Detail) -> Option<&str> {
        self.texts.get(&detail).map(String::as_str)
    }

    /// Changes one; an empty text takes it away. Another phone number is not a verified one.
    pub fn set(&mut self, detail: Detail, typed: &str) -> Result<(), InvalidDetail> {
        let text = detail.check(typed)?;
        if detail == Detail::PhoneNumber && text.as_deref() != self.get(detail) {
            self.phone_number_verified = false;
        }
        match text {
            Some(text) => self.texts.insert(detail, text),
            None => self.texts.remove(&detail),
        };
        Ok(())
    }

    /// Whether somebody made sure that the phone number is the person's.
    pub fn phone_number_verified(&self) -> bool {
        self.phone_number_verified
    }

    /// Says whether somebody made sure of the phone number. Without a number it stays unverified.
    pub fn verify_phone_number(&mut self, verified: bool) {
        self.phone_number_verified = verified && self.get(Detail::PhoneNumber).is_some();
    }

    /// The postal address in lines (OIDC Core §5.1.1, `formatted`).
    pub fn formatted_address(&self) -> Option<String> {
        let town = [self.get(Detail::PostalCode), self.get(Detail::Locality)];
        let town: Vec<_> = town.into_iter().flatten().collect();
        let town = (!town.is_empty()).then(|| town.join(" "));
        let rows = [
            self.get(Detail::StreetAddress),
            town.as_deref(),
            self.get(Detail::Region),
            self.get(Detail::Country),
        ];
        let rows: Vec<_> = rows.into_iter().flatten().collect();
        (!rows.is_empty()).then(|| rows.join("\n"))
    }

    /// As stored, without those that have columns of their own.
    pub fn to_json(&self, apart: &[Detail]) -> Value {
        let kept = self.texts.iter().filter(|(detail, _)| !apart.contains(detail));
        let mut members: Map<String, Value> = kept
            .map(|(detail, text)| (detail.as_str().to_owned(), Value::from(text.as_str())))
            .collect();
        if self.phone_number_verified {
            members.insert(VERIFIED.to_owned(), Value::Bool(true));
        }
        Value::Object(members)
    }

    /// From what was stored. A member of a later release is left out, and so is one that breaks a
    /// rule of this one: nobody is kept from signing in by a birthday.
    pub fn from_json(stored: &Value) -> Self {
        let mut details = Self::default();
        for (name, value) in stored.as_object().into_iter().flatten() {
            if let (Ok(detail), Some(text)) = (name.parse::<Detail>(), value.as_str())
                && details.set(detail, text).is_err()
            {
                tracing::warn!(name, "a stored detail breaks its rule, and is left out");
            }
        }
        details.verify_phone_number(stored.get(VERIFIED) == Some(&Value::Bool(true)));
        details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_detail_keeps_its_rule() {
        use Detail::*;
        for (detail, typed, kept) in [
            (PhoneNumber, "+49 (30) 123-456", "+4930123456"),
            (Birthdate, "1815-12-10", "1815-12-10"),
            (Birthdate, "0000-02-29", "0000-02-29"),
            (Birthdate, "1815", "1815"),
            (Website, "https://example.com", "https://example.com/"),
            (Locale, "de-CH", "de-CH"),
            (Zoneinfo, "America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
            (StreetAddress, " 1 High Street \r\n\r\n Flat 2 ", "1 High Street\nFlat 2"),
            (GivenName, " Ada ", "Ada"),
        ] {
            assert_eq!(detail.check(typed), Ok(Some(kept.to_owned())), "{detail} {typed:?}");
        }
        for (detail, typed) in [
            (PhoneNumber, "030 123456"),
            (PhoneNumber, "+0301234567"),
            (PhoneNumber, "+1234567890123456"),
            (PhoneNumber, "+49x301234"),
            (Birthdate, "10.12.1815"),
            (Birthdate, "2023-02-29"),
            (Birthdate, "0000"),
            (Website, "javascript:alert(1)"),
            (Website, "ftp://example.com/"),
            (Website, "https://a@b.example/"),
            (Profile, "example.com"),
            (Locale, "german language"),
            (Zoneinfo, "Europe/"),
            (StreetAddress, "a\u{0}b"),
            (Nickname, "a\nb"),
            (Nickname, "a\u{202e}b"),
        ] {
            assert_eq!(detail.check(typed), Err(InvalidDetail(detail)), "{detail} {typed:?}");
        }
        assert!(Nickname.check(&"ä".repeat(MAX_CHARS)).is_ok());
        assert!(Nickname.check(&"ä".repeat(MAX_CHARS + 1)).is_err());
        assert_eq!(Nickname.check("  "), Ok(None));
    }

    #[test]
    fn another_phone_number_is_not_a_verified_one() {
        let mut details = Details::default();
        details.verify_phone_number(true);
        assert!(!details.phone_number_verified(), "there is none");
        details.set(Detail::PhoneNumber, "+4930123456").unwrap();
        details.verify_phone_number(true);
        details.set(Detail::PhoneNumber, "+49 30 123456").unwrap();
        assert!(details.phone_number_verified(), "the same, written otherwise");
        details.set(Detail::PhoneNumber, "+4930123457").unwrap();
        assert!(!details.phone_number_verified());
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let mut details = Details::default();
        for (detail, text) in [
            (Detail::Name, "Ada"),
            (Detail::PhoneNumber, "+4930123456"),
            (Detail::PostalCode, "12345"),
            (Detail::Locality, "Town"),
        ] {
            details.set(detail, text).unwrap();
        }
        details.verify_phone_number(true);
        assert_eq!(Details::from_json(&details.to_json(&[])), details);
        let apart = details.to_json(&[Detail::Name]);
        assert!(apart.get("name").is_none());
        assert_eq!(details.formatted_address().as_deref(), Some("12345 Town"));
        let odd = serde_json::json!({ "birthdate": "soon", "nickname": "Al", "shoe_size": "43" });
        let read = Details::from_json(&odd);
        assert_eq!((read.get(Detail::Birthdate), read.get(Detail::Nickname)), (None, Some("Al")));
    }
}
