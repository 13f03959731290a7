//! Section T of the security cases: what browsers are told and what they are protected from.

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{assert_page, authorization_request};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

async fn login_page(app: &TestApp, agent: &Agent) -> Page {
    agent.get(&app.at("/account")).await.follow_all().await
}

#[tokio::test]
async fn case_275_276_every_page_has_the_strict_headers() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let login = login_page(&app, &agent).await;
    let pages = [
        login,
        agent.get(&app.at("/nowhere")).await,
        agent.get(&app.at("/signed-out")).await,
        agent.get(&app.at("/oauth2/authorize")).await,
        agent.request("PUT", &app.at("/login")).await,
        agent.post(&app.at("/login"), &[("identifier", "x")]).await,
    ];
    for page in pages {
        let policy =
            page.header("content-security-policy").unwrap_or_else(|| panic!("{}", page.summary()));
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{part} in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{}",
            page.summary()
        );
        assert!(page.header("cache-control").unwrap().contains("no-store"));
        assert!(page.header("server").is_none() && page.header("x-powered-by").is_none());
        assert!(page.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn case_276_hsts_under_https_only() {
    let https = TestApp::start_with_issuer("https://id.example");
    let page = https.machine().get(&https.at("/signed-out")).await;
    let hsts = page.header("strict-transport-security").unwrap();
    let age: u64 = hsts.split(['=', ';']).nth(1).unwrap().parse().unwrap();
    assert!(age >= 31_536_000 && hsts.contains("includeSubDomains"), "{hsts}");
    let http = TestApp::start();
    let page = Agent::new().get(&http.at("/signed-out")).await;
    assert!(page.header("strict-transport-security").is_none());
}

#[tokio::test]
async fn case_272_273_forms_need_their_token_and_their_origin() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let page = login_page(&app, &agent).await;
    let good = || page.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);

    assert_page(&good().without("csrf").submit().await, 403);
    assert_page(&good().set("csrf", "x").submit().await, 403);
    let other_browser = Agent::new();
    let theirs = login_page(&app, &other_browser).await;
    let foreign = theirs.form("#login-form").value("csrf").unwrap().to_owned();
    assert_page(&good().set("csrf", &foreign).submit().await, 403);
    for (name, value) in [
        ("origin", "https://evil.test"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        assert_page(&good().submit_with_header(name, value).await, 403);
    }
    assert_eq!(app.sessions(ALICE).await, 0, "nobody was signed in");
    assert!(good().submit().await.status.is_redirection());
    assert_eq!(app.sessions(ALICE).await, 1);
}

#[tokio::test]
async fn case_272_account_pages_need_the_token_of_their_session() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let (one, two) = (Agent::new(), Agent::new());
    for agent in [&one, &two] {
        let page = agent.get(&app.at("/account")).await.follow_all().await;
        app.sign_in(page, ALICE).await.follow_all().await;
    }
    let page = one.get(&app.at("/account/sessions")).await;
    let foreign = two
        .get(&app.at("/account/sessions"))
        .await
        .form("#end-others")
        .value("csrf")
        .unwrap()
        .to_owned();
    assert_page(&page.form("#end-others").set("csrf", &foreign).submit().await, 403);
    assert_page(&page.form("#end-others").without("csrf").submit().await, 403);
    assert_eq!(app.sessions(ALICE).await, 2);
    assert!(page.form("#end-others").submit().await.status.is_redirection());
    assert_eq!(app.sessions(ALICE).await, 1);
}

#[tokio::test]
async fn case_270_nothing_sent_becomes_markup() {
    let app = TestApp::start();
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let registration = app.registration("notes").name(evil);
    let client = app.client(registration).await;
    app.person(ALICE).await;
    let agent = Agent::new().with_header("user-agent", "<script>alert(2)</script>");
    let params = authorization_request(&client).with("login_hint", evil).with("state", evil);
    let login = app.authorize(&agent, &params).await.follow_all().await;
    let refused =
        login.form("#login-form").set("identifier", evil).set("password", evil).submit().await;
    let consent = app.sign_in(app.authorize(&agent, &params).await, ALICE).await.follow_all().await;
    let sessions = agent.get(&app.at("/account/sessions")).await;
    for page in [login, refused, consent, sessions] {
        assert!(!page.body.contains("<script>alert"), "{}", page.summary());
        assert!(!page.body.contains("<img src=x"), "{}", page.summary());
        let own = page.body.matches("<script src=\"/assets/").count();
        assert_eq!(page.body.matches("<script").count(), own, "{}", page.summary());
        assert!(own > 0, "{}", page.summary());
    }
}

#[tokio::test]
async fn case_277_pages_are_shared_with_no_other_origin() {
    let app = TestApp::start();
    let registered = app.confidential_client("notes").await;
    assert!(registered.redirect_uri.starts_with("https://app.example/"));
    app.refresh().await;
    for origin in
        ["null", "https://evil.test", "https://app.example.evil.test", "https://evil-app.example"]
    {
        let agent = Agent::new().with_header("origin", origin);
        for path in ["/login", "/account", "/oauth2/authorize", "/oauth2/userinfo"] {
            let page = agent.get(&app.at(path)).await;
            assert!(page.header("access-control-allow-origin").is_none(), "{origin} {path}");
            assert!(page.header("access-control-allow-credentials").is_none(), "{origin} {path}");
        }
    }
    let agent = Agent::new().with_header("origin", "https://app.example");
    let page = agent.get(&app.at("/oauth2/userinfo")).await;
    assert_eq!(page.header("access-control-allow-origin"), Some("https://app.example"));
    assert!(page.header("access-control-allow-credentials").is_none());
}

#[tokio::test]
async fn case_278_pages_with_sessions_are_never_cached_and_suffixes_are_nothing() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let page = agent.get(&app.at("/account")).await.follow_all().await;
    app.sign_in(page, ALICE).await.follow_all().await;
    assert!(
        agent.get(&app.at("/account")).await.header("cache-control").unwrap().contains("no-store")
    );
    for path in ["/account/x.css", "/account;a.js", "/account/sessions/x.css"] {
        assert_eq!(agent.get(&app.at(path)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn case_283_password_fields_are_kind_to_password_managers() {
    let app = TestApp::start();
    let page = login_page(&app, &Agent::new()).await;
    let of = |selector: &str, name: &str| page.attribute(selector, name);
    assert_eq!(of("#password", "type").as_deref(), Some("password"));
    assert_eq!(of("#password", "autocomplete").as_deref(), Some("current-password"));
    assert_eq!(of("#identifier", "autocomplete").as_deref(), Some("username webauthn"));
    assert_eq!(of("#password", "maxlength"), None, "nothing is cut");
    assert!(!page.body.contains("onpaste"));
}

#[tokio::test]
async fn case_021_no_page_leads_astray() {
    let app = TestApp::start();
    for target in [
        "//evil.test",
        "/\\evil.test",
        "https:evil.test",
        "/%09/evil.test",
        "@evil.test",
        "https://evil.test/",
        "/\t/evil.test",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        for path in [
            "/language?lang=de&return_to=",
            "/login?next=",
            "/login?return_to=",
            "/sign-out?continue=",
        ] {
            let page = Agent::new().get(&app.at(&format!("{path}{encoded}"))).await;
            if page.status.is_redirection() {
                let to = page.location();
                assert_eq!(
                    to.origin().ascii_serialization(),
                    app.issuer(),
                    "{path}{target} → {to}"
                );
            }
        }
    }
}

#[tokio::test]
async fn case_287_288_consent_is_what_was_stored_and_gives_one_code() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let params = authorization_request(&client).with("scope", "openid");
    let consent = app.sign_in(app.authorize(&agent, &params).await, ALICE).await.follow_all().await;
    let allow = || {
        consent
            .form("#allow")
            .set("scope", "openid roles")
            .set("client_id", "other")
            .set("redirect_uri", "https://evil.test/")
    };
    let foreign = consent.form("#allow").submit_by(&Agent::new()).await;
    assert!(foreign.status.is_client_error(), "{}", foreign.summary());

    let pages = futures_util::future::join_all((0..20).map(|_| async {
        let page = allow().submit().await;
        if page.status.is_redirection() { page.follow().await } else { page }
    }))
    .await;
    let codes: std::collections::HashSet<_> = pages
        .iter()
        .filter(|page| page.status.is_redirection())
        .filter_map(|page| page.location_param("code"))
        .collect();
    assert_eq!(codes.len(), 1, "one code at most");
    let code = codes.into_iter().next().unwrap();
    let tokens =
        app.token(&client, &crate::support::flow::code_request(&client, &code)).await.json();
    assert_eq!(tokens["scope"], "openid");
}

#[tokio::test]
async fn case_290_removing_an_app_ends_its_access() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid offline_access").await;
    let apps = agent.get(&app.at("/account/apps")).await;
    let confirm = apps.click("#apps a[href*='notes']").await;
    let done = confirm.form("#remove-app").submit().await;
    assert!(done.status.is_redirection(), "{}", done.summary());
    assert_eq!(app.userinfo(tokens["access_token"].as_str().unwrap()).await.status, 401);
    let refresh = crate::support::flow::refresh_request(tokens["refresh_token"].as_str().unwrap());
    assert_eq!(app.token(&client, &refresh).await.status, 400);
    let again =
        app.authorize(&agent, &authorization_request(&client).with("scope", "openid")).await;
    assert!(again.follow_all().await.has("#consent-form"));
}

#[tokio::test]
async fn case_271_form_post_escapes_and_posts_to_the_registered_address() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let params = authorization_request(&client)
        .with("response_mode", "form_post")
        .with("state", "\"><script>alert(1)</script>")
        .with("scope", "openid");
    let page = app.sign_in(app.authorize(&agent, &params).await, ALICE).await.follow_all().await;
    let page = page.form("#allow").submit().await.follow_all().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(page.text("h1"), "Back to notes");
    assert_eq!(page.attribute("#form-post", "action").as_deref(), Some("https://app.example/cb"));
    assert_eq!(
        page.attribute("#form-post [name=state]", "value").as_deref(),
        Some("\"><script>alert(1)</script>")
    );
    assert!(page.has("#form-post [name=code]") && page.has("#form-post [name=iss]"));
    assert!(!page.body.contains("<script>alert"));
    assert!(page.header("cache-control").unwrap().contains("no-store"));
}
