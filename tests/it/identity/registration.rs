//! Making accounts.

use latchkey::identity::login::{FlowError, Input, Next};
use latchkey::identity::register::{RegisterProblem, Registration};

use super::world::{Browser, PASSWORD, World};

fn registration(email: &str) -> Registration {
    Registration {
        email: email.to_owned(),
        name: "Alice Smith".to_owned(),
        username: String::new(),
        password: Some(PASSWORD.into()),
        remember: false,
    }
}

fn problems<T: std::fmt::Debug>(answer: Result<T, FlowError>) -> Vec<RegisterProblem> {
    match answer {
        Err(FlowError::Registration(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_new_person_is_signed_in_at_once_and_asked_for_consent() {
    let world = World::new().await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let flow = world.flow(&browser, &client, |r| r.prompt.create = true).await;
    assert_eq!(world.identity.show(browser.at(flow)).await.unwrap().next, Next::Register);
    let input = Input::Register(Registration {
        username: "Alice".to_owned(),
        ..registration("alice@example.org")
    });
    let advanced = world.advance(&mut browser, flow, input).await.unwrap();
    assert!(matches!(advanced.next, Next::Consent { .. }), "{:?}", advanced.next);
    let profile = world.who(&browser).await.unwrap().profile;
    assert_eq!(profile.user.name.as_deref(), Some("Alice Smith"));
    assert_eq!(profile.user.subject.len(), 22, "128 bits in base64url");
    assert_ne!(profile.user.subject, profile.user.id.to_string());
    let address = profile.primary_address.unwrap();
    assert_eq!(address.verified_at, None);
    assert!(profile.roles.is_empty(), "case 188");
    assert_eq!(world.trail("user.registered").await, 1);
    for name in ["alice", "alice@example.org"] {
        assert!(world.signed_in_with(&Browser::new(), name, PASSWORD).await, "{name}");
    }
}

#[tokio::test]
async fn an_identifier_is_given_out_once() {
    let world = World::new().await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let with_username = |email: &str, username: &str| {
        Input::Register(Registration { username: username.to_owned(), ..registration(email) })
    };
    world.advance(&mut browser, flow, with_username("a@example.org", "alice")).await.unwrap();
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let both = with_username("A@EXAMPLE.ORG", "ALICE");
    let told = problems(world.advance(&mut browser, flow, both).await);
    assert_eq!(told, [RegisterProblem::AddressTaken, RegisterProblem::UsernameTaken]);
    let username = with_username("b@example.org", "Alice");
    let told = problems(world.advance(&mut browser, flow, username).await);
    assert_eq!(told, [RegisterProblem::UsernameTaken]);
    assert!(browser.session.is_none());
}

#[tokio::test]
async fn registrations_of_one_address_at_once_make_one_account() {
    let world = World::new().await;
    let other = world.second_node();
    let mut registrations = vec![];
    for n in 0..10 {
        let node = if n % 2 == 0 { &world } else { &other };
        let browser = Browser::new();
        let flow = node.account_flow(&browser).await;
        let (identity, input) =
            (node.identity.clone(), Input::Register(registration("alice@example.org")));
        registrations.push(tokio::spawn(async move {
            identity.advance(browser.at(flow), input, &browser.context()).await
        }));
    }
    let mut made = 0;
    for answer in registrations {
        match answer.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert_eq!(problems(refused), [RegisterProblem::AddressTaken]),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(world.identity.list_users(None, 10, None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_double_click_makes_one_account_and_signs_in() {
    let world = World::new().await;
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let click = || async {
        let mut browser = browser.clone();
        let input = Input::Register(registration("alice@example.org"));
        world.advance(&mut browser, flow, input).await.unwrap();
        browser
    };
    let (first, second) = tokio::join!(click(), click());
    let alive = [world.who(&first).await, world.who(&second).await];
    assert_eq!(alive.iter().flatten().count(), 1);
    assert_eq!(world.identity.list_users(None, 10, None).await.unwrap().len(), 1);
    // Who holds the flow but not the password gets nothing by registering again.
    let input = Input::Register(Registration {
        password: Some("another password".into()),
        ..registration("alice@example.org")
    });
    let refused = world.advance(&mut browser.clone(), flow, input).await;
    assert_eq!(problems(refused), [RegisterProblem::AddressTaken]);
}

#[tokio::test]
async fn a_closed_registration_makes_nothing() {
    let world = World::new().await;
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let input = Input::Register(registration("alice@example.org"));
    let closed = world.closed_to_registration();
    let refused = closed.advance(browser.at(flow), input, &browser.context()).await;
    assert_eq!(problems(refused), [RegisterProblem::Closed]);
    assert!(world.identity.list_users(None, 10, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn registrations_use_up_the_budget_of_an_address() {
    let world = World::new().await;
    world.configure(|settings| settings.max_logins_per_address = 3);
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    for n in 0..3 {
        let input = Input::Register(registration(&format!("person-{n}@example.org")));
        world.advance(&mut browser, flow, input).await.unwrap();
    }
    let input = Input::Register(registration("person-3@example.org"));
    let refused = world.advance(&mut browser, flow, input).await;
    assert!(matches!(refused, Err(FlowError::TooMany { .. })), "{refused:?}");
    assert_eq!(world.identity.list_users(None, 10, None).await.unwrap().len(), 3);
}
