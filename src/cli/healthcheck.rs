//! `latchkey healthcheck`: asks the server of this machine whether it is ready.
//!
//! For containers, whose image holds nothing else that could ask, and for whoever restarts one node
//! after the other.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::Context;
use super::exit::{Exit, Failure};
use crate::config::Profile;

/// How long connecting, asking and answering may take, each.
const PATIENCE: Duration = Duration::from_secs(3);

/// The most that is read of the answer, in bytes.
const LONGEST: u64 = 16 * 1024;

/// Runs `latchkey healthcheck`.
pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let config = context.load(Profile::Tool)?;
    let address = config.http.bind.first().copied().map(reachable).ok_or_else(|| {
        Failure::new(Exit::Configuration, "`http.bind` names no address to ask at")
    })?;
    let answer = ask(address).map_err(|error| {
        Failure::new(Exit::Failure, format!("the server at {address} does not answer: {error}"))
            .fix("start it, or look at its log")
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) != Some("200") {
        let message = format!("the server at {address} is not ready: {}", body.trim());
        return Err(Failure::new(Exit::Failure, message));
    }
    context.output.show(&serde_json::json!({ "ready": true }), || "ready".to_owned())
}

/// A server that listens on every address of the machine is asked on its own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn ask(address: SocketAddr) -> io::Result<String> {
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let request =
        format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    connection.take(LONGEST).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_the_machine_is_asked_at_its_own() {
        for (bound, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("10.0.0.11:80", "10.0.0.11:80"),
        ] {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), asked);
        }
    }
}
