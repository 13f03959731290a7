//! A client that costs little: a kept connection, prepared bytes, blocking reads.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::Outcome;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A kept connection to a server on this machine.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What came back.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    head: &'a str,
    /// The body.
    pub body: &'a str,
}

impl Connection {
    /// Connects to a port.
    pub fn open(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: vec![0; 64 * 1024] })
    }

    /// Sends a request, and waits for its whole answer.
    pub fn send(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.stream.write_all(request)?;
        let mut filled = 0;
        let (head, length) = loop {
            filled += self.read(filled)?;
            if let Some(end) = end_of_head(&self.received[..filled]) {
                let head = std::str::from_utf8(&self.received[..end])?;
                let length = header(head, "content-length").map_or(Ok(0), str::parse::<usize>)?;
                break (end, length);
            }
        };
        let end = head + 4 + length;
        if end > self.received.len() {
            return Err(format!("an answer of {end} bytes is too long").into());
        }
        while filled < end {
            filled += self.read(filled)?;
        }
        let text = std::str::from_utf8(&self.received[..end])?;
        let status = text.get(9..12).ok_or("no status")?.parse()?;
        Ok(Answer { status, head: &text[..head], body: &text[head + 4..] })
    }

    fn read(&mut self, at: usize) -> Outcome<usize> {
        match self.stream.read(&mut self.received[at..])? {
            0 => Err("the server closed the connection, or the answer is too long".into()),
            count => Ok(count),
        }
    }
}

fn end_of_head(received: &[u8]) -> Option<usize> {
    received.windows(4).position(|window| window == b"\r\n\r\n")
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    headers(head, name).next()
}

fn headers<'a>(head: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    head.split("\r\n").filter_map(move |line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

impl<'a> Answer<'a> {
    /// The answer itself if it has this status, and an error that shows it otherwise.
    pub fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status { Ok(self) } else { Err(self.unexpected()) }
    }

    /// The answer itself if its body contains `text`.
    pub fn containing(self, text: &str) -> Outcome<Self> {
        if self.body.contains(text) { Ok(self) } else { Err(self.unexpected()) }
    }

    /// An error that shows this answer.
    pub fn unexpected(&self) -> Box<dyn std::error::Error + Send + Sync> {
        let body: String = self.body.chars().take(600).collect();
        format!("an unexpected answer:\n{}\n\n{body}", self.head).into()
    }

    /// Where it leads.
    pub fn location(&self) -> Outcome<&'a str> {
        header(self.head, "location").ok_or_else(|| self.unexpected())
    }

    /// Names and values of the cookies that it sets, as they are sent back.
    pub fn cookies(&self) -> impl Iterator<Item = &'a str> {
        headers(self.head, "set-cookie").filter_map(|cookie| cookie.split(';').next())
    }

    /// A member of a JSON body that is a text without escapes.
    pub fn member(&self, name: &str) -> Outcome<&'a str> {
        let key = format!("\"{name}\":\"");
        self.between(&key, "\"")
    }

    /// The hidden field `csrf` of a page.
    pub fn csrf(&self) -> Outcome<&'a str> {
        self.between("name=\"csrf\" value=\"", "\"")
    }

    fn between(&self, before: &str, after: &str) -> Outcome<&'a str> {
        let found = self.body.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found.map(|(text, _)| text).ok_or_else(|| self.unexpected())
    }
}

/// The bytes of a GET.
pub fn get(host: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    request("GET", host, path, headers, None)
}

/// The bytes of a POST of a form.
pub fn post(host: &str, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Vec<u8> {
    let body = encoded(form);
    request("POST", host, path, headers, Some(&body))
}

/// Pairs as a form, or a query.
pub fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn request(
    method: &str,
    host: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    if let Some(body) = body {
        let length = body.len().to_string();
        text.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
        text.extend(["Content-Length: ", &length, "\r\n"]);
    }
    text.push_str("\r\n");
    text.push_str(body.unwrap_or_default());
    text.into_bytes()
}
