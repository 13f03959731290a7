//! `domain::scope`: the `scope` parameter (RFC 6749 §3.3).

use std::collections::BTreeSet;

use latchkey::domain::scope::Scopes;

pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let is_token = |token: &str| {
        !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\')
    };
    let Ok(scopes) = Scopes::parse(text) else {
        return assert!(!text.split(' ').all(is_token), "{text:?}");
    };
    let tokens: BTreeSet<&str> = text.split(' ').filter(|token| !token.is_empty()).collect();
    assert!(text.is_empty() || text.split(' ').all(is_token), "{text:?}");
    assert_eq!(scopes.iter().collect::<Vec<_>>(), tokens.into_iter().collect::<Vec<_>>());
    assert_eq!(Scopes::parse(&scopes.to_string()).as_ref(), Ok(&scopes), "not the way back");
}
