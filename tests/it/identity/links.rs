//! Links that work once.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::audit::Actor;
use latchkey::domain::role::ADMINISTRATOR;
use latchkey::identity::admin::AdminError;
use latchkey::identity::admin::link::{LinkError, OpenLink};
use latchkey::identity::register::{RegisterProblem, Registration};
use latchkey::kernel::secret::Secret;

use super::world::{Browser, World, context, until};

fn administrator(email: &str) -> Registration {
    Registration {
        email: email.to_owned(),
        password: Some("correct horse".into()),
        ..Registration::default()
    }
}

#[tokio::test]
async fn case_206_a_link_sets_a_first_password_once() {
    let world = World::new().await;
    let person = world.account("alice@example.org", None, &[]).await;
    let (by, ctx) = (Actor::Operator, context());
    let link = world.identity.create_password_link(by, person, &ctx).await.unwrap();
    for _ in 0..2 {
        let opened = world.identity.open_link(&link.secret).await.unwrap();
        let OpenLink::Password(profile) = opened else { panic!("{opened:?}") };
        assert_eq!(profile.user.id, person, "case 199: looking uses nothing up");
    }
    let obvious = "alice@example.org".into();
    let refused = world.identity.redeem_password_link(&link.secret, &obvious, &ctx).await;
    assert!(matches!(refused, Err(LinkError::Problems(_))), "{refused:?}");
    let good: Secret<String> = "new password".into();
    let set = world.identity.redeem_password_link(&link.secret, &good, &ctx).await.unwrap();
    assert_eq!(set, person);
    assert!(world.signed_in_with(&Browser::new(), "alice@example.org", "new password").await);
    let hashes = world.hasher.hashes();
    let again = world.identity.redeem_password_link(&link.secret, &good, &ctx).await;
    assert!(matches!(again, Err(LinkError::Unusable)), "{again:?}");
    assert_eq!(world.hasher.hashes(), hashes, "a dead link costs no hash");
}

#[tokio::test]
async fn case_193_links_die_of_age_of_newer_ones_and_with_the_account() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let ctx = context();
    let make = async || {
        world.identity.create_password_link(Actor::Operator, person, &ctx).await.unwrap().secret
    };
    let older = make().await;
    let newer = make().await;
    assert!(world.identity.open_link(&older).await.is_err());
    assert!(world.identity.open_link(&newer).await.is_ok());
    world.pass(TimeDelta::minutes(30));
    assert!(world.identity.open_link(&newer).await.is_err());
    let last = make().await;
    world.identity.disable_user(Actor::Operator, person, &ctx).await.unwrap();
    assert!(world.identity.open_link(&last).await.is_err());
    world.identity.enable_user(Actor::Operator, person, &ctx).await.unwrap();
    assert!(world.identity.open_link(&last).await.is_err());
    assert!(world.identity.open_link(&"made up".into()).await.is_err());
    world.identity.disable_user(Actor::Operator, person, &ctx).await.unwrap();
    let closed = world.identity.create_password_link(Actor::Operator, person, &ctx).await;
    assert!(matches!(closed, Err(AdminError::NotActive)), "{closed:?}");
}

#[tokio::test]
async fn case_193_twenty_uses_at_once_are_one() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let ctx = context();
    let link = world.identity.create_password_link(Actor::Operator, person, &ctx).await.unwrap();
    let other = world.second_node();
    let uses = (0..20).map(|n| {
        let node = if n % 2 == 0 { &world } else { &other };
        let (identity, secret) = (node.identity.clone(), link.secret.clone());
        tokio::spawn(async move {
            let password = Secret::new(format!("new password {n}"));
            identity.redeem_password_link(&secret, &password, &context()).await
        })
    });
    let mut worked = 0;
    for answer in uses.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(_) => worked += 1,
            refused => assert!(matches!(refused, Err(LinkError::Unusable)), "{refused:?}"),
        }
    }
    assert_eq!(worked, 1);
    assert_eq!(world.trail("user.password_set").await, 1);
}

#[tokio::test]
async fn case_193_a_link_and_a_closed_account_do_not_wait_for_each_other() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let ctx = context();
    let link = world.identity.create_password_link(Actor::Operator, person, &ctx).await.unwrap();
    // Something else holds the account, so that both come to wait for it.
    let (mut holder, mut watcher) = (world.raw(), world.raw());
    for statement in
        ["BEGIN".to_owned(), format!("SELECT 1 FROM users WHERE id = '{person}' FOR UPDATE")]
    {
        sql_query(statement).execute(&mut holder).unwrap();
    }
    let mut waiting = |count: usize| {
        let query = "SELECT 1 FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sql_query(query).execute(&mut watcher).unwrap() >= count
    };
    let (closing, redeeming) = (world.identity.clone(), world.identity.clone());
    let closed =
        tokio::spawn(
            async move { closing.disable_user(Actor::Operator, person, &context()).await },
        );
    until("the account is about to be closed", || waiting(1)).await;
    let redeemed = tokio::spawn(async move {
        redeeming.redeem_password_link(&link.secret, &"new password".into(), &context()).await
    });
    until("the link is about to be used", || waiting(2)).await;
    sql_query("COMMIT").execute(&mut holder).unwrap();
    closed.await.unwrap().unwrap();
    let refused = redeemed.await.unwrap();
    assert!(matches!(refused, Err(LinkError::Unusable)), "{refused:?}");
}

#[tokio::test]
async fn case_190_twenty_set_ups_at_once_make_one_administrator() {
    let world = World::new().await;
    let ctx = context();
    let dead = world.identity.create_setup_link(Actor::Operator, &ctx).await.unwrap().secret;
    let link = world.identity.create_setup_link(Actor::Operator, &ctx).await.unwrap().secret;
    assert!(world.identity.open_link(&dead).await.is_err(), "a newer one was made");
    assert!(matches!(world.identity.open_link(&link).await, Ok(OpenLink::Administrator)));
    let other = world.second_node();
    let uses = (0..20).map(|n| {
        let node = if n % 2 == 0 { &world } else { &other };
        let (identity, secret) = (node.identity.clone(), link.clone());
        tokio::spawn(async move {
            // Some with the same address, some with others.
            let registration = administrator(&format!("admin-{}@example.org", n % 5));
            identity.redeem_setup_link(&secret, &registration, &context()).await
        })
    });
    let mut made = vec![];
    for answer in uses.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(account) => made.push(account),
            refused => assert!(matches!(refused, Err(LinkError::Unusable)), "{refused:?}"),
        }
    }
    assert_eq!(made.len(), 1);
    let accounts = world.identity.list_users(None, 100, None).await.unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].roles, [ADMINISTRATOR]);
    assert_eq!(world.trail("user.administrator_created").await, 1);
    let refused = world.identity.create_setup_link(Actor::Operator, &ctx).await;
    assert!(matches!(refused, Err(AdminError::AdministratorExists)), "{refused:?}");
}

#[tokio::test]
async fn case_190_two_set_up_links_would_still_make_one_administrator() {
    let world = World::new().await;
    let ctx = context();
    let link = world.identity.create_setup_link(Actor::Operator, &ctx).await.unwrap().secret;
    // Somebody else was faster, by a link of which this one knows nothing.
    assert!(world.change(|tx, env| tx.instance().administrator_made(env.now())).await);
    let late = world.identity.redeem_setup_link(&link, &administrator("a@example.org"), &ctx).await;
    assert!(matches!(late, Err(LinkError::Unusable)), "{late:?}");
    assert!(world.identity.list_users(None, 10, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_typed_wrong_leaves_the_set_up_link_alive() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let ctx = context();
    let link = world.identity.create_setup_link(Actor::Operator, &ctx).await.unwrap().secret;
    for (email, problem) in [
        ("not an address", RegisterProblem::Email),
        ("alice@example.org", RegisterProblem::AddressTaken),
    ] {
        let refused = world.identity.redeem_setup_link(&link, &administrator(email), &ctx).await;
        let Err(LinkError::Problems(problems)) = refused else { panic!("{refused:?}") };
        assert_eq!(problems, [problem]);
    }
    let made = world.identity.redeem_setup_link(&link, &administrator("a@example.org"), &ctx).await;
    assert!(made.is_ok(), "{made:?}");
    // A password link is no set-up link, and the other way round.
    let person = made.unwrap();
    let link = world.identity.create_password_link(Actor::Operator, person, &ctx).await.unwrap();
    let wrong =
        world.identity.redeem_setup_link(&link.secret, &administrator("b@example.org"), &ctx).await;
    assert!(matches!(wrong, Err(LinkError::Unusable)), "{wrong:?}");
}
