//! Sections A and L of the security cases: what is sent to the authorization endpoint, beyond what
//! `authorize.rs` shows.

use chrono::TimeDelta;
use scraper::{Html, Selector};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, Params, assert_page, assert_redirect_error, authorization_request, claims, code_request,
};

const ALICE: &str = "alice@example.com";

/// Somebody who is signed in and has allowed a client what it asks for.
pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) client: Client,
    pub(super) agent: Agent,
}

impl World {
    pub(super) async fn start() -> Self {
        let app = TestApp::start();
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        let agent = Agent::new();
        app.code_for(&agent, &authorization_request(&client), ALICE).await;
        Self { app, client, agent }
    }

    pub(super) fn request(&self) -> Params {
        authorization_request(&self.client)
    }

    pub(super) async fn ask(&self, params: &Params) -> Page {
        self.app.authorize(&self.agent, params).await
    }

    fn host_line(&self) -> String {
        format!("Host: {}\r\n", self.app.issuer().split_once("://").unwrap().1)
    }

    pub(super) fn grants(&self) -> usize {
        let issued = |row: &&str| row.contains("https://app.example/cb") && row.contains("pwd");
        self.app.dump().lines().filter(issued).count()
    }
}

/// Sends a GET that no client would, and reads the answer.
async fn raw(app: &TestApp, target: &str, headers: &str) -> String {
    let port = app.issuer().rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no answer but {answer:?}"))
}

/// Refused as too long, or hung up on.
fn is_too_long(answer: &str) -> bool {
    answer.is_empty() || matches!(status(answer), 400 | 414 | 431)
}

#[tokio::test]
async fn case_013_what_cannot_be_sent_back_is_refused() {
    let it = World::start().await;
    assert_page(&it.ask(&it.request().with("state", "a\0b")).await, 400);
    let url = it.app.at(&format!("/oauth2/authorize?{}", it.request().without("state").encoded()));
    for bytes in ["%ff", "%ED%A0%80", "%C0%80"] {
        assert_page(&it.agent.get(&format!("{url}&state={bytes}")).await, 400);
    }
}

#[tokio::test]
async fn case_016_a_megabyte_of_scopes_is_not_read() {
    let it = World::start().await;
    let huge = it.request().with("scope", &"x ".repeat(500_000));
    let target = format!("/oauth2/authorize?{}", huge.encoded());
    let answer = raw(&it.app, &target, &it.host_line()).await;
    assert!(is_too_long(&answer), "{answer}");
    let url = it.app.at("/oauth2/authorize");
    let page = it.agent.post_from("https://app.example/", &url, &huge.pairs()).await;
    assert_eq!(page.status, 413, "{}", page.summary());
}

#[tokio::test]
async fn case_018_each_code_keeps_its_own_challenge() {
    let it = World::start().await;
    let other = it.app.registration("other").redirect_uri("https://b.example/cb");
    let other = it.app.client(other).await;
    let agent = Agent::new();
    // Without PKCE's usual pair: plain RFC 7636 Appendix B for one, 43 times `b` for the other.
    let bs = "b".repeat(43);
    let challenge = "8BtXImJhrjdWuTk24cTmuEn5pbCTP6O5GEO_QZW52WQ";
    let of_b = authorization_request(&other).with("code_challenge", challenge);
    let login_a = it.app.authorize(&agent, &it.request()).await.follow_all().await;
    let login_b = it.app.authorize(&agent, &of_b).await.follow_all().await;
    // The forms cross: what was begun second is finished first, and each in the other's tab.
    let done_b = it.app.to_relying_party(it.app.sign_in(login_b, ALICE).await).await;
    let done_a = it.app.to_relying_party(it.app.sign_in(login_a, ALICE).await).await;
    let code = |page: &Page| page.location_param("code").unwrap();
    let crossed = code_request(&it.client, &code(&done_a)).with("code_verifier", &bs);
    assert_eq!(it.app.token(&it.client, &crossed).await.status, 400);
    let right = code_request(&other, &code(&done_b)).with("code_verifier", &bs);
    let page = it.app.token(&other, &right).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let page = it.app.token(&it.client, &code_request(&it.client, &code(&done_a))).await;
    assert_eq!(page.status, 200, "{}", page.summary());
}

/// Pages whose address has a flow in it, and the one that holds a code: nothing on them is loaded from
/// anywhere else, and no other site learns their address.
#[tokio::test]
async fn case_040_pages_of_a_flow_tell_their_address_to_nobody() {
    let it = World::start().await;
    it.app
        .change_client("notes", |client| {
            client.links.logo_uri = Some("https://logo.example/logo.png".to_owned());
            client.links.policy_uri = Some("https://app.example/privacy".to_owned());
        })
        .await;
    let agent = Agent::new();
    let page_of = async |agent: &Agent, params: Params| {
        it.app.authorize(agent, &params).await.follow_all().await
    };
    let login = page_of(&agent, it.request()).await;
    let register = page_of(&agent, it.request().with("prompt", "create")).await;
    let consent = page_of(&it.agent, it.request().with("prompt", "consent")).await;
    let select = page_of(&it.agent, it.request().with("prompt", "select_account")).await;
    for page in [&login, &register, &consent, &select] {
        assert!(page.url.query().unwrap().contains("flow="), "{}", page.url);
    }
    let form_post = it.ask(&it.request().with("response_mode", "form_post")).await;
    assert!(form_post.body.contains("name=\"code\""), "{}", form_post.summary());
    for page in [&login, &register, &consent, &select, &form_post] {
        assert_eq!(page.status, 200, "{}", page.summary());
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{}", page.url);
        assert!(page.header("cache-control").unwrap().contains("no-store"), "{}", page.url);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("img-src 'self' data:"));
        let document = Html::parse_document(&page.body);
        let loaded =
            "[src], link[href], [srcset], [data], [poster], [background], base, meta[http-equiv]";
        for element in document.select(&Selector::parse(loaded).unwrap()) {
            let value = element.value();
            let address = value.attr("src").or(value.attr("href")).unwrap_or("none");
            let is_ours = address.starts_with('/') && !address.starts_with("//");
            assert!(is_ours, "{address} is loaded by {}", page.url);
        }
        assert!(!page.has("[referrerpolicy], [ping]"), "a policy of its own: {}", page.summary());
    }
}

/// Straight to the socket, because no client sends these.
#[tokio::test]
async fn case_130_no_spelling_of_a_host_changes_the_metadata() {
    let it = World::start().await;
    let path = "/.well-known/openid-configuration";
    let (_, host) = it.app.issuer().split_once("://").unwrap();
    let raw = async |target: &str, headers: &str| raw(&it.app, target, headers).await;
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    let usual = raw(path, &format!("Host: {host}\r\n")).await;
    assert!(usual.starts_with("HTTP/1.1 200"), "{usual}");
    for lie in [
        "X-Forwarded-Host: evil.test\r\n",
        "X-Forwarded-Proto: https\r\n",
        "X-Forwarded-Port: 444\r\n",
        "X-Forwarded-Prefix: /evil\r\n",
        "X-Original-Url: /evil\r\n",
        "Forwarded: for=1.2.3.4;host=evil.test;proto=https\r\n",
    ] {
        let answer = raw(path, &format!("Host: {host}\r\n{lie}")).await;
        assert_eq!(body(&answer), body(&usual), "{lie}");
    }
    let absolute = raw(&format!("http://{host}{path}"), &format!("Host: {host}\r\n")).await;
    assert_eq!(body(&absolute), body(&usual));
    for (target, headers) in [
        (path.to_owned(), "Host: evil.test\r\n".to_owned()),
        (path.to_owned(), format!("Host: {host}.evil.test\r\n")),
        (path.to_owned(), format!("Host: {host}\r\nHost: evil.test\r\n")),
        (format!("http://evil.test{path}"), format!("Host: {host}\r\n")),
        (format!("http://evil.test@{host}{path}"), "Host: evil.test\r\n".to_owned()),
        (path.to_owned(), String::new()),
    ] {
        let answer = raw(&target, &headers).await;
        assert!(matches!(status(&answer), 400 | 421), "{target} {headers}: {answer}");
        assert!(!answer.contains("evil.test"), "{answer}");
    }
    let id_token = it.app.tokens_for(&it.client, ALICE).await["id_token"].clone();
    let metadata: serde_json::Value = serde_json::from_str(&body(&usual)).unwrap();
    assert_eq!(claims(id_token.as_str().unwrap())["iss"], metadata["issuer"]);
}

#[tokio::test]
async fn case_161_nothing_silent_ends_on_a_page() {
    let it = World::start().await;
    let silent = it.request().with("prompt", "none");
    let wider = silent.clone().with("scope", "openid profile email roles");
    for (params, agent, error) in [
        (silent.clone(), Agent::new(), "login_required"),
        (silent.clone().with("max_age", "0"), it.agent.clone(), "login_required"),
        (wider, it.agent.clone(), "consent_required"),
        (silent.clone().with("scope", "x"), it.agent.clone(), "invalid_scope"),
        (silent.clone().with("prompt", "none consent"), it.agent.clone(), "invalid_request"),
        (silent.clone().with("prompt", "login none"), Agent::new(), "invalid_request"),
        (silent.clone().with("prompt", "none select_account"), Agent::new(), "invalid_request"),
    ] {
        let page = it.app.authorize(&agent, &params).await;
        assert_redirect_error(&page, &it.app, &it.client, error);
    }
    // A session that has ended meanwhile is none.
    it.app.sign_out(&it.agent).await;
    assert_redirect_error(&it.ask(&silent).await, &it.app, &it.client, "login_required");
}

#[tokio::test]
async fn case_164_max_age_puts_the_time_of_the_sign_in_into_the_id_token() {
    let it = World::start().await;
    let signed_in_at = it.app.now().timestamp();
    let auth_time = async |params: Params| {
        let code = it.app.code_for(&it.agent, &params, ALICE).await;
        let tokens = it.app.token(&it.client, &code_request(&it.client, &code)).await.json();
        claims(tokens["id_token"].as_str().unwrap())["auth_time"].clone()
    };
    it.app.clock.advance(TimeDelta::seconds(59));
    assert_eq!(auth_time(it.request().with("max_age", "60")).await, signed_in_at);
    it.app.clock.advance(TimeDelta::seconds(2));
    let page = it.ask(&it.request().with("max_age", "60")).await;
    assert_eq!(page.location().path(), "/login");
    let now = it.app.now().timestamp();
    assert_eq!(auth_time(it.request().with("max_age", "60")).await, now);
    assert_eq!(auth_time(it.request().with("max_age", "0")).await, now);
}

/// Back to the login page of a request that wants a new proof: the form works again, and only it.
#[tokio::test]
async fn case_163_no_way_around_a_new_proof() {
    let it = World::start().await;
    it.app.clock.advance(TimeDelta::minutes(1));
    let begun = it.ask(&it.request().with("prompt", "login")).await;
    let flow = begun.location_param("flow").unwrap();
    for path in [
        format!("/oauth2/authorize/continue?flow={flow}"),
        format!("/consent?flow={flow}"),
        format!("/select-account?flow={flow}"),
        format!("/oauth2/authorize/continue?flow={flow}&prompt=none"),
        format!("/oauth2/authorize/continue?flow={flow}&max_age=9999"),
    ] {
        let page = it.agent.get(&it.app.at(&path)).await.follow_all().await;
        assert!(page.has("#login-form"), "{path}: {}", page.summary());
    }
    // Another tab gets its code by the session that is there; this one still wants its proof.
    assert!(it.ask(&it.request()).await.location_param("code").is_some());
    let page = begun.follow().await;
    assert!(page.has("#login-form"), "{}", page.summary());
    let done = it.app.to_relying_party(it.app.sign_in(page, ALICE).await).await;
    let request = code_request(&it.client, &done.location_param("code").unwrap());
    let tokens = it.app.token(&it.client, &request).await.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["auth_time"], it.app.now().timestamp());
}

/// The page is the same for an account that is there and one that is not, but for what was sent.
#[tokio::test]
async fn case_167_a_login_hint_tells_nothing_of_accounts() {
    let it = World::start().await;
    let login = async |hint: &str| {
        let agent = Agent::new();
        let page = it.app.authorize(&agent, &it.request().with("login_hint", hint)).await;
        let page = page.follow_all().await;
        assert_eq!(page.status, 200, "{}", page.summary());
        for cookie in agent.cookies("localhost") {
            assert!(cookie.to_string().len() < 4096 && !cookie.to_string().contains(hint));
        }
        page
    };
    let mut shapes = std::collections::HashSet::new();
    for hint in [ALICE, "carol@example.com"] {
        let page = login(hint).await;
        assert_eq!(page.attribute("#identifier", "value").as_deref(), Some(hint));
        let flow = page.url.query_pairs().find(|(name, _)| name == "flow").unwrap().1.into_owned();
        let csrf = page.form("#login-form").value("csrf").unwrap().to_owned();
        let shape = page.body.replace(hint, "HINT").replace(&flow, "FLOW").replace(&csrf, "CSRF");
        shapes.insert(shape);
    }
    assert_eq!(shapes.len(), 1, "{shapes:#?}");
    let page = login("\" onfocus=\"alert(1)").await;
    assert!(page.attribute("#identifier", "onfocus").is_none());

    let huge = it.request().with("login_hint", &"x".repeat(100_000));
    let target = format!("/oauth2/authorize?{}", huge.encoded());
    let answer = raw(&it.app, &target, &it.host_line()).await;
    assert!(is_too_long(&answer), "{answer}");
}

#[tokio::test]
async fn case_171_strange_hints_are_no_fault() {
    let it = World::start().await;
    for (name, value) in [
        ("display", "hologram"),
        ("display", "page popup"),
        ("ui_locales", "xx-YY zz"),
        ("acr_values", "urn:none:of:ours"),
        ("claims_locales", "de"),
        ("made_up", &"y".repeat(2000)),
        ("login_hint", "\u{202e}\u{1f511}"),
    ] {
        let page = it.app.authorize(&Agent::new(), &it.request().with(name, value)).await;
        assert_eq!(page.location().path(), "/login", "{name}={value}: {}", page.summary());
        let page = page.follow_all().await;
        assert_eq!(page.status, 200, "{name}: {}", page.summary());
    }
}
