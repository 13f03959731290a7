//! A tiny site for trying the tools on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

/// A request as it arrived.
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Serves what `answer` makes of each request line, as a whole HTTP response, on a free port of
/// `host`. Every request that is not for an icon is passed on to the test.
pub(super) fn serve(host: &str, answer: fn(&str) -> String) -> (String, Receiver<Seen>) {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let url = format!("http://{host}:{}", listener.local_addr().unwrap().port());
    let (sender, receiver) = channel();
    // Lives as long as the test process, which is short.
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            // A browser opens connections ahead of need and leaves them silent.
            std::thread::spawn(move || exchange(stream, answer, &sender));
        }
    });
    (url, receiver)
}

fn exchange(mut stream: TcpStream, answer: fn(&str) -> String, sender: &Sender<Seen>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let headers: Vec<(String, String)> = reader
        .by_ref()
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())))
        .collect();
    let mut seen = Seen { line: line.trim_end().to_owned(), headers, body: String::new() };
    let length = seen.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_string(&mut seen.body).unwrap();
    let response = answer(&seen.line);
    let (head, body) = response.split_once("\n\n").unwrap_or((&response, ""));
    // The other side may have gone, which is its right.
    let _ = write!(
        stream,
        "HTTP/1.1 {head}\nContent-Length: {}\nConnection: close\n\n{body}",
        body.len()
    );
    if !seen.line.contains("favicon") {
        let _ = sender.send(seen);
    }
}
