//! Servers on this machine that misbehave.

use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Answers every connection with this, and keeps it open afterwards if it is to hang. The address of
/// the server replaces HERE.
async fn server(answer: impl Into<Vec<u8>>, hangs: bool) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let answer: Vec<u8> = answer.into();
    let answer = match String::from_utf8(answer) {
        Ok(text) => text.replace("HERE", url.as_str()).into_bytes(),
        Err(error) => error.into_bytes(),
    };
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(&answer).await;
                if hangs {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    url
}

fn client(time: u64, bytes: usize) -> Outbound {
    let bounds = Bounds { time: Duration::from_millis(time), bytes };
    Outbound::new(Reach::ThisMachine, bounds).unwrap()
}

async fn error(client: &Outbound, url: Url) -> OutboundError {
    client.get(url, &[]).await.unwrap_err()
}

const FINE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

#[tokio::test]
async fn what_is_answered_is_fetched() {
    let url = server(FINE, false).await;
    let answer = client(5000, 2).get(url, &[("x-y", "z")]).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
    let url = server("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", false).await;
    assert_eq!(client(5000, 2).get(url, &[]).await.unwrap().status, 503);
}

#[tokio::test]
async fn what_is_sent_is_followed_nowhere() {
    let url = server(FINE, false).await;
    let answer = client(5000, 2).post(url, &[("x-y", "z")], b"a=b".to_vec()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
    assert!(answer.fields.contains(&("content-length".to_owned(), "2".to_owned())));
    // Not even within the host, where a GET goes on.
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let answer = format!("HTTP/1.1 {status}\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n");
        let url = server(answer, false).await;
        let refused = client(5000, 9).post(url, &[], Vec::new()).await.unwrap_err();
        assert_eq!(refused, OutboundError::Redirect, "{status}");
    }
}

#[tokio::test]
async fn a_fetch_ends_in_time_and_within_its_size() {
    let begun = Instant::now();
    let silent = server("", true).await;
    assert_eq!(error(&client(50, 9), silent).await, OutboundError::TimedOut);
    let drips = server("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab", true).await;
    assert_eq!(error(&client(50, 9), drips).await, OutboundError::TimedOut);
    assert!(begun.elapsed() < Duration::from_secs(10));
    let huge = format!("HTTP/1.1 200 OK\r\ncontent-length: 4000000\r\n\r\n{}", "x".repeat(100_000));
    assert_eq!(error(&client(5000, 1000), server(huge, true).await).await, OutboundError::TooLong);
    let endless = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}",
        format!("400\r\n{}\r\n", "x".repeat(1024)).repeat(10)
    );
    let endless = server(endless, true).await;
    assert_eq!(error(&client(5000, 1500), endless).await, OutboundError::TooLong);
    let broken = server("SSH-2.0-OpenSSH_9.2\r\n", false).await;
    assert_eq!(error(&client(5000, 9), broken).await, OutboundError::Unreachable);
}

#[tokio::test]
async fn redirects_stay_on_the_host_and_end() {
    let redirect = |to: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    };
    let elsewhere = server(FINE, false).await;
    for to in [elsewhere.as_str(), "http://169.254.169.254/", "https://example.com/", "HERE"] {
        let url = server(redirect(to), false).await;
        assert_eq!(error(&client(5000, 9), url).await, OutboundError::Redirect, "{to}");
    }
}

#[tokio::test]
async fn case_139_nothing_is_asked_beyond_the_reach() {
    let public = Outbound::new(Reach::Public, Bounds::default()).unwrap();
    let here = server(FINE, false).await;
    assert_eq!(error(&public, here.clone()).await, OutboundError::Scheme);
    let port = here.port().unwrap();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "169.254.169.254"]
    {
        let url = Url::parse(&format!("https://{host}:{port}/")).unwrap();
        assert_eq!(error(&public, url).await, OutboundError::Address, "{host}");
    }
    // A name is looked at when it is resolved.
    let url = Url::parse(&format!("https://localhost:{port}/")).unwrap();
    assert_eq!(error(&public, url).await, OutboundError::Address);
    let url = Url::parse("http://192.0.2.1/").unwrap();
    assert_eq!(error(&client(5000, 9), url).await, OutboundError::Address);
    for (text, reach) in [
        ("http://127.0.0.1:1/", Reach::ThisMachine),
        ("https://localhost/", Reach::Public),
        ("https://example.com/", Reach::Public),
    ] {
        assert_eq!(Reach::of(&Url::parse(text).unwrap()), reach, "{text}");
    }
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_three_times_at_most() {
    for (hops, reached) in [(1, true), (3, true), (4, false)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/0", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 4096];
                let read = stream.read(&mut head).await.unwrap();
                let path = String::from_utf8_lossy(&head[..read]);
                let at: u32 = path["GET /".len()..].split(' ').next().unwrap().parse().unwrap();
                let on = format!(
                    "HTTP/1.1 302 Found\r\nlocation: /{}\r\ncontent-length: 0\r\n\
                     connection: close\r\n\r\n",
                    at + 1
                );
                let answer = if at < hops { on.as_str() } else { FINE };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        match client(5000, 9).get(url, &[]).await {
            Ok(answer) => assert!(reached && answer.body == b"ok", "{hops}"),
            Err(error) => assert!(!reached && error == OutboundError::Redirect, "{hops}: {error}"),
        }
    }
}
