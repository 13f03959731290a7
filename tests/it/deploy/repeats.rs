//! What a proxy does with a request whose node dies under it: a POST is never sent a second time,
//! because a code that arrives twice looks stolen.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::nodes::HOST;
use super::proxy::{Kind, Proxy};
use crate::support::agent::Agent;

/// A node that is well, but dies at every request: it reads it and closes.
struct Dying {
    address: SocketAddr,
    /// The request lines that came.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Dying {
    fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = seen.clone();
        // Ends with the process, like the thread's listener.
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let noted = noted.clone();
                std::thread::spawn(move || serve(connection, &noted, answer));
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn serve(mut connection: TcpStream, noted: &Mutex<Vec<String>>, answer: &str) {
    let _ = connection.set_read_timeout(Some(Duration::from_secs(10)));
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match connection.read(&mut buffer) {
            Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let answer = if request.starts_with("GET /health/") {
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    } else {
        noted.lock().unwrap().push(request);
        answer
    };
    let _ = connection.write_all(answer.as_bytes());
}

/// Sends requests until one is answered with `status`: a proxy needs a moment to see its nodes.
async fn sent(browser: &Agent, method: &str) -> u16 {
    let url = format!("https://{HOST}/oauth2/token");
    let page = if method == "GET" {
        browser.get(&url).await
    } else {
        browser.post(&url, &[("code", "single-use")]).await
    };
    page.status.as_u16()
}

async fn a_post_is_sent_once(kind: Kind) {
    for (method, at_most, at_least) in [("POST", 1, 1), ("GET", 2, 2)] {
        let nodes = [Dying::start(""), Dying::start("")];
        let proxy = Proxy::start(kind, [nodes[0].address, nodes[1].address]);
        let from = [127, 0, 1, 1].into();
        let browser = Agent::elsewhere(from, HOST, proxy.https.address(), &proxy.authority);
        let status = sent(&browser, method).await;
        assert!(matches!(status, 502..=504), "{status}");
        let seen = nodes[0].seen() + nodes[1].seen();
        assert!(seen >= at_least, "{method} {seen}");
        // Caddy goes on with a GET for as long as it may.
        assert!(method == "GET" || seen <= at_most, "{method} {seen}");
    }
}

/// The answer of a node that is about to stop: what can be repeated is asked of the other one.
async fn a_get_goes_on(kind: Kind) {
    let leaving = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let well = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    let nodes = [Dying::start(leaving), Dying::start(well)];
    let proxy = Proxy::start(kind, [nodes[0].address, nodes[1].address]);
    let from = [127, 0, 1, 1].into();
    let browser = Agent::elsewhere(from, HOST, proxy.https.address(), &proxy.authority);
    for _ in 0..6 {
        assert_eq!(sent(&browser, "GET").await, 200);
    }
    assert_eq!(nodes[0].seen(), 1, "then it is left alone");
    for _ in 0..4 {
        assert_eq!(sent(&browser, "POST").await, 200);
    }
    assert_eq!(nodes[0].seen(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_sends_a_post_once() {
    a_post_is_sent_once(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_sends_a_post_once() {
    a_post_is_sent_once(Kind::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f18_nginx_leaves_a_node_that_is_about_to_stop() {
    a_get_goes_on(Kind::Nginx).await;
}
