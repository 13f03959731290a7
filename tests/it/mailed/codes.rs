//! A mailed code as the first factor: for whom, where and how often it is one.

use chrono::TimeDelta;
use latchkey::domain::audit::Actor;
use latchkey::domain::credential::mailed_code::CodePurpose;
use latchkey::i18n::Locale;
use latchkey::identity::login::factors::mailed_code::Mailing;
use latchkey::identity::login::factors::mailed_link::{LinkAt, Pressed};
use latchkey::identity::login::{FlowError, Next};
use latchkey::kernel::secret::Secret;
use latchkey::kernel::token_hash::TokenHash;
use latchkey::mail::outbox::KeptLetter;

use super::{ALICE, BOB, is_wrong, mail, registration, typed};
use crate::identity::world::{Browser, World, context};

#[tokio::test]
async fn a_code_signs_in_and_says_that_it_was_one() {
    let world = World::new().await;
    let alice = world.person(ALICE).await;
    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    let letters = world.letters(ALICE).await;
    assert!(letters[0].subject.starts_with(&code[..3]), "{}", letters[0].subject);
    let advanced = world.type_code(&mut browser, flow, &code).await.unwrap();
    assert_eq!(advanced.next, Next::Done);
    let signed_in = world.who(&browser).await.unwrap();
    assert_eq!(signed_in.profile.user.id, alice);
    assert_eq!(signed_in.session.amr, ["otp"]);
    assert_eq!(signed_in.session.acr, "urn:latchkey:acr:1fa");
    assert_eq!(world.trail("session.code_sent").await, 1);
}

#[tokio::test]
async fn case_209_a_code_is_used_once_and_within_ten_minutes() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.type_code(&mut browser, flow, &code).await.unwrap();
    // A second time in the flow that it has signed in in: nobody gets another cookie for it.
    let mut again = Browser { session: None, ..browser.clone() };
    let second = world.type_code(&mut again, flow, &code).await.unwrap();
    assert!(second.cookie.is_none() && again.session.is_none());

    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.pass(TimeDelta::minutes(10) - TimeDelta::microseconds(1));
    world.type_code(&mut browser.clone(), flow, &code).await.unwrap();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.pass(TimeDelta::minutes(10));
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
}

#[tokio::test]
async fn case_209_a_code_works_in_its_flow_and_browser_alone() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    let other_flow = world.account_flow(&browser).await;
    assert!(is_wrong(world.type_code(&mut browser, other_flow, &code).await));
    // One for the other flow does not make this one work in it.
    world.ask(&browser, other_flow, BOB, false).await.unwrap();
    assert!(is_wrong(world.type_code(&mut browser, other_flow, &code).await));
    let mut stranger = Browser::new();
    let refused = world.type_code(&mut stranger, flow, &code).await;
    assert!(matches!(refused, Err(FlowError::OtherBrowser)), "{refused:?}");
    assert!(stranger.session.is_none());
    world.type_code(&mut browser, flow, &code).await.unwrap();
}

#[tokio::test]
async fn case_209_no_purpose_does_for_another() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    for other in [CodePurpose::SecondFactor, CodePurpose::Register] {
        let answer = world.advance(&mut browser, flow, typed(other, &code)).await;
        match answer {
            // The flow asks for no second factor.
            Ok(advanced) => assert!(advanced.cookie.is_none(), "{other}"),
            refused => assert!(is_wrong(refused), "{other}"),
        }
        assert!(browser.session.is_none(), "{other}");
    }
    world.type_code(&mut browser, flow, &code).await.unwrap();

    // And one that confirms a new address does not sign in.
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.register(&browser, flow, super::registration(BOB)).await.unwrap();
    let code = world.code(BOB).await;
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
    world.confirm(&mut browser, flow, &code).await.unwrap();
}

#[tokio::test]
async fn case_211_the_code_belongs_to_whom_it_was_sent_to() {
    let world = World::new().await;
    let alice = world.person(ALICE).await;
    let bob = world.person(BOB).await;
    // The address goes to somebody else between sending and typing.
    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    swap_addresses(&world, alice, bob);
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
    swap_addresses(&world, bob, alice);
    // Asking for somebody else's in the same flow leaves the first one dead.
    let (flow, of_bob) = world.with_code(&browser, BOB).await;
    world.ask(&browser, flow, ALICE, false).await.unwrap();
    assert!(is_wrong(world.type_code(&mut browser, flow, &of_bob).await));
    let of_alice = world.code(ALICE).await;
    world.type_code(&mut browser, flow, &of_alice).await.unwrap();
    assert_eq!(world.who(&browser).await.unwrap().profile.user.id, alice);
}

fn swap_addresses(
    world: &World,
    one: latchkey::kernel::ids::UserId,
    other: latchkey::kernel::ids::UserId,
) {
    use diesel::{RunQueryDsl as _, sql_query};
    let mut raw = world.raw();
    let swap = format!(
        "UPDATE addresses SET email = CASE user_id WHEN '{one}' THEN '{BOB}' ELSE '{ALICE}' END, \
         canonical = CASE user_id WHEN '{one}' THEN '{BOB}' ELSE '{ALICE}' END, verified_at = NULL \
         WHERE user_id IN ('{one}', '{other}')"
    );
    sql_query(swap).execute(&mut raw).unwrap();
    let verify = "UPDATE addresses SET verified_at = created_at";
    sql_query(verify).execute(&mut raw).unwrap();
}

#[tokio::test]
async fn case_212_a_new_code_kills_the_old_one_and_three_are_sent_in_a_quarter_of_an_hour() {
    let world = World::new().await;
    world.person(ALICE).await;
    let mut browser = Browser::new();
    let (flow, first) = world.with_code(&browser, ALICE).await;
    world.pass(TimeDelta::seconds(1));
    let again = || mail(Mailing::Again(CodePurpose::SignIn));
    world.advance(&mut browser, flow, again()).await.unwrap();
    let second = world.code(ALICE).await;
    if first != second {
        assert!(is_wrong(world.type_code(&mut browser, flow, &first).await));
    }
    world.pass(TimeDelta::seconds(1));
    world.advance(&mut browser, flow, again()).await.unwrap();
    // The fourth is refused, in this browser and in any other, and kills nothing.
    let refused = world.advance(&mut browser, flow, again()).await;
    assert!(matches!(refused, Err(FlowError::TooMany { .. })), "{refused:?}");
    let elsewhere = Browser::at_address("198.51.100.9");
    let other = world.account_flow(&elsewhere).await;
    let refused = world.ask(&elsewhere, other, "ALICE@example.org", false).await;
    assert!(matches!(refused, Err(FlowError::TooMany { .. })), "{refused:?}");
    assert_eq!(world.letters(ALICE).await.len(), 3);
    let third = world.code(ALICE).await;
    world.type_code(&mut browser, flow, &third).await.unwrap();
    world.pass(TimeDelta::minutes(15));
    world.ask(&elsewhere, other, ALICE, false).await.unwrap();
    // Of a code the newest alone is looked at. A link is known by its own secret, and dies all the
    // same, and so does what is mailed for something else.
    let again = Browser::new();
    let flow = world.account_flow(&again).await;
    world.ask(&again, flow, ALICE, true).await.unwrap();
    let older = link_of(&world.letters(ALICE).await[0]);
    assert!(opens(&world, &older).await);
    world.pass(TimeDelta::seconds(1));
    world.ask(&again, flow, ALICE, true).await.unwrap();
    let newer = link_of(&world.letters(ALICE).await[0]);
    assert!(!opens(&world, &older).await, "the older one is dead");
    assert!(opens(&world, &newer).await);
    world.pass(TimeDelta::seconds(1));
    world.register(&again, flow, registration(super::BOB)).await.unwrap();
    assert!(!opens(&world, &newer).await, "a registration begins in its place");
}

#[tokio::test]
async fn case_209_twenty_presses_of_a_link_at_once_on_two_nodes_sign_in_once() {
    let world = World::new().await;
    world.person(ALICE).await;
    let other = world.second_node();
    let browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.ask(&browser, flow, ALICE, true).await.unwrap();
    let link = link_of(&world.letters(ALICE).await[0]);
    let presses = (0..20).map(|n| {
        let identity = if n % 2 == 0 { &world.identity } else { &other.identity }.clone();
        let (link, browser) = (link.clone(), browser.clone());
        tokio::spawn(async move {
            let at = LinkAt {
                browser: Some(browser.cookie),
                session_secret: None,
                device_secret: None,
                locale: Locale::default(),
            };
            let (purpose, ctx) = (CodePurpose::SignIn, browser.context());
            identity.press_mailed_link(&link, purpose, at, Some(false), &ctx).await
        })
    });
    let mut cookies = vec![];
    for press in presses.collect::<Vec<_>>() {
        // Whoever clicks often sees the last answer alone, so each has a cookie, and one of them counts.
        let Ok(Pressed::Here(advanced)) = press.await.unwrap() else {
            panic!("it is their browser")
        };
        cookies.push(TokenHash::of(advanced.cookie.expect("a cookie").secret.expose()));
    }
    let mut alive = 0;
    for cookie in cookies {
        alive += usize::from(world.identity.signed_in(cookie).await.unwrap().is_some());
    }
    assert_eq!((alive, world.rows("sessions").len()), (1, 1));
    assert_eq!(world.trail("session.sign_in").await, 1);
    let stranger = Browser::new();
    for browser in [Some(stranger.cookie), None] {
        let (session_secret, device_secret, locale) = (None, None, Locale::default());
        let at = LinkAt { browser, session_secret, device_secret, locale };
        let (purpose, ctx) = (CodePurpose::SignIn, stranger.context());
        let answer = world.identity.press_mailed_link(&link, purpose, at, Some(false), &ctx).await;
        assert!(matches!(answer, Err(FlowError::NotFound)), "{answer:?}");
    }
}

/// Ten letters an hour go to an address, of whatever kind. Whoever asks is told nothing of it.
#[tokio::test]
async fn case_205_a_mailbox_that_is_full_keeps_the_link_that_it_has() {
    let world = World::new().await;
    world.person(ALICE).await;
    for n in 0..6 {
        let browser = Browser::at_address(&format!("198.51.100.{n}"));
        let flow = world.account_flow(&browser).await;
        world.ask(&browser, flow, ALICE, false).await.unwrap();
        if n == 2 {
            world.pass(TimeDelta::minutes(15));
        }
    }
    for _ in 0..5 {
        world.pass(TimeDelta::seconds(1));
        world.identity.forgot_password(ALICE, &context()).await.unwrap();
    }
    let letters = world.letters(ALICE).await;
    assert_eq!(letters.len(), 10);
    let newest = crate::support::mailbox::link(&letters[0]).unwrap();
    let secret = newest.split_once("token=").unwrap().1.into();
    assert!(world.identity.open_link(&secret).await.is_ok(), "the fifth took nothing from it");
}

fn link_of(letter: &KeptLetter) -> Secret<String> {
    crate::support::mailbox::link(letter).unwrap().split_once("token=").unwrap().1.into()
}

async fn opens(world: &World, link: &Secret<String>) -> bool {
    let opened = world.identity.open_mailed_link(link, CodePurpose::SignIn, None).await;
    opened.unwrap().is_some()
}

#[tokio::test]
async fn codes_go_to_confirmed_addresses_of_open_accounts() {
    let world = World::new().await;
    world.unverified("unverified@example.org").await;
    let closed = world.person("closed@example.org").await;
    world.identity.disable_user(Actor::Operator, closed, &context()).await.unwrap();
    for to in ["unverified@example.org", "closed@example.org", super::NOBODY] {
        let browser = Browser::new();
        let flow = world.account_flow(&browser).await;
        world.ask(&browser, flow, to, false).await.unwrap();
        assert!(world.letters(to).await.is_empty(), "{to}");
    }
    // Nobody has a letter, so nobody has a right code: no digits are.
    let hashes: Vec<String> = world.rows("mailed_codes");
    assert_eq!(hashes.len(), 3);
}

#[tokio::test]
async fn what_changes_meanwhile_makes_the_code_worthless() {
    let world = World::new().await;
    let alice = world.person(ALICE).await;
    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.pass(TimeDelta::microseconds(1));
    let password = "another long password".into();
    world.identity.set_password(Actor::Operator, alice, &password, &context()).await.unwrap();
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
    let (flow, code) = world.with_code(&browser, ALICE).await;
    world.identity.disable_user(Actor::Operator, alice, &context()).await.unwrap();
    assert!(is_wrong(world.type_code(&mut browser, flow, &code).await));
    assert!(browser.session.is_none());
}

#[tokio::test]
async fn case_209_twenty_at_once_on_two_nodes_sign_in_once() {
    let world = World::new().await;
    let other = world.second_node();
    world.person(ALICE).await;
    let browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    let mut attempts = vec![];
    for n in 0..20 {
        let identity = if n % 2 == 0 { &world.identity } else { &other.identity }.clone();
        let (at, code) = (browser.at(flow), code.clone());
        attempts.push(tokio::spawn(async move {
            identity.advance(at, typed(CodePurpose::SignIn, &code), &context()).await
        }));
    }
    let mut cookies = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(advanced) => cookies += usize::from(advanced.cookie.is_some()),
            Err(FlowError::WrongCode(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(cookies, 1);
    assert_eq!(world.rows("sessions").len(), 1);
}

#[tokio::test]
async fn nothing_in_the_database_tells_a_code_or_a_link() {
    let world = World::new().await;
    world.person(ALICE).await;
    let browser = Browser::new();
    let (_, code) = world.with_code(&browser, ALICE).await;
    let flow = world.account_flow(&browser).await;
    world.ask(&browser, flow, ALICE, true).await.unwrap();
    let letters = world.letters(ALICE).await;
    let link = letters.iter().find_map(crate::support::mailbox::link).unwrap();
    let token = link.split("token=").nth(1).unwrap().to_owned();
    for table in ["mailed_codes", "mails", "audit_events", "flows", "attempt_counters"] {
        for row in world.rows(table) {
            assert!(!row.contains(&code) || table != "mailed_codes", "{row}");
            assert!(!row.contains(&token), "{table}: {row}");
        }
    }
}
