//! Whether an address has an account shows in nothing: the same answers, statements and hashes.

use latchkey::domain::audit::Actor;
use latchkey::domain::credential::mailed_code::CodePurpose;
use latchkey::identity::login::factors::mailed_code::Mailing;
use latchkey::identity::login::{FlowError, Input};
use latchkey::identity::register::Registration;

use super::{asked, mail, registration, typed};
use crate::identity::world::{Browser, World, context};

/// What an attempt cost, and how it ended.
async fn cost(
    world: &World,
    browser: &Browser,
    flow: latchkey::kernel::ids::FlowId,
    input: Input,
) -> (String, u64, u64, u64) {
    let before = (world.hasher.hashes(), world.db.statements(), world.db.transactions());
    let answer = world.advance(&mut browser.clone(), flow, input).await;
    let told = match &answer {
        Ok(advanced) => format!("{:?} {}", advanced.next, advanced.cookie.is_some()),
        Err(FlowError::WrongCode(_)) => "wrong".to_owned(),
        Err(FlowError::TooMany { retry_at, .. }) => {
            format!("too many {}", (*retry_at - world.env.now()).num_seconds())
        }
        Err(other) => panic!("{other:?}"),
    };
    (
        told,
        world.hasher.hashes() - before.0,
        world.db.statements() - before.1,
        world.db.transactions() - before.2,
    )
}

async fn world() -> World {
    let world = World::new().await;
    world.person("existing@example.org").await;
    world.account("no-password@example.org", None, &[]).await;
    world.unverified("unverified@example.org").await;
    let closed = world.person("closed@example.org").await;
    world.identity.disable_user(Actor::Operator, closed, &context()).await.unwrap();
    world
}

const KINDS: [&str; 5] = ["existing", "absent", "closed", "unverified", "no-password"];

#[tokio::test]
async fn case_205_codes_cost_the_same_for_every_address() {
    let world = world().await;
    for link in [false, true] {
        let mut seen = vec![];
        for kind in KINDS {
            let browser = Browser::new();
            let to = format!("{kind}@example.org");
            let flow = world.account_flow(&browser).await;
            let mut of_kind = vec![cost(&world, &browser, flow, asked(&to, link)).await];
            for n in 0..7 {
                let wrong = typed(CodePurpose::SignIn, &format!("00000{n}"));
                of_kind.push(cost(&world, &browser, flow, wrong).await);
            }
            let again = mail(Mailing::Again(CodePurpose::SignIn));
            of_kind.push(cost(&world, &browser, flow, again).await);
            seen.push(of_kind);
        }
        for (other, kind) in seen.iter().zip(KINDS) {
            assert_eq!(other, &seen[0], "{kind} and {}", KINDS[0]);
        }
        world.pass(chrono::TimeDelta::hours(1));
    }
}

#[tokio::test]
async fn case_205_the_fourth_mail_is_refused_for_every_address() {
    let world = world().await;
    for kind in KINDS {
        let to = format!("{kind}@example.org");
        for n in 1..=5 {
            let browser = Browser::at_address(&format!("198.51.100.{n}"));
            let flow = world.account_flow(&browser).await;
            let (told, ..) = cost(&world, &browser, flow, asked(&to, false)).await;
            assert_eq!(told.starts_with("too many 900"), n > 3, "{kind} {n}: {told}");
        }
    }
    // Six an hour, and nobody else is in their way.
    let others = Browser::new();
    let flow = world.account_flow(&others).await;
    let (told, ..) = cost(&world, &others, flow, asked("bob@example.org", false)).await;
    assert!(!told.starts_with("too many"), "{told}");
    world.pass(chrono::TimeDelta::minutes(15));
    let mut sent = 3;
    for n in 0..20 {
        let browser = Browser::at_address(&format!("198.51.101.{n}"));
        let flow = world.account_flow(&browser).await;
        let to = asked("existing@example.org", false);
        let (told, ..) = cost(&world, &browser, flow, to).await;
        sent += usize::from(!told.starts_with("too many"));
        world.pass(chrono::TimeDelta::minutes(2));
    }
    assert_eq!(sent, 6);
    assert_eq!(world.letters("existing@example.org").await.len(), 6);
}

#[tokio::test]
async fn case_177_a_registration_costs_the_same_for_every_address() {
    let world = world().await;
    let mut seen = vec![];
    for kind in KINDS {
        let browser = Browser::new();
        let to = format!("{kind}@example.org");
        let flow = world.account_flow(&browser).await;
        let register = Input::Register(registration(&to));
        let mut of_kind = vec![cost(&world, &browser, flow, register).await];
        assert_eq!(of_kind[0].1, 1, "one hash: {kind}");
        let without = Registration { passkey: true, ..registration(&to) };
        world.pass(chrono::TimeDelta::milliseconds(1));
        let without = cost(&world, &browser, flow, Input::Register(without)).await;
        assert_eq!(without.1, 0, "no hash without a password: {kind}");
        of_kind.push(without);
        for n in 0..7 {
            let wrong = typed(CodePurpose::Register, &format!("00000{n}"));
            of_kind.push(cost(&world, &browser, flow, wrong).await);
        }
        seen.push(of_kind);
    }
    for (other, kind) in seen.iter().zip(KINDS) {
        assert_eq!(other, &seen[0], "{kind} and {}", KINDS[0]);
    }
}
