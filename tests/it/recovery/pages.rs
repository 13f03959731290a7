//! The pages of recovery, as strangers, mail scanners and their owners see them.

use chrono::TimeDelta;
use latchkey::config::Profile;

use super::{ALICE, NEW, app, link};
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, refresh_request};
use crate::support::people::PASSWORD;

impl TestApp {
    /// Asks for a link on the page.
    pub(super) async fn forget(&self, agent: &Agent, name: &str) -> Page {
        let page = agent.get(&self.at("/forgot-password")).await;
        page.form("#forgot-form").fill("identifier", name).submit().await
    }

    /// The address in the newest mail of a kind, at the first node.
    pub(super) async fn mailed(&self, to: &str, kind: &str) -> String {
        let link = link(&self.letters_of(to, kind).await[0]);
        self.at(link.strip_prefix(self.issuer()).unwrap())
    }
}

#[tokio::test]
async fn case_175_the_answer_is_the_same_for_everybody() {
    let app = app();
    app.person(ALICE).await;
    let mut seen = vec![];
    for name in [ALICE, "nobody@example.org", "nobody", "v@x\r\nBcc: e@y.org", "a@b@c"] {
        let page = app.forget(&Agent::new(), name).await;
        assert_eq!(page.status, 303, "{}", page.summary());
        assert!(page.set_cookies().is_empty());
        let sent = page.follow().await;
        seen.push((page.header("location").map(str::to_owned), sent.status, sent.body));
    }
    assert!(seen.iter().all(|it| *it == seen[0]));
    assert_eq!(app.letters_of(ALICE, "password-reset").await.len(), 1);
    let empty = app.forget(&Agent::new(), " ").await;
    assert_eq!(empty.status, 400);
    assert!(empty.has("#identifier[aria-invalid]"), "{}", empty.summary());
    let foreign = Agent::new().post(&app.at("/forgot-password"), &[("identifier", ALICE)]).await;
    assert!(foreign.status.is_client_error(), "{}", foreign.summary());
    assert_eq!(app.letters_of(ALICE, "password-reset").await.len(), 1);
}

#[tokio::test]
async fn case_192_a_link_leads_to_the_issuer_whatever_a_request_claims() {
    let app = app();
    app.person(ALICE).await;
    for (name, value) in [
        ("x-forwarded-host", "evil.test"),
        ("forwarded", "host=evil.test;proto=http"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-host", "evil.test"),
        ("referer", "https://evil.test/"),
    ] {
        app.clock.advance(TimeDelta::hours(1));
        let page = app.forget(&Agent::new().with_header(name, value), ALICE).await;
        assert!(page.status.is_redirection(), "{name}: {}", page.summary());
        let letter = &app.letters_of(ALICE, "password-reset").await[0];
        let begin = format!("{}/set-password?token=", app.issuer());
        assert!(link(letter).starts_with(&begin), "{name}: {}", link(letter));
        assert!(!letter.html.contains("evil"), "{name}");
    }
    let count = app.letters_of(ALICE, "password-reset").await.len();
    let elsewhere = Agent::new().with_header("host", "evil.test");
    let page = elsewhere.get(&app.at("/forgot-password")).await;
    assert!(page.status.is_client_error(), "{}", page.summary());
    // The other mails that a request brings about.
    let agent = Agent::new().with_header("x-forwarded-host", "evil.test");
    for _ in 0..2 {
        let page = agent.fresh().get(&app.at("/login")).await.follow_all().await;
        let form = page.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
        form.submit().await;
    }
    let told = &app.letters_of(ALICE, "new-sign-in").await[0];
    assert!(link(told).starts_with(&format!("{}/not-me?token=", app.issuer())));
    assert_eq!(app.letters_of(ALICE, "password-reset").await.len(), count);
}

#[tokio::test]
async fn case_198_the_secret_leaves_the_address_and_tells_nobody() {
    let app = app();
    app.person(ALICE).await;
    app.forget(&Agent::new(), ALICE).await;
    let address = app.mailed(ALICE, "password-reset").await;
    let secret = address.split_once("token=").unwrap().1.to_owned();
    let agent = Agent::new();
    let first = agent.get(&address).await;
    assert_eq!((first.status.as_u16(), first.header("location")), (303, Some("/set-password")));
    let cookies = first.set_cookies();
    let cookie = cookies.iter().find(|it| it.name().ends_with("password-link")).unwrap();
    assert_eq!((cookie.http_only(), cookie.path()), (Some(true), Some("/")));
    assert_eq!(cookie.same_site(), Some(actix_web::cookie::SameSite::Lax));
    assert!(cookie.max_age().unwrap() <= actix_web::cookie::time::Duration::minutes(30));
    let page = first.follow().await;
    for page in [&first, &page] {
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.body.contains(&secret), "{}", page.summary());
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{policy}");
    assert!(!page.body.contains("src=\"http") && page.has("#set-password-form"));
    let saved = page.form("#set-password-form").fill("password", NEW).submit().await;
    assert_eq!(saved.status, 200, "{}", saved.summary());
    let gone = |it: &&actix_web::cookie::Cookie<'_>| it.name().ends_with("password-link");
    assert!(saved.set_cookies().iter().find(gone).unwrap().max_age().unwrap().is_zero());
    let dead = agent.get(&address).await;
    assert_eq!(dead.status, 400);
    assert_eq!(dead.attribute("#next", "href").as_deref(), Some("/forgot-password"));
}

#[tokio::test]
async fn case_199_scanners_use_nothing_up_and_nobody_is_signed_in() {
    let app = app();
    app.person(ALICE).await;
    for _ in 0..2 {
        let page = Agent::new().get(&app.at("/login")).await.follow_all().await;
        let form = page.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
        form.submit().await;
    }
    let sessions = app.sessions(ALICE).await;
    app.clock.advance(TimeDelta::seconds(1));
    app.forget(&Agent::new(), ALICE).await;
    let reset = app.mailed(ALICE, "password-reset").await;
    let not_me = app.mailed(ALICE, "new-sign-in").await;
    for address in [&reset, &not_me] {
        for method in ["GET", "HEAD", "GET"] {
            let page = Agent::new().request(method, address).await;
            assert_eq!(page.status, 303, "{method} {}", page.summary());
            let names: Vec<_> = page.set_cookies().iter().map(|it| it.name().to_owned()).collect();
            assert!(names.iter().all(|it| it.ends_with("-link")), "{names:?}");
            page.follow().await;
        }
        let put = Agent::new().request("OPTIONS", address).await;
        assert!(put.status.is_client_error());
    }
    assert_eq!(app.sessions(ALICE).await, sessions);
    let page = Agent::new().get(&reset).await.follow().await;
    let saved = page.form("#set-password-form").fill("password", NEW).submit().await;
    assert_eq!(saved.status, 200, "it still worked: {}", saved.summary());
    assert_eq!(app.sessions(ALICE).await, 0, "and signs nobody in");
}

#[tokio::test]
async fn case_196_after_a_reset_every_node_says_no_at_once() {
    let app = app();
    app.person(ALICE).await;
    let other = app.second_node();
    let client = app.confidential_client("notes").await;
    let agent = app.machine();
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid offline_access").await;
    let access = tokens["access_token"].as_str().unwrap();
    app.clock.advance(TimeDelta::seconds(1));
    app.forget(&Agent::new(), ALICE).await;
    let page = Agent::new().get(&app.mailed(ALICE, "password-reset").await).await.follow().await;
    assert_eq!(app.userinfo_at(&other.at("/oauth2/userinfo"), access).await.status, 200);
    let saved = page.form("#set-password-form").fill("password", NEW).submit().await;
    assert_eq!(saved.status, 200, "{}", saved.summary());
    for at in [app.at(""), other.at("")] {
        assert_eq!(app.userinfo_at(&format!("{at}/oauth2/userinfo"), access).await.status, 401);
        let asked = crate::support::flow::Params::new(&[("token", access)]);
        let told = app.token_at(&format!("{at}/oauth2/introspect"), &client, &asked).await;
        assert_eq!(told.json()["active"], false, "{}", told.summary());
        let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
        let refused = app.token_at(&format!("{at}/oauth2/token"), &client, &refresh).await;
        assert_eq!(refused.status, 400);
        let account = agent.get(&format!("{at}/account")).await;
        assert!(account.location().path().starts_with("/login"), "{}", account.summary());
    }
    let params = authorization_request(&client).with("prompt", "none");
    let refused = app.authorize(&agent, &params).await;
    assert_eq!(refused.location_param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn case_184_a_password_of_a_reset_keeps_the_rules() {
    let app = app();
    app.person(ALICE).await;
    app.forget(&Agent::new(), ALICE).await;
    let page = Agent::new().get(&app.mailed(ALICE, "password-reset").await).await.follow().await;
    for weak in ["short", "password", ALICE, "latchkey", "", &"x".repeat(129)] {
        let refused = page.form("#set-password-form").fill("password", weak).submit().await;
        assert_eq!(refused.status, 400, "{weak}");
        assert!(refused.has("#password-problem"), "{weak}: {}", refused.summary());
    }
    // Case 182: refused unread.
    let hashes = app.node().identity().hasher().hashes();
    let huge =
        page.form("#set-password-form").fill("password", &"x".repeat(1 << 20)).submit().await;
    assert_eq!(huge.status, 413);
    assert_eq!(app.node().identity().hasher().hashes(), hashes);
    let saved = page.form("#set-password-form").fill("password", NEW).submit().await;
    assert_eq!(saved.status, 200, "the link still worked: {}", saved.summary());
}

#[tokio::test]
async fn where_no_mail_is_sent_the_page_says_whom_to_ask() {
    let app = TestApp::start_configured(|config| config.profile = Profile::Serve);
    app.person(ALICE).await;
    let login = Agent::new().get(&app.at("/login")).await.follow_all().await;
    assert!(!login.has("#forgot-password"));
    let page = Agent::new().get(&app.at("/forgot-password")).await;
    assert!(page.has("#forgot-closed") && !page.has("#forgot-form"), "{}", page.summary());
}

#[tokio::test]
async fn whoever_comes_from_an_app_goes_back_to_it() {
    let app = app();
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let page = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
    let forgot = page.click("#forgot-password").await;
    let back = forgot.click("#back-to-sign-in").await;
    assert_eq!(back.url, page.url);
    let sent = forgot.form("#forgot-form").fill("identifier", ALICE).submit().await.follow().await;
    assert_eq!(sent.click("#back-to-sign-in").await.url, page.url);
}
