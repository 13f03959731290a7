//! `http::extract::client_ip`: the address of a request. The first line is the peer, the second the
//! trusted proxies, and each further line an `X-Forwarded-For`.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use latchkey::config::ClientAddressHeader;
use latchkey::http::extract::client_ip::{Proxies, client_ip};

pub fn check(data: &[u8]) {
    let [peer, trusted, lines] = super::parts(data);
    let peer = super::text(peer).and_then(|text| text.parse().ok());
    let peer: IpAddr = peer.unwrap_or_else(|| [10, 0, 0, 1].into());
    let trusted = super::text(trusted).unwrap_or_default().split(' ');
    let trusted: Vec<IpNet> = trusted.filter_map(|net| net.parse().ok()).collect();
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(HeaderName::from_static("x-forwarded-for"), value);
        }
    }
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let named: Vec<Option<IpAddr>> = headers
        .get_all("x-forwarded-for")
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|entry| super::text(entry).and_then(address))
        .collect();

    let header = ClientAddressHeader::XForwardedFor;
    let found = client_ip(peer, &headers, &Proxies { trusted: trusted.clone(), header });
    let peer = peer.to_canonical();
    // What stands to the right of the first stranger, seen from here.
    let stranger = named.iter().rposition(|entry| !entry.is_some_and(|ip| is_trusted(&ip)));
    let expected = match stranger {
        _ if !is_trusted(&peer) => peer,
        Some(at) => named[at].unwrap_or(peer),
        None => named.first().copied().flatten().unwrap_or(peer),
    };
    assert_eq!(found, expected);
    assert_eq!(found, found.to_canonical());
}

/// An address with or without brackets and port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if host.ends_with(']') || !host.contains(':') => (host, Some(port)),
        _ => (entry, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err() || port.starts_with('+')) {
        return None;
    }
    let ip: IpAddr = match host.strip_prefix('[') {
        Some(inner) => {
            let ip: IpAddr = inner.strip_suffix(']')?.parse().ok()?;
            if port.is_some() && ip.is_ipv4() {
                return None;
            }
            ip
        }
        None => host.parse().ok()?,
    };
    Some(ip.to_canonical())
}
