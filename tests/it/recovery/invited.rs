//! Invitations.

use chrono::TimeDelta;
use latchkey::domain::address::EmailAddress;
use latchkey::domain::audit::Actor;
use latchkey::domain::user::NewUser;
use latchkey::identity::admin::{AdminError, Delivery, Invited};
use latchkey::kernel::secret::Secret;

use super::{ALICE, BOB, NEW, token};
use crate::cli::installation::Installation;
use crate::identity::world::{Browser, World, context};

fn somebody(email: &str) -> NewUser {
    NewUser {
        email: EmailAddress::parse(email).unwrap(),
        email_verified: false,
        username: None,
        name: Some("Bob Builder".to_owned()),
        subject: None,
        password_phc: None,
        roles: vec![],
    }
}

async fn invited(world: &World, email: &str, delivery: Delivery) -> Result<Invited, AdminError> {
    let (by, week) = (Actor::Operator, TimeDelta::days(7));
    world.identity.invite(by, somebody(email), week, delivery, &context()).await
}

/// Invites somebody by mail, and reads it.
pub(super) async fn invite(world: &World, email: &str) -> Secret<String> {
    invited(world, email, Delivery::Mailed).await.unwrap();
    token(&world.letters_of(email, "invitation").await[0])
}

impl World {
    async fn is_verified(&self, email: &str) -> bool {
        let found = self.identity.find_user(email).await.unwrap().unwrap();
        found.primary_address.unwrap().verified_at.is_some()
    }
}

#[tokio::test]
async fn case_206_whoever_is_invited_sets_the_password_once_and_shows_whose_the_address_is() {
    let world = World::new().await;
    let other = world.second_node();
    let link = invite(&world, BOB).await;
    assert!(!world.is_verified(BOB).await);
    assert!(!world.signed_in_with(&Browser::new(), BOB, "").await);
    let uses = (0..20).map(|n| {
        let identity = if n % 2 == 0 { world.identity.clone() } else { other.identity.clone() };
        let link = link.clone();
        tokio::spawn(async move {
            identity.redeem_password_link(&link, &NEW.into(), &context()).await.is_ok()
        })
    });
    let mut worked = 0;
    for answer in uses.collect::<Vec<_>>() {
        worked += usize::from(answer.await.unwrap());
    }
    assert_eq!(worked, 1);
    assert!(world.is_verified(BOB).await);
    assert!(world.signed_in_with(&Browser::new(), BOB, NEW).await);
    assert!(world.letters_of(BOB, "new-sign-in").await.is_empty());
    let again = invited(&world, BOB, Delivery::Mailed).await;
    assert!(matches!(again, Err(AdminError::AccountInUse)), "{again:?}");
}

#[tokio::test]
async fn an_invitation_ends_and_is_replaced_by_the_next() {
    let world = World::new().await;
    let older = invite(&world, BOB).await;
    world.pass(TimeDelta::seconds(1));
    let newer = invite(&world, BOB).await;
    assert_eq!(world.identity.list_users(None, 10, None).await.unwrap().len(), 1);
    assert!(world.identity.open_link(&older).await.is_err());
    assert!(world.identity.open_link(&newer).await.is_ok());
    world.pass(TimeDelta::days(7));
    assert!(world.identity.open_link(&newer).await.is_err());
    let shown = invited(&world, BOB, Delivery::Shown).await.unwrap();
    assert!(world.redeem(&shown.link.secret, NEW).await);
    assert!(!world.is_verified(BOB).await, "an operator has seen that link");
}

#[tokio::test]
async fn an_address_that_somebody_else_has_shown_to_be_theirs_stays_theirs() {
    let world = World::new().await;
    let link = invite(&world, BOB).await;
    super::all(
        &world,
        &[
            "INSERT INTO users (id, subject, status, credentials_changed_at, created_at, updated_at) \
             SELECT gen_random_uuid(), 'other', 'active', created_at, created_at, created_at FROM users",
            "INSERT INTO addresses (id, user_id, email, canonical, is_primary, verified_at, created_at) \
             SELECT gen_random_uuid(), id, 'bob@example.org', 'bob@example.org', true, created_at, \
             created_at FROM users WHERE subject = 'other'",
        ],
    );
    assert!(world.redeem(&link, NEW).await);
    assert!(world.one("SELECT count(*) = 1 FROM addresses WHERE verified_at IS NOT NULL"));
}

#[tokio::test]
async fn case_206_an_operator_mails_a_link_that_nobody_else_sees() {
    let world = World::new().await;
    let person = world.unverified(ALICE).await;
    let before = world.identity.create_password_link(Actor::Operator, person, &context()).await;
    world.identity.mail_password_link(Actor::Operator, person, &context()).await.unwrap();
    assert!(world.identity.open_link(&before.unwrap().secret).await.is_err());
    let link = token(&world.letters_of(ALICE, "password-reset").await[0]);
    assert!(world.redeem(&link, NEW).await);
    assert!(world.is_verified(ALICE).await);
}

#[test]
fn an_operator_invites_from_the_command_line() {
    let installation = Installation::ready();
    let invite = ["user", "invite", "Ada@Example.com", "--name", "Ada", "--role", "administrator"];
    let invited = installation.json(&invite);
    assert_eq!((&invited["email"], &invited["mailed"]), (&"Ada@Example.com".into(), &false.into()));
    assert_eq!(invited["roles"][0], "administrator");
    let link = invited["link"].as_str().expect("no mail is sent here, so it is shown");
    assert!(link.starts_with("http://localhost:8080/set-password?token="), "{link}");
    let again = installation.run(&["user", "invite", "ada@example.com", "--expires", "2h"]).ok();
    assert!(again.out.contains("/set-password?token="), "{}", again.out);
    installation
        .run(&["user", "invite", "x", "--expires", "1s"])
        .refused(2, &["not an email address", "--expires"]);
    let set = ["user", "set-password", "ada@example.com", "--password-stdin"];
    installation.run_with(&set, "a fine long one\n").ok();
    installation.run(&invite).refused(3, &["an account with this address", "--mail"]);
    let mail = ["user", "set-password", "ada@example.com", "--mail"];
    installation.run(&mail).refused(3, &["nothing was mailed"]);
    assert_eq!(installation.audited("actor_kind = 'operator' AND action = 'user.invited'"), 2);
}
