//! Whose request it is, as limits and the trail see it.

use latchkey::config::ClientAddressHeader;

use crate::support::agent::{Agent, Page};
use crate::support::app::{Running, TestApp};
use crate::support::raw::{host, raw, raw_at, status};

/// The budget of an address in this test, in requests for pages.
const QUOTA: u32 = 20;

fn app() -> TestApp {
    TestApp::start_configured(|config| config.limits.pages = std::num::NonZeroU32::new(QUOTA))
}

/// A node behind a proxy on this machine.
fn behind_a_proxy(app: &TestApp, header: ClientAddressHeader) -> Running {
    app.node_with(|config| {
        config.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.http.client_address_header = header;
    })
}

fn is_refused(page: &Page) -> bool {
    page.status == 429
}

/// How many of so many requests, each with a header of its own, are refused.
async fn refused(
    app: &TestApp,
    at: &str,
    requests: u32,
    name: &'static str,
    value: impl Fn(u32) -> String,
) -> u32 {
    let mut refused = 0;
    for n in 0..requests {
        let page = app.machine().with_header(name, &value(n)).get(at).await;
        refused += u32::from(is_refused(&page));
    }
    refused
}

#[tokio::test]
async fn case_173_nobody_chooses_their_address() {
    for (name, value) in [
        ("x-forwarded-for", (|n| format!("198.51.100.{n}")) as fn(u32) -> String),
        ("x-forwarded-for", |n| format!("2001:db8::{n:x}")),
        ("x-real-ip", |n| format!("198.51.100.{n}")),
        ("cf-connecting-ip", |n| format!("198.51.100.{n}")),
        ("true-client-ip", |n| format!("198.51.100.{n}")),
        ("x-client-ip", |n| format!("198.51.100.{n}")),
        ("forwarded", |n| format!("for=198.51.100.{n}")),
        ("x_forwarded_for", |n| format!("198.51.100.{n}")),
        ("connection", |_| "close, X-Forwarded-For".to_owned()),
    ] {
        let app = app();
        let at = app.at("/signed-out");
        assert_eq!(refused(&app, &at, QUOTA + 5, name, value).await, 5, "{name}");
    }
}

#[tokio::test]
async fn case_173_behind_a_proxy_each_client_has_a_budget() {
    for (header, name, prefix) in [
        (ClientAddressHeader::XForwardedFor, "x-forwarded-for", ""),
        (ClientAddressHeader::Forwarded, "forwarded", "for="),
    ] {
        let app = app();
        let node = behind_a_proxy(&app, header);
        let at = node.at("/signed-out");
        let each = |n: u32| format!("{prefix}198.51.100.{n}");
        assert_eq!(refused(&app, &at, 2 * QUOTA, name, each).await, 0, "{name}");
        // What the client itself wrote stands further to the left.
        let spoofed = |n: u32| format!("{prefix}6.6.6.{n}, {prefix}203.0.113.7");
        assert_eq!(refused(&app, &at, QUOTA + 5, name, spoofed).await, 5, "{name}");
    }
}

#[tokio::test]
async fn case_173_what_is_unreadable_disables_no_limit() {
    for (header, name, values) in [
        (
            ClientAddressHeader::XForwardedFor,
            "x-forwarded-for",
            ["a", "", "unknown", "1.2.3", "198.51.100.7, a", ",", "_hidden", "[::1", "\u{fc}"],
        ),
        (
            ClientAddressHeader::Forwarded,
            "forwarded",
            [
                "a",
                "",
                "for=unknown",
                "for=_hidden",
                "for=\"",
                "for=1;for=2",
                "198.51.100.7",
                "proto=https",
                "for=[::1]",
            ],
        ),
    ] {
        let app = app();
        let node = behind_a_proxy(&app, header);
        let at = node.at("/signed-out");
        let any = |n: u32| values[usize::try_from(n).unwrap() % values.len()].to_owned();
        assert_eq!(refused(&app, &at, QUOTA + 5, name, any).await, 5, "{name}");
    }
}

/// One header is read, and the other says nothing.
#[tokio::test]
async fn case_318_the_header_that_is_not_configured_is_not_read() {
    for (header, name, prefix) in [
        (ClientAddressHeader::Forwarded, "x-forwarded-for", ""),
        (ClientAddressHeader::XForwardedFor, "forwarded", "for="),
    ] {
        let app = app();
        let node = behind_a_proxy(&app, header);
        let at = node.at("/signed-out");
        let each = |n: u32| format!("{prefix}198.51.100.{n}");
        assert_eq!(refused(&app, &at, QUOTA + 5, name, each).await, 5, "{name}");
    }
}

#[tokio::test]
async fn case_318_lines_are_one_list_and_other_spellings_are_other_headers() {
    let app = app();
    let node = behind_a_proxy(&app, ClientAddressHeader::XForwardedFor);
    let port = node.at("").rsplit_once(':').unwrap().1.parse().unwrap();
    // The budget of 203.0.113.7 is used up by whoever is told apart as it.
    let mut refused = 0;
    for n in 0..QUOTA + 5 {
        let request = format!(
            "GET /signed-out HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 6.6.6.{n}\r\n\
             X_Forwarded_For: 6.6.7.{n}\r\nX-Forwarded-For: 6.6.8.{n}, 203.0.113.7\r\n\
             Connection: close, X-Forwarded-For\r\n\r\n",
            host(&app)
        );
        let answer = raw_at(port, request.as_bytes()).await;
        refused += u32::from(status(&answer) == 429);
    }
    assert_eq!(refused, 5);
    let answer = raw(&app, b"GET /signed-out HTTP/1.1\r\nX-Forwarded-For : 1.2.3.4\r\n\r\n").await;
    assert_eq!(status(&answer), 400, "a space before the colon");
}

/// The trail tells the address that the limits saw.
#[tokio::test]
async fn case_173_the_trail_tells_the_same_address() {
    let app = TestApp::start();
    app.person("alice@example.com").await;
    let node = behind_a_proxy(&app, ClientAddressHeader::Forwarded);
    let agent = app.machine().with_header("forwarded", "for=6.6.6.6, for=\"[2001:db8::7]:99\"");
    let login = agent.get(&node.at("/login")).await;
    let login = agent.get(&node.at(&path_and_query(&login))).await;
    let form = login.form("#login-form").to(&node.at(&path_and_query_of(login.url.as_str())));
    let form = form.fill("identifier", "alice@example.com").fill("password", "wrong horse");
    assert_eq!(form.submit().await.status, 401);
    let trail = app.dump_without(&[]).join("\n");
    assert!(trail.contains("2001:db8::7"), "{trail}");
    assert!(!trail.contains("6.6.6.6"), "{trail}");
}

fn path_and_query(page: &Page) -> String {
    path_and_query_of(page.location().as_str())
}

fn path_and_query_of(url: &str) -> String {
    let url: url::Url = url.parse().unwrap();
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

#[tokio::test]
async fn case_173_one_network_of_64_bits_is_one_client() {
    let app = app();
    let node = behind_a_proxy(&app, ClientAddressHeader::XForwardedFor);
    let at = node.at("/signed-out");
    let rotating = |n: u32| format!("2001:db8:1:2:{n:x}::{n:x}");
    assert_eq!(refused(&app, &at, QUOTA + 5, "x-forwarded-for", rotating).await, 5);
    let other = Agent::new().with_header("host", host(&app));
    let other = other.with_header("x-forwarded-for", "2001:db8:1:3::1").get(&at).await;
    assert!(!is_refused(&other), "{}", other.summary());
}
