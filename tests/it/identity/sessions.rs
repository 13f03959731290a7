//! Sessions and what apps hold: seen and ended by their owner.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::audit::Actor;
use latchkey::domain::grant::{GrantDead, RevokeReason};
use latchkey::identity::account::AppError;
use latchkey::identity::login::{Credentials, Input};
use latchkey::identity::session::SessionError;
use latchkey::kernel::ids::SessionId;

use super::world::{Browser, PASSWORD, World, context, until};

const SESSION_ENDED: Option<GrantDead> = Some(GrantDead::Revoked(RevokeReason::SessionEnded));

#[tokio::test]
async fn signing_out_ends_the_session_and_what_lives_by_it() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let browser = world.signed_in_browser("alice@example.org").await;
    let online = world.grant(&browser, &client, "openid").await;
    let offline = world.grant(&browser, &client, "openid offline_access").await;
    assert_eq!(world.dead(online).await, None);
    let id = world.who(&browser).await.unwrap().session.id;
    let secret = browser.session.unwrap();
    assert_eq!(world.identity.sign_out(secret, &context()).await.unwrap(), Some(id));
    assert!(world.who(&browser).await.is_none());
    assert_eq!(world.dead(online).await, SESSION_ENDED);
    assert_eq!(world.dead(offline).await, None);
    assert_eq!(world.identity.sign_out(secret, &context()).await.unwrap(), None);
    assert_eq!(world.trail("session.ended").await, 1);
}

#[tokio::test]
async fn case_260_idle_and_old_sessions_are_none() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let node = world.second_node();
    let (half, idle) = (TimeDelta::hours(6), TimeDelta::hours(12));

    let unused = world.signed_in_browser("alice@example.org").await;
    world.pass(idle);
    assert!(world.who(&unused).await.is_none() && node.who(&unused).await.is_none());

    let used = world.signed_in_browser("alice@example.org").await;
    for _ in 0..3 {
        world.pass(half);
        assert!(world.who(&used).await.is_some());
    }
    world.pass(half);
    assert!(world.who(&used).await.is_none() && node.who(&used).await.is_none());
}

#[tokio::test]
async fn case_268_keep_me_signed_in_lasts_longer_and_only_then() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let input = Input::Password(Credentials {
        identifier: "alice@example.org".to_owned(),
        password: PASSWORD.into(),
        remember: Some(true),
        trust_browser: false,
    });
    let cookie = world.advance(&mut browser, flow, input).await.unwrap().cookie.unwrap();
    assert!(cookie.remember);
    assert_eq!(cookie.expires_at, world.env.now() + TimeDelta::days(30));
    world.pass(TimeDelta::days(13));
    assert!(world.who(&browser).await.is_some());
    // Signing in again without the tick goes back to the short lifetimes.
    let flow = world.account_flow(&browser).await;
    world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    world.pass(TimeDelta::hours(12));
    assert!(world.who(&browser).await.is_none());
}

#[tokio::test]
async fn a_session_in_use_is_written_to_once_a_minute() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let browser = world.signed_in_browser("alice@example.org").await;
    let cost = async || {
        let before = world.db.statements();
        world.who(&browser).await.unwrap();
        world.db.statements() - before
    };
    assert_eq!(cost().await, 1);
    world.pass(TimeDelta::seconds(59));
    assert_eq!(cost().await, 1);
    world.pass(TimeDelta::seconds(1));
    assert_eq!(cost().await, 2);
    assert_eq!(cost().await, 1);
}

#[tokio::test]
async fn case_263_people_end_their_own_sessions_only() {
    let world = World::new().await;
    let alice = world.person("alice@example.org").await;
    let bob = world.person("bob@example.org").await;
    let client = world.client("acme-notes").await;
    let laptop = world.signed_in_browser("alice@example.org").await;
    world.pass(TimeDelta::minutes(2));
    let phone = world.signed_in_browser("alice@example.org").await;
    let bobs = world.signed_in_browser("bob@example.org").await;
    let grant = world.grant(&laptop, &client, "openid").await;
    let id = async |browser: &Browser| world.who(browser).await.unwrap().session.id;
    let (laptop_id, phone_id, bobs_id) = (id(&laptop).await, id(&phone).await, id(&bobs).await);
    let listed = async || {
        let sessions = world.identity.sessions(alice).await.unwrap();
        sessions.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(listed().await.len(), 2);

    for foreign in [bobs_id, SessionId::new(&world.env)] {
        let refused = world.identity.end_session(alice, foreign, &context()).await;
        assert!(matches!(refused, Err(SessionError::NotFound)), "{refused:?}");
    }
    assert!(world.who(&bobs).await.is_some());

    world.identity.end_session(alice, laptop_id, &context()).await.unwrap();
    assert_eq!(listed().await, [phone_id]);
    assert!(world.who(&laptop).await.is_none());
    assert_eq!(world.dead(grant).await, SESSION_ENDED);
    let again = world.identity.end_session(alice, laptop_id, &context()).await;
    assert!(matches!(again, Err(SessionError::NotFound)), "{again:?}");

    let _tablet = world.signed_in_browser("alice@example.org").await;
    assert_eq!(listed().await.len(), 2);
    assert_eq!(world.identity.end_other_sessions(alice, phone_id, &context()).await.unwrap(), 1);
    assert_eq!(listed().await, [phone_id]);
    assert_eq!(world.identity.sessions(bob).await.unwrap().len(), 1);
}

#[tokio::test]
async fn case_290_a_removed_app_holds_nothing_and_asks_again() {
    let world = World::new().await;
    let alice = world.person("alice@example.org").await;
    let bob = world.person("bob@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = world.signed_in_browser("alice@example.org").await;
    let flow = world.flow(&browser, &client, |_| {}).await;
    world.identity.show(browser.at(flow)).await.unwrap();
    world.advance(&mut browser, flow, Input::Allow).await.unwrap();
    let grant = world.grant(&browser, &client, "openid offline_access").await;

    let foreign = world.identity.remove_app(bob, client.id.clone(), &context()).await;
    assert!(matches!(foreign, Err(AppError::NotFound)), "{foreign:?}");
    assert_eq!(world.dead(grant).await, None);

    world.identity.remove_app(alice, client.id.clone(), &context()).await.unwrap();
    let dead = Some(GrantDead::Revoked(RevokeReason::RevokedByUser));
    assert_eq!(world.dead(grant).await, dead);
    assert!(world.identity.apps(alice).await.unwrap().is_empty());
    let flow = world.flow(&browser, &client, |_| {}).await;
    let next = world.identity.show(browser.at(flow)).await.unwrap().next;
    assert!(matches!(next, latchkey::identity::login::Next::Consent { .. }), "{next:?}");
}

#[tokio::test]
async fn case_160_a_sign_in_under_way_is_signed_out_with_the_others() {
    let world = World::new().await;
    let alice = world.person("alice@example.org").await;
    world.signed_in_browser("alice@example.org").await;
    // A sign-in that holds the account and has not been committed yet, with its session.
    let mut signing_in = world.raw();
    for statement in [
        "BEGIN".to_owned(),
        format!("SELECT 1 FROM users WHERE id = '{alice}' FOR SHARE"),
        "INSERT INTO sessions SELECT gen_random_uuid(), 'late', sha256('late'), user_id, auth_time, \
         acr, amr, remember, ip, user_agent, created_at, last_used_at, expires_at FROM sessions"
            .to_owned(),
    ] {
        sql_query(statement).execute(&mut signing_in).unwrap();
    }
    let identity = world.identity.clone();
    let ending = tokio::spawn(async move {
        identity.sign_out_user(Actor::Operator, alice, &context()).await.unwrap()
    });
    let mut watcher = world.raw();
    until("the sign-out waits", || {
        let waiting = "SELECT 1 FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        ending.is_finished() || sql_query(waiting).execute(&mut watcher).unwrap() > 0
    })
    .await;
    sql_query("COMMIT").execute(&mut signing_in).unwrap();
    assert_eq!(ending.await.unwrap().sessions, 2);
    assert!(world.identity.sessions(alice).await.unwrap().is_empty());
}
