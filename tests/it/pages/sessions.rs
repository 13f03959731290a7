//! Section S of the security cases: sessions and cookies.

use chrono::TimeDelta;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{assert_page, authorization_request};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

impl TestApp {
    /// Signs somebody in to the account pages.
    async fn signed_in(&self, agent: &Agent, identifier: &str, remember: bool) -> Page {
        let page = agent.get(&self.at("/account")).await.follow_all().await;
        let mut form =
            page.form("#login-form").fill("identifier", identifier).fill("password", PASSWORD);
        if remember {
            form = form.set("remember", "on");
        }
        let page = form.submit().await.follow_all().await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        page
    }

    async fn asks_to_sign_in(&self, agent: &Agent, url: &str) -> bool {
        let page = agent.get(url).await;
        page.status.is_redirection() && page.location().path() == "/login"
    }
}

#[tokio::test]
async fn case_257_the_cookie_changes_at_every_sign_in_and_the_old_one_is_dead() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    // A cookie that somebody planted is not kept.
    let planted = format!("{}={}; Path=/", app.cookie_name("session"), "A".repeat(43));
    agent.set_cookie("localhost", &planted);
    app.signed_in(&agent, ALICE, false).await;
    let first = app.session_cookie(&agent);
    assert!(!planted.contains(first.split('=').nth(1).unwrap()));

    let client = app.confidential_client("notes").await;
    let again = authorization_request(&client).with("prompt", "login");
    app.code_for(&agent, &again, ALICE).await;
    let second = app.session_cookie(&agent);
    assert_ne!(first, second);
    assert_eq!(app.sessions(ALICE).await, 1, "the row stays");

    let thief = Agent::new();
    thief.set_cookie("localhost", &first);
    assert!(app.asks_to_sign_in(&thief, &app.at("/account")).await);
    app.sign_out(&agent).await;
    thief.set_cookie("localhost", &second);
    assert!(app.asks_to_sign_in(&thief, &app.at("/account")).await);
}

#[tokio::test]
async fn case_259_cookies_under_https_are_locked_to_the_host() {
    let app = TestApp::start_with_issuer("https://id.example");
    app.person(ALICE).await;
    let agent = app.machine();
    let page = agent.get(&app.at("/login")).await;
    let cookies = page.set_cookies();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        assert!(cookie.name().starts_with("__Host-latchkey-"), "{cookie}");
        assert_eq!(cookie.secure(), Some(true), "{cookie}");
        assert_eq!(cookie.http_only(), Some(true), "{cookie}");
        assert_eq!(cookie.same_site(), Some(actix_web::cookie::SameSite::Lax), "{cookie}");
        assert_eq!(cookie.path(), Some("/"), "{cookie}");
        assert_eq!(cookie.domain(), None, "{cookie}");
        assert!(cookie.to_string().len() < 4096);
    }
}

#[tokio::test]
async fn case_259_the_session_cookie_is_opaque_and_long_enough() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    app.signed_in(&agent, ALICE, false).await;
    let cookie = agent
        .cookies("localhost")
        .into_iter()
        .find(|cookie| cookie.name() == app.cookie_name("session"))
        .unwrap();
    assert_eq!(cookie.value().len(), 43, "256 bits");
    assert_eq!(cookie.http_only(), Some(true));
    assert_eq!(cookie.same_site(), Some(actix_web::cookie::SameSite::Lax));
    assert_eq!(cookie.max_age(), None, "gone with the browser");
}

#[tokio::test]
async fn case_260_idle_and_absolute_limits_on_both_nodes() {
    let app = TestApp::start();
    let other = app.second_node();
    app.person(ALICE).await;

    let agent = app.machine();
    app.signed_in(&agent, ALICE, false).await;
    app.clock.advance(TimeDelta::hours(12));
    for url in [app.at("/account"), other.at("/account")] {
        assert!(app.asks_to_sign_in(&agent, &url).await, "idle");
    }

    let agent = app.machine();
    app.signed_in(&agent, ALICE, false).await;
    for _ in 0..2 {
        app.clock.advance(TimeDelta::hours(11));
        assert!(!app.asks_to_sign_in(&agent, &other.at("/account")).await);
    }
    app.clock.advance(TimeDelta::hours(2));
    for url in [app.at("/account"), other.at("/account")] {
        assert!(app.asks_to_sign_in(&agent, &url).await, "absolute");
    }
}

#[tokio::test]
async fn case_268_remember_me_lasts_longer_and_says_so_in_the_cookie() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    app.signed_in(&agent, ALICE, true).await;
    let cookies = agent.cookies("localhost");
    let cookie = cookies.iter().find(|c| c.name() == app.cookie_name("session")).unwrap();
    assert_eq!(cookie.max_age().unwrap().whole_days(), 30);
    app.clock.advance(TimeDelta::days(13));
    assert!(!app.asks_to_sign_in(&agent, &app.at("/account")).await);
    app.clock.advance(TimeDelta::days(14));
    assert!(app.asks_to_sign_in(&agent, &app.at("/account")).await);
}

#[tokio::test]
async fn case_261_a_cookie_that_is_none_of_ours_is_no_session() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    app.signed_in(&agent, ALICE, false).await;
    let cookie = app.session_cookie(&agent);
    let (name, value) = cookie.split_once('=').unwrap();
    let value = value.split(';').next().unwrap();
    for sent in [
        format!("{name}={}", &value[..42]),
        format!("{name}={value}A"),
        format!("{name}="),
        name.to_owned(),
        format!("{name}=%00%ff"),
        format!("{name}={}", "x".repeat(3000)),
        format!("{name}={value}; {name}={value}"),
        format!("{name}={}; {name}={value}", "A".repeat(43)),
        format!("{name}=\"{value}\""),
    ] {
        let page = Agent::new().with_header("cookie", &sent).get(&app.at("/account")).await;
        assert!(page.status.is_redirection(), "{sent}: {}", page.summary());
        assert_eq!(page.location().path(), "/login", "{sent}");
    }
}

#[tokio::test]
async fn case_262_disabling_an_account_ends_its_sessions_on_every_node() {
    let app = TestApp::start();
    let other = app.second_node();
    let user = app.person(ALICE).await;
    let agent = app.machine();
    app.signed_in(&agent, ALICE, true).await;
    assert!(!app.asks_to_sign_in(&agent, &other.at("/account")).await);
    app.disable(user).await;
    for url in [app.at("/account"), other.at("/account")] {
        assert!(app.asks_to_sign_in(&agent, &url).await);
    }
}

#[tokio::test]
async fn case_263_only_own_sessions_can_be_ended() {
    let app = TestApp::start();
    app.person(ALICE).await;
    app.person("mallory@example.com").await;
    let (alice, mallory) = (Agent::new(), Agent::new());
    app.signed_in(&alice, ALICE, false).await;
    app.signed_in(&alice.fresh(), ALICE, false).await;
    app.signed_in(&mallory, "mallory@example.com", false).await;
    app.signed_in(&mallory.fresh(), "mallory@example.com", false).await;

    let hers = alice.get(&app.at("/account/sessions")).await;
    let theirs = mallory.get(&app.at("/account/sessions")).await;
    let her_action =
        hers.form("form[action*='/account/sessions/']:not(#end-others-form)").action().to_owned();
    let attack =
        theirs.form("form[action*='/account/sessions/']:not(#end-others-form)").to(&her_action);
    let page = attack.submit().await;
    assert_page(&page, 404);
    assert_eq!(app.sessions(ALICE).await, 2, "untouched");

    let page = hers.form("form[action*='/account/sessions/']:not(#end-others-form)").submit().await;
    assert!(page.status.is_redirection(), "{}", page.summary());
    assert_eq!(app.sessions(ALICE).await, 1);
}

#[tokio::test]
async fn case_159_somebody_else_on_the_same_browser_gets_a_session_of_their_own() {
    let app = TestApp::start();
    app.person(ALICE).await;
    app.person("bob@example.com").await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let hers = app.tokens_in(&agent, &client, ALICE, "openid").await;
    let again = authorization_request(&client).with("prompt", "login").with("scope", "openid");
    let page = app.sign_in(app.authorize(&agent, &again).await, "bob@example.com").await;
    let page = app.to_relying_party(page).await;
    let code = page.location_param("code").unwrap();
    let his = app.token(&client, &crate::support::flow::code_request(&client, &code)).await.json();
    let sid = |tokens: &serde_json::Value| {
        crate::support::flow::claims(tokens["id_token"].as_str().unwrap())["sid"].clone()
    };
    assert_ne!(sid(&hers), sid(&his));
    assert_eq!(app.sessions(ALICE).await, 0, "hers ended when he took over the browser");
}

#[tokio::test]
async fn case_265_the_database_holds_no_live_secret() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let cookie = app.session_cookie(&agent);
    let session = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let browser = agent.cookie("localhost", &app.cookie_name("browser")).unwrap();
    let dump = app.dump();
    assert!(dump.contains(ALICE), "the dump is one");
    for secret in [&code, &session, &browser, client.secret.as_ref().unwrap(), PASSWORD] {
        assert!(!dump.contains(secret as &str), "{secret} is in the database");
    }
}

#[tokio::test]
async fn case_327_a_backup_holds_hashes_of_passwords_and_sealed_keys() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let dump = app.dump();
    assert!(dump.contains("$argon2id$v=19$"), "passwords are hashed");
    // How the private half of an RSA key begins in DER and in PEM (RFC 8017, RFC 5958): the object
    // identifier of rsaEncryption, and the first bytes in base64.
    for unsealed in ["2a864886f70d010101", "MIIE", "PRIVATE KEY"] {
        assert!(!dump.contains(unsealed), "{unsealed} is in the backup");
    }
    let jwks = Agent::new().get(&app.at("/oauth2/jwks")).await.json();
    let kid = jwks["keys"][0]["kid"].as_str().unwrap();
    assert!(dump.contains(kid), "the keys are in the backup, sealed");
}
