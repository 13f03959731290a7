//! Wrong answers are counted for each address, before they are looked at.

use chrono::TimeDelta;
use latchkey::domain::credential::passkey::PasskeyName;
use latchkey::identity::login::factors::passkey::{Part, PasskeyAnswer};
use latchkey::identity::login::{FlowError, Input};
use latchkey::identity::passkeys::{NewPasskey, PasskeyError};
use latchkey::kernel::ids::PasskeyId;

use crate::identity::world::{Browser, World};

#[tokio::test]
async fn case_172_wrong_passkeys_of_one_address_are_counted_exactly_on_two_nodes() {
    let world = World::new().await;
    let other = world.second_node();
    for node in [&world, &other] {
        node.configure(|settings| settings.max_logins_per_address = 5);
    }
    let mut attempts = vec![];
    for n in 0..12 {
        let node = if n % 2 == 0 { &world } else { &other };
        let browser = Browser::at_address("203.0.113.9");
        let at = browser.at(node.account_flow(&browser).await);
        let part = Part::First { remember: Some(false) };
        let asked = node.identity.ask_for_passkey(at, part).await.unwrap();
        let credential = "{}".to_owned();
        let input = Input::Passkey(PasskeyAnswer {
            ceremony: asked.ceremony,
            credential,
            part,
            trust_browser: false,
        });
        let identity = node.identity.clone();
        attempts.push(tokio::spawn(async move {
            identity.advance(at, input, &browser.context()).await.unwrap_err()
        }));
    }
    let (mut wrong, mut too_many) = (0, 0);
    for attempt in attempts {
        match attempt.await.unwrap() {
            FlowError::WrongPasskey(_) => wrong += 1,
            FlowError::TooMany { .. } => too_many += 1,
            error => panic!("{error:?}"),
        }
    }
    assert_eq!((wrong, too_many), (5, 7));
    world.pass(TimeDelta::minutes(15));
    let browser = Browser::at_address("203.0.113.9");
    let at = browser.at(world.account_flow(&browser).await);
    let part = Part::First { remember: Some(false) };
    let asked = world.identity.ask_for_passkey(at, part).await.unwrap();
    let answer = PasskeyAnswer {
        ceremony: asked.ceremony,
        credential: "{}".to_owned(),
        part,
        trust_browser: false,
    };
    let again = world.identity.advance(at, Input::Passkey(answer), &browser.context()).await;
    assert!(matches!(again, Err(FlowError::WrongPasskey(_))), "{again:?}");
}

#[tokio::test]
async fn case_266_the_use_cases_ask_for_a_fresh_sign_in_themselves() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let browser = world.signed_in_browser("alice@example.org").await;
    let (identity, session, ctx) = (&world.identity, browser.session.unwrap(), browser.context());
    let early = identity.ask_for_new_passkey(session, browser.cookie).await.unwrap();
    world.pass(TimeDelta::minutes(15));
    let asked = identity.ask_for_new_passkey(session, browser.cookie).await;
    assert!(matches!(asked, Err(PasskeyError::NotFresh)), "{asked:?}");
    let (id, name) = (PasskeyId::new(&world.env), PasskeyName::parse("mine").unwrap());
    let new = NewPasskey {
        ceremony: early.ceremony,
        credential: "{}".to_owned(),
        fallback_name: String::new(),
    };
    for refused in [
        identity.add_passkey(session, browser.cookie, new, &ctx).await,
        identity.rename_passkey(session, id, name, &ctx).await,
        identity.remove_passkey(session, id, &ctx).await,
    ] {
        assert!(matches!(refused, Err(PasskeyError::NotFresh)), "{refused:?}");
    }
    let nobody = identity.remove_passkey(browser.cookie, id, &ctx).await;
    assert!(matches!(nobody, Err(PasskeyError::NotSignedIn)), "{nobody:?}");
}
