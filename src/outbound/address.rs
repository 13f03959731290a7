//! Which addresses are anybody's: what the server may be made to ask must not be a machine behind it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::client::Reach;

/// Of these nothing is fetched (the registries of RFC 6890): this machine, private and shared networks,
/// links, the metadata services of clouds, documentation, multicast, and addresses of the new protocol
/// that stand for one of the old.
const SPECIAL: [&str; 24] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    // All that is not global unicast, in four parts.
    "::/3",
    "4000::/2",
    "8000::/2",
    "c000::/3",
    "e000::/3",
];

static NETWORKS: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| SPECIAL.iter().filter_map(|text| text.parse().ok()).collect());

/// Whether something may be fetched from this address.
pub(super) fn is_within(reach: Reach, address: IpAddr) -> bool {
    match reach {
        Reach::Public => !NETWORKS.iter().any(|network| network.contains(&address)),
        Reach::ThisMachine => address.is_loopback(),
    }
}

/// Somebody wanted to make us ask a machine that is not anybody's.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not asked")]
pub(super) struct OutOfReach;

/// A name has no address, or nobody told one.
#[derive(Debug, thiserror::Error)]
#[error("the name has no address, or nobody told one")]
pub(super) struct NoSuchName;

/// Resolves names, and forgets the addresses that are out of reach. The connection goes to one of the
/// others, so a name that means something else a moment later gains nothing.
#[derive(Debug)]
pub(super) struct Resolver(pub(super) Reach);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found = found.map_err(|_| NoSuchName)?;
            let within: Vec<SocketAddr> =
                found.filter(|address| is_within(reach, address.ip())).collect();
            if within.is_empty() {
                return Err(OutOfReach.into());
            }
            let addresses: Addrs = Box::new(within.into_iter());
            Ok(addresses)
        })
    }
}

impl Resolver {
    pub(super) fn new(reach: Reach) -> Arc<Self> {
        Arc::new(Self(reach))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_read() {
        assert_eq!(NETWORKS.len(), SPECIAL.len());
    }

    #[test]
    fn case_139_only_what_is_anybodys_is_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:7f00:1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12:3456:789a::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_within(Reach::Public, text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            assert!(is_within(Reach::Public, text.parse().unwrap()), "{text}");
            assert!(!is_within(Reach::ThisMachine, text.parse().unwrap()), "{text}");
        }
        assert!(is_within(Reach::ThisMachine, "127.0.0.1".parse().unwrap()));
        assert!(is_within(Reach::ThisMachine, "::1".parse().unwrap()));
    }
}
