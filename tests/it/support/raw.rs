//! Bytes as they are, past every client that would set them right.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::app::TestApp;

/// How long a server may take to answer or to close. Generous: machines of tests are busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends bytes and reads the answer to its end.
pub async fn raw(app: &TestApp, bytes: &[u8]) -> String {
    raw_at(port(app), bytes).await
}

/// The same at a given port, another node's for example.
pub async fn raw_at(port: u16, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(bytes.as_ref()).await;
    rest(&mut stream).await
}

pub async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port(app))).await.unwrap()
}

fn port(app: &TestApp) -> u16 {
    app.at("").rsplit_once(':').unwrap().1.parse().unwrap()
}

/// Everything up to the end of the connection.
pub async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    // A reset after the answer is an end as well.
    let _ = ended.expect("the connection is closed");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The status line and the headers of an answer, while the connection stays open.
pub async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let byte = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        bytes.push(byte.expect("an answer").expect("an open connection"));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The issuer's host, as requests name it.
pub fn host(app: &TestApp) -> &str {
    app.issuer().split_once("://").unwrap().1
}

/// A request whose path and further header lines may hold any bytes.
pub fn request(app: &TestApp, method: &str, path: &[u8], headers: &[u8], body: &[u8]) -> Vec<u8> {
    let head = format!(
        " HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
        host(app),
        body.len()
    );
    [method.as_bytes(), b" ", path, head.as_bytes(), headers, b"\r\n", body].concat()
}

pub fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no answer but {answer:?}"))
}
