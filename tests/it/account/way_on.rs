//! Whoever opens an account page and has to sign in first comes to that page.

use chrono::TimeDelta;

use super::{ALICE, Home};
use crate::support::agent::{Agent, Page};
use crate::support::people::PASSWORD;
use crate::support::second_factor::{Phone, give_code};

/// Signs in on the login page that this leads to.
async fn sign_in(page: Page) -> Page {
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/login", "{}", page.summary());
    let form = page.form("#login-form").fill("identifier", ALICE);
    form.fill("password", PASSWORD).submit().await.follow_all().await
}

#[tokio::test]
async fn the_page_that_a_mail_leads_to_is_reached_through_the_sign_in() {
    let home = Home::new().await;
    for (wanted, reached) in [
        ("/account", "/account"),
        ("/account/security", "/account/security"),
        ("/account/addresses", "/account/addresses"),
        // What stands behind it may tell of something that was done before.
        ("/account/security?done=distrusted", "/account/security"),
        // With a fresh sign-in, which this is.
        ("/account/password", "/account/password"),
        ("/account/security/apps/new", "/account/security/apps/new"),
    ] {
        let agent = Agent::new();
        let page = sign_in(agent.get(&home.at(wanted)).await).await;
        assert_eq!((page.status.as_u16(), page.url.path()), (200, reached), "{wanted}");
        assert!(!page.has("#notice"), "{}", page.summary());
    }
    // Who only looks in gets no page of somebody's.
    let page = Agent::new().get(&home.at("/account/security")).await;
    assert_eq!((page.status.as_u16(), page.location().path()), (303, "/login"));
}

#[tokio::test]
async fn it_is_reached_by_mail_and_past_a_second_factor() {
    let home = Home::new().await;
    let agent = Agent::new();
    let login = agent.get(&home.at("/account/security")).await.follow_all().await;
    let page = home.app.by_mail(login, ALICE).await;
    assert_eq!(page.url.path(), "/account/security", "{}", page.summary());

    home.pass(TimeDelta::minutes(1));
    home.app.change_setting("second_factor", Some("required")).await.unwrap();
    home.app.refresh().await;
    let agent = Agent::new();
    let page = sign_in(agent.get(&home.at("/account/activity")).await).await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    let page = page.form("#set-up-form").submit().await;
    let phone = Phone::scanned(&page.text("#secret"));
    let page = page.form("#confirm-app-form").fill("code", &phone.code(&home.app)).submit().await;
    let page = page.click("#kept").await.follow_all().await;
    assert_eq!(page.url.path(), "/account/activity", "{}", page.summary());

    let agent = Agent::new();
    let page = sign_in(agent.get(&home.at("/account/activity")).await).await;
    assert_eq!(page.url.path(), "/second-factor/app", "{}", page.summary());
    let page = give_code(&page, &phone.next_code(&home.app)).await.follow_all().await;
    assert_eq!(page.url.path(), "/account/activity", "{}", page.summary());
}

#[tokio::test]
async fn case_021_nothing_but_account_pages_is_reached() {
    let home = Home::new().await;
    for page in [
        "//evil.test",
        "https://evil.test/account",
        "/account//evil.test",
        "/account/../oauth2/logout",
        "/account/%2e%2e/oauth2/logout",
        "/account\\evil.test",
        "/accounts",
        "/sign-out",
        "/oauth2/authorize?client_id=x",
        "/account?changed=1",
        "javascript:alert(1)",
    ] {
        let mut login = url::Url::parse(&home.at("/login")).unwrap();
        login.query_pairs_mut().append_pair("page", page);
        let reached = sign_in(Agent::new().get(login.as_str()).await).await;
        assert_eq!((reached.url.path(), reached.url.query()), ("/account", None), "{page}");
        assert!(reached.url.as_str().starts_with(&home.at("/")), "{}", reached.url);
    }
    // Nor does what is in the row lead anywhere else.
    let agent = Agent::new();
    let login = agent.get(&home.at("/account/security")).await.follow_all().await;
    home.run("UPDATE flows SET account_page = 'https://evil.test/'");
    let form = login.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
    assert_eq!(form.submit().await.follow_all().await.url.path(), "/account");
}

/// A form whose session has ended leads to the account: what it would have done is not done by a look.
#[tokio::test]
async fn a_form_is_no_page_to_come_back_to() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let page = agent.get(&home.at("/account/sessions")).await;
    let form = page.form("#forget-all-form");
    home.run("UPDATE sessions SET ended_at = last_used_at, end_reason = 'signed_out'");
    let answer = form.submit().await;
    assert_eq!(answer.location().query(), None, "{}", answer.summary());
    assert_eq!(sign_in(answer).await.url.path(), "/account");
}
