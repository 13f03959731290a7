//! What a new password ends.

use chrono::TimeDelta;
use latchkey::domain::factor::FactorKind;
use latchkey::identity::login::Next;

use super::{ALICE, NEW, all};
use crate::identity::world::{Browser, PASSWORD, World};

impl World {
    /// Makes it so that an account has an authenticator app.
    fn enrol(&self) {
        all(
            self,
            &["INSERT INTO authenticators (id, user_id, name, sealed_secret, seal_key_id, \
             seal_nonce, created_at, confirmed_at) \
             SELECT gen_random_uuid(), id, 'Phone', '', '', '', created_at, created_at FROM users"],
        );
    }
}

#[tokio::test]
async fn case_196_a_reset_ends_all_that_was_there_on_every_node_at_once() {
    let world = World::new().await;
    world.person(ALICE).await;
    let client = world.client("notes").await;
    let other = world.second_node();
    let browser = world.signed_in_browser(ALICE).await;
    let online = world.grant(&browser, &client, "openid").await;
    let offline = world.grant(&browser, &client, "openid offline_access").await;
    world.enrol();
    // Somebody else is half way in, with the old password.
    let mut thief = Browser::at_address("198.51.100.1");
    let flow = world.account_flow(&thief).await;
    let advanced = world.login(&mut thief, flow, ALICE, PASSWORD).await.unwrap();
    assert!(matches!(advanced.next, Next::SecondFactor { .. }) && advanced.cookie.is_none());
    all(
        &world,
        &[
            "INSERT INTO mailed_codes (id, purpose, flow_id, user_id, email, code_hash, created_at, \
             expires_at) SELECT gen_random_uuid(), 'second_factor', f.id, u.id, 'a@b.c', \
             sha256('x'), u.created_at, '2100-01-01' FROM users u, flows f LIMIT 1",
            "INSERT INTO passkey_ceremonies (id, purpose, browser_hash, user_id, state, created_at, \
             expires_at) SELECT gen_random_uuid(), 'second_factor', sha256('x'), id, '{}', \
             created_at, '2100-01-01' FROM users",
            "INSERT INTO passkey_ceremonies (id, purpose, browser_hash, session_id, state, \
             created_at, expires_at) SELECT gen_random_uuid(), 'add', sha256('x'), id, '{}', \
             created_at, '2100-01-01' FROM sessions LIMIT 1",
            "INSERT INTO one_time_links (id, purpose, secret_hash, user_id, email, created_at, \
             expires_at) SELECT gen_random_uuid(), purpose, sha256(purpose::bytea), id, 'a@b.c', \
             created_at, '2100-01-01' FROM users, unnest('{confirm_address,keep_address}'::text[]) \
             AS purpose",
            "UPDATE devices SET trusted_until = '2100-01-01'",
        ],
    );
    world.pass(TimeDelta::seconds(1));
    let link = world.reset_token(ALICE).await;
    assert!(world.redeem(&link, NEW).await);

    for node in [&world, &other] {
        assert!(node.who(&browser).await.is_none(), "the session");
        assert!(node.dead(online).await.is_some() && node.dead(offline).await.is_some());
        let view = node.identity.show(thief.at(flow)).await.unwrap();
        assert!(matches!(view.next, Next::Login { .. }), "{:?}", view.next);
    }
    assert!(world.rows("devices").is_empty(), "known and trusted browsers");
    assert!(world.one("SELECT bool_and(consumed_at IS NOT NULL) FROM mailed_codes"));
    assert!(world.one("SELECT bool_and(consumed_at IS NOT NULL) FROM passkey_ceremonies"));
    let of = |purpose| {
        format!(
            "SELECT bool_and(consumed_at IS NULL) FROM one_time_links WHERE purpose = '{purpose}'"
        )
    };
    assert!(!world.one(&of("confirm_address")), "an address change that waited");
    assert!(world.one(&of("keep_address")), "what undoes one stays");
    assert_eq!(world.letters_of(ALICE, "password-changed").await.len(), 1);
    let mail = &world.letters_of(ALICE, "password-changed").await[0];
    assert!(mail.text.contains("https://id.example.com/forgot-password"), "{}", mail.text);

    // Case 195: nobody is signed in by it, and the factor is still asked for.
    let mut owner = Browser::new();
    let flow = world.account_flow(&owner).await;
    let advanced = world.login(&mut owner, flow, ALICE, NEW).await.unwrap();
    assert!(advanced.cookie.is_none());
    let ways = match advanced.next {
        Next::SecondFactor { ways } => ways,
        next => panic!("{next:?}"),
    };
    assert!(ways.contains(&FactorKind::Totp));
    assert_eq!(world.rows("authenticators").len(), 1);
}

/// A step holds its flow while the password is replaced. It does not wait for it, nor is it waited
/// for; and what was proved before counts no more.
#[tokio::test]
async fn case_196_a_step_under_way_does_not_outlive_a_reset() {
    let world = World::new().await;
    world.person(ALICE).await;
    world.enrol();
    let mut thief = Browser::at_address("198.51.100.1");
    let flow = world.account_flow(&thief).await;
    world.login(&mut thief, flow, ALICE, PASSWORD).await.unwrap();
    world.pass(TimeDelta::seconds(1));
    let link = world.reset_token(ALICE).await;
    let mut step = world.raw();
    for statement in
        ["BEGIN".to_owned(), format!("SELECT 1 FROM flows WHERE id = '{flow}' FOR UPDATE")]
    {
        diesel::RunQueryDsl::execute(diesel::sql_query(statement), &mut step).unwrap();
    }
    assert!(world.redeem(&link, NEW).await, "it is not waited for");
    diesel::RunQueryDsl::execute(diesel::sql_query("COMMIT"), &mut step).unwrap();
    assert!(world.one("SELECT user_id IS NOT NULL FROM flows"), "the row was passed over");
    let view = world.identity.show(thief.at(flow)).await.unwrap();
    assert!(matches!(view.next, Next::Login { .. }), "{:?}", view.next);
}

#[tokio::test]
async fn an_operators_new_password_is_told_and_ends_the_same() {
    let world = World::new().await;
    let person = world.person(ALICE).await;
    world.enrol();
    let mut thief = Browser::at_address("198.51.100.1");
    let flow = world.account_flow(&thief).await;
    world.login(&mut thief, flow, ALICE, PASSWORD).await.unwrap();
    world.pass(TimeDelta::seconds(1));
    let by = latchkey::domain::audit::Actor::Operator;
    let ctx = crate::identity::world::context();
    world.identity.set_password(by, person, &NEW.into(), &ctx).await.unwrap();
    let view = world.identity.show(thief.at(flow)).await.unwrap();
    assert!(matches!(view.next, Next::Login { .. }), "{:?}", view.next);
    assert_eq!(world.letters_of(ALICE, "password-changed").await.len(), 1);
}
