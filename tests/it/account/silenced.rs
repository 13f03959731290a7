//! Whoever fills up a mailbox first does nothing in silence then (case 205, and 201, 221, 307 with it).

use chrono::TimeDelta;
use latchkey::domain::audit::{Actor, RequestContext};

use super::{ALICE, BOB, Home, NEW};
use crate::support::agent::{Agent, Page};

impl Home {
    /// Asks for a code to sign in with, as anybody can.
    async fn asks_for_code(&self, email: &str) {
        let login = Agent::new().get(&self.at("/login")).await.follow_all().await;
        let action = login.attribute("#email-code", "formaction").unwrap();
        let form = login.form("#login-form").fill("identifier", email);
        let page = form.to(&self.at(&action)).submit().await;
        assert_eq!(page.status, 303, "{}", page.summary());
    }

    /// Everything that strangers can have mailed to Alice within the hour.
    async fn silence(&self) {
        for n in 0..6 {
            if n == 3 {
                self.pass(TimeDelta::minutes(15));
            }
            self.asks_for_code(ALICE).await;
        }
        for _ in 0..5 {
            self.forgets().await;
        }
        assert_eq!(self.mails_to(ALICE).await.len(), 10, "and then there is no more room");
    }

    /// A browser of somebody who was told of so much within the hour that there is no more room.
    pub(super) async fn untold(&self) -> Agent {
        self.app.change_setting("max_notices_per_recipient_per_hour", Some("10")).await.unwrap();
        self.app.refresh().await;
        for _ in 0..11 {
            self.browser(ALICE).await;
        }
        let before = self.mails().await.len();
        let agent = self.browser(ALICE).await;
        assert_eq!(self.mails().await.len(), before, "there is no more room");
        agent
    }

    async fn count(&self, to: &str, kind: &str) -> usize {
        self.mails().await.iter().filter(|mail| mail.to == to && mail.kind == kind).count()
    }

    /// The page that asks to remove the address that is not the main one.
    async fn removing(&self, agent: &Agent) -> Page {
        let page = agent.get(&self.at("/account/addresses")).await;
        page.click("a[href$='/remove']").await
    }
}

#[tokio::test]
async fn case_205_whatever_strangers_have_mailed_every_act_is_told() {
    let home = Home::new().await;
    home.browser(ALICE).await;
    home.silence().await;
    let thief = home.browser(ALICE).await;
    assert_eq!(home.count(ALICE, "new-sign-in").await, 1);
    home.app.add_app_in(&thief, "Phone").await;
    home.app.recovery_codes_in(&thief).await;
    for kind in ["factor-added", "recovery-codes-made"] {
        assert_eq!(home.count(ALICE, kind).await, 1, "{kind}");
    }
    home.adds(&thief, NEW, false).await;
    assert_eq!(home.count(ALICE, "address-changed").await, 1, "with the link that takes it back");
    home.removing(&thief).await.form("#remove-address-form").submit().await;
    for to in [ALICE, NEW] {
        assert_eq!(home.count(to, "address-removed").await, 1, "{to}");
    }
    home.app.set_password(home.alice).await;
    assert_eq!(home.count(ALICE, "password-changed").await, 1);
}

#[tokio::test]
async fn case_205_whoever_silences_the_mailbox_closes_no_account_without_a_way_back() {
    for (path, form, kind) in [
        ("/account/data/deactivate", "#deactivate-form", "account-deactivated"),
        ("/account/data/delete", "#delete-form", "account-deleted"),
    ] {
        let home = Home::new().await;
        home.silence().await;
        let thief = home.browser(ALICE).await;
        let page = thief.get(&home.at(path)).await.form(form).submit().await.follow_all().await;
        assert!(page.body.contains("the mail we sent you"), "{}", page.summary());
        assert_eq!(home.count(ALICE, kind).await, 1);
        let link = home.link(ALICE, "/restore-account").await;
        assert!(home.press(&Agent::new(), &link).await.has("#mailed-done"));
        assert!(home.signs_in(ALICE).await);
    }
}

/// Whoever reads mail at the main address could take none of it back.
#[tokio::test]
async fn case_201_no_address_changes_while_its_owner_cannot_be_told() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.adds(&agent, "second@new.example", false).await;
    home.asks(&agent, NEW, true).await;
    let confirm = home.link(NEW, "/confirm-address").await;
    let agent = home.untold().await;
    let before = (home.book().await, home.pending().await, home.mails().await.len());

    let list = agent.get(&home.at("/account/addresses")).await;
    for (what, page) in [
        ("confirms", home.press(&Agent::new(), &confirm).await),
        ("replaces", home.asks(&agent, "third@new.example", true).await),
        ("prefers", list.form("#addresses form").submit().await),
        ("removes", home.removing(&agent).await.form("#remove-address-form").submit().await),
    ] {
        assert_eq!(page.status, 429, "{what}: {}", page.summary());
        assert!(page.header("retry-after").is_some(), "{what}");
    }
    let after = (home.book().await, home.pending().await, home.mails().await.len());
    assert_eq!(after, before);
    // What changes nothing yet has nobody to be told.
    assert_eq!(home.asks(&agent, "third@new.example", false).await.status, 303);

    home.pass(TimeDelta::hours(1));
    let told = home.count(ALICE, "address-changed").await;
    assert!(home.press(&Agent::new(), &confirm).await.has("#mailed-done"));
    assert!(home.book().await.contains(&(NEW.to_owned(), true)));
    assert_eq!(home.count(ALICE, "address-changed").await, told + 1);
}

/// The holder of the link was mailed it, so what strangers ask for takes no room from them.
#[tokio::test]
async fn after_this_was_not_me_the_page_tells_what_becomes_of_the_link() {
    let home = Home::new().await;
    home.browser(ALICE).await;
    home.pass(TimeDelta::seconds(1));
    home.browser(ALICE).await;
    let link = home.not_me(ALICE).await;
    home.silence().await;
    let before = home.count(ALICE, "password-reset").await;
    let page = home.disowns(&link).await.follow_all().await;
    assert!(page.text("#not-me-done").contains("is on its way"), "{}", page.summary());
    assert_eq!(home.count(ALICE, "password-reset").await, before + 1);
    let page = home.disowns(&link).await.follow_all().await;
    assert!(page.text("#not-me-done").contains("done before"), "{}", page.summary());
    assert!(!page.text("#not-me-done").contains("on its way"));

    // Nor does it promise one that was left out.
    let home = Home::new().await;
    home.untold().await;
    let page = home.disowns(&home.not_me(ALICE).await).await.follow_all().await;
    assert!(page.text("#not-me-done").contains("was left out"), "{}", page.summary());
    assert!(!page.text("#not-me-done").contains("on its way") && page.has("#send-again"));
    assert_eq!(home.count(ALICE, "password-reset").await, 0);
    home.forgets().await;
    assert_eq!(home.count(ALICE, "password-reset").await, 1, "as the page says");
}

#[tokio::test]
async fn who_was_shut_out_by_an_operator_is_promised_no_link() {
    let home = Home::new().await;
    home.browser(ALICE).await;
    home.browser(ALICE).await;
    let link = home.not_me(ALICE).await;
    let identity = home.app.node().identity();
    let ctx = RequestContext::default();
    identity.disable_user(Actor::Operator, home.alice, &ctx).await.unwrap();
    home.run("UPDATE one_time_links SET consumed_at = NULL WHERE purpose = 'not_me'");
    let page = home.disowns(&link).await.follow_all().await;
    let said = page.text("#not-me-done");
    assert!(said.contains("Ask whoever runs this service"), "{}", page.summary());
    assert!(!said.contains("on its way") && !page.has("#send-again"));
}

/// Whoever adds somebody's address to their own account again and again mails them a few times a day,
/// and is not told by the work when that ends.
#[tokio::test]
async fn case_205_an_address_that_somebody_has_is_told_so_three_times_a_day() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    let agent = home.browser(ALICE).await;
    let mut costs = vec![];
    for email in [BOB, "free@new.example"] {
        for _ in 0..5 {
            home.pass(TimeDelta::seconds(1));
            let page = agent.get(&home.at("/account/addresses/add")).await;
            let form = page.form("#add-address-form").fill("email", email);
            let before = home.app.statements();
            assert_eq!(form.submit().await.status, 303);
            costs.push(home.app.statements() - before);
        }
    }
    assert_eq!(costs[4], costs[9], "{costs:?}");
    assert_eq!(home.count(BOB, "registration-attempt").await, 3);
    assert_eq!(home.count("free@new.example", "confirm-address").await, 5);
}
