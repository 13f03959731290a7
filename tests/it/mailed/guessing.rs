//! Guessing at codes: nobody gets far, however many flows, browsers and nodes they use.

use chrono::TimeDelta;
use diesel::sql_types::Integer;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::domain::audit::RequestContext;
use latchkey::domain::credential::mailed_code::CodePurpose;
use latchkey::identity::login::FlowError;
use latchkey::kernel::ids::FlowId;

use super::{ALICE, is_wrong, typed};
use crate::identity::world::{Browser, World};
use crate::support::mailbox::another;

#[tokio::test]
async fn case_207_five_misses_kill_the_code() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    for _ in 0..4 {
        assert!(is_wrong(world.type_code(&mut browser, flow, &another(&code)).await));
    }
    world.type_code(&mut browser, flow, &code).await.unwrap();

    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    for _ in 0..5 {
        assert!(is_wrong(world.type_code(&mut browser, flow, &another(&code)).await));
    }
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
    assert!(browser.session.is_none());
}

/// Sends as many codes as the budgets allow over the hours, and burns them.
async fn burn(world: &World, tries: usize, ip: &str) -> usize {
    let mut done = 0;
    while done < tries {
        let browser = Browser::at_address(ip);
        let flow = world.account_flow(&browser).await;
        match world.ask(&browser, flow, ALICE, false).await {
            Ok(_) => {}
            Err(FlowError::TooMany { .. }) => {
                world.pass(TimeDelta::minutes(15));
                continue;
            }
            Err(other) => panic!("{other:?}"),
        }
        let code = world.code(ALICE).await;
        for _ in 0..5.min(tries - done) {
            let typed = world.type_code(&mut browser.clone(), flow, &another(&code)).await;
            match typed {
                Err(FlowError::WrongCode(_)) => done += 1,
                Err(FlowError::TooMany { .. }) => world.pass(TimeDelta::minutes(15)),
                other => panic!("{other:?}"),
            }
        }
        world.pass(TimeDelta::seconds(1));
    }
    done
}

#[tokio::test]
async fn case_207_flows_of_an_account_share_twenty_tries_an_hour() {
    let world = World::new().await;
    world.person(ALICE).await;
    burn(&world, 20, "198.51.100.1").await;
    world.pass(TimeDelta::minutes(15));
    let letters = world.letters(ALICE).await;
    let strangers = letters.iter().all(|letter| letter.record.kind == "sign-in-code");
    assert!(strangers, "nobody has come past the first step");
    // In a new flow, browser and network the right code is a wrong one, and the first try of it.
    let mut browser = Browser::at_address("198.51.100.77");
    let (flow, code) = world.with_code(&browser, ALICE).await;
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
    // The owner gets in with the password, and the next hour with a code.
    assert!(world.signed_in_with(&Browser::new(), ALICE, super::PASSWORD).await);
    world.pass(TimeDelta::hours(1));
    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.type_code(&mut browser, flow, &code).await.unwrap();
}

#[tokio::test]
async fn case_207_and_a_hundred_a_day() {
    let world = World::new().await;
    world.person(ALICE).await;
    for hour in 0..5 {
        burn(&world, 20, &format!("198.51.100.{hour}")).await;
        world.pass(TimeDelta::hours(1));
    }
    let mut browser = Browser::at_address("198.51.100.77");
    let (flow, code) = world.with_code(&browser, ALICE).await;
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
    world.pass(TimeDelta::days(1));
    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.type_code(&mut browser, flow, &code).await.unwrap();
}

#[tokio::test]
async fn case_212_a_success_forgets_no_miss() {
    let world = World::new().await;
    world.person(ALICE).await;
    burn(&world, 15, "198.51.100.1").await;
    world.pass(TimeDelta::minutes(15));
    let mut browser = Browser::at_address("198.51.100.77");
    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.type_code(&mut browser, flow, &code).await.unwrap();
    burn(&world, 5, "198.51.100.2").await;
    let mut other = Browser::at_address("198.51.100.78");
    let (flow, code) = world.with_code(&other, ALICE).await;
    assert!(is_wrong(world.type_code(&mut other, flow, &code).await));
    // The browser in which the owner has signed in has tries of its own.
    world.pass(TimeDelta::seconds(1));
    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.type_code(&mut browser, flow, &code).await.unwrap();
}

/// More flows than could be sent codes in one go: each has a code of its own that nobody knows.
#[tokio::test]
async fn case_207_parallel_sessions_on_two_nodes_share_the_budget() {
    let world = World::new().await;
    let other = world.second_node();
    world.person(ALICE).await;
    let begin = Browser::new();
    world.with_code(&begin, ALICE).await;
    let mut flows: Vec<(Browser, FlowId)> = vec![];
    for n in 0..40 {
        let browser = Browser::at_address(&format!("198.51.100.{n}"));
        flows.push((browser.clone(), world.account_flow(&browser).await));
    }
    copy_code_into_other_flows(&world);
    let mut guesses = vec![];
    for n in 0..120 {
        let identity = if n % 2 == 0 { &world.identity } else { &other.identity }.clone();
        let (browser, flow) = &flows[n % flows.len()];
        let (at, guess) = (browser.at(*flow), typed(CodePurpose::SignIn, &format!("{n:06}")));
        guesses.push(tokio::spawn(async move {
            identity.advance(at, guess, &browser_context(n)).await
        }));
    }
    for guess in guesses {
        assert!(is_wrong(guess.await.unwrap()));
    }
    // Of the account no more were taken than it has; the rest went to what stands in for nobody, but
    // for those that met the last one in the same moment.
    let counts = counts(&world, "code_misses_hour");
    assert_eq!((counts.len(), counts[0]), (2, 20), "{counts:?}");
    world.pass(TimeDelta::minutes(15));
    let mut browser = Browser::at_address("203.0.113.99");
    let (flow, code) = world.with_code(&browser, ALICE).await;
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
}

fn browser_context(n: usize) -> RequestContext {
    RequestContext { ip: Some(format!("198.51.100.{}", n % 40)), ..RequestContext::default() }
}

fn copy_code_into_other_flows(world: &World) {
    let copy = "INSERT INTO mailed_codes (id, purpose, flow_id, user_id, email, code_hash, misses, \
                created_at, expires_at) SELECT gen_random_uuid(), c.purpose, f.id, c.user_id, \
                c.email, c.code_hash, 0, c.created_at, c.expires_at FROM mailed_codes c, flows f \
                WHERE f.id <> c.flow_id";
    sql_query(copy).execute(&mut world.raw()).unwrap();
}

/// The counts of one kind, the smallest first.
fn counts(world: &World, kind: &str) -> Vec<i32> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = Integer)]
        count: i32,
    }
    let query = format!("SELECT count FROM attempt_counters WHERE kind = '{kind}' ORDER BY 1");
    let found: Vec<Count> = sql_query(query).load(&mut world.raw()).unwrap();
    found.into_iter().map(|it| it.count).collect()
}
