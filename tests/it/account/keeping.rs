//! The owner of the former address takes a change back (case 201).

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use latchkey::domain::audit::RequestContext;
use latchkey::identity::admin::link::LinkError;
use latchkey::kernel::clock::Clock;
use latchkey::kernel::env::Env;
use latchkey::kernel::secret::Secret;

use super::{ALICE, Home, NEW};
use crate::support::agent::Agent;
use crate::support::clock::TestRng;
use crate::support::flow::{assert_page, authorization_request};

#[tokio::test]
async fn case_201_the_old_address_comes_back_and_whoever_changed_it_is_out() {
    let home = Home::new().await;
    let thief = home.browser(ALICE).await;
    home.adds(&thief, NEW, true).await;
    let younger = home.browser(NEW).await;
    let client = home.app.confidential_client("notes").await;
    home.app.code_for(&Agent::new(), &authorization_request(&client), NEW).await;
    home.pass(TimeDelta::hours(1));
    let link = home.link(ALICE, "/keep-address").await;
    let owner = Agent::new();
    let page = home.open(&owner, &link).await;
    assert_eq!((page.url.path(), page.url.query()), ("/keep-address", None));
    assert_eq!(home.book().await, [(NEW.to_owned(), true)], "looking changes nothing");
    let page = page.form("#mailed-form").submit().await;
    assert!(page.text("#mailed-done").contains(ALICE), "{}", page.summary());
    assert_eq!(page.attribute("#next", "href").as_deref(), Some("/forgot-password"));

    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    for agent in [&thief, &younger] {
        assert!(!home.is_signed_in(agent).await);
    }
    assert!(home.signs_in(ALICE).await && !home.signs_in(NEW).await);
    assert_page(&home.open(&owner, &link).await, 400);
    assert_eq!(home.trail("address.kept"), 1);
    let dump = home.app.dump();
    assert!(dump.contains("credentials_changed"), "grants and sessions died of it");
}

#[tokio::test]
async fn case_201_it_outlives_a_new_password_and_a_deletion_of_the_thiefs() {
    let home = Home::new().await;
    let thief = home.browser(ALICE).await;
    home.adds(&thief, NEW, true).await;
    let link = home.link(ALICE, "/keep-address").await;
    home.app.set_password(home.alice).await;
    let page = home.open(&Agent::new(), &link).await;
    assert!(page.has("#mailed-form"), "{}", page.summary());
    let agent = Agent::new();
    let page = home.try_sign_in(&agent, NEW, "another long password").await;
    assert!(page.status.is_redirection(), "{}", page.summary());
    let page = agent.get(&home.at("/account/data/delete")).await;
    page.form("#delete-form").submit().await;
    assert!(home.try_sign_in(&Agent::new(), NEW, "another long password").await.status == 401);
    home.press(&Agent::new(), &link).await;
    let found = home.app.node().identity().find_user(ALICE).await.unwrap().unwrap();
    assert!(found.user.is_active());
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    // But an operator's word stands.
    let home = Home::new().await;
    home.adds(&home.browser(ALICE).await, NEW, true).await;
    let link = home.link(ALICE, "/keep-address").await;
    home.app.delete(home.alice).await;
    assert_page(&home.open(&Agent::new(), &link).await, 400);
}

#[tokio::test]
async fn case_201_a_change_that_waits_is_stopped() {
    let home = Home::new().await;
    let thief = home.browser(ALICE).await;
    home.asks(&thief, NEW, true).await;
    let confirm = home.link(NEW, "/confirm-address").await;
    home.press(&Agent::new(), &home.link(ALICE, "/keep-address").await).await;
    assert_page(&home.open(&Agent::new(), &confirm).await, 400);
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    assert!(!home.is_signed_in(&thief).await);
}

#[tokio::test]
async fn an_older_link_is_stronger_than_a_younger_one() {
    let home = Home::new().await;
    let thief = home.browser(ALICE).await;
    home.adds(&thief, NEW, true).await;
    let owners = home.link(ALICE, "/keep-address").await;
    home.pass(TimeDelta::seconds(5));
    home.adds(&thief, "thief@second.example", true).await;
    let thiefs = home.link(NEW, "/keep-address").await;
    // The thief's own undo does not take the owner's away …
    home.press(&Agent::new(), &thiefs).await;
    assert_eq!(home.book().await, [(NEW.to_owned(), true)]);
    home.press(&Agent::new(), &owners).await;
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    // … and is worth nothing after it.
    let agent = home.browser(ALICE).await;
    home.pass(TimeDelta::seconds(5));
    home.adds(&agent, "next@example.com", true).await;
    let first = home.link(ALICE, "/keep-address").await;
    home.pass(TimeDelta::seconds(5));
    home.adds(&agent, "third@example.com", true).await;
    let second = home.link("next@example.com", "/keep-address").await;
    home.press(&Agent::new(), &first).await;
    assert_page(&home.open(&Agent::new(), &second).await, 400);
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
}

#[tokio::test]
async fn an_address_that_was_added_or_made_the_main_one_can_be_taken_back() {
    let home = Home::new().await;
    let thief = home.browser(ALICE).await;
    home.adds(&thief, NEW, false).await;
    home.pass(TimeDelta::seconds(1));
    let page = thief.get(&home.at("/account/addresses")).await;
    page.form("#addresses form").submit().await;
    let page = thief.get(&home.at("/account/addresses")).await;
    let page = page.click("#addresses a.button").await;
    page.form("#remove-address-form").submit().await;
    assert_eq!(home.book().await, [(NEW.to_owned(), true)]);
    let mails = home.mails_to(ALICE).await;
    assert_eq!(mails.len(), 3, "added, the main one no more, and removed");
    // The link of the first mail takes all of it back.
    let from = mails[2].text.find("/keep-address?token=").unwrap();
    let link = mails[2].text[from..].split_whitespace().next().unwrap();
    home.press(&Agent::new(), link).await;
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
}

#[tokio::test]
async fn it_ends_after_two_weeks() {
    let home = Home::new().await;
    home.adds(&home.browser(ALICE).await, NEW, true).await;
    let link = home.link(ALICE, "/keep-address").await;
    home.pass(TimeDelta::days(14));
    assert_page(&home.open(&Agent::new(), &link).await, 400);
}

impl Home {
    /// Gives the account an app, a passkey and a recovery code of this name, here and now.
    fn gets(&self, name: &str) {
        let (user, now) = (self.alice, self.app.now().to_rfc3339());
        self.run(&format!(
            "INSERT INTO authenticators (id, user_id, name, sealed_secret, seal_key_id, seal_nonce, \
             created_at, confirmed_at) VALUES (gen_random_uuid(), '{user}', '{name}', '', '', '', \
             '{now}', '{now}')"
        ));
        self.run(&format!(
            "INSERT INTO passkeys (id, user_id, name, credential_id, credential, created_at) VALUES \
             (gen_random_uuid(), '{user}', '{name}', '{name}', '{{\"counter\": 0}}', '{now}')"
        ));
        self.run(&format!(
            "INSERT INTO recovery_codes (id, user_id, code_hash, created_at) VALUES \
             (gen_random_uuid(), '{user}', sha256('{name}'), '{now}')"
        ));
        self.run(&format!(
            "INSERT INTO federation_links (id, user_id, issuer, subject, email_verified, profile, \
             created_at, synced_at) VALUES (gen_random_uuid(), '{user}', 'https://up.example', \
             '{name}', false, '{{}}', '{now}', '{now}')"
        ));
    }

    /// How many rows a table has of what is dear to an account.
    fn has(&self, table: &str, which: &str) -> bool {
        let dump = self.app.dump_without(&["audit_events"]);
        let rows: Vec<_> =
            dump.iter().filter(|row| row.starts_with(&format!("{table} "))).collect();
        rows.len() == 1 && rows[0].contains(which)
    }
}

#[tokio::test]
async fn case_201_ways_in_that_came_with_the_change_go_with_it_and_older_ones_stay() {
    let home = Home::new().await;
    let thief = home.browser(ALICE).await;
    home.gets("older");
    home.app.prove_two_factors();
    home.pass(TimeDelta::seconds(1));
    home.adds(&thief, NEW, true).await;
    let link = home.link(ALICE, "/keep-address").await;
    home.pass(TimeDelta::seconds(1));
    home.gets("younger");
    home.app.set_password(home.alice).await;
    home.press(&Agent::new(), &link).await;
    for table in ["authenticators", "passkeys", "federation_links"] {
        assert!(home.has(table, "older"), "{table}");
    }
    let older = "recovery_codes";
    assert!(home.has(older, ""), "one of the two is left");
    let dump = home.app.dump_without(&[]);
    assert!(
        !dump.iter().any(|row| row.starts_with("password_credentials ")),
        "the thief's password"
    );
}

#[tokio::test]
async fn of_twenty_who_take_a_change_back_at_once_over_two_nodes_one_does() {
    let home = Home::new().await;
    let node = home.app.second_node();
    home.adds(&home.browser(ALICE).await, NEW, true).await;
    let link = home.link(ALICE, "/keep-address").await;
    let secret: Secret<String> = link.split('=').nth(1).unwrap().into();
    let nodes = [home.app.node().identity().clone(), node.node.identity().clone()];
    let tries = (0..20).map(|n| {
        let (identity, secret) = (nodes[n % 2].clone(), secret.clone());
        tokio::spawn(
            async move { identity.keep_address(&secret, &RequestContext::default()).await },
        )
    });
    let mut worked = 0;
    for answer in tries.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(_) => worked += 1,
            refused => assert!(matches!(refused, Err(LinkError::Unusable)), "{refused:?}"),
        }
    }
    assert_eq!((worked, home.trail("address.kept")), (1, 1));
}

/// Goes on a little at every look.
struct Ticking(Mutex<DateTime<Utc>>);

impl Clock for Ticking {
    fn now(&self) -> DateTime<Utc> {
        let mut time = self.0.lock().unwrap();
        *time += TimeDelta::microseconds(1);
        *time
    }

    fn correct(&self, _offset: TimeDelta) {}
}

#[tokio::test]
async fn case_201_the_link_is_never_younger_than_the_address_that_it_takes_away() {
    let home = Home::new().await;
    let thief = home.browser(ALICE).await;
    home.asks(&thief, NEW, true).await;
    let clock = Ticking(Mutex::new(home.app.now()));
    let node = home.app.node_in(&Env::new(Arc::new(clock), Arc::new(TestRng::new(11))), |_| {});
    let link = home.link(NEW, "/confirm-address").await;
    let secret = link.split('=').nth(1).unwrap().into();
    let identity = node.node.identity();
    identity.confirm_address(&secret, &RequestContext::default()).await.unwrap();
    assert_eq!(home.book().await, [(NEW.to_owned(), true)]);
    home.pass(TimeDelta::seconds(1));
    let link = home.link(ALICE, "/keep-address").await;
    home.press(&Agent::new(), &link).await;
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
}
