//! `domain::credential::password`: what people type as a password.

use latchkey::domain::credential::password::{MAX_CHARS, Password, PasswordProblem};
use unicode_normalization::UnicodeNormalization as _;

pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let normal: String = text.nfc().collect();
    let chars = normal.chars().count();
    match Password::presented(text) {
        Ok(password) => {
            assert!(chars <= MAX_CHARS && !text.contains('\0'));
            assert_eq!(format!("{password:?}"), "Password([redacted])");
        }
        Err(PasswordProblem::BadCharacter) => assert!(text.contains('\0')),
        Err(PasswordProblem::TooLong) => assert!(chars > MAX_CHARS || text.len() > 4 * MAX_CHARS),
        Err(other) => panic!("{other} at a sign-in"),
    }
    // A new one is judged as it is typed later, however its letters are composed.
    let decomposed: String = text.nfd().collect();
    for (a, b) in [(text, normal.as_str()), (text, decomposed.as_str())] {
        let judged = |text| Password::chosen(text, 8, &["alice@example.com"]).map(drop);
        if a.len().max(b.len()) <= 4 * MAX_CHARS {
            assert_eq!(judged(a), judged(b), "{text:?}");
        }
    }
    if let Err(problem) = Password::chosen(text, 8, &[text]) {
        assert!(problem != PasswordProblem::TooShort(8) || chars < 8);
    } else {
        panic!("the password is the address: {text:?}");
    }
}
