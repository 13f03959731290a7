//! Which tokens were found genuine before. A resource server asks about the same access token again
//! and again, and a signature that was right once is right for as long as its key is trusted.

use std::collections::HashSet;
use std::mem;
use std::sync::{PoisonError, RwLock};

use sha2::{Digest as _, Sha256};

/// How many tokens make a generation. Two are kept, of 32 bytes a token.
const GENERATION: usize = 4096;

/// A token of one type, to the last byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Mark([u8; 32]);

impl Mark {
    pub(super) fn of(typ: &str, token: &str) -> Self {
        Self(
            Sha256::new().chain_update(typ).chain_update([0]).chain_update(token).finalize().into(),
        )
    }
}

/// Tokens with a right signature, forgotten when there are many newer ones. Only what was signed
/// here gets in, so a stranger cannot fill it. It lives as long as the keys that it was made with.
#[derive(Debug, Default)]
pub(super) struct Genuine(RwLock<Generations>);

#[derive(Default)]
struct Generations {
    young: HashSet<Mark>,
    old: HashSet<Mark>,
}

impl Genuine {
    pub(super) fn contains(&self, mark: Mark) -> bool {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.young.contains(&mark) || held.old.contains(&mark)
    }

    pub(super) fn insert(&self, mark: Mark) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if held.young.len() >= GENERATION {
            held.old = mem::take(&mut held.young);
        }
        held.young.insert(mark);
    }
}

impl std::fmt::Debug for Generations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Generations({}, {})", self.young.len(), self.old.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_under_its_type_and_to_the_last_byte() {
        let genuine = Genuine::default();
        genuine.insert(Mark::of("at+jwt", "a.b.c"));
        assert!(genuine.contains(Mark::of("at+jwt", "a.b.c")));
        for (typ, token) in [("rt+jwt", "a.b.c"), ("at+jwt", "a.b.d"), ("at+jwt", "a.b.c ")] {
            assert!(!genuine.contains(Mark::of(typ, token)), "{typ} {token}");
        }
    }

    #[test]
    fn no_more_than_two_generations_are_kept() {
        let genuine = Genuine::default();
        let mark = |number: usize| Mark::of("at+jwt", &number.to_string());
        for number in 0..3 * GENERATION {
            genuine.insert(mark(number));
        }
        let kept = (0..3 * GENERATION).filter(|number| genuine.contains(mark(*number)));
        assert_eq!(kept.collect::<Vec<_>>(), (GENERATION..3 * GENERATION).collect::<Vec<_>>());
    }
}
