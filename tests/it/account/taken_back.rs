//! Somebody else deactivates the account, and its owner takes it back.

use chrono::TimeDelta;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::user::UserStatus;

use super::{ALICE, Home};
use crate::support::agent::{Agent, Page};
use crate::support::flow::assert_page;
use crate::support::people::PASSWORD;

/// What the owner chooses when the account is theirs again.
const ANOTHER: &str = "a quite different one";

/// Somebody who knows the password has signed in, which the owner is told of, and closes the account.
struct Robbed {
    home: Home,
    /// "This was not me."
    link: String,
}

impl Robbed {
    async fn new() -> Self {
        Self::by(false).await
    }

    /// By a deactivation, or by a deletion.
    async fn by(deletion: bool) -> Self {
        let home = Home::new().await;
        home.browser(ALICE).await;
        home.pass(TimeDelta::seconds(1));
        let thief = home.browser(ALICE).await;
        let mails = home.mails().await;
        let told = mails.iter().find(|it| it.to == ALICE && it.kind == "new-sign-in").unwrap();
        let from = told.text.find("/not-me?token=").expect("a link");
        let link = told.text[from..].split_whitespace().next().unwrap().to_owned();
        home.pass(TimeDelta::seconds(1));
        let now = home.app.now().to_rfc3339();
        home.run(&format!(
            "INSERT INTO federation_links (id, user_id, issuer, subject, email_verified, profile, \
             created_at, synced_at) VALUES (gen_random_uuid(), '{}', 'https://up.example', 'thief', \
             false, '{{}}', '{now}', '{now}')",
            home.alice
        ));
        if deletion {
            let page = thief.get(&home.at("/account/data/delete")).await;
            assert_eq!(page.form("#delete-form").submit().await.status, 303);
            assert!(matches!(home.status().await, UserStatus::Deleting { .. }));
        } else {
            assert_eq!(home.deactivates(&thief).await.status, 303);
            assert!(matches!(home.status().await, UserStatus::Deactivated { .. }));
        }
        home.pass(TimeDelta::seconds(1));
        Self { home, link }
    }

    /// Opens the link and presses its button.
    async fn disown(&self) -> Page {
        let page = self.home.open(&Agent::new(), &self.link).await;
        assert!(page.has("#not-me-form"), "{}", page.summary());
        page.form("#not-me-form").submit().await
    }
}

#[tokio::test]
async fn a_thief_who_deactivates_the_account_does_not_keep_its_owner_out() {
    let robbed = Robbed::new().await;
    let (home, link) = (&robbed.home, &robbed.link);
    let restoring = home.link(ALICE, "/restore-account").await;
    home.open(&Agent::new(), link).await;
    assert!(matches!(home.status().await, UserStatus::Deactivated { .. }), "looking opens nothing");

    let page = robbed.disown().await.follow_all().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(home.status().await, UserStatus::Active);
    assert_eq!((home.trail("session.disowned"), home.trail("user.reactivated")), (1, 1));
    assert!(!home.signs_in(ALICE).await, "what the thief knows is no password any more");
    assert_page(&home.open(&Agent::new(), &restoring).await, 400);
    // A second click does nothing.
    assert_eq!(robbed.disown().await.status, 303);
    assert_eq!(home.trail("user.reactivated"), 1);

    let mails = home.mails_to(ALICE).await;
    let kinds: Vec<_> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(kinds, ["password-reset", "account-deactivated"]);
    let page = home.open(&Agent::new(), &home.link(ALICE, "/set-password").await).await;
    let page = page.form("#set-password-form").fill("password", ANOTHER).submit().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(home.try_sign_in(&Agent::new(), ALICE, ANOTHER).await.status.is_redirection());
    assert!(!home.try_sign_in(&Agent::new(), ALICE, PASSWORD).await.status.is_redirection());
}

#[tokio::test]
async fn a_thief_who_deletes_the_account_does_not_keep_its_owner_out() {
    let robbed = Robbed::by(true).await;
    let page = robbed.disown().await.follow_all().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let home = &robbed.home;
    assert_eq!(home.status().await, UserStatus::Active);
    assert!(!home.signs_in(ALICE).await, "what the thief knows is no password any more");
    let mails = home.mails_to(ALICE).await;
    let kinds: Vec<_> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(kinds, ["password-reset", "account-deleted"]);
    let dump = home.app.dump_without(&["audit_events"]);
    assert!(!dump.iter().any(|row| row.starts_with("federation_links ")), "the thief's way in");
}

/// Whoever took the password out of the world by mistake asks for a link as anybody does.
#[tokio::test]
async fn without_the_mail_the_owner_asks_for_another_one() {
    let robbed = Robbed::new().await;
    robbed.disown().await;
    robbed.home.pass(TimeDelta::hours(1));
    robbed.home.forgets().await;
    let mails = robbed.home.mails_to(ALICE).await;
    assert_eq!(mails.iter().filter(|mail| mail.kind == "password-reset").count(), 2);
}

#[tokio::test]
async fn what_an_operator_closed_stays_shut() {
    let (identity, ctx) =
        (|home: &Home| home.app.node().identity().clone(), RequestContext::default());
    for deletes in [false, true] {
        let robbed = Robbed::new().await;
        let (home, link) = (&robbed.home, &robbed.link);
        if deletes {
            identity(home).delete_user(Actor::Operator, home.alice, &ctx).await.unwrap();
        } else {
            identity(home).disable_user(Actor::Operator, home.alice, &ctx).await.unwrap();
        }
        let shut = home.status().await;
        // The link is used up with it. Were it not, it would open nothing.
        assert!(home.disowned_before(link).await);
        if deletes {
            continue;
        }
        home.run("UPDATE one_time_links SET consumed_at = NULL WHERE purpose = 'not_me'");
        assert_eq!(robbed.disown().await.status, 303);
        assert_eq!(home.status().await, shut);
        assert_eq!(home.trail("user.reactivated"), 0);
        let mails = home.mails_to(ALICE).await;
        assert!(mails.iter().all(|mail| mail.kind != "password-reset"), "{mails:?}");
    }
}

impl Home {
    /// Whether the button of such a link does nothing.
    async fn disowned_before(&self, link: &str) -> bool {
        let before = self.trail("session.disowned");
        let page = self.open(&Agent::new(), link).await;
        page.form("#not-me-form").submit().await;
        self.trail("session.disowned") == before
    }
}

/// A node of the release before knows nothing of who closed an account: what it opens and closes is
/// closed by an operator, whatever it leaves in the row.
#[tokio::test]
async fn what_an_older_node_closes_is_not_the_persons_to_open() {
    let home = Home::new().await;
    home.deactivates(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    home.pass(TimeDelta::minutes(1));
    home.run("UPDATE users SET status = 'active', deleting_since = NULL");
    assert_eq!(home.status().await, UserStatus::Active);
    let now = home.app.now().to_rfc3339();
    home.run(&format!(
        "UPDATE users SET status = 'disabled', deleting_since = NULL, \
         credentials_changed_at = '{now}', updated_at = '{now}'"
    ));
    assert_eq!(home.status().await, UserStatus::Disabled);
    assert_page(&home.open(&Agent::new(), &link).await, 400);
    home.forgets().await;
    assert_eq!(home.mails_to(ALICE).await.len(), 1, "nothing new");
}

#[tokio::test]
async fn an_operators_new_password_leaves_the_account_to_its_person() {
    let home = Home::new().await;
    home.deactivates(&home.browser(ALICE).await).await;
    home.pass(TimeDelta::minutes(1));
    home.app.set_password(home.alice).await;
    assert!(matches!(home.status().await, UserStatus::Deactivated { .. }));
    home.forgets().await;
    assert!(
        home.press(&Agent::new(), &home.link(ALICE, "/restore-account").await)
            .await
            .has("#mailed-done")
    );
    assert_eq!(home.status().await, UserStatus::Active);
    assert!(!home.signs_in(ALICE).await, "the former password");
}
