//! What the operations listener tells of a server, and what nobody else learns.

use latchkey::kernel::metric;

use super::servers::{free_port, get};
use super::watched::{Figures, PERSON, Watched};
use crate::support::agent::Agent;
use crate::support::flow::{code_request, refresh_request};
use crate::support::raw::raw_at;

/// By how much a series rose.
fn risen(before: &Figures, after: &Figures, series: &str) -> f64 {
    after.get(series) - before.get(series)
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_rise_by_exactly_what_was_done() {
    let server = Watched::start(&[]);
    server.add_person();
    let client = server.add_client("notes");
    let agent = Agent::new();
    let before = server.figures().await;

    // A slip of the finger, then the right password.
    let page = server.login_page(&agent, &client).await;
    let wrong = page.form("#login-form").fill("identifier", PERSON).fill("password", "wrong");
    assert_eq!(wrong.submit().await.status, 401);
    let page = server.login_page(&agent, &client).await;
    let nobody = page.form("#login-form").fill("identifier", "nobody").fill("password", "wrong");
    assert_eq!(nobody.submit().await.status, 401);
    let code = server.code(&agent, &client).await;

    let redeem = code_request(&client, &code);
    let first = server.token(&client, &redeem).await.json();
    let refresh = refresh_request(first["refresh_token"].as_str().unwrap());
    let second = server.token(&client, &refresh).await.json();
    let next = refresh_request(second["refresh_token"].as_str().unwrap());
    assert_eq!(server.token(&client, &next).await.status, 200);
    // The successor was used, so the first one is in wrong hands; later the code comes again.
    assert_eq!(server.token(&client, &refresh).await.status, 400);
    assert_eq!(server.token(&client, &redeem).await.status, 400);
    let mut liar = client.clone();
    liar.secret = Some("wrong".to_owned());
    assert_eq!(server.token(&liar, &redeem).await.status, 401);
    assert_eq!(Agent::new().get(&server.at("/no/such/page")).await.status, 404);

    let after = server.figures().await;
    for (series, rise) in [
        (r#"latchkey_auth_attempts_total{method="password"}"#, 3.0),
        (r#"latchkey_auth_successes_total{method="password"}"#, 1.0),
        (r#"latchkey_auth_failures_total{method="password",reason="wrong_password"}"#, 1.0),
        (r#"latchkey_auth_failures_total{method="password",reason="unknown_identifier"}"#, 1.0),
        (r#"latchkey_auth_attempts_total{method="client_secret_post"}"#, 6.0),
        (r#"latchkey_auth_successes_total{method="client_secret_post"}"#, 5.0),
        (
            r#"latchkey_auth_failures_total{method="client_secret_post",reason="check_client_secret"}"#,
            1.0,
        ),
        (r#"latchkey_tokens_issued_total{grant="authorization_code"}"#, 1.0),
        (r#"latchkey_tokens_issued_total{grant="refresh_token"}"#, 2.0),
        (r#"latchkey_tokens_refused_total{grant="refresh_token",error="invalid_grant"}"#, 1.0),
        (r#"latchkey_tokens_refused_total{grant="authorization_code",error="invalid_grant"}"#, 1.0),
        (
            r#"latchkey_tokens_refused_total{grant="authorization_code",error="invalid_client"}"#,
            1.0,
        ),
        ("latchkey_refresh_reused_total", 1.0),
        ("latchkey_codes_replayed_total", 1.0),
        (r#"latchkey_http_requests_total{route="/oauth2/token",method="POST",status="200"}"#, 3.0),
        (r#"latchkey_http_requests_total{route="/oauth2/token",method="POST",status="400"}"#, 2.0),
        (r#"latchkey_http_requests_total{route="none",method="GET",status="404"}"#, 1.0),
        (r#"latchkey_http_request_duration_seconds_count{route="/oauth2/token"}"#, 6.0),
        (r#"latchkey_http_request_duration_seconds_bucket{route="/oauth2/token",le="+Inf"}"#, 6.0),
    ] {
        let rose = risen(&before, &after, series);
        assert!((rose - rise).abs() < 0.5, "{series} rose by {rose}\n{}", after.0);
    }
    assert!(risen(&before, &after, "latchkey_database_statements_total") > 20.0);
    assert!(risen(&before, &after, "process_cpu_seconds_total") > 0.0);
    assert!((after.get("latchkey_ready") - 1.0).abs() < 0.1);
    assert!((after.get("latchkey_signing_key_successor") - 1.0).abs() < 0.1);
    assert!(after.get("latchkey_signing_key_remaining_seconds") > 86_400.0);
    assert!(after.get("process_resident_memory_bytes") > 1e6);
    for series in after.all().keys() {
        let name = series.split('{').next().unwrap();
        let is_known = |metric: &metric::Metric| {
            let rest = name.strip_prefix(metric.name);
            rest.is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
        };
        assert!(metric::ALL.iter().any(is_known), "{name} is in no table");
    }
    assert_eq!(server.stop().0.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_of_the_keys_shows() {
    let server = Watched::start(&[]);
    assert!(server.figures().await.get("latchkey_key_rotations_total") < 0.5);
    server.installation.run(&["keys", "rotate", "--now"]).ok();
    server.until("latchkey_key_rotations_total", |count| count > 0.5).await;
    assert_eq!(server.stop().0.code, 0);
}

/// Case 309: whoever can reach the pages learns nothing of the machine behind them.
#[tokio::test(flavor = "multi_thread")]
async fn case_309_details_are_told_on_the_operations_listener_only() {
    let server = Watched::start(&[]);
    for path in ["/metrics", "/metrics/", "//metrics", "/operations/metrics"] {
        assert_eq!(Agent::new().get(&server.at(path)).await.status, 404, "{path}");
    }
    let public = Agent::new().get(&server.at("/api/health")).await;
    assert_eq!(public.status, 200);
    let answer = public.json();
    let names: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["status", "timestamp"], "{answer}");
    let timestamp = answer["timestamp"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(timestamp).is_ok(), "{timestamp}");
    for path in ["/health/live", "/health/ready"] {
        let page = Agent::new().get(&server.at(path)).await;
        assert_eq!((page.status.as_u16(), page.body.as_str()), (200, r#"{"status":"ok"}"#));
    }

    // And the other way round: the operations listener serves no page and no endpoint.
    for path in
        ["/login", "/oauth2/token", "/oauth2/jwks", "/.well-known/openid-configuration", "/"]
    {
        assert_eq!(server.operations(path).await.status, 404, "{path}");
    }
    let page = server.operations("/api/health").await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let answer = page.json();
    assert_eq!(answer["status"], "ok", "{answer}");
    assert_eq!(answer["version"], env!("CARGO_PKG_VERSION"));
    assert!(answer["uptime_seconds"].as_i64().is_some(), "{answer}");
    for name in ["database", "keys", "clock", "drain", "hash_queue", "jobs"] {
        assert_eq!(answer["dependencies"][name]["status"], "ok", "{name}: {answer}");
    }
    // No name of a host, a database or a file is told even there.
    let url = server.installation.url();
    let host = url.split("host=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let told = [page.body, server.figures().await.0].concat();
    for secret in [host.as_str(), "postgres", server.installation.path().to_str().unwrap()] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
    assert_eq!(server.stop().0.code, 0);
}

/// Case 309: nothing of a person or a client is in a figure.
#[tokio::test(flavor = "multi_thread")]
async fn case_309_figures_name_nobody() {
    let proxy = ("LATCHKEY_HTTP__TRUSTED_PROXIES", "127.0.0.1");
    let server = Watched::start(&[proxy]);
    server.add_person();
    let client = server.add_client("canary-client-4711");
    let tokens = server.tokens(&client).await;
    let agent = Agent::new()
        .with_header("x-forwarded-for", "203.0.113.77")
        .with_header("user-agent", "canary-agent-4711");
    agent.get(&server.at("/canary-path-4711?code=canary-code-4711")).await;
    agent.get(&server.at("/assets/canary-asset-4711")).await;
    let page = server.login_page(&agent, &client).await;
    let form = page.form("#login-form").fill("identifier", "canary-name-4711");
    form.fill("password", "canary-password-4711").submit().await;
    let mut unknown = client.clone();
    unknown.id = "canary-unknown-4711".to_owned();
    let refresh = refresh_request("canary-token-4711").with("grant_type", "canary-grant-4711");
    server.token(&unknown, &refresh).await;
    let told = server.figures().await.0;
    let secret = client.secret.as_deref().unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    for canary in ["4711", PERSON, "ada", "example", "203.0.113.77", "127.0.0.1", secret, token] {
        assert!(!told.contains(canary), "{canary} is in\n{told}");
    }
    assert_eq!(server.stop().0.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_inventions_make_no_new_figures() {
    let server = Watched::start(&[("LATCHKEY_LIMITS__ENABLED", "false")]);
    let agent = Agent::new();
    let invent = async |from: u32, to: u32| {
        for n in from..to {
            let path = match n % 4 {
                0 => format!("/invented/{n}"),
                1 => format!("/assets/{n}.css"),
                2 => format!("/account/sessions/{n}/end"),
                _ => format!("/health/live?{n}"),
            };
            let method = if n % 2 == 0 { "GET".to_owned() } else { format!("METHOD{n}") };
            agent.request(&method, &server.at(&path)).await;
            if n % 20 == 0 {
                let id = format!("client-{n}");
                let form = [("grant_type", id.as_str()), ("client_id", id.as_str())];
                agent.post(&server.at("/oauth2/token"), &form).await;
                let form = [("grant_type", "client_credentials"), ("client_id", id.as_str())];
                agent.post(&server.at("/oauth2/token"), &form).await;
            }
        }
    };
    invent(0, 40).await;
    let before = server.figures().await;
    invent(40, 10_000).await;
    let after = server.figures().await;
    let names = |figures: &Figures| figures.all().keys().map(|it| (*it).to_owned()).collect();
    let (few, many): (Vec<String>, Vec<String>) = (names(&before), names(&after));
    // What is throttled later on is one answer more, and one word for it.
    let new: Vec<_> = many.iter().filter(|series| !few.contains(series)).collect();
    assert!(new.len() <= 4, "{new:#?}");
    assert!(after.sum("latchkey_http_requests_total") >= 10_000.0);
    assert!(after.0.contains(r#"method="other""#), "{}", after.0);
    assert_eq!(server.stop().0.code, 0);
}

#[test]
fn without_the_listener_there_are_no_figures() {
    let server = Watched::start_unwatched(&[]);
    let answer = get(server.port, "localhost", "/metrics").unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert_eq!(server.stop().0.code, 0);
}

#[test]
fn a_taken_port_of_the_operations_listener_is_told() {
    let installation = super::installation::Installation::ready();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = installation.command(&["serve"]);
    command
        .env("LATCHKEY_ISSUER", "http://localhost:8080")
        .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{}", free_port()))
        .env("LATCHKEY_OPERATIONS__BIND", &address)
        .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
        .env_remove("LATCHKEY_HASHING__ITERATIONS");
    let ended = super::installation::Ended::from(command.output().unwrap());
    ended.refused(1, &["is another server", &address]);
}

/// A page in a browser on the same machine, whose name leads to this address, reads nothing.
#[tokio::test(flavor = "multi_thread")]
async fn case_315_the_operations_listener_answers_to_no_name_of_others() {
    let server = Watched::start(&[]);
    let port = server.operations;
    let get = |lines: String| raw_at(port, format!("GET /metrics HTTP/1.1\r\n{lines}\r\n"));
    for host in ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "evil.test:9464", ""] {
        let answer = get(format!("Host: {host}\r\nConnection: close\r\n")).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
        assert!(!answer.contains("latchkey_"), "{host}: {answer}");
    }
    for lines in ["Connection: close\r\n", "Host: 127.0.0.1\r\nHost: evil.test\r\n"] {
        let answer = get(lines.to_owned()).await;
        assert!(!answer.contains("latchkey_"), "{lines}: {answer}");
    }
    for host in ["127.0.0.1", "localhost", "[::1]:9464", "LOCALHOST:9464"] {
        let answer = get(format!("Host: {host}\r\nConnection: close\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
    }
    assert_eq!(server.stop().0.code, 0);
}

/// Whoever fills it with silent connections keeps nobody out for longer than these are waited for.
#[tokio::test(flavor = "multi_thread")]
async fn case_314_the_operations_listener_bounds_connections_and_heads() {
    let server = Watched::start(&[]);
    let port = server.operations;
    let head =
        format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    let answer = raw_at(port, head).await;
    assert!(!answer.contains("latchkey_"), "{answer}");
    let mut silent = Vec::new();
    for _ in 0..80 {
        silent.push(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    assert_eq!(server.operations("/health/live").await.status, 200);
    let is_let_go = |stream: &tokio::net::TcpStream| {
        futures_util::FutureExt::now_or_never(stream.peek(&mut [0])).is_some()
    };
    let let_go = silent.iter().filter(|stream| is_let_go(stream)).count();
    assert!(let_go >= 16, "{let_go} were let go before the next one was served");
    assert_eq!(server.stop().0.code, 0);
}
