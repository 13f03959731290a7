//! People close their account for a while, and open it again.

use std::time::Duration;

use chrono::TimeDelta;
use latchkey::config::Profile;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::role::ADMINISTRATOR;
use latchkey::domain::user::UserStatus;
use latchkey::identity::closing::{CloseError, REACTIVATION};

use super::{ALICE, Home};
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::assert_page;

const ASK: &str = "/account/data/deactivate";

impl Home {
    pub(super) async fn deactivates(&self, agent: &Agent) -> Page {
        let page = agent.get(&self.at("/account/data")).await.click("#deactivate-link").await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.form("#deactivate-form").submit().await
    }

    pub(super) async fn status(&self) -> UserStatus {
        let found = self.app.node().identity().find_user(ALICE).await.unwrap();
        found.unwrap().user.status
    }

    pub(super) async fn forgets(&self) {
        let page = Agent::new().get(&self.at("/forgot-password")).await;
        let form = page.form("form[method=post]").fill("identifier", ALICE);
        assert_eq!(form.submit().await.status, 303);
    }
}

#[tokio::test]
async fn everything_ends_at_once_everywhere_and_the_link_opens_it_again() {
    let home = Home::new().await;
    let other = home.app.second_node();
    let (agent, elsewhere) = (home.browser(ALICE).await, home.browser(ALICE).await);
    let client = home.app.confidential_client("notes").await;
    let tokens = home.app.tokens_in(&Agent::new(), &client, ALICE, "openid offline_access").await;
    let access = tokens["access_token"].as_str().unwrap();

    let page = agent.get(&home.at(ASK)).await;
    assert!(page.text("#deactivate-account").contains(ALICE), "its name is on the button");
    let page = home.deactivates(&agent).await.follow_all().await;
    assert!(page.has("#deactivated"), "{}", page.summary());
    assert_eq!(agent.cookie("localhost", &home.app.cookie_name("session")), None);
    assert!(!home.is_signed_in(&agent).await && !home.is_signed_in(&elsewhere).await);
    assert_eq!(home.app.userinfo_at(&other.at("/oauth2/userinfo"), access).await.status, 401);
    assert!(!home.signs_in(ALICE).await);
    assert!(matches!(home.status().await, UserStatus::Deactivated { .. }));
    assert_eq!(home.trail("user.deactivated"), 1);

    // However long it takes: nothing is deleted.
    home.pass(REACTIVATION - TimeDelta::seconds(1));
    let link = home.link(ALICE, "/restore-account").await;
    let restorer = Agent::new();
    let page = home.open(&restorer, &link).await;
    assert!(page.text("h1").starts_with("Reactivate"), "{}", page.summary());
    assert!(!home.signs_in(ALICE).await, "looking opens nothing");
    let page = page.form("#mailed-form").submit().await;
    assert!(page.has("#mailed-done"), "{}", page.summary());
    assert!(!home.is_signed_in(&restorer).await && !home.is_signed_in(&elsewhere).await);
    assert_eq!(home.app.userinfo(access).await.status, 401);
    assert!(home.signs_in(ALICE).await);
    assert_page(&home.open(&restorer, &link).await, 400);
    assert_eq!((home.trail("user.reactivated"), home.trail("user.restored")), (1, 0));
}

#[tokio::test]
async fn case_266_it_takes_a_fresh_sign_in() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let form = agent.get(&home.at(ASK)).await.form("#deactivate-form");
    let session = home.session(&agent);
    home.pass(TimeDelta::minutes(16));
    assert_eq!(form.submit().await.location().path(), "/login");
    let identity = home.app.node().identity();
    let refused = identity.deactivate_own_account(session, &RequestContext::default()).await;
    assert!(matches!(refused, Err(CloseError::NotFresh)), "{refused:?}");
    assert!(home.signs_in(ALICE).await);
}

/// After the link of the first mail, and whenever it is lost.
#[tokio::test]
async fn whoever_forgot_the_way_back_asks_for_it_anew() {
    let home = Home::new().await;
    home.deactivates(&home.browser(ALICE).await).await;
    let first = home.link(ALICE, "/restore-account").await;
    home.pass(REACTIVATION);
    assert_page(&home.open(&Agent::new(), &first).await, 400);
    home.forgets().await;
    let mails = home.mails_to(ALICE).await;
    assert!(mails.iter().all(|mail| mail.kind == "account-deactivated"), "{mails:?}");
    let second = home.link(ALICE, "/restore-account").await;
    assert_ne!(first, second);
    assert!(home.press(&Agent::new(), &second).await.has("#mailed-done"));
    assert!(home.signs_in(ALICE).await);
    // And then it is a link for a new password again.
    home.pass(TimeDelta::seconds(1));
    home.forgets().await;
    assert_eq!(home.mails_to(ALICE).await[0].kind, "password-reset");
}

/// Case 177: a stranger learns the state neither by the answers nor by the work.
#[tokio::test]
async fn case_177_a_closed_account_looks_like_none() {
    // What the node looks for by itself is not counted with the rest.
    let app = TestApp::start_configured(|config| {
        config.profile = Profile::Dev { port: None };
        config.database.look_every = Duration::from_secs(3600);
    });
    let alice = app.person(ALICE).await;
    let home = Home { app, alice };
    home.deactivates(&home.browser(ALICE).await).await;
    let mut seen = Vec::new();
    // The first one of all warms things up.
    for who in ["first@example.com", ALICE, "nobody@example.com"] {
        let before = home.app.statements();
        let login = home.try_sign_in(&Agent::new(), who, "wrong horse").await;
        let tried = home.app.statements() - before;
        let page = Agent::new().get(&home.at("/forgot-password")).await;
        let before = home.app.statements();
        let asked = page.form("form[method=post]").fill("identifier", who).submit().await;
        let cost = home.app.statements() - before;
        let told = login.text("#error-summary");
        seen.push((login.status, told, tried, asked.status, asked.location(), cost));
    }
    assert_eq!(seen[1], seen[2]);
}

#[tokio::test]
async fn an_operators_word_is_another_one() {
    let home = Home::new().await;
    let (identity, ctx) = (home.app.node().identity(), RequestContext::default());
    home.deactivates(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    // What an operator closes the person does not open.
    identity.disable_user(Actor::Operator, home.alice, &ctx).await.unwrap();
    assert_eq!(home.status().await, UserStatus::Disabled);
    assert_page(&home.open(&Agent::new(), &link).await, 400);
    home.forgets().await;
    assert_eq!(home.mails_to(ALICE).await.len(), 1, "nothing new");
    // What the person closed an operator opens.
    identity.enable_user(Actor::Operator, home.alice, &ctx).await.unwrap();
    assert!(home.signs_in(ALICE).await);
    assert_page(&home.open(&Agent::new(), &link).await, 400);
    home.deactivates(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    identity.delete_user(Actor::Operator, home.alice, &ctx).await.unwrap();
    assert_page(&home.open(&Agent::new(), &link).await, 400);
}

#[tokio::test]
async fn case_304_the_last_administrator_stays_open() {
    let home = Home::new().await;
    home.app.give_role(ALICE, ADMINISTRATOR).await;
    let agent = home.browser(ALICE).await;
    let page = agent.get(&home.at(ASK)).await;
    assert!(page.has("#last-administrator") && !page.has("#deactivate-form"));
    let other = agent.get(&home.at("/account/data")).await;
    let csrf = other.attribute("[name=csrf]", "value").unwrap();
    agent.post(&home.at(ASK), &[("csrf", &csrf)]).await;
    assert!(home.is_signed_in(&agent).await);
}

/// Too much was mailed within the hour for one mail more.
#[tokio::test]
async fn the_page_promises_no_mail_that_was_left_out() {
    let home = Home::new().await;
    let agent = home.untold().await;
    let page = home.deactivates(&agent).await.follow_all().await;
    assert!(page.text("#deactivated").contains("Forgot password?"), "{}", page.summary());
    assert!(!page.text("#deactivated").contains("we sent you"), "{}", page.summary());
    assert!(home.mails_to(ALICE).await.is_empty());
    home.pass(TimeDelta::hours(1));
    home.forgets().await;
    let link = home.link(ALICE, "/restore-account").await;
    assert!(home.press(&Agent::new(), &link).await.has("#mailed-done"));
    assert!(home.signs_in(ALICE).await);
}

#[tokio::test]
async fn where_no_mail_is_sent_the_page_says_whom_to_ask() {
    for (path, form, said) in [
        (ASK, "#deactivate-form", "#deactivated"),
        ("/account/data/delete", "#delete-form", "#deleted"),
    ] {
        let app = TestApp::start_configured(|config| config.profile = Profile::Serve);
        let alice = app.person(ALICE).await;
        let home = Home { app, alice };
        let page = home.browser(ALICE).await.get(&home.at(path)).await;
        let page = page.form(form).submit().await.follow_all().await;
        let text = page.text(said);
        assert!(text.contains("ask whoever runs this service"), "{}", page.summary());
        assert!(!text.contains("mail") && !text.contains("Forgot"), "{text}");
    }
}

/// Each takes the place of the one that was asked for before; the one that came with the deactivation
/// is nobody's to take away.
#[tokio::test]
async fn of_the_links_that_were_asked_for_the_last_one_opens_the_account() {
    let home = Home::new().await;
    home.deactivates(&home.browser(ALICE).await).await;
    let mut links = vec![home.link(ALICE, "/restore-account").await];
    for _ in 0..2 {
        home.pass(TimeDelta::seconds(1));
        home.forgets().await;
        links.push(home.link(ALICE, "/restore-account").await);
    }
    assert_page(&home.open(&Agent::new(), &links[1]).await, 400);
    for link in [&links[0], &links[2]] {
        assert!(home.open(&Agent::new(), link).await.has("#mailed-form"));
    }
    assert!(home.press(&Agent::new(), &links[2]).await.has("#mailed-done"));
    assert_page(&home.open(&Agent::new(), &links[0]).await, 400);
}

/// Whose account an operator has closed is told nothing; who closed it themselves is.
#[tokio::test]
async fn a_deactivated_owner_is_told_of_a_registration_with_the_address() {
    for (deactivates, mails) in [(true, 1), (false, 0)] {
        let home = Home::new().await;
        if deactivates {
            home.deactivates(&home.browser(ALICE).await).await;
        } else {
            home.app.disable(home.alice).await;
        }
        home.pass(TimeDelta::seconds(1));
        let login = Agent::new().get(&home.at("/login")).await.follow_all().await;
        let form = login.click("#create-account-link").await.form("#register-form");
        let form = form.fill("name", "Mallory").fill("email", ALICE);
        let page = form.fill("password", "a strangers own words").submit().await.follow_all().await;
        assert!(page.has("#code-form"), "as for everybody: {}", page.summary());
        let told = home.mails_to(ALICE).await;
        let told = told.iter().filter(|mail| mail.kind == "registration-attempt").count();
        assert_eq!(told, mails);
    }
}

#[tokio::test]
async fn removing_an_address_is_told_at_both_ends() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.adds(&agent, super::NEW, false).await;
    home.pass(TimeDelta::seconds(1));
    let page = agent.get(&home.at("/account/addresses")).await;
    let page = page.click("a[href$='/remove']").await;
    let page = page.form("#remove-address-form").submit().await.follow_all().await;
    assert!(page.has("#notice"), "{}", page.summary());
    for (to, why) in [(ALICE, "belongs to your"), (super::NEW, "belonged to your")] {
        let mails = home.mails_to(to).await;
        assert_eq!(mails[0].kind, "address-removed", "{mails:?}");
        assert!(mails[0].text.contains(why), "{}", mails[0].text);
    }
}
