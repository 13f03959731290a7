//! The address a request came from.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderValue};
use ipnet::IpNet;

/// The header that the configured proxies write. `Forwarded` and the many others are not read:
/// a proxy that does not know a header lets the one of an attacker through.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that the connection's `peer` vouches for.
///
/// A peer that is no trusted proxy vouches for itself only. Otherwise the `X-Forwarded-For` lines
/// are read from right to left for as long as each address is a trusted proxy's, because every
/// proxy appends the address it saw. An entry that is no address ends the reading at the peer: it
/// cannot have been written by a proxy that works.
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let peer = peer.to_canonical();
    if !is_trusted(&peer) {
        return peer;
    }
    let lines: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).map(HeaderValue::as_bytes).collect();
    let mut client = peer;
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
        match parse_entry(entry) {
            Some(address) => client = address,
            None => return peer,
        }
        if !is_trusted(&client) {
            break;
        }
    }
    client
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:99`, `2001:db8::1`, `[2001:db8::1]:99`.
fn parse_entry(entry: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(entry).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderName;

    fn seen(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(HeaderName::from_static(FORWARDED_FOR), value);
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_ip(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn case_173_an_untrusted_peer_cannot_choose_its_address() {
        for line in ["1.2.3.4", "127.0.0.1", "a", "", "::1", "10.0.0.1, 1.2.3.4"] {
            assert_eq!(seen("203.0.113.9", &[line], &["10.0.0.0/8"]), "203.0.113.9", "{line}");
            assert_eq!(seen("203.0.113.9", &[line], &[]), "203.0.113.9", "{line}");
        }
    }

    #[test]
    fn case_173_the_leftmost_entry_is_only_believed_behind_trusted_proxies() {
        let trusted = &["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &["198.51.100.7"], trusted), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6, 198.51.100.7"], trusted), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6, 198.51.100.7, 10.0.0.2"], trusted), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["10.0.0.3, 10.0.0.2"], trusted), "10.0.0.3");
        assert_eq!(seen("10.0.0.1", &[], trusted), "10.0.0.1");
    }

    #[test]
    fn case_173_what_is_no_address_counts_as_the_proxy() {
        for line in ["a", "", "unknown", "198.51.100.7, a", "1.2.3", "1.2.3.4.5", "\u{fffd}"] {
            assert_eq!(seen("10.0.0.1", &[line], &["10.0.0.0/8"]), "10.0.0.1", "{line}");
        }
    }

    #[test]
    fn case_318_repeated_lines_are_one_list() {
        let trusted = &["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &["6.6.6.6", "198.51.100.7"], trusted), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["198.51.100.7", "10.0.0.2"], trusted), "198.51.100.7");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses() {
        let trusted = &["10.0.0.0/8", "fd00::/8"];
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.7:4711"], trusted), "198.51.100.7");
        assert_eq!(seen("fd00::1", &["[2001:db8::1]:4711"], trusted), "2001:db8::1");
        assert_eq!(seen("fd00::1", &["[2001:db8::1]"], trusted), "2001:db8::1");
        assert_eq!(seen("fd00::1", &["2001:db8::1"], trusted), "2001:db8::1");
        assert_eq!(seen("fd00::1", &["::ffff:198.51.100.7"], trusted), "198.51.100.7");
    }
}
