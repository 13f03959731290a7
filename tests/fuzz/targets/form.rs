//! `http::extract::form`: the forms and queries of our own pages.

use latchkey::http::extract::form::{BadForm, Fields, pairs};
use url::form_urlencoded;

/// The most fields that are taken.
const MOST: usize = 100;

pub fn check(data: &[u8]) {
    let usual: Vec<(String, String)> = form_urlencoded::parse(data).into_owned().collect();
    match pairs(data) {
        Ok(ours) => {
            assert!(ours.len() <= MOST);
            assert_eq!(ours, usual, "another decoder reads something else");
            assert!(ours.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
            let again =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(&ours).finish();
            assert_eq!(pairs(again.as_bytes()).as_ref(), Ok(&ours), "not the way back");
            check_fields(data, &ours);
        }
        Err(BadForm::TooMany) => assert!(usual.len() > MOST),
        Err(BadForm::BadEscape) => assert!(has_lone_percent(data)),
        Err(BadForm::BadText) => {
            let odd = |text: &str| text.contains(['\0', char::REPLACEMENT_CHARACTER]);
            assert!(usual.iter().any(|(name, value)| odd(name) || odd(value)));
        }
        Err(BadForm::Duplicate) => panic!("pairs keeps duplicates"),
    }
}

fn check_fields(data: &[u8], pairs: &[(String, String)]) {
    let is_first = |at: usize| pairs[..at].iter().all(|(name, _)| *name != pairs[at].0);
    match Fields::parse(data) {
        Ok(fields) => {
            for (at, (name, value)) in pairs.iter().enumerate() {
                assert!(is_first(at), "a field twice");
                assert_eq!(fields.get(name), Some(value.as_str()));
            }
        }
        Err(error) => {
            assert_eq!(error, BadForm::Duplicate);
            assert!(!(0..pairs.len()).all(is_first));
        }
    }
}

fn has_lone_percent(data: &[u8]) -> bool {
    let text: String = data.iter().map(|byte| char::from(*byte)).collect();
    text.split('%')
        .skip(1)
        .any(|after| after.chars().take(2).filter(char::is_ascii_hexdigit).count() < 2)
}
