//! Hashing, with as little of it as argon2 takes.

use super::*;
use futures_util::FutureExt as _;

const SMALL: Params = Params { memory_kib: 8, iterations: 1, parallelism: 1 };

fn hasher(params: Params) -> PasswordHasher {
    PasswordHasher::new(params, 1, 8).unwrap()
}

#[tokio::test]
async fn a_password_matches_its_own_hash_only() {
    let hasher = hasher(SMALL);
    let phc = hasher.hash(&Env::system(), "correct horse".into()).await.unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{phc}");
    let verdict = hasher.verify("correct horse".into(), Some(phc.clone())).await;
    assert_eq!(verdict, Ok(Verdict::Match { rehash: false }));
    for wrong in ["correct horsf", "correct hors", "correct horse ", ""] {
        let verdict = hasher.verify(wrong.into(), Some(phc.clone())).await;
        assert_eq!(verdict, Ok(Verdict::Mismatch), "{wrong:?}");
    }
    let again = hasher.hash(&Env::system(), "correct horse".into()).await.unwrap();
    assert_ne!(phc, again, "the salt is fresh");
}

#[tokio::test]
async fn an_unknown_account_costs_one_hash_like_a_known_one() {
    let hasher = hasher(SMALL);
    let phc = hasher.hash(&Env::system(), "a".into()).await.unwrap();
    let before = hasher.hashes();
    assert_eq!(hasher.verify("b".into(), Some(phc)).await, Ok(Verdict::Mismatch));
    assert_eq!(hasher.hashes(), before + 1);
    assert_eq!(hasher.verify("b".into(), None).await, Ok(Verdict::Mismatch));
    assert_eq!(hasher.hashes(), before + 2);
    let dummy = &hasher.shared.dummy;
    assert_eq!(argon2::Params::try_from(dummy), Ok(hasher.shared.params.clone()));
}

/// With the parameters of production: what is compared with for nobody takes the same work as what is
/// stored for somebody, in the same memory.
#[tokio::test]
async fn case_176_a_real_hash_of_nobody_is_like_one_of_somebody() {
    let hasher = hasher(Params::default());
    let text = hasher.hash(&Env::system(), "correct horse".into()).await.unwrap();
    let (real, nobodys) = (PasswordHash::new(&text).unwrap(), &hasher.shared.dummy);
    assert_eq!((&real.algorithm, real.version), (&nobodys.algorithm, nobodys.version));
    assert_eq!(argon2::Params::try_from(&real), argon2::Params::try_from(nobodys));
    assert_eq!(real.salt.unwrap().len(), nobodys.salt.unwrap().len());
    assert_eq!(real.hash.unwrap().len(), nobodys.hash.unwrap().len());
    let before = (hasher.hashes(), hasher.shared.allocations.load(Ordering::Relaxed));
    for stored in [Some(text), None] {
        let verdict = hasher.verify("wrong horse".into(), stored).await;
        assert_eq!(verdict, Ok(Verdict::Mismatch));
    }
    let after = (hasher.hashes(), hasher.shared.allocations.load(Ordering::Relaxed));
    assert_eq!(after, (before.0 + 2, before.1));
}

#[tokio::test]
async fn other_kinds_of_hash_match_and_are_replaced() {
    let stored = hasher(SMALL);
    let current = hasher(Params { iterations: 2, ..SMALL });
    let phc = stored.hash(&Env::system(), "pw".into()).await.unwrap();
    let verdict = current.verify("pw".into(), Some(phc)).await;
    assert_eq!(verdict, Ok(Verdict::Match { rehash: true }));

    // Made by the reference implementation (its test vectors): argon2i and argon2id, 256 KiB.
    for phc in [
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ] {
        let verdict = current.verify("password".into(), Some(phc.to_owned())).await;
        assert_eq!(verdict, Ok(Verdict::Match { rehash: true }), "{phc}");
        let verdict = current.verify("passwore".into(), Some(phc.to_owned())).await;
        assert_eq!(verdict, Ok(Verdict::Mismatch), "{phc}");
    }
    let kept = current.limit.run(|memory| (memory.len(), memory.capacity())).await.unwrap();
    assert!(kept.0 == 8 && kept.1 < 256, "what was more than usual is kept: {kept:?}");
}

#[tokio::test]
async fn what_is_no_hash_is_an_error_not_a_match() {
    let hasher = hasher(SMALL);
    for phc in [
        "",
        "x",
        "$argon2id$",
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
        "$bcrypt$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=8,t=4294967295,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ] {
        let verdict = hasher.verify("password".into(), Some(phc.to_owned())).await;
        assert_eq!(verdict, Err(HashError::Unreadable), "{phc}");
    }
    assert_eq!(hasher.hashes(), 0);
}

#[tokio::test]
async fn hashing_beyond_the_queue_is_busy() {
    // The queue has no place, and the only place at work is taken by a closed gate.
    let hasher = PasswordHasher::new(SMALL, 1, 0).unwrap();
    let (report, begun) = tokio::sync::oneshot::channel();
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let limit = hasher.limit.clone();
    let work = move |_: &mut Memory| report.send(()).and_then(|()| gate.recv().map_err(|_| ()));
    let blocker = tokio::spawn(async move { limit.run(work).await });
    begun.await.unwrap();
    let env = Env::system();
    assert!(hasher.is_full());
    let busy = hasher.hash(&env, "a".into()).now_or_never();
    assert_eq!(busy, Some(Err(HashError::Busy)));
    let busy = hasher.verify("a".into(), None).now_or_never();
    assert_eq!(busy, Some(Err(HashError::Busy)));
    let looked =
        hasher.hash_unless(&env, "a".into(), |_| -> Option<()> { panic!("nobody looks at it") });
    assert_eq!(looked.now_or_never(), Some(Err(HashError::Busy)));
    assert_eq!(hasher.hashes(), 0, "who is turned away costs nothing");
    open.send(()).unwrap();
    assert_eq!(blocker.await.unwrap(), Ok(Ok(())));
    assert!(hasher.hash(&env, "a".into()).await.is_ok());
}

#[tokio::test]
async fn a_password_that_is_refused_costs_no_hash() {
    let hasher = hasher(SMALL);
    let env = Env::system();
    let refuse = |password: &str| (password == "a").then_some("it is a");
    let refused = hasher.hash_unless(&env, "a".into(), refuse).await;
    assert_eq!((refused, hasher.hashes()), (Ok(Err("it is a")), 0));
    let made = hasher.hash_unless(&env, "b".into(), refuse).await;
    assert!(made.unwrap().is_ok());
}

#[tokio::test]
async fn memory_is_allocated_once_for_each_hash_at_once() {
    let hasher = PasswordHasher::new(SMALL, 2, 64).unwrap();
    let env = Env::system();
    let all = (0..32).map(|_| hasher.hash(&env, "pw".into()));
    let made = futures_util::future::join_all(all).await;
    assert!(made.iter().all(Result::is_ok));
    assert_eq!((hasher.hashes(), hasher.running()), (32, 0));
    let allocations = hasher.shared.allocations.load(Ordering::Relaxed);
    assert!((1..=2).contains(&allocations), "{allocations} for two at once");
}

#[test]
fn impossible_parameters_are_refused() {
    for params in [
        Params { memory_kib: 7, ..SMALL },
        Params { iterations: 0, ..SMALL },
        Params { parallelism: 0, ..SMALL },
        Params { parallelism: 2, ..SMALL },
        Params { parallelism: u32::MAX, memory_kib: u32::MAX, ..SMALL },
        Params { memory_kib: 2 * 1024 * 1024, ..SMALL },
    ] {
        assert!(PasswordHasher::new(params, 1, 1).is_err(), "{params:?}");
    }
    assert!(PasswordHasher::new(Params::default(), 1, 1).is_ok());
}
