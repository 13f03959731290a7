//! What a person looks for in a letter: the code and the link. Both stand alone on a line of its
//! plain text.

/// The code, in groups as it is written.
pub(super) fn code(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| {
        line.chars().filter(char::is_ascii_digit).count() >= 4
            && line.chars().all(|c| c.is_ascii_digit() || c == ' ')
    })
}

/// The link.
pub(super) fn link(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| {
        (line.starts_with("https://") || line.starts_with("http://"))
            && !line.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mail::MessageKind;
    use crate::i18n::Locale;
    use crate::kernel::urls::Issuer;
    use crate::mail::message::Writing;
    use crate::mail::samples;
    use chrono::DateTime;

    #[test]
    fn code_and_link_are_found_in_every_language() {
        let issuer = Issuer::parse("http://localhost:8080").unwrap();
        for locale in Locale::all() {
            for kind in MessageKind::ALL {
                let writing =
                    Writing { issuer: &issuer, brand: "1234", locale, person: None, help: None };
                let to = samples::reader().unwrap();
                let message = samples::sample(kind, DateTime::UNIX_EPOCH).unwrap();
                let text = message.letter(&writing, &to).text;
                let digits = code(&text).map(|code| code.replace(' ', ""));
                let has_code =
                    matches!(kind, MessageKind::SignInCode | MessageKind::ConfirmAddress);
                assert_eq!(digits.as_deref(), has_code.then_some("483920"), "{text}");
                if kind == MessageKind::SignInCode {
                    assert_eq!(link(&text), None, "{text}");
                } else {
                    assert!(link(&text).unwrap().starts_with("http://localhost:8080/"), "{text}");
                }
            }
        }
    }
}
