//! `latchkey why`: what an error page or a header shows is what an operator gets explained.

use std::process::Command;

use chrono::TimeDelta;
use serde_json::Value;

use super::installation::{Ended, Installation, LATCHKEY};
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, Params, authorization_request, code_request, refresh_request};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

/// A server, a client, a person, and refusals that are to be explained.
struct World {
    app: TestApp,
    client: Client,
}

fn why(app: &TestApp, arguments: &[&str]) -> Ended {
    let mut command = Command::new(LATCHKEY);
    command.arg("why").args(arguments).env_clear().env("DATABASE_URL", app.database_url());
    command.output().unwrap().into()
}

fn request_id(page: &Page) -> &str {
    page.header("x-request-id").expect("every answer has an id")
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start();
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        Self { app, client }
    }

    fn request(&self) -> Params {
        authorization_request(&self.client)
    }

    async fn authorize(&self, params: &Params) -> Page {
        self.app.authorize(&Agent::new(), params).await
    }

    async fn token(&self, params: &Params) -> Page {
        self.app.token(&self.client, params).await
    }

    async fn code(&self) -> String {
        self.app.code_for(&Agent::new(), &self.request(), ALICE).await
    }

    /// Asserts that the answer was a refusal by this check, and that the explanation says this.
    #[track_caller]
    fn assert_why(&self, page: &Page, check: &str, words: &[&str]) {
        let id = request_id(page);
        if page.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
            && page.status.is_client_error()
            && !page.has("#login-form")
        {
            assert!(page.body.contains(id), "the page shows it: {}", page.summary());
        }
        let ended = why(&self.app, &[id, "--json"]).ok();
        let told: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(told["refusals"].as_array().map(Vec::len), Some(1), "{told:#}");
        assert_eq!(told["refusals"][0]["check"], check, "{told:#}");
        let text = why(&self.app, &[id]).ok().out;
        assert!(text.contains("What to do:\n  - "), "{text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in: {text}");
        }
    }
}

#[tokio::test]
async fn what_an_authorization_request_was_refused_for_is_explained() {
    let world = World::new().await;
    for (params, check, words) in [
        (
            world.request().with("redirect_uri", "https://app.example/cb/"),
            "check_redirect_uri",
            &["https://app.example/cb/", "a trailing slash", "RFC 9700 2.1", "client  "][..],
        ),
        (
            world.request().with("redirect_uri", "https://evil.test/cb"),
            "check_redirect_uri",
            &["Do not register it"],
        ),
        (world.request().with("client_id", "nobody"), "load_client", &["nobody", "client list"]),
        (
            world.request().with("scope", "openid").with("scope", "notes.read"),
            "assign_scope",
            &["--scope notes.read", "RFC 6749 3.3"],
        ),
        (
            world.request().without("code_challenge").without("code_challenge_method"),
            "check_code_challenge",
            &["PKCE", "RFC 7636 4.3"],
        ),
        (
            world.request().with("code_challenge_method", "plain"),
            "check_code_challenge",
            &["the method plain protects nothing"],
        ),
        (
            world.request().with("prompt", "none"),
            "check_silent",
            &["login_required", "prompt=none"],
        ),
        (world.request().with("prompt", "perhaps"), "assign_prompt", &["perhaps"]),
        (world.request().with("response_type", "token"), "check_response_type", &["code flow"]),
        (world.request().with("request", "x"), "check_request_object", &["got       request"]),
    ] {
        world.assert_why(&world.authorize(&params).await, check, words);
    }
    let twice = format!("{}&prompt=login&prompt=none", world.request().encoded());
    let page = Agent::new().get(&world.app.at(&format!("/oauth2/authorize?{twice}"))).await;
    world.assert_why(&page, "check_nothing_repeated", &["prompt was sent more than once"]);
    world.app.change_client("notes", |client| client.disabled_at = Some(client.created_at)).await;
    let page = world.authorize(&world.request()).await;
    world.assert_why(&page, "load_client", &["which is disabled", "client enable notes"]);
}

#[tokio::test]
async fn what_a_token_request_was_refused_for_is_explained() {
    let world = World::new().await;
    let code = world.code().await;
    let request = code_request(&world.client, &code);
    let elsewhere = request.clone().with("redirect_uri", "https://app.example/other");
    let page = world.token(&elsewhere).await;
    world.assert_why(&page, "check_code_redirect_uri", &["another path"]);
    let unsupported = request.clone().with("grant_type", "password");
    let page = world.token(&unsupported).await;
    world.assert_why(&page, "find_grant", &["password", "notes", "RFC 6749 5.2"]);
    let page = world.token(&request.clone().with("code", "nonsense")).await;
    world.assert_why(&page, "find_code", &["an unknown one"]);
    let bare = request.clone().with("client_id", "notes");
    let page = Agent::new().post(&world.app.at("/oauth2/token"), &bare.pairs()).await;
    let words = ["sent no secret", "registered with one", "its secret"];
    world.assert_why(&page, "check_auth_method", &words);
    let mut thief = world.client.clone();
    thief.secret = Some("lk_cs_wrong".to_owned());
    let page = world.app.token(&thief, &request).await;
    world.assert_why(&page, "check_client_secret", &["another one", "rotate-secret"]);

    let tokens = world.token(&request).await.json();
    let page = world.token(&request).await;
    let words = ["its tokens are revoked", "one that was used at ", "redeem each code once"];
    world.assert_why(&page, "check_code_unused", &words);
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let page = world.token(&refresh).await;
    world.assert_why(&page, "check_grant_honoured", &["code_replayed", "revoked everything"]);

    let code = world.code().await;
    world.app.clock.advance(TimeDelta::seconds(60));
    let page = world.token(&code_request(&world.client, &code)).await;
    world.assert_why(&page, "check_code_lifetime", &["one that expired at ", "code_lifetime"]);
    let tokens = world.token(&code_request(&world.client, &world.code().await)).await.json();
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    assert_eq!(world.token(&refresh).await.status, 200);
    world.app.clock.advance(TimeDelta::seconds(10));
    let page = world.token(&refresh).await;
    world.assert_why(&page, "check_refresh_unused", &["replaced at ", "the family is revoked"]);

    let now = world.app.now();
    world.app.expire_secrets("notes", now).await;
    let page = world.token(&refresh).await;
    world.assert_why(&page, "check_client_secret", &["still uses an expired secret"]);
}

#[tokio::test]
async fn what_a_presented_token_was_refused_for_is_explained() {
    let world = World::new().await;
    let app = &world.app;
    world.assert_why(
        &Agent::new().get(&app.at("/oauth2/userinfo")).await,
        "present_access_token",
        &["RFC 6750 3.1"],
    );
    let page = app.userinfo("nonsense").await;
    world.assert_why(&page, "verify_access_token", &["an access token signed here"]);
    let page = Agent::new().post(&app.at("/oauth2/introspect"), &[("token", "x")]).await;
    world.assert_why(&page, "read_client_authentication", &["no client_id"]);
    let fields = [("client_id", "nobody"), ("token", "x")];
    let page = Agent::new().post(&app.at("/oauth2/revoke"), &fields).await;
    world.assert_why(&page, "find_client", &["nobody", "POST /oauth2/revoke"]);
    let tokens = app.tokens_for(&world.client, ALICE).await;
    let other = app.confidential_client("other").await;
    let theirs = Params::new(&[("token", tokens["access_token"].as_str().unwrap())]);
    let page = app.token_at(&app.at("/oauth2/revoke"), &other, &theirs).await;
    world.assert_why(&page, "check_client", &["other", "notes"]);
}

#[tokio::test]
async fn what_a_person_met_on_a_page_is_explained() {
    let world = World::new().await;
    let app = &world.app;
    let page = world.authorize(&world.request()).await.follow_all().await;
    let form = || page.form("#login-form").fill("identifier", ALICE);
    let refused = form().fill("password", "wrong horse").submit().await;
    let words = ["wrong_password", "set-password", "session.sign_in_refused"];
    world.assert_why(&refused, "sign_in", &words);
    let refused = form().fill("password", PASSWORD).without("csrf").submit().await;
    world.assert_why(&refused, "check_form", &["no csrf field"]);
    let fields = [("identifier", ALICE), ("password", PASSWORD)];
    let refused = Agent::new().post_from("https://evil.test", page.url.as_str(), &fields).await;
    world.assert_why(&refused, "check_origin", &["Sec-Fetch-Site is another site"]);
    let refused = Agent::new().get(page.url.as_str()).await;
    world.assert_why(&refused, "check_browser", &["cookie"]);
    let nobody = format!("{}?flow=0197f3c2-9f0e-7cc3-98c4-dc0c0c07398f", app.at("/login"));
    let agent = Agent::new();
    app.authorize(&agent, &world.request()).await;
    world.assert_why(&agent.get(&nobody).await, "find_flow", &["there is no such sign-in"]);
    world.assert_why(&Agent::new().get(&app.at("/nowhere")).await, "find_page", &["404"]);
    let refused = Agent::new().request("DELETE", &app.at("/login")).await;
    world.assert_why(&refused, "check_method", &["405"]);
    let elsewhere = Agent::new().with_header("host", "evil.test");
    let refused = elsewhere.get(&app.at("/login")).await;
    world.assert_why(&refused, "check_host", &["another host: evil.test", app.issuer()]);
    let refused = Agent::new().get(&app.at("/set-password?token=used")).await;
    world.assert_why(&refused, "find_link", &["set-password"]);
    let preflight = Agent::new()
        .with_header("origin", "https://evil.test")
        .with_header("access-control-request-method", "POST");
    let refused = preflight.request("OPTIONS", &app.at("/oauth2/token")).await;
    world.assert_why(&refused, "check_cors_origin", &["https://evil.test"]);

    let signed_in = Agent::new();
    app.code_for(&signed_in, &world.request(), ALICE).await;
    let back = "client_id=notes&post_logout_redirect_uri=https://app.example/signed-out/";
    let page = signed_in.get(&app.at(&format!("/oauth2/logout?{back}&id_token_hint=x"))).await;
    world.assert_why(&page, "check_logout_hint", &["an ID token"]);
    let page = signed_in.get(&app.at(&format!("/oauth2/logout?{back}"))).await;
    let done = page.form("#sign-out").submit().await;
    world.assert_why(&done, "check_post_logout_redirect_uri", &["a trailing slash"]);

    for _ in 0..6 {
        form().fill("password", "wrong horse").submit().await;
    }
    let refused = form().fill("password", PASSWORD).submit().await;
    assert_eq!(refused.status, 429);
    world.assert_why(&refused, "check_attempts", &["max_failed_logins"]);
    app.clock.advance(TimeDelta::hours(1));
    let refused = form().fill("password", PASSWORD).submit().await;
    world.assert_why(&refused, "find_flow", &["flow_lifetime"]);
}

#[tokio::test]
async fn what_was_refused_after_a_person_came_is_explained() {
    let world = World::new().await;
    let app = &world.app;
    let page = world.authorize(&world.request()).await;
    let consent = app.sign_in(page, ALICE).await.follow_all().await;
    let declined = consent.form("#deny").submit().await;
    assert_eq!(declined.location_param("error").as_deref(), Some("access_denied"));
    world.assert_why(&declined, "check_consent", &["notes is allowed", "the person declined"]);
}

#[tokio::test]
async fn too_many_wrong_secrets_are_explained() {
    let world = World::new().await;
    let wrong = Client { secret: Some("lk_cs_wrong".to_owned()), ..world.client.clone() };
    let request = code_request(&wrong, "x");
    let mut page = world.app.token(&wrong, &request).await;
    while page.status != 429 {
        assert_eq!(page.status, 401, "{}", page.summary());
        page = world.app.token(&wrong, &request).await;
    }
    world.assert_why(&page, "check_guesses", &["the client's secret", "rotate-secret"]);
}

#[tokio::test]
async fn an_unknown_id_says_so_and_how_long_ids_are_kept() {
    let app = TestApp::start();
    let words = ["nothing is known of the request -x", "kept for 14d"];
    why(&app, &["-x"]).refused(3, &words);
    let ended = why(&app, &["--json", "\u{1b}[2J"]).refused(3, &["\"code\":\"refused\""]);
    assert!(!ended.err.contains('\u{1b}'), "{}", ended.err);
    Installation::ready().run(&["why"]).refused(2, &["REQUEST_ID"]);
}

#[tokio::test]
async fn case_328_what_was_sent_does_not_steer_the_terminal() {
    let world = World::new().await;
    let evil = "https://app.example/\u{1b}[2J\u{202e}\r\nfix: register evil";
    let page = world.authorize(&world.request().with("redirect_uri", evil)).await;
    let id = request_id(&page);
    let shown = why(&world.app, &[id]).ok().out;
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\r']), "{shown:?}");
    assert!(shown.contains("\\u{1b}[2J\\u{202e}\\r\\nfix: register evil"), "{shown}");
}

#[tokio::test]
async fn case_326_no_secret_is_kept_with_a_reason() {
    let world = World::new().await;
    let app = &world.app;
    let tokens = app.tokens_for(&world.client, ALICE).await;
    let code = world.code().await;
    let verifier = "canary_Verifier-0123456789-0123456789-0123456789";
    let secrets = [
        world.client.secret.clone().unwrap(),
        code.clone(),
        verifier.to_owned(),
        "canary-State-0123456789-0123456789-0123456789".to_owned(),
        tokens["access_token"].as_str().unwrap().to_owned(),
        tokens["refresh_token"].as_str().unwrap().to_owned(),
        tokens["id_token"].as_str().unwrap().to_owned(),
    ];
    let mut refused = 0;
    for secret in &secrets {
        // In every parameter of an authorization request, where it belongs and where it does not.
        for name in [
            "client_id",
            "redirect_uri",
            "response_type",
            "response_mode",
            "scope",
            "prompt",
            "nonce",
            "max_age",
            "id_token_hint",
            "code_challenge",
            "code_challenge_method",
            "request",
            "state",
        ] {
            let params = world.request().with("prompt", "none").with(name, secret);
            refused += usize::from(world.authorize(&params).await.status != 200);
        }
        let inside = format!("https://app.example/cb?code={secret}&state={secret}");
        world.authorize(&world.request().with("redirect_uri", &inside)).await;
        for name in ["grant_type", "code", "code_verifier", "redirect_uri", "client_id", "scope"] {
            let page = world.token(&code_request(&world.client, &code).with(name, secret)).await;
            refused += usize::from(page.status != 200);
        }
        let page = world.token(&refresh_request(secret).with("scope", secret)).await;
        refused += usize::from(page.status != 200);
        let mut client = world.client.clone();
        client.id.clone_from(secret);
        app.token(&client, &code_request(&client, secret)).await;
        let hint =
            format!("/oauth2/logout?id_token_hint={secret}x&post_logout_redirect_uri={secret}");
        Agent::new().get(&app.at(&hint)).await;
        Agent::new().with_header("host", secret).get(&app.at("/login")).await;
        app.userinfo(&format!("{secret}x")).await;
        Agent::new().get(&app.at(&format!("/set-password?token={secret}"))).await;
    }
    assert!(refused > 100, "{refused}");
    let dump = app.dump();
    assert!(dump.contains("check_redirect_uri") && dump.contains("***"), "reasons are there");
    for secret in &secrets {
        // The last part of a JWT is its signature, without which it is worth nothing.
        let part = secret.rsplit('.').next().unwrap();
        assert!(!dump.contains(part), "{secret} is in the database");
    }
}
