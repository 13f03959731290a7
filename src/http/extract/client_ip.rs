//! The address a request came from.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use super::forwarded;
use crate::config::ClientAddressHeader;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies in front of this server, and how they tell who asked.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Whose word is believed.
    pub trusted: Vec<IpNet>,
    /// The header that they write. The other one, and the many of other names, are not read: a
    /// proxy that does not know a header lets the one of an attacker through.
    pub header: ClientAddressHeader,
}

/// The address that the connection's `peer` vouches for.
///
/// A peer that is no trusted proxy vouches for itself only. Otherwise the lines of the header are
/// read from right to left for as long as each address is a trusted proxy's, because every proxy
/// appends the address it saw. An entry that is no address, or hides it, ends the reading at the
/// peer: nobody gets a budget of their own by it.
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.trust(peer) {
        return peer;
    }
    let mut client = peer;
    for entry in proxies.entries(headers).into_iter().rev() {
        match entry {
            Some(address) => client = address,
            None => return peer,
        }
        if !proxies.trust(client) {
            break;
        }
    }
    client
}

impl Proxies {
    /// Whether this is one of them.
    pub fn trust(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&ip))
    }

    /// What the lines of the header name, in their order; `None`: no address.
    fn entries(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let lines = |name: HeaderName| headers.get_all(name).map(HeaderValue::as_bytes);
        match self.header {
            ClientAddressHeader::XForwardedFor => lines(X_FORWARDED_FOR)
                .flat_map(|line| line.split(|byte| *byte == b','))
                .map(parse_entry)
                .collect(),
            ClientAddressHeader::Forwarded => lines(header::FORWARDED)
                .flat_map(|line| forwarded::clients(line).unwrap_or_else(|| vec![None]))
                .collect(),
        }
    }
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

    fn proxies(trusted: &[&str], header: ClientAddressHeader) -> Proxies {
        Proxies { trusted: trusted.iter().map(|net| net.parse().unwrap()).collect(), header }
    }

    fn lines(name: &'static str, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    }

    fn seen(peer: &str, sent: &[&str], trusted: &[&str]) -> String {
        let proxies = proxies(trusted, ClientAddressHeader::XForwardedFor);
        let headers = lines("x-forwarded-for", sent);
        client_ip(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn case_173_forwarded_is_read_as_x_forwarded_for_is() {
        let proxies = proxies(&["10.0.0.0/8", "::1/128"], ClientAddressHeader::Forwarded);
        let seen = |peer: &str, sent: &[&str]| {
            client_ip(peer.parse().unwrap(), &lines("forwarded", sent), &proxies).to_string()
        };
        for (sent, client) in [
            (&["for=198.51.100.7"] as &[&str], "198.51.100.7"),
            (&["for=6.6.6.6, for=198.51.100.7"], "198.51.100.7"),
            (&["for=6.6.6.6", "for=198.51.100.7, for=10.0.0.2"], "198.51.100.7"),
            (&["for=\"", "for=198.51.100.7"], "198.51.100.7"),
            (&["for=\"[2001:db8::1]:4711\";proto=https"], "2001:db8::1"),
            (&[], "10.0.0.1"),
            (&["for=unknown"], "10.0.0.1"),
            (&["for=198.51.100.7, for=_hidden"], "10.0.0.1"),
            (&["for=\", for=198.51.100.7"], "10.0.0.1"),
            (&["198.51.100.7"], "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", sent), client, "{sent:?}");
            assert_eq!(seen("203.0.113.9", sent), "203.0.113.9", "{sent:?}");
        }
        assert_eq!(seen("::1", &["for=198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn case_173_case_318_no_header_but_the_configured_one_is_read() {
        use ClientAddressHeader::{Forwarded, XForwardedFor};
        for (header, name) in [
            (Forwarded, "x-forwarded-for"),
            (XForwardedFor, "forwarded"),
            (XForwardedFor, "x_forwarded_for"),
            (XForwardedFor, "x-real-ip"),
            (XForwardedFor, "x-client-ip"),
            (XForwardedFor, "cf-connecting-ip"),
            (XForwardedFor, "true-client-ip"),
            (XForwardedFor, "x-forwarded"),
            (XForwardedFor, "x-original-forwarded-for"),
        ] {
            let proxies = proxies(&["10.0.0.0/8"], header);
            let mut headers = lines(name, &["198.51.100.7"]);
            headers.append(header::CONNECTION, HeaderValue::from_static("x-forwarded-for"));
            let seen = client_ip([10, 0, 0, 1].into(), &headers, &proxies);
            assert_eq!(seen.to_string(), "10.0.0.1", "{name}");
        }
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
