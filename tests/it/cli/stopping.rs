//! F18: `latchkey serve` is told to stop while it is busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel::{Connection as _, PgConnection};
use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::node::{House, Node, PASSWORD};
use crate::identity::world::until;
use crate::support::agent::{Agent, Form};
use crate::support::faults;
use crate::support::flow::{Params, authorization_request, refresh_request};
use crate::support::raw::rest;

/// What a program that asks again and again has seen.
#[derive(Default)]
struct Seen {
    served: AtomicUsize,
    elsewhere: AtomicUsize,
    over: AtomicBool,
}

/// Asks the first of two nodes, and the other from the moment that no connection to the first one
/// comes about: as a load balancer does. Anything else that goes wrong is a failure.
struct Caller {
    http: reqwest::Client,
    ports: [u16; 2],
    host: String,
    seen: Arc<Seen>,
}

impl Caller {
    fn ask(&self, path: &'static str) -> JoinHandle<Result<(), String>> {
        let Self { http, ports, host, seen } = self;
        let (http, ports, host, seen) = (http.clone(), *ports, host.clone(), Arc::clone(seen));
        tokio::spawn(async move {
            let mut at = 0;
            while !seen.over.load(Ordering::Relaxed) {
                let url = format!("http://127.0.0.1:{}{path}", ports[at]);
                match http.get(&url).header("host", &host).send().await {
                    Ok(answer) if answer.status() == 200 => {
                        answer.bytes().await.map_err(|error| format!("{path}: {error:?}"))?;
                        let of = if at == 0 { &seen.served } else { &seen.elsewhere };
                        of.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(answer) => return Err(format!("{path}: {}", answer.status())),
                    Err(error) if at == 0 && error.is_connect() => at = 1,
                    Err(error) => return Err(format!("{path}: {error:?}")),
                }
            }
            Ok(())
        })
    }
}

/// A request of which the last byte has not been sent yet.
struct Unfinished {
    stream: TcpStream,
    last: u8,
}

impl Unfinished {
    async fn begin(house: &House, node: &Node, path: &str, headers: &str, body: &Params) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", node.port)).await.unwrap();
        let (host, body) = (house.issuer().split_once("://").unwrap().1, body.encoded());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut bytes = [head.into_bytes(), body.into_bytes()].concat();
        let last = bytes.pop().unwrap();
        stream.write_all(&bytes).await.unwrap();
        Self { stream, last }
    }

    async fn sign_in(house: &House, node: &Node, agent: &Agent, form: &Form) -> Self {
        let action: url::Url = form.action().parse().unwrap();
        let cookies = agent.cookies(action.host_str().unwrap());
        let cookies: Vec<_> =
            cookies.iter().map(|it| format!("{}={}", it.name(), it.value())).collect();
        let (origin, cookies) = (house.issuer(), cookies.join("; "));
        let headers = format!("Origin: {origin}\r\nCookie: {cookies}\r\n");
        let path = form.action().replacen(&node.at(""), "", 1);
        let fields = ["identifier", "password", "csrf"].map(|it| (it, form.value(it).unwrap()));
        Self::begin(house, node, &path, &headers, &Params::new(&fields)).await
    }

    async fn refresh(house: &House, node: &Node, token: &str) -> Self {
        let authorization = format!("Authorization: {}\r\n", house.credentials());
        let body = refresh_request(token);
        Self::begin(house, node, "/oauth2/token", &authorization, &body).await
    }

    async fn finish(mut self) -> String {
        self.stream.write_all(&[self.last]).await.unwrap();
        rest(&mut self.stream).await
    }
}

/// An authorization request that waits for a lock of `holder`'s.
async fn slow_request(house: &House, node: &Node, holder: &mut PgConnection) -> JoinHandle<u16> {
    faults::hold_table(holder, "flows");
    let request = authorization_request(&house.client).encoded();
    let (agent, url) = (house.machine(), node.at(&format!("/oauth2/authorize?{request}")));
    let asking = tokio::spawn(async move { agent.get(&url).await.status.as_u16() });
    let mut watcher = database(house);
    until("it waits in Postgres", || faults::waiting(&mut watcher) > 0).await;
    asking
}

fn database(house: &House) -> PgConnection {
    PgConnection::establish(&house.installation.url()).unwrap()
}

async fn until_unready(house: &House, node: &Node) {
    let (agent, deadline) = (house.machine(), std::time::Instant::now() + Duration::from_secs(20));
    loop {
        assert!(std::time::Instant::now() < deadline, "it stays ready");
        let page = agent.get(&node.at("/health/ready")).await;
        if page.status == 503 {
            assert_eq!(page.header("connection"), Some("close"), "the next goes elsewhere");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f18_a_node_that_is_told_to_stop_under_load_drops_nobody() {
    let house = House::new();
    let (log, written) = house.log();
    let patient = [("LATCHKEY_HTTP__REQUEST_TIMEOUT_SECONDS", "60")];
    let (mut leaving, staying) =
        (house.serve(log, &patient), house.serve(std::process::Stdio::null(), &[]));
    let mut token = house.refresh_token(&leaving).await;
    let other = house.refresh_token(&leaving).await;
    let agent = house.machine().with_header("origin", house.issuer());
    let sign_in = house.login_form(&leaving, &agent, PASSWORD).await;

    let caller = Caller {
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        ports: [leaving.port, staying.port],
        host: house.issuer().split_once("://").unwrap().1.to_owned(),
        seen: Arc::default(),
    };
    let paths = ["/oauth2/jwks", "/.well-known/openid-configuration", "/health/live"];
    let mut callers: Vec<_> = paths.iter().cycle().take(9).map(|path| caller.ask(path)).collect();
    let seen = Arc::clone(&caller.seen);
    until("hundreds were served", || seen.served.load(Ordering::Relaxed) > 500).await;

    let signing_in = Unfinished::sign_in(&house, &leaving, &agent, &sign_in).await;
    let refreshing = Unfinished::refresh(&house, &leaving, &other).await;
    let before = seen.served.load(Ordering::Relaxed);
    leaving.signal(Signal::TERM);
    until_unready(&house, &leaving).await;
    // It still serves, for whoever has not noticed yet; a refresh among them.
    let page = house.refresh(&leaving, &token).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    token = page.json()["refresh_token"].as_str().unwrap().to_owned();
    let has_failed = |callers: &[JoinHandle<_>]| callers.iter().any(JoinHandle::is_finished);
    until("callers have gone over", || {
        seen.elsewhere.load(Ordering::Relaxed) > 500 || has_failed(&callers)
    })
    .await;
    if let Some(failed) = callers.iter().position(JoinHandle::is_finished) {
        panic!("{:?}", callers.swap_remove(failed).await);
    }
    assert!(seen.served.load(Ordering::Relaxed) > before, "it went on serving for a while");

    // What is under way is waited for.
    assert!(leaving.server.0.try_wait().unwrap().is_none());
    let answer = signing_in.finish().await;
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("-session="), "{answer}");
    let answer = refreshing.finish().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(leaving.ended(), 0);
    seen.over.store(true, Ordering::Relaxed);
    for asked in callers {
        assert_eq!(asked.await.unwrap(), Ok(()));
    }
    let page = house.refresh(&staying, &token).await;
    assert_eq!(page.status, 200, "no half rotation: {}", page.summary());
    let text = written();
    assert!(text.contains("\"stopped\"") && !text.contains("cut off"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f18_a_second_signal_ends_the_node_at_once() {
    let house = House::new();
    let (log, written) = house.log();
    let patient = [("LATCHKEY_DATABASE__STATEMENT_TIMEOUT_SECONDS", "600")];
    let settings = [patient[0], ("LATCHKEY_HTTP__SHUTDOWN_SECONDS", "600")];
    for (first, second) in [(Signal::TERM, Signal::TERM), (Signal::TERM, Signal::INT)] {
        let mut node = house.serve(log.try_clone().unwrap(), &settings);
        let mut holder = database(&house);
        let slow = slow_request(&house, &node, &mut holder).await;
        node.signal(first);
        until_unready(&house, &node).await;
        assert!(node.server.0.try_wait().unwrap().is_none());
        node.signal(second);
        assert_eq!(node.ended(), 1);
        assert!(slow.await.is_err(), "nobody answers");
        faults::let_go(&mut holder);
        let mut watcher = database(&house);
        drop(holder);
        until("Postgres has noticed", || faults::others(&mut watcher) == 0).await;
    }
    assert!(written().contains("told to stop a second time"), "{}", written());
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f18_a_request_that_never_ends_does_not_keep_the_node() {
    let house = House::new();
    let (log, written) = house.log();
    let settings = [
        ("LATCHKEY_DATABASE__STATEMENT_TIMEOUT_SECONDS", "600"),
        ("LATCHKEY_HTTP__SHUTDOWN_SECONDS", "1"),
    ];
    let mut node = house.serve(log, &settings);
    let mut holder = database(&house);
    let slow = slow_request(&house, &node, &mut holder).await;
    node.signal(Signal::INT);
    assert_eq!(node.ended(), 0);
    assert!(slow.await.is_err(), "it is cut off");
    assert!(written().contains("within http.shutdown_seconds was cut off"), "{}", written());
    faults::let_go(&mut holder);
}
