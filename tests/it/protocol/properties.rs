//! For any parameters, over HTTP: what the pure rules promise, the endpoints keep.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{
    Client, assert_error, assert_page, authorization_request, code_request, refresh_request,
};

const ALICE: &str = "alice@example.com";

/// The same values in every run.
fn sample<T: std::fmt::Debug>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// A letter put in, taken out or exchanged, at any place.
fn changed(uri: &str, what: u8, at: Index, new: char) -> String {
    let at = at.index(uri.len());
    let (before, behind) = uri.split_at(at);
    match what {
        0 => format!("{before}{new}{behind}"),
        1 => format!("{before}{}", &behind[1..]),
        2 => format!("{before}{new}{}", &behind[1..]),
        _ => format!("{before}%{:02x}{}", behind.as_bytes()[0], &behind[1..]),
    }
}

#[tokio::test]
async fn case_001_002_006_no_changed_return_address_is_ever_a_way_out() {
    let app = TestApp::start();
    let web = app.confidential_client("notes").await;
    let native = app.registration("phone").native().redirect_uri("http://127.0.0.1:8081/cb");
    let native = app.client(native).await;
    let letter = prop_oneof![
        select("/\\?#@:.;%*&= \t\r\n\0aA0[]\u{430}".chars().collect::<Vec<_>>()),
        any::<char>(),
    ];
    for (what, at, new) in sample(60, (0..4_u8, any::<Index>(), letter)) {
        for client in [&web, &native] {
            let sent = changed(&client.redirect_uri, what, at, new);
            let params = authorization_request(client).with("redirect_uri", &sent);
            let page = app.authorize(&Agent::new(), &params.with("prompt", "none")).await;
            let other_port = || {
                let rest =
                    sent.strip_prefix("http://127.0.0.1").and_then(|s| s.strip_suffix("/cb"));
                let digits = rest.map(|port| port.strip_prefix(':').unwrap_or("1"));
                client.id == "phone"
                    && rest != Some(":")
                    && digits.is_some_and(|digits| digits.parse::<u16>().is_ok_and(|port| port > 0))
            };
            if sent == client.redirect_uri || other_port() {
                assert!(page.location().as_str().starts_with("http"), "{sent}");
                assert_eq!(page.location_param("error").as_deref(), Some("login_required"));
            } else {
                assert_page(&page, 400);
            }
        }
    }
}

/// Where a request ends: the page's status and, of a redirect, the whole address.
async fn outcome(page: Page, app: &TestApp) -> (u16, Option<String>) {
    let page = match page.header("location") {
        Some(location) if location.starts_with("/oauth2/authorize?") => page.follow().await,
        _ => page,
    };
    let location = page.header("location").map(str::to_owned);
    assert!(location.as_ref().is_none_or(|location| !location.starts_with(app.issuer())));
    (page.status.as_u16(), location)
}

#[tokio::test]
async fn case_019_get_and_post_agree_in_any_order_and_repeats_are_refused() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let usual = authorization_request(&client).with("prompt", "none");
    let usual = usual.with("ui_locales", "").without("state");
    let known = ["scope", "nonce", "response_type", "code_challenge", "prompt"];
    let cases = (
        prop_oneof![any::<String>(), "[ -~]{0,40}", "[%&=+#;\r\n\"<>\u{e4}\u{1f511}]{0,20}"],
        prop::option::weighted(0.3, select(known.to_vec())),
        prop::collection::vec(("x-[a-z%&= ]{0,5}", "[^\0]{0,9}"), 0..3),
        any::<Index>(),
    );
    for (state, repeated, unknown, rotation) in sample(40, cases) {
        let mut pairs = usual.pairs();
        pairs.push(("state", &state));
        pairs.extend(unknown.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        pairs.extend(repeated.map(|name| (name, "openid")));
        let by = rotation.index(pairs.len());
        pairs.rotate_left(by);

        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let got = Agent::new().get(&app.at(&format!("/oauth2/authorize?{query}"))).await;
        let got_state = got.header("location").and_then(|_| got.location_param("state"));
        let got_error = got.header("location").and_then(|_| got.location_param("error"));
        let posted = Agent::new().post(&app.at("/oauth2/authorize"), &pairs).await;
        let posted = outcome(posted, &app).await;
        assert_eq!(outcome(got, &app).await, posted, "{pairs:?}");

        if state.contains('\0') {
            assert_eq!(posted.0, 400, "{pairs:?}");
            continue;
        }
        let expected = if repeated.is_some() { "invalid_request" } else { "login_required" };
        assert_eq!(got_error.as_deref(), Some(expected), "{pairs:?}");
        assert_eq!(got_state, Some(state.clone()).filter(|state| !state.is_empty()), "{pairs:?}");
    }
}

/// Redeems a fresh grant for these scopes.
async fn granted(app: &TestApp, client: &Client, asked: &str) -> serde_json::Value {
    let params = authorization_request(client).with("scope", asked);
    let code = app.code_for(&Agent::new(), &params, ALICE).await;
    let page = app.token(client, &code_request(client, &code)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    page.json()
}

fn words(text: &serde_json::Value) -> Vec<String> {
    text["scope"].as_str().unwrap_or_default().split(' ').map(str::to_owned).collect()
}

#[tokio::test]
async fn case_016_060_scopes_narrow_and_come_back_but_never_widen() {
    const REGISTERED: [&str; 4] = ["openid", "profile", "email", "notes:read"];
    const ALL: [&str; 6] = ["openid", "profile", "email", "notes:read", "notes:write", "roles"];
    let app = TestApp::start();
    let registration = app.registration("notes").first_party().scopes(&REGISTERED.join(" "));
    let client = app.client(registration).await;
    app.person(ALICE).await;
    let set = || subsequence(ALL.to_vec(), 0..=4).prop_shuffle();
    for (mut asked, narrowings) in sample(8, (set(), prop::collection::vec(set(), 4))) {
        asked.push("openid");
        let mut tokens = granted(&app, &client, &asked.join(" ")).await;
        let original = words(&tokens);
        let mut expected: Vec<&str> =
            REGISTERED.into_iter().filter(|scope| asked.contains(scope)).collect();
        expected.sort_unstable();
        assert_eq!(original, expected, "asked for {asked:?}");
        for narrower in narrowings {
            let token = tokens["refresh_token"].as_str().unwrap().to_owned();
            let request = refresh_request(&token).with("scope", &narrower.join(" "));
            let page = app.token(&client, &request).await;
            if narrower.iter().any(|scope| !expected.contains(scope)) {
                assert_error(&page, 400, "invalid_scope");
                continue;
            }
            assert_eq!(page.status, 200, "{}", page.summary());
            tokens = page.json();
            let mut narrower = narrower.clone();
            narrower.sort_unstable();
            // Nothing asked for is everything that was granted at first.
            assert_eq!(
                words(&tokens),
                if narrower.is_empty() { expected.clone() } else { narrower }
            );
        }
        let token = tokens["refresh_token"].as_str().unwrap();
        let page = app.token(&client, &refresh_request(token)).await;
        assert_eq!(words(&page.json()), original, "the narrow ones before do not bind the next");
    }
}
