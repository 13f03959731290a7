//! What may happen only once happens once, however many try at the same moment.

use std::convert::Infallible;
use std::sync::Barrier;

use latchkey::domain::flow::{Flow, Purpose};
use latchkey::domain::grant::RevokeReason;
use latchkey::domain::one_time_link::{LinkPurpose, OneTimeLink};
use latchkey::domain::rate_limit::AttemptKind;
use latchkey::domain::session::SessionEnd;
use latchkey::kernel::ids::{FlowId, OneTimeLinkId};
use latchkey::kernel::token_hash::TokenHash;
use latchkey::storage::error::StorageError;
use latchkey::storage::tx::Tx;

use super::{Bench, RACERS, at, bench};

/// Runs `act` in as many transactions as there are racers, all of them open before the first acts.
fn race<T: Send>(
    bench: &Bench,
    act: impl Fn(&mut Tx<'_>) -> Result<T, StorageError> + Sync,
) -> Vec<T> {
    let barrier = Barrier::new(RACERS as usize);
    let one = || {
        let outcome = bench.db.write_blocking::<T, Infallible>(|tx| {
            barrier.wait();
            Ok(act(tx)?)
        });
        outcome.unwrap().unwrap()
    };
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..RACERS).map(|_| scope.spawn(one)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

fn winners(outcomes: &[bool]) -> usize {
    outcomes.iter().filter(|won| **won).count()
}

#[test]
fn case_030_a_code_is_redeemed_once() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let app = bench.client("app");
    let (session, _) = bench.session(user);
    for with_refresh in [false, true] {
        let grant = bench.grant(user, &app, session, "openid");
        let outcomes = race(&bench, |tx| {
            let refresh = with_refresh.then(|| bench.refresh_token(grant.id));
            let won = tx.grants().redeem(grant.id, refresh.as_ref(), at(1))?;
            let stored = match &refresh {
                Some(token) => tx.refresh_tokens().find(token.id)?.is_some(),
                None => won,
            };
            assert_eq!(stored, won, "the refresh token is stored if and only if the code was");
            Ok(won)
        });
        assert_eq!(winners(&outcomes), 1);
        let live = bench.read(|tx| tx.grants().find(grant.id)).unwrap();
        assert_eq!(live.grant.code.consumed_at, Some(at(1)));
    }
}

#[test]
fn a_code_is_looked_at_by_one_at_a_time() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let app = bench.client("app");
    let (session, _) = bench.session(user);
    let grant = bench.grant(user, &app, session, "openid");
    // Whoever comes second sees what the first has done, because the row was locked.
    let outcomes = race(&bench, |tx| {
        let live = tx.grants().find_by_code_for_update(grant.code.hash)?.unwrap();
        let is_first = live.grant.code.consumed_at.is_none();
        if is_first {
            assert!(tx.grants().redeem(grant.id, None, at(1))?);
        }
        Ok(is_first)
    });
    assert_eq!(winners(&outcomes), 1);
}

#[test]
fn case_057_a_refresh_token_is_rotated_once() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let app = bench.client("app");
    let (session, _) = bench.session(user);
    let grant = bench.grant(user, &app, session, "openid offline_access");
    let first = bench.refresh_token(grant.id);
    assert!(bench.write(|tx| tx.grants().redeem(grant.id, Some(&first), at(1))));
    let outcomes = race(&bench, |tx| {
        let successor = bench.refresh_token(grant.id);
        let won = tx.refresh_tokens().rotate(first.id, &successor, at(2))?;
        assert_eq!(tx.refresh_tokens().find(successor.id)?.is_some(), won);
        Ok(won)
    });
    assert_eq!(winners(&outcomes), 1);

    // The family's rows are locked together: each refresh sees the one before it.
    let second = bench.read(|tx| tx.refresh_tokens().find(first.id)).unwrap().rotated.unwrap().1;
    let outcomes = race(&bench, |tx| {
        let presented = tx.refresh_tokens().find_for_update(second)?.unwrap();
        let is_current = presented.token.rotated.is_none();
        if is_current {
            let successor = bench.refresh_token(grant.id);
            assert!(tx.refresh_tokens().rotate(second, &successor, at(3))?);
        }
        Ok(is_current)
    });
    assert_eq!(winners(&outcomes), 1);
    let old = bench.write(|tx| tx.refresh_tokens().find_for_update(first.id)).unwrap();
    assert!(old.successor_was_used);
    assert_eq!(old.live.profile.user.id, user);
}

#[test]
fn a_revocation_happens_once() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let app = bench.client("app");
    let (session, _) = bench.session(user);
    let grant = bench.grant(user, &app, session, "openid");
    let outcomes =
        race(&bench, |tx| tx.grants().revoke(grant.id, RevokeReason::CodeReplayed, at(1)));
    assert_eq!(winners(&outcomes), 1);
    let outcomes = race(&bench, |tx| tx.sessions().end(session, SessionEnd::SignedOut, at(1)));
    assert_eq!(winners(&outcomes), 1);
    let ended = bench.read(|tx| tx.sessions().find(session)).unwrap().ended;
    assert_eq!(ended, Some((at(1), SessionEnd::SignedOut)));
}

#[test]
fn a_link_works_once_and_not_when_expired() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let link = |purpose| OneTimeLink {
        email: None,
        replaces: false,
        id: OneTimeLinkId::new(&bench.env),
        purpose,
        mailed_to: None,
        created_at: at(0),
        expires_at: at(60),
        consumed_at: None,
    };
    let setup = link(LinkPurpose::Administrator);
    let secret = bench.secret();
    bench.write(|tx| tx.one_time_links().insert(&setup, secret));
    assert!(!bench.write(|tx| tx.one_time_links().consume(setup.id, at(60))));
    let outcomes = race(&bench, |tx| tx.one_time_links().consume(setup.id, at(59)));
    assert_eq!(winners(&outcomes), 1);
    let found = bench.read(|tx| tx.one_time_links().find(secret)).unwrap();
    assert_eq!(found.purpose, LinkPurpose::Administrator);
    assert_eq!(found.consumed_at, Some(at(59)));

    let password = link(LinkPurpose::Password(user));
    let secret = bench.secret();
    bench.write(|tx| tx.one_time_links().insert(&password, secret));
    bench.write(|tx| tx.one_time_links().kill_for_user(user, at(1)));
    assert!(!bench.write(|tx| tx.one_time_links().consume(password.id, at(2))));
}

#[test]
fn a_flow_finishes_once() {
    let bench = bench();
    let flow = Flow {
        id: FlowId::new(&bench.env),
        browser: bench.secret(),
        purpose: Purpose::Account { page: None },
        session_id: None,
        authenticated_at: None,
        consented: None,
        pending: None,
        arrival: None,
        created_at: at(0),
        expires_at: at(60),
        finished_at: None,
    };
    bench.write(|tx| tx.flows().insert(&flow));
    let outcomes = race(&bench, |tx| tx.flows().finish(flow.id, at(1)));
    assert_eq!(winners(&outcomes), 1);
}

#[test]
fn the_first_administrator_is_made_once() {
    let bench = bench();
    assert!(!bench.write(|tx| tx.instance().administrator_made(at(0))), "nobody claimed it yet");
    let claims = race(&bench, |tx| tx.instance().claim("https://id.example.org", "k1", at(0)));
    assert!(claims.iter().all(|claim| claim == &claims[0]));
    let other = bench.write(|tx| tx.instance().claim("https://other.example.org", "k2", at(1)));
    assert_eq!(other.issuer, "https://id.example.org");
    assert_eq!(other.master_key_id, "k1");
    let outcomes = race(&bench, |tx| tx.instance().administrator_made(at(2)));
    assert_eq!(winners(&outcomes), 1);
    let later = bench.write(|tx| tx.instance().claim("https://id.example.org", "k1", at(3)));
    assert_eq!(later.administrator_at, Some(at(2)));
}

#[test]
fn case_183_attempts_are_counted_exactly() {
    let bench = bench();
    let id = (AttemptKind::Identifier, bench.secret());
    let mut counts: Vec<u32> =
        race(&bench, |tx| Ok(tx.attempts().reserve(&[(id, at(900))], at(0))?[0].count));
    counts.sort_unstable();
    assert_eq!(counts, (1..=RACERS).collect::<Vec<_>>());

    // A window keeps its end, however late the last attempt comes; then all starts anew.
    let last = bench.write(|tx| tx.attempts().reserve(&[(id, at(1799))], at(899)))[0];
    assert_eq!((last.count, last.window_ends_at), (RACERS + 1, at(900)));
    assert_eq!(bench.read(|tx| tx.attempts().load(&[id], at(899))), [Some(last)]);
    assert_eq!(bench.read(|tx| tx.attempts().load(&[id], at(900))), [None]);
    let anew = bench.write(|tx| tx.attempts().reserve(&[(id, at(1800))], at(900)))[0];
    assert_eq!((anew.count, anew.window_ends_at), (1, at(1800)));
    bench.write(|tx| tx.attempts().prolong(id, at(3600)));
    assert_eq!(bench.read(|tx| tx.attempts().load(&[id], at(3599)))[0].unwrap().count, 1);

    let other = (AttemptKind::Address, id.1);
    let counted =
        bench.write(|tx| tx.attempts().reserve(&[(id, at(0)), (other, at(950))], at(901)));
    let counts: Vec<u32> = counted.iter().map(|counted| counted.count).collect();
    assert_eq!(counts, [2, 1], "kinds are counted apart, and told in the order asked");
    for _ in 0..3 {
        bench.write(|tx| tx.attempts().release(&[other, id]));
    }
    assert_eq!(bench.read(|tx| tx.attempts().load(&[id], at(901)))[0].unwrap().count, 0);
    bench.write(|tx| tx.attempts().reserve(&[(id, at(0))], at(901)));
    bench.write(|tx| tx.attempts().reset(&[id], 1));
    assert!(bench.read(|tx| tx.attempts().load(&[id], at(901)))[0].is_some(), "not below 1");
    bench.write(|tx| tx.attempts().reset(&[id], 2));
    assert_eq!(bench.read(|tx| tx.attempts().load(&[id], at(901))), [None]);
}

#[test]
fn some_counters_are_given_back_and_others_forgotten_below_a_limit_of_their_own() {
    let bench = bench();
    let key = bench.secret();
    let [back, all, few, many] = [
        AttemptKind::Address,
        AttemptKind::Account,
        AttemptKind::AccountRun,
        AttemptKind::DeviceRun,
    ]
    .map(|kind| (kind, key));
    for _ in 0..3 {
        let counters = [back, all, few, many].map(|id| (id, at(900)));
        bench.write(|tx| tx.attempts().reserve(&counters, at(0)));
    }
    let forgotten = [(all, u32::MAX), (few, 4), (many, 3)];
    bench.write(|tx| tx.attempts().settle(&[back], &forgotten));
    let left = bench.read(|tx| tx.attempts().load(&[back, all, few, many], at(1)));
    let counts: Vec<_> = left.iter().map(|it| it.map(|it| it.count)).collect();
    assert_eq!(counts, [Some(2), None, None, Some(3)]);
}

#[test]
fn attempts_in_several_counters_never_wait_in_a_circle() {
    let bench = bench();
    let ids: Vec<_> = (0..4).map(|_| (AttemptKind::Identifier, bench.secret())).collect();
    let orders = [ids.clone(), ids.iter().rev().copied().collect()];
    let counter = std::sync::atomic::AtomicUsize::new(0);
    let next = || counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    for _ in 0..20 {
        race(&bench, |tx| {
            let nth = next();
            let ids = &orders[nth % 2];
            if nth % 3 == 0 {
                return tx.attempts().release(ids);
            }
            let asked: Vec<_> = ids.iter().map(|id| (*id, at(900))).collect();
            tx.attempts().reserve(&asked, at(0)).map(drop)
        });
    }
}

#[test]
fn counters_whose_keys_begin_alike_are_forgotten_together() {
    let bench = bench();
    let begin = |first: u8, last: u8| {
        let mut bytes = [first; 32];
        bytes[31] = last;
        (AttemptKind::AccountAtAddress, TokenHash::from(bytes))
    };
    let ids = [begin(7, 0), begin(7, 1), begin(7, 255), begin(8, 0), begin(6, 255)];
    let asked = ids.map(|id| (id, at(900)));
    bench.write(|tx| tx.attempts().reserve(&asked, at(0)));
    bench.write(|tx| tx.attempts().reset_alike(&[begin(7, 9)]));
    let left: Vec<bool> =
        bench.read(|tx| tx.attempts().load(&ids, at(1))).iter().map(Option::is_some).collect();
    assert_eq!(left, [false, false, false, true, true]);
}
