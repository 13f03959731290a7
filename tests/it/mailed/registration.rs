//! Accounts come into being when their address is confirmed, and not before.

use chrono::TimeDelta;
use latchkey::domain::credential::mailed_code::CodePurpose;
use latchkey::domain::mail::MessageKind;
use latchkey::identity::login::factors::mailed_code::Mailing;
use latchkey::identity::login::factors::typed_code::TypedCode;
use latchkey::identity::login::{FlowError, Input, Next};
use latchkey::identity::register::{RegisterProblem, Registration};

use super::{ALICE, is_wrong, mail, registration, typed};
use crate::identity::world::{Browser, PASSWORD, World, context};
use crate::support::mailbox::another;

fn problems<T: std::fmt::Debug>(answer: Result<T, FlowError>) -> Vec<RegisterProblem> {
    match answer {
        Err(FlowError::Registration(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

async fn users(world: &World) -> usize {
    world.identity.list_users(None, 100, None).await.unwrap().len()
}

async fn kinds(world: &World, to: &str) -> Vec<String> {
    world.letters(to).await.into_iter().map(|letter| letter.record.kind).collect()
}

#[tokio::test]
async fn case_177_an_account_is_made_when_the_code_is_right() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let advanced = world.register(&browser, flow, registration(ALICE)).await.unwrap();
    assert!(advanced.cookie.is_none() && advanced.device.is_none());
    assert_eq!((users(&world).await, world.rows("addresses").len()), (0, 0), "it owns nothing");
    let code = world.code(ALICE).await;
    assert!(is_wrong(world.confirm(&mut browser, flow, &another(&code)).await));
    assert_eq!(users(&world).await, 0);
    world.confirm(&mut browser, flow, &code).await.unwrap();
    let signed_in = world.who(&browser).await.unwrap();
    assert!(signed_in.profile.primary_address.unwrap().verified_at.is_some());
    // The password was typed and the mailbox read, in this very flow.
    assert_eq!(signed_in.session.amr, ["pwd", "otp", "mfa"]);
    assert_eq!(world.trail("user.registered").await, 1);
    let waiting = world.rows("registrations");
    assert!(!waiting[0].contains("argon2"), "the password does not lie about: {}", waiting[0]);
    assert!(kinds(&world, ALICE).await.contains(&MessageKind::Welcome.to_string()));
}

#[tokio::test]
async fn case_177_an_address_with_an_account_looks_the_same_and_its_owner_is_told() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.register(&browser, flow, registration("ALICE@example.org")).await.unwrap();
    let letters = world.letters("ALICE@example.org").await;
    assert_eq!(letters[0].record.kind, MessageKind::RegistrationAttempt.to_string());
    assert!(crate::support::mailbox::code(&letters[0]).is_none());
    for code in ["000000", "123456", "999999"] {
        assert!(is_wrong(world.confirm(&mut browser, flow, code).await));
    }
    assert_eq!(users(&world).await, 1);
    assert!(browser.session.is_none());
}

#[tokio::test]
async fn who_registers_first_does_not_keep_the_owner_out() {
    let world = World::new().await;
    // Somebody claims the address and cannot read its mail.
    let mut squatter = Browser::at_address("198.51.100.1");
    let claimed = world.account_flow(&squatter).await;
    let theirs = Registration { password: Some("a squatters words".into()), ..registration(ALICE) };
    world.register(&squatter, claimed, theirs).await.unwrap();
    world.pass(TimeDelta::seconds(1));
    let mut owner = Browser::new();
    let flow = world.account_flow(&owner).await;
    world.register(&owner, flow, registration(ALICE)).await.unwrap();
    let code = world.code(ALICE).await;
    // The owner's code is nothing to the squatter.
    assert!(is_wrong(world.confirm(&mut squatter, claimed, &code).await));
    world.confirm(&mut owner, flow, &code).await.unwrap();
    assert!(world.signed_in_with(&Browser::new(), ALICE, PASSWORD).await);
    assert!(!world.signed_in_with(&Browser::new(), ALICE, "a squatters words").await);
}

#[tokio::test]
async fn of_two_who_prove_the_mailbox_the_second_is_told() {
    let world = World::new().await;
    let (mut first, mut second) = (Browser::new(), Browser::new());
    let one = world.account_flow(&first).await;
    world.register(&first, one, registration(ALICE)).await.unwrap();
    let code_one = world.code(ALICE).await;
    world.pass(TimeDelta::seconds(1));
    let two = world.account_flow(&second).await;
    world.register(&second, two, registration(ALICE)).await.unwrap();
    let code_two = world.code(ALICE).await;
    world.confirm(&mut second, two, &code_two).await.unwrap();
    let told = problems(world.confirm(&mut first, one, &code_one).await);
    assert_eq!(told, [RegisterProblem::AddressTaken]);
    assert!(first.session.is_none());
    assert_eq!(users(&world).await, 1);
}

#[tokio::test]
async fn usernames_are_given_out_at_the_end() {
    let world = World::new().await;
    let named = |email: &str| Registration { username: "Ally".to_owned(), ..registration(email) };
    let (mut first, mut second) = (Browser::new(), Browser::new());
    let one = world.account_flow(&first).await;
    let two = world.account_flow(&second).await;
    world.register(&first, one, named(ALICE)).await.unwrap();
    world.register(&second, two, named(super::BOB)).await.unwrap();
    let (of_alice, of_bob) = (world.code(ALICE).await, world.code(super::BOB).await);
    world.confirm(&mut second, two, &of_bob).await.unwrap();
    // However often it is tried, the code stays good.
    for _ in 0..7 {
        let told = problems(world.confirm(&mut first, one, &of_alice).await);
        assert_eq!(told, [RegisterProblem::UsernameTaken]);
    }
    let with = |username: &str| match typed(CodePurpose::Register, &of_alice) {
        Input::MailedCode(code) => {
            Input::MailedCode(TypedCode { username: Some(username.to_owned()), ..code })
        }
        other => other,
    };
    let told = problems(world.advance(&mut first, one, with("a b")).await);
    assert_eq!(told, [RegisterProblem::Username]);
    world.advance(&mut first, one, with("Alice")).await.unwrap();
    let profile = world.who(&first).await.unwrap().profile;
    assert_eq!(profile.user.username.unwrap().as_str(), "alice");
    // Later it is told at once.
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let told = problems(world.register(&browser, flow, named("c@example.org")).await);
    assert_eq!(told, [RegisterProblem::UsernameTaken]);
}

/// The code stays good, and the names that it may ask about are counted all the same.
#[tokio::test]
async fn case_177_a_right_code_does_not_tell_which_names_are_given_out_for_as_long_as_it_lives() {
    let world = World::new().await;
    let named = |email: &str| Registration { username: "Ally".to_owned(), ..registration(email) };
    let (mut first, mut second) = (Browser::new(), Browser::new());
    let one = world.account_flow(&first).await;
    let two = world.account_flow(&second).await;
    world.register(&first, one, named(ALICE)).await.unwrap();
    world.register(&second, two, named(super::BOB)).await.unwrap();
    let (of_alice, of_bob) = (world.code(ALICE).await, world.code(super::BOB).await);
    world.confirm(&mut second, two, &of_bob).await.unwrap();
    let mut told = 0;
    for _ in 0..30 {
        match world.confirm(&mut first, one, &of_alice).await {
            Err(FlowError::Registration(_)) => told += 1,
            Err(FlowError::WrongCode(_) | FlowError::TooMany { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, 20, "as many as codes may be tried within an hour");
}

#[tokio::test]
async fn confirmations_of_one_address_at_once_make_one_account() {
    let world = World::new().await;
    let other = world.second_node();
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.register(&browser, flow, registration(ALICE)).await.unwrap();
    let code = world.code(ALICE).await;
    let mut attempts = vec![];
    for n in 0..20 {
        let identity = if n % 2 == 0 { &world.identity } else { &other.identity }.clone();
        let (at, input) = (browser.at(flow), typed(CodePurpose::Register, &code));
        attempts.push(tokio::spawn(async move { identity.advance(at, input, &context()).await }));
    }
    let mut cookies = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(advanced) => cookies += usize::from(advanced.cookie.is_some()),
            Err(FlowError::WrongCode(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((cookies, users(&world).await), (1, 1));
}

#[tokio::test]
async fn a_new_code_for_what_was_typed_before() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.register(&browser, flow, registration(ALICE)).await.unwrap();
    let old = world.code(ALICE).await;
    world.pass(TimeDelta::minutes(11));
    assert!(is_wrong(world.confirm(&mut browser, flow, &old).await), "ten minutes");
    let again = mail(Mailing::Again(CodePurpose::Register));
    world.advance(&mut browser, flow, again).await.unwrap();
    let code = world.code(ALICE).await;
    world.confirm(&mut browser, flow, &code).await.unwrap();
    assert!(world.signed_in_with(&Browser::new(), ALICE, PASSWORD).await);
    assert_eq!(
        world.who(&browser).await.unwrap().profile.user.name.as_deref(),
        Some("Alice Smith")
    );
}

#[tokio::test]
async fn a_new_person_goes_on_to_the_app_and_is_asked_for_consent() {
    let world = World::new().await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let flow = world.flow(&browser, &client, |r| r.prompt.create = true).await;
    assert_eq!(world.identity.show(browser.at(flow)).await.unwrap().next, Next::Register);
    let wanted = Registration { username: "Alice".to_owned(), ..registration(ALICE) };
    let advanced = world.register(&browser, flow, wanted).await.unwrap();
    assert_eq!(advanced.next, Next::Register);
    let code = world.code(ALICE).await;
    let advanced = world.confirm(&mut browser, flow, &code).await.unwrap();
    assert!(matches!(advanced.next, Next::Consent { .. }), "{:?}", advanced.next);
    let profile = world.who(&browser).await.unwrap().profile;
    assert_eq!(profile.user.name.as_deref(), Some("Alice Smith"));
    assert_eq!(profile.user.subject.len(), 22, "128 bits in base64url");
    assert_ne!(profile.user.subject, profile.user.id.to_string());
    assert!(profile.roles.is_empty(), "case 188");
    for name in ["alice", ALICE] {
        assert!(world.signed_in_with(&Browser::new(), name, PASSWORD).await, "{name}");
    }
}

#[tokio::test]
async fn a_closed_registration_makes_nothing() {
    let world = World::new().await;
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let closed = world.closed_to_registration();
    let input = Input::Register(registration(ALICE));
    let refused = closed.advance(browser.at(flow), input, &browser.context()).await;
    assert_eq!(problems(refused), [RegisterProblem::Closed]);
    assert!(world.rows("registrations").is_empty());
}

#[tokio::test]
async fn registrations_use_up_the_budget_of_a_network_and_mails_that_of_an_address() {
    let world = World::new().await;
    world.configure(|settings| settings.max_logins_per_address = 6);
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    for _ in 0..3 {
        world.register(&browser, flow, registration(ALICE)).await.unwrap();
    }
    let refused = world.register(&browser, flow, registration(ALICE)).await;
    assert!(matches!(refused, Err(FlowError::TooMany { .. })), "{refused:?}");
    for n in 0..2 {
        let one = registration(&format!("person-{n}@example.org"));
        world.register(&browser, flow, one).await.unwrap();
    }
    let refused = world.register(&browser, flow, registration("p@example.org")).await;
    assert!(matches!(refused, Err(FlowError::TooMany { .. })), "{refused:?}");
}

/// Nor does the work tell whoever does it when that ends.
#[tokio::test]
async fn case_205_who_registers_with_somebodys_address_mails_them_three_times_a_day() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut told = vec![];
    for n in 0..8 {
        world.pass(TimeDelta::hours(1));
        let mut costs = vec![];
        for (to, ip) in
            [(ALICE, format!("198.51.100.{n}")), ("nobody@x.org", format!("192.0.2.{n}"))]
        {
            let browser = Browser::at_address(&ip);
            let flow = world.account_flow(&browser).await;
            let before = world.db.statements();
            world.register(&browser, flow, registration(to)).await.unwrap();
            costs.push(world.db.statements() - before);
        }
        assert_eq!(costs[0], costs[1], "{n}");
        told.push(kinds(&world, ALICE).await.len());
    }
    assert_eq!(told, [1, 2, 3, 3, 3, 3, 3, 3]);
    world.pass(TimeDelta::days(1));
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.register(&browser, flow, registration(ALICE)).await.unwrap();
    assert_eq!(kinds(&world, ALICE).await.len(), 4);
}
