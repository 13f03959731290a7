use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::domain::sealed::Sealed;
use crate::domain::signing_key::SigningAlgorithm;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000_000 + seconds, 0).unwrap()
}

fn key(name: impl ToString, created_at: DateTime<Utc>) -> SigningKey {
    SigningKey {
        kid: name.to_string(),
        algorithm: SigningAlgorithm::Rs256,
        state: KeyState::Next,
        public_jwk: Value::Null,
        sealed: Sealed { key_id: String::new(), nonce: [0; 12], ciphertext: Vec::new() },
        created_at,
        activates_at: None,
        activated_at: None,
        retiring_at: None,
        gone_at: None,
        revoked_at: None,
    }
}

const DAY: i64 = 86_400;

fn usual() -> Timing {
    Timing::of(&Settings::default())
}

/// A chain with an active key `1` and a next key `2`, both made at second 0.
fn chain() -> KeyChain {
    let mut chain = KeyChain::default();
    chain.begin(key(1, at(0)), at(0));
    chain.publish(key(2, at(0)), &usual());
    chain.changes.clear();
    chain
}

fn state(chain: &KeyChain, kid: &str) -> Option<KeyState> {
    chain.keys().iter().find(|key| key.kid == kid).map(|key| key.state)
}

#[test]
fn the_next_key_takes_over_by_the_clock_alone() {
    let chain = chain();
    let signs = |seconds| chain.signing(at(seconds)).unwrap().kid.as_str();
    assert_eq!(signs(0), "1");
    assert_eq!(signs(90 * DAY - 1), "1");
    assert_eq!(signs(90 * DAY), "2");
    assert_eq!(chain.state_at(&chain.keys()[0], at(90 * DAY)), KeyState::Retiring);
    assert_eq!(chain.state_at(&chain.keys()[1], at(90 * DAY)), KeyState::Active);
    assert_eq!(chain.due(&usual(), at(90 * DAY - 1)), Due::Nothing);
    assert_eq!(chain.due(&usual(), at(90 * DAY)), Due::Spare);
}

#[test]
fn what_was_slept_through_is_noted_at_its_own_instant() {
    let mut chain = chain();
    chain.advance(&usual(), at(120 * DAY));
    let [one, two] = chain.keys() else { panic!("{chain:?}") };
    assert_eq!((one.state, one.retiring_at), (KeyState::Gone, Some(at(90 * DAY))));
    assert_eq!((two.state, two.activated_at), (KeyState::Active, Some(at(90 * DAY))));
    // The key after that is overdue already, and is published before it signs all the same.
    chain.publish(key(3, at(300 * DAY)), &usual());
    assert_eq!(chain.next().unwrap().activates_at, Some(at(300 * DAY + 3600)));
    assert_eq!(chain.signing(at(300 * DAY + 3599)).unwrap().kid, "2");
}

#[test]
fn a_key_stays_for_what_it_has_signed() {
    let mut chain = chain();
    let retired = 90 * DAY;
    for (after, expected) in [
        (0, Some(KeyState::Retiring)),
        (DAY + 299, Some(KeyState::Retiring)),
        (DAY + 300, Some(KeyState::Gone)),
        (365 * DAY + 299, Some(KeyState::Gone)),
        (365 * DAY + 300, None),
    ] {
        chain.advance(&usual(), at(retired + after));
        assert_eq!(state(&chain, "1"), expected, "{after} s after its end");
    }
}

#[test]
fn a_rotation_waits_for_publication_and_for_the_nodes() {
    let mut young = chain();
    let planned = young.rotate(&usual(), at(60), false);
    assert_eq!(planned, Some(("2".to_owned(), at(3600))));
    assert_eq!(young.signing(at(3599)).unwrap().kid, "1");
    // Asking again changes nothing, and puts nothing off.
    young.changes.clear();
    assert_eq!(young.rotate(&usual(), at(120), false), planned);
    assert_eq!(young.changes, []);

    let mut old = chain();
    assert_eq!(old.rotate(&usual(), at(DAY), false), Some(("2".to_owned(), at(DAY + 10))));

    let mut forced = chain();
    assert_eq!(forced.rotate(&usual(), at(60), true), Some(("2".to_owned(), at(60))));
    assert_eq!(state(&forced, "2"), Some(KeyState::Active));
    assert_eq!(forced.rotate(&usual(), at(61), true), None, "there is no next key");
}

#[test]
fn a_shorter_lifetime_takes_effect_at_once_and_a_longer_one_with_the_next_key() {
    let mut chain = chain();
    let days = |days| Timing { lifetime: TimeDelta::days(days), ..usual() };
    chain.advance(&days(30), at(DAY));
    assert_eq!(chain.next().unwrap().activates_at, Some(at(30 * DAY)));
    chain.advance(&days(60), at(2 * DAY));
    assert_eq!(chain.next().unwrap().activates_at, Some(at(30 * DAY)));
    // One that is over already leaves the nodes time to hear of it.
    chain.advance(&days(1), at(3 * DAY));
    assert_eq!(chain.next().unwrap().activates_at, Some(at(3 * DAY + 10)));
}

#[test]
fn revoking_never_leaves_no_key() {
    let mut active = chain();
    active.revoke("1", key(3, at(9)), &usual(), at(9)).unwrap();
    assert_eq!(state(&active, "1"), Some(KeyState::Gone));
    assert_eq!(active.signing(at(9)).unwrap().kid, "2");
    assert_eq!(active.next().unwrap().kid, "3");
    let order: Vec<_> = active.changes.iter().map(std::mem::discriminant).collect();
    let none = || String::new();
    let expected = [
        Change::Revoked { kid: none(), at: at(0), was: KeyState::Active },
        Change::Activated { kid: none(), at: at(0) },
        Change::Published(Box::new(key(3, at(9)))),
    ];
    assert_eq!(order, expected.each_ref().map(std::mem::discriminant));
    let again = active.revoke("1", key(4, at(9)), &usual(), at(9));
    assert_eq!(again, Err(NotRevoked::Already));
    let unknown = active.revoke("0", key(4, at(9)), &usual(), at(9));
    assert_eq!(unknown, Err(NotRevoked::Unknown));

    let mut next = chain();
    next.revoke("2", key(3, at(9)), &usual(), at(9)).unwrap();
    assert_eq!(next.signing(at(9)).unwrap().kid, "1");
    assert_eq!(next.next().unwrap().activates_at, Some(at(90 * DAY)));

    let mut last = KeyChain::default();
    last.begin(key(1, at(0)), at(0));
    last.revoke("1", key(2, at(9)), &usual(), at(9)).unwrap();
    assert_eq!(last.signing(at(9)).unwrap().kid, "2");
}

#[test]
fn without_a_first_key_nothing_is_made() {
    let mut chain = KeyChain::default();
    assert_eq!(chain.due(&usual(), at(0)), Due::Nothing);
    chain.publish(key(1, at(0)), &usual());
    assert!(chain.keys().is_empty() && chain.rotate(&usual(), at(0), true).is_none());
}

/// What can be done to a chain.
#[derive(Clone, Copy, Debug)]
enum Act {
    Tick,
    Rotate,
    RotateNow,
    /// Which of the keys.
    Revoke(prop::sample::Index),
    Settings {
        lifetime: u32,
        publication: u32,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Tick),
        3 => Just(Act::Rotate),
        1 => Just(Act::RotateNow),
        1 => any::<prop::sample::Index>().prop_map(Act::Revoke),
        1 => (0..200_000_u32, 0..20_000_u32)
            .prop_map(|(lifetime, publication)| Act::Settings { lifetime, publication }),
    ]
}

proptest! {
    #[test]
    fn any_sequence_keeps_one_signing_key_and_every_token_verifiable(
        steps in proptest::collection::vec((0..300_000_i64, act()), 1..60),
    ) {
        let mut settings = Settings::default();
        let (mut chain, mut made, mut clock) = (chain(), 2, 0);
        // Key, moment, and for keys the earliest moment at which they may sign.
        let mut signed: Vec<(String, i64)> = Vec::new();
        let mut hurried: Vec<String> = vec!["1".to_owned()];
        // The shortest publication that was ever asked for while the key waited.
        let mut promised: std::collections::HashMap<String, TimeDelta> =
            [("2".to_owned(), usual().publication)].into();
        for (passed, act) in steps {
            let until = clock + passed;
            // Tokens are signed all the time, whether anybody notes steps or not.
            for moment in [clock, clock + passed / 2, until] {
                let key = chain.signing(at(moment)).expect("there is always a key");
                signed.push((key.kid.clone(), moment));
                if !hurried.contains(&key.kid) {
                    prop_assert!(at(moment) >= key.created_at + promised[&key.kid]);
                }
            }
            clock = until;
            if let Act::Settings { lifetime, publication } = act {
                settings.signing_key_lifetime = lifetime;
                settings.signing_key_publication = publication;
            }
            let (timing, now) = (Timing::of(&settings), at(clock));
            if let Some(next) = chain.next().filter(|next| !next.takes_over(now)) {
                let least = promised.get_mut(&next.kid).unwrap();
                *least = (*least).min(timing.publication);
            }
            chain.advance(&timing, now);
            made += 1;
            let spare = key(made, now);
            promised.insert(spare.kid.clone(), timing.publication);
            match act {
                Act::Tick | Act::Settings { .. } => chain.publish(spare, &timing),
                Act::Rotate | Act::RotateNow => {
                    chain.publish(spare, &timing);
                    let at_once = matches!(act, Act::RotateNow);
                    let (kid, _) = chain.rotate(&timing, now, at_once).unwrap();
                    hurried.extend(at_once.then_some(kid));
                }
                Act::Revoke(index) => {
                    let kid = chain.keys()[index.index(chain.keys().len())].kid.clone();
                    if chain.revoke(&kid, spare, &timing, now).is_ok() {
                        signed.retain(|(signer, _)| *signer != kid);
                        hurried.push(chain.signing(now).unwrap().kid.clone());
                    }
                }
            }
            let count = |state| chain.keys().iter().filter(|key| key.state == state).count();
            prop_assert_eq!(count(KeyState::Active), 1);
            prop_assert!(count(KeyState::Next) <= 1);
            for (kid, moment) in &signed {
                let age = clock - moment;
                let found = chain.keys().iter().find(|key| key.kid == *kid);
                if age <= DAY {
                    prop_assert!(found.is_some_and(|key| key.state.is_published()), "{} s", age);
                }
                if age <= 365 * DAY {
                    prop_assert!(found.is_some_and(|key| key.revoked_at.is_none()), "{} s", age);
                }
            }
        }
    }
}
