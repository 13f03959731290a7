//! `[http]`: where the server listens, and the limits of a request.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;

use super::Profile;
use super::error::Complaint;
use super::values::Values;

/// Where the server listens, and the limits of a request.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// The addresses to listen on; never empty.
    pub bind: Vec<SocketAddr>,
    /// The proxies whose word on a client's address is believed; empty: none.
    pub trusted_proxies: Vec<IpNet>,
    /// Where they write it.
    pub client_address_header: ClientAddressHeader,
    /// Worker threads, at least 1.
    pub workers: usize,
    /// The most connections at a time. More wait until one ends.
    pub max_connections: usize,
    /// How long a connection may stay open without a request.
    pub keep_alive: Duration,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// How long a client may take to send a request's head.
    pub request_timeout: Duration,
    /// How long requests under way may take to finish once the server is told to stop.
    pub shutdown_timeout: Duration,
}

/// The header in which trusted proxies tell who asked. No other is ever read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientAddressHeader {
    /// `X-Forwarded-For`, which most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ClientAddressHeader {
    fn read(values: &mut Values) -> Self {
        let key = "http.client_address_header";
        values.parsed(key, parse_header, Some(Self::default())).unwrap_or_default()
    }
}

impl fmt::Display for ClientAddressHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        })
    }
}

fn parse_header(text: &str) -> Result<ClientAddressHeader, Complaint> {
    match text.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Ok(ClientAddressHeader::XForwardedFor),
        "forwarded" => Ok(ClientAddressHeader::Forwarded),
        _ => Err(Complaint::new(
            format!("`http.client_address_header`: {text} is not read by Latchkey"),
            "write x-forwarded-for or forwarded, whichever your proxy sets (and let it replace or \
             append to what a client sends)",
        )),
    }
}

impl HttpConfig {
    pub(super) fn read(values: &mut Values, profile: Profile) -> Self {
        let default_bind = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), profile.port());
        let bind = values.list("http.bind", parse_bind, vec![default_bind]);
        let config = Self {
            bind,
            trusted_proxies: values.list("http.trusted_proxies", parse_network, Vec::new()),
            client_address_header: ClientAddressHeader::read(values),
            max_connections: values.count("http.max_connections", 20_000, 16..=1_000_000),
            keep_alive: values.seconds("http.keep_alive_seconds", 75, 1..=3600),
            workers: values.count("http.workers", cores(), 1..=1024),
            max_body_bytes: values.count("http.max_body_bytes", 64 * 1024, 4096..=16 * 1024 * 1024),
            request_timeout: values.seconds("http.request_timeout_seconds", 10, 1..=300),
            shutdown_timeout: values.seconds("http.shutdown_seconds", 30, 0..=600),
        };
        if config.bind.is_empty() {
            values.refuse(
                "http.bind",
                "`http.bind` names no address",
                "write it like bind = \"127.0.0.1:8080\"",
            );
        }
        if profile.is_dev() && !config.binds_loopback_only() {
            values.refuse(
                "http.bind",
                "`latchkey dev` has demo accounts, and this address is open to other machines",
                "bind 127.0.0.1 or [::1], or run `latchkey serve`",
            );
        }
        config
    }

    /// Whether only this machine can connect.
    pub fn binds_loopback_only(&self) -> bool {
        self.bind.iter().all(|address| address.ip().is_loopback())
    }
}

/// The processor cores at hand, as far as they can be counted.
pub(super) fn cores() -> u32 {
    std::thread::available_parallelism()
        .ok()
        .and_then(|cores| u32::try_from(cores.get()).ok())
        .map_or(1, |cores| cores.min(1024))
}

fn parse_bind(text: &str) -> Result<SocketAddr, Complaint> {
    parse_address("http.bind", text, "127.0.0.1:8080 or [::]:8080")
}

/// An address to listen on, like `example`.
pub(super) fn parse_address(key: &str, text: &str, example: &str) -> Result<SocketAddr, Complaint> {
    text.parse().map_err(|_| {
        Complaint::new(
            format!("`{key}`: {text} is not an IP address and a port"),
            format!("write it like {example} (names such as localhost do not work here)"),
        )
    })
}

fn parse_network(text: &str) -> Result<IpNet, Complaint> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    match network {
        Ok(network) if network.prefix_len() == 0 => Err(Complaint::new(
            "`http.trusted_proxies` trusts the whole internet: anyone could forge an address",
            "name only the proxies in front of this server, like 10.0.0.0/8",
        )),
        Ok(network) => Ok(network),
        Err(_) => Err(Complaint::new(
            format!("`http.trusted_proxies`: {text} is not a network"),
            "write it like 10.0.0.0/8 or 192.0.2.7",
        )),
    }
}
