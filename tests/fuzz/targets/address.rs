//! `domain::address`: email addresses and usernames (cases 203, 321).

use latchkey::domain::address::{EmailAddress, Identifier, Username};
use unicode_normalization::UnicodeNormalization as _;

pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let identifier = Identifier::parse(text);
    if let Ok(email) = EmailAddress::parse(text) {
        assert_eq!(identifier, Some(Identifier::Email(email.clone())));
        check_email(text, &email);
    } else if let Ok(name) = Username::parse(text) {
        assert_eq!(identifier, Some(Identifier::Username(name.clone())));
        assert_eq!(
            Username::parse(name.as_str()).as_ref(),
            Ok(&name),
            "canonical once and for all"
        );
        let upper = Username::parse(&text.to_ascii_uppercase());
        assert!(upper.is_err() || upper.as_ref() == Ok(&name), "{upper:?}");
        assert!((1..=64).contains(&name.as_str().chars().count()));
        assert!(!name.as_str().contains(|c: char| c == '@' || c.is_whitespace() || c.is_control()));
    } else {
        assert_eq!(identifier, None);
    }
}

fn check_email(text: &str, email: &EmailAddress) {
    let canonical = email.canonical();
    for form in [canonical, email.as_typed()] {
        assert_eq!(form.matches('@').count(), 1, "{form:?}");
        assert!(!form.contains(|c: char| c.is_whitespace() || c.is_control()), "{form:?}");
        assert!(
            !form.contains(['<', '>', ',', ';', ':', '"', '(', ')', '[', ']', '\\']),
            "{form:?}"
        );
        assert_eq!(form.nfc().collect::<String>(), form);
    }
    let again = EmailAddress::parse(canonical);
    assert_eq!(again.as_ref().map(EmailAddress::canonical), Ok(canonical), "{text:?}");
    // Not every letter has a capital (ẗ), but none has one that is somebody else's.
    if let Ok(upper) = EmailAddress::parse(&text.to_ascii_uppercase()) {
        assert_eq!(upper.canonical(), canonical);
    }
    let (_, domain) = canonical.split_once('@').unwrap();
    assert!(domain.is_ascii() && domain.contains('.') && domain == domain.to_ascii_lowercase());
}
