//! People delete their account, and bring it back (cases 304, 307).

use chrono::TimeDelta;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::role::ADMINISTRATOR;
use latchkey::domain::user::DELETION_UNDO;
use latchkey::identity::admin::link::LinkError;
use latchkey::identity::closing::CloseError;
use latchkey::kernel::secret::Secret;

use super::{ALICE, BOB, Home};
use crate::support::agent::{Agent, Page};
use crate::support::flow::assert_page;

impl Home {
    pub(super) async fn deletes(&self, agent: &Agent) -> Page {
        let page = agent.get(&self.at("/account/data")).await;
        let page = page.click("#delete-link").await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.form("#delete-form").submit().await
    }
}

#[tokio::test]
async fn case_307_262_deleted_means_out_at_once_everywhere() {
    let home = Home::new().await;
    let other = home.app.second_node();
    let (agent, elsewhere) = (home.browser(ALICE).await, home.browser(ALICE).await);
    let client = home.app.confidential_client("notes").await;
    let tokens = home.app.tokens_in(&Agent::new(), &client, ALICE, "openid offline_access").await;
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(home.app.userinfo_at(&other.at("/oauth2/userinfo"), access).await.status, 200);

    let page = agent.get(&home.at("/account/data/delete")).await;
    assert!(page.text("#delete-account").contains(ALICE), "its name is on the button");
    let page = page.form("#delete-form").submit().await.follow_all().await;
    assert!(page.has("#deleted"), "{}", page.summary());
    assert_eq!(agent.cookie("localhost", &home.app.cookie_name("session")), None);
    for agent in [&agent, &elsewhere] {
        let page = agent.clone().with_header("host", &home.app.issuer()[7..]);
        let page = page.get(&other.at("/account")).await;
        assert_eq!(page.location().path(), "/login");
    }
    assert_eq!(home.app.userinfo_at(&other.at("/oauth2/userinfo"), access).await.status, 401);
    assert!(!home.signs_in(ALICE).await);
    assert_eq!(home.trail("user.deleted"), 1);

    // Back, but signed out; what apps held stays dead.
    let restorer = Agent::new();
    let link = home.link(ALICE, "/restore-account").await;
    for method in ["HEAD", "GET"] {
        restorer.request(method, &home.at(&link)).await;
    }
    assert!(!home.signs_in(ALICE).await, "looking brings nothing back");
    let page = home.open(&restorer, &link).await;
    assert_eq!(page.url.query(), None);
    let page = page.form("#mailed-form").submit().await;
    assert!(page.has("#mailed-done"), "{}", page.summary());
    assert!(!home.is_signed_in(&restorer).await && !home.is_signed_in(&elsewhere).await);
    assert_eq!(home.app.userinfo(access).await.status, 401);
    assert!(home.signs_in(ALICE).await);
    assert_page(&home.open(&restorer, &link).await, 400);
    assert_eq!(home.trail("user.restored"), 1);
}

#[tokio::test]
async fn case_307_266_it_takes_a_fresh_sign_in() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let form = agent.get(&home.at("/account/data/delete")).await.form("#delete-form");
    let session = home.session(&agent);
    home.pass(TimeDelta::minutes(16));
    assert_eq!(form.submit().await.location().path(), "/login");
    let identity = home.app.node().identity();
    let refused = identity.delete_own_account(session, &RequestContext::default()).await;
    assert!(matches!(refused, Err(CloseError::NotFresh)), "{refused:?}");
    assert!(home.signs_in(ALICE).await);
}

#[tokio::test]
async fn the_way_back_ends_after_two_weeks_and_with_a_newer_deletion() {
    assert_eq!(DELETION_UNDO, TimeDelta::weeks(2), "the pages say two weeks");
    let home = Home::new().await;
    home.deletes(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    home.pass(TimeDelta::days(14) - TimeDelta::seconds(1));
    assert!(home.open(&Agent::new(), &link).await.has("#mailed-form"));
    home.pass(TimeDelta::seconds(1));
    assert_page(&home.open(&Agent::new(), &link).await, 400);

    let home = Home::new().await;
    home.deletes(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    let (identity, ctx) = (home.app.node().identity(), RequestContext::default());
    identity.enable_user(Actor::Operator, home.alice, &ctx).await.unwrap();
    assert_page(&home.open(&Agent::new(), &link).await, 400);
    identity.delete_user(Actor::Operator, home.alice, &ctx).await.unwrap();
    assert_page(&home.open(&Agent::new(), &link).await, 400);
    assert!(!home.signs_in(ALICE).await);
}

#[tokio::test]
async fn an_operator_who_deletes_what_is_being_deleted_leaves_no_way_back() {
    let home = Home::new().await;
    home.deletes(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    assert!(home.open(&Agent::new(), &link).await.has("#mailed-form"));
    home.app.delete(home.alice).await;
    assert_page(&home.open(&Agent::new(), &link).await, 400);
    assert!(!home.signs_in(ALICE).await);
}

#[tokio::test]
async fn case_304_the_last_administrator_stays() {
    let home = Home::new().await;
    home.app.give_role(ALICE, ADMINISTRATOR).await;
    let agent = home.browser(ALICE).await;
    let page = agent.get(&home.at("/account/data/delete")).await;
    assert!(page.has("#last-administrator") && !page.has("#delete-form"), "{}", page.summary());
    let csrf = page.attribute("[name=csrf]", "value");
    let other = agent.get(&home.at("/account/data")).await;
    let csrf = csrf.or(other.attribute("[name=csrf]", "value")).unwrap();
    agent.post(&home.at("/account/data/delete"), &[("csrf", &csrf)]).await;
    assert!(home.is_signed_in(&agent).await);
    // With another one, either may go, and of two who go at once one stays.
    home.app.person(BOB).await;
    home.app.give_role(BOB, ADMINISTRATOR).await;
    let node = home.app.second_node();
    let bob = home.browser(BOB).await;
    let ctx = RequestContext::default();
    let (first, second) = tokio::join!(
        home.app.node().identity().delete_own_account(home.session(&agent), &ctx),
        node.node.identity().delete_own_account(home.session(&bob), &ctx),
    );
    let refused =
        |answer: &Result<_, CloseError>| matches!(answer, Err(CloseError::LastAdministrator));
    assert_eq!((first.is_ok(), second.is_ok()), (refused(&second), refused(&first)));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
}

#[tokio::test]
async fn of_twenty_restorations_at_once_over_two_nodes_one_works() {
    let home = Home::new().await;
    let node = home.app.second_node();
    home.deletes(&home.browser(ALICE).await).await;
    let link = home.link(ALICE, "/restore-account").await;
    let secret: Secret<String> = link.split('=').nth(1).unwrap().into();
    let nodes = [home.app.node().identity().clone(), node.node.identity().clone()];
    let tries = (0..20).map(|n| {
        let (identity, secret) = (nodes[n % 2].clone(), secret.clone());
        tokio::spawn(
            async move { identity.restore_account(&secret, &RequestContext::default()).await },
        )
    });
    let mut worked = 0;
    for answer in tries.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(_) => worked += 1,
            refused => assert!(matches!(refused, Err(LinkError::Unusable)), "{refused:?}"),
        }
    }
    assert_eq!((worked, home.trail("user.restored")), (1, 1));
}
