//! What operators do to accounts.

use latchkey::domain::audit::Actor;
use latchkey::domain::details::Detail;
use latchkey::domain::grant::{GrantDead, RevokeReason};
use latchkey::domain::role::{ADMINISTRATOR, permission};
use latchkey::domain::user::UserStatus;
use latchkey::identity::admin::AdminError;
use latchkey::identity::register::RegisterProblem;
use latchkey::kernel::ids::UserId;

use super::world::{Browser, PASSWORD, World, context};

#[tokio::test]
async fn changes_of_details_at_the_same_moment_are_all_kept() {
    let world = World::new().await;
    let node = world.second_node();
    let person = world.person("alice@example.org").await;
    let changed = [
        Detail::GivenName,
        Detail::FamilyName,
        Detail::MiddleName,
        Detail::Nickname,
        Detail::Gender,
        Detail::Locality,
        Detail::Region,
        Detail::Country,
    ];
    let attempts = changed.into_iter().enumerate().map(|(index, detail)| {
        let identity = if index % 2 == 0 { &world.identity } else { &node.identity };
        let change = vec![(detail, detail.to_string())];
        let ctx = context();
        async move { identity.change_details(person, Actor::Operator, change, None, &ctx).await }
    });
    for outcome in futures_util::future::join_all(attempts).await {
        outcome.unwrap();
    }
    let known = world.identity.find_user("alice@example.org").await.unwrap().unwrap().user.contact;
    let lost: Vec<_> = changed.into_iter().filter(|it| known.get(*it).is_none()).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn case_262_a_closed_account_is_closed_everywhere_at_once() {
    for delete in [false, true] {
        let world = World::new().await;
        let node = world.second_node();
        let person = world.person("alice@example.org").await;
        let client = world.client("acme-notes").await;
        let browser = node.signed_in_browser("alice@example.org").await;
        let grant = node.grant(&browser, &client, "openid offline_access").await;
        let (by, ctx) = (Actor::Operator, context());
        let reason = if delete {
            world.identity.delete_user(by, person, &ctx).await.unwrap();
            RevokeReason::AccountDeleted
        } else {
            world.identity.disable_user(by, person, &ctx).await.unwrap();
            RevokeReason::AccountDisabled
        };
        assert!(node.who(&browser).await.is_none());
        assert_eq!(node.dead(grant).await, Some(GrantDead::Revoked(reason)));
        assert!(!node.signed_in_with(&Browser::new(), "alice@example.org", PASSWORD).await);

        world.identity.enable_user(Actor::Operator, person, &context()).await.unwrap();
        assert!(node.who(&browser).await.is_none(), "what was ended stays ended");
        assert!(node.signed_in_with(&Browser::new(), "alice@example.org", PASSWORD).await);
    }
}

#[tokio::test]
async fn closing_twice_changes_nothing_and_a_deletion_is_not_turned_into_less() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    for _ in 0..2 {
        world.identity.disable_user(Actor::Operator, person, &context()).await.unwrap();
    }
    assert_eq!(world.trail("user.disabled").await, 1);
    world.identity.delete_user(Actor::Operator, person, &context()).await.unwrap();
    let refused = world.identity.disable_user(Actor::Operator, person, &context()).await;
    assert!(matches!(refused, Err(AdminError::Deleting)), "{refused:?}");
    let profile = world.identity.find_user("alice@example.org").await.unwrap().unwrap();
    assert!(matches!(profile.user.status, UserStatus::Deleting { .. }));
    let unknown = world.identity.disable_user(Actor::Operator, nobody(&world), &context()).await;
    assert!(matches!(unknown, Err(AdminError::NotFound)), "{unknown:?}");
}

fn nobody(world: &World) -> UserId {
    UserId::new(&world.env)
}

#[tokio::test]
async fn case_304_the_last_administrator_stays_and_nobody_closes_their_own_account() {
    let world = World::new().await;
    let first = world.account("a@example.org", Some(PASSWORD), &[ADMINISTRATOR]).await;
    let second = world.account("b@example.org", Some(PASSWORD), &[ADMINISTRATOR]).await;
    let own = world.identity.disable_user(Actor::User(first), first, &context()).await;
    assert!(matches!(own, Err(AdminError::Yourself)), "{own:?}");
    // Each closes the other at the same moment: one of them has to stay.
    let other = world.second_node();
    let ctx = context();
    let (one, two) = tokio::join!(
        world.identity.disable_user(Actor::User(first), second, &ctx),
        other.identity.delete_user(Actor::User(second), first, &ctx),
    );
    let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert!(matches!(refused[..], [AdminError::LastAdministrator]), "{refused:?}");
    let by_hand = |user| world.identity.disable_user(Actor::Operator, user, &ctx);
    let refused: Vec<_> =
        [by_hand(first).await, by_hand(second).await].into_iter().filter_map(Result::err).collect();
    assert!(
        refused.iter().any(|error| matches!(error, AdminError::LastAdministrator)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_administrator_holds_every_permission() {
    let world = World::new().await;
    let person = world.account("a@example.org", None, &[ADMINISTRATOR]).await;
    let held = world.db.load(move |tx| tx.roles().permissions_of(person)).await.unwrap();
    let mut all: Vec<_> = permission::ALL.iter().map(ToString::to_string).collect();
    all.sort();
    assert_eq!(held, all);
}

#[tokio::test]
async fn case_196_after_a_new_password_nothing_older_is_honoured() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let browser = world.signed_in_browser("alice@example.org").await;
    let grant = world.grant(&browser, &client, "openid offline_access").await;
    let (by, ctx) = (Actor::Operator, context());
    let link = world.identity.create_password_link(by.clone(), person, &ctx).await.unwrap();
    let short = world.identity.set_password(by.clone(), person, &"short".into(), &ctx).await;
    assert!(matches!(short, Err(AdminError::Problems(_))), "{short:?}");
    assert!(world.who(&browser).await.is_some(), "a refusal ends nothing");

    world.identity.set_password(by, person, &"new password".into(), &ctx).await.unwrap();
    assert!(world.who(&browser).await.is_none());
    let dead = Some(GrantDead::Revoked(RevokeReason::CredentialsChanged));
    assert_eq!(world.dead(grant).await, dead);
    assert!(world.identity.open_link(&link.secret).await.is_err());
    assert!(!world.signed_in_with(&browser, "alice@example.org", PASSWORD).await);
    assert!(world.signed_in_with(&browser, "alice@example.org", "new password").await);
}

#[tokio::test]
async fn a_new_session_is_honoured_even_where_the_other_nodes_clock_ran_ahead() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let (by, ctx) = (Actor::Operator, context());
    world.pass(chrono::TimeDelta::seconds(5));
    world.identity.set_password(by, person, &PASSWORD.into(), &ctx).await.unwrap();
    world.pass(chrono::TimeDelta::seconds(-5));
    let browser = world.signed_in_browser("alice@example.org").await;
    assert!(world.who(&browser).await.is_some());
}

#[tokio::test]
async fn signing_somebody_out_ends_sessions_and_grants() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let browser = world.signed_in_browser("alice@example.org").await;
    world.signed_in_browser("alice@example.org").await;
    let grant = world.grant(&browser, &client, "openid offline_access").await;
    let ended = world.identity.sign_out_user(Actor::Operator, person, &context()).await.unwrap();
    assert_eq!((ended.sessions, ended.grants), (2, 1));
    assert!(world.who(&browser).await.is_none());
    let dead = Some(GrantDead::Revoked(RevokeReason::RevokedByOperator));
    assert_eq!(world.dead(grant).await, dead);
    assert!(world.signed_in_with(&browser, "alice@example.org", PASSWORD).await);
}

#[tokio::test]
async fn accounts_are_found_by_what_people_call_them() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let subject =
        world.identity.find_user("alice@example.org").await.unwrap().unwrap().user.subject;
    for who in [person.to_string(), " Alice@Example.org".to_owned(), subject] {
        let found = world.identity.find_user(&who).await.unwrap();
        assert_eq!(found.map(|profile| profile.user.id), Some(person), "{who}");
    }
    assert!(world.identity.find_user("bob").await.unwrap().is_none());
    let again = latchkey::domain::user::NewUser {
        email: latchkey::domain::address::EmailAddress::parse("ALICE@example.org").unwrap(),
        email_verified: false,
        username: None,
        name: None,
        subject: None,
        password_phc: None,
        roles: vec![],
    };
    let taken = world.identity.create_user(Actor::Operator, again.clone(), &context()).await;
    let Err(AdminError::Problems(problems)) = taken else { panic!("{taken:?}") };
    assert_eq!(problems, [RegisterProblem::AddressTaken]);
    let odd = latchkey::domain::user::NewUser { roles: vec!["king".to_owned()], ..again };
    let odd = world.identity.create_user(Actor::Operator, odd, &context()).await;
    assert!(matches!(odd, Err(AdminError::UnknownRole(_))), "{odd:?}");
}
