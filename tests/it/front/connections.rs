//! Those who are slow, or say nothing: they are let go, and others are served meanwhile.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::raw::{connect, head, host, rest, status};

/// A server that waits for a second.
fn impatient() -> TestApp {
    TestApp::start_configured(|config| {
        config.http.request_timeout = Duration::from_secs(1);
        config.http.keep_alive = Duration::from_secs(1);
    })
}

async fn is_served(app: &TestApp) {
    assert_eq!(Agent::new().get(&app.at("/login")).await.follow_all().await.status, 200);
    assert_eq!(Agent::new().get(&app.at("/oauth2/jwks")).await.status, 200);
}

#[tokio::test]
async fn case_314_whoever_does_not_finish_a_request_is_let_go() {
    let app = impatient();
    let host = host(&app).to_owned();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let body = |rest: &str| format!("POST /login?flow=x HTTP/1.1\r\nHost: {host}\r\n{form}{rest}");
    for (what, sent, answered) in [
        ("a head", format!("GET /login HTTP/1.1\r\nHost: {host}\r\nX-A: "), 408),
        ("a request line", "GET /lo".to_owned(), 408),
        ("a body", body("Content-Length: 10\r\n\r\na=1"), 408),
        ("a body in chunks", body("Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n"), 408),
        ("the size of a chunk", body("Transfer-Encoding: chunked\r\n\r\n3"), 408),
    ] {
        let mut stream = connect(&app).await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        is_served(&app).await;
        let answer = rest(&mut stream).await;
        assert_eq!(status(&answer), answered, "{what}: {answer}");
        assert!(!answer.contains("login-form"), "{what}");
    }
    let mut silent = connect(&app).await;
    is_served(&app).await;
    let answer = rest(&mut silent).await;
    assert!(answer.is_empty() || status(&answer) == 408, "{answer}");
}

#[tokio::test]
async fn case_314_a_kept_connection_ends_without_a_next_request() {
    let app = impatient();
    let request = format!("GET /health/live HTTP/1.1\r\nHost: {}\r\n\r\n", host(&app));
    let mut stream = connect(&app).await;
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = head(&mut stream).await;
        assert_eq!(status(&answer), 200);
        assert!(!answer.to_lowercase().contains("connection: close"), "{answer}");
        let mut body = [0; 15];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, br#"{"status":"ok"}"#);
    }
    is_served(&app).await;
    assert_eq!(rest(&mut stream).await, "");
}

/// Refused while it is still being sent, without an end in sight.
#[tokio::test]
async fn case_314_an_endless_body_that_was_refused_ends_with_its_connection() {
    let app = TestApp::start();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (path, kind, refused) in
        [("/login", form, 413), ("/nowhere", form, 404), ("/oauth2/token", "", 415)]
    {
        let mut stream = connect(&app).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{kind}Transfer-Encoding: chunked\r\n\r\n",
            host(&app)
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let chunk = [b"10000\r\n".as_slice(), &vec![b'a'; 0x0001_0000], b"\r\n"].concat();
        let (mut reading, mut writing) = stream.into_split();
        let write = async { while writing.write_all(&chunk).await.is_ok() {} };
        let mut start = [0; 12];
        let answer = async {
            reading.read_exact(&mut start).await.unwrap();
            std::future::pending::<()>().await;
        };
        let ended = tokio::time::timeout(Duration::from_secs(60), async {
            tokio::select! { () = write => {}, () = answer => {} }
        });
        ended.await.expect("the connection is closed");
        assert_eq!(start, *format!("HTTP/1.1 {refused}").as_bytes(), "{path}");
    }
}

/// More connections than there is room for: the next one waits until silent ones are let go.
#[tokio::test]
async fn case_314_beyond_the_bound_of_connections_the_next_one_gets_its_turn() {
    const ROOM: usize = 16;
    let app = TestApp::start_configured(|config| {
        config.http.request_timeout = Duration::from_secs(1);
        config.http.max_connections = ROOM;
    });
    let mut silent: Vec<TcpStream> = Vec::new();
    for _ in 0..3 * ROOM {
        silent.push(connect(&app).await);
    }
    assert_eq!(Agent::new().get(&app.at("/oauth2/jwks")).await.status, 200);
    // They are taken in the order in which they came, so nearly all of these had gone by then.
    let is_let_go = |stream: &TcpStream| {
        let mut start = [0];
        futures_util::FutureExt::now_or_never(stream.peek(&mut start)).is_some()
    };
    let let_go = silent.iter().filter(|stream| is_let_go(stream)).count();
    assert!(let_go >= 2 * ROOM, "{let_go} were let go before the next one was served");
    for stream in &mut silent {
        let answer = rest(stream).await;
        assert!(answer.is_empty() || status(&answer) == 408, "{answer}");
    }
}

/// Sends a header line now and then, for ever: the time is that of the whole head.
#[tokio::test]
async fn case_314_a_trickle_buys_no_time() {
    let app = impatient();
    let mut stream = connect(&app).await;
    stream.write_all(b"GET /login HTTP/1.1\r\n").await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let trickle = async {
        loop {
            if writing.write_all(b"X-A: a\r\n").await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut answer = [0; 12];
    let read = reading.read_exact(&mut answer);
    let patient = tokio::time::timeout(Duration::from_secs(30), read);
    tokio::select! {
        () = trickle => panic!("it was let go without an answer"),
        read = patient => drop(read.expect("an answer").unwrap()),
    }
    assert_eq!(&answer, b"HTTP/1.1 408");
}
