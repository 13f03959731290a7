//! What an address that was sent has other than the registered ones.

use url::{Host, Url};

/// How the nearest of the registered addresses differs from the one that was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference<'a> {
    /// The registered address that is nearest.
    pub(super) nearest: &'a str,
    /// What differs, in words; never empty.
    pub(super) words: Vec<String>,
    /// Whether the address sent belongs to another site than any that is registered.
    pub(super) other_site: bool,
}

/// Compares with the nearest of the `registered` addresses, which stand apart by spaces.
pub(super) fn difference<'a>(registered: &'a str, sent: &str) -> Option<Difference<'a>> {
    let nearest = registered.split(' ').filter(|uri| !uri.is_empty()).max_by(|a, b| {
        let likeness = |uri: &str| strsim::normalized_levenshtein(uri, sent);
        likeness(a).total_cmp(&likeness(b))
    })?;
    let is_of = |uri: &str| matches!((host(uri), host(sent)), (Some(a), Some(b)) if a == b);
    let other_site = !registered.split(' ').any(is_of);
    Some(Difference { nearest, words: words(nearest, sent), other_site })
}

/// The host, with the names of this machine as one.
fn host(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    match url.host() {
        Some(_) if is_loopback(&url) => Some("loopback".to_owned()),
        Some(host) => Some(host.to_string()),
        None => Some(format!("{}:", url.scheme())),
    }
}

fn words(registered: &str, sent: &str) -> Vec<String> {
    if sent.is_empty() {
        return vec!["no redirect_uri was sent".to_owned()];
    }
    if sent.ends_with('…') {
        return vec!["what was sent is too long to be kept whole".to_owned()];
    }
    let (Ok(a), Ok(b)) = (Url::parse(registered), Url::parse(sent)) else {
        return vec!["what was sent is no absolute address".to_owned()];
    };
    let mut words = Vec::new();
    if a.scheme() != b.scheme() {
        words.push(format!("{} instead of {}", b.scheme(), a.scheme()));
    }
    if !b.username().is_empty() || b.password().is_some() {
        words.push("a user name or password in the address".to_owned());
    }
    if a.host() != b.host() {
        let (host, other) = (a.host_str().unwrap_or("none"), b.host_str().unwrap_or("none"));
        let same = if is_loopback(&a) && is_loopback(&b) {
            " (both are this machine, but they are not the same name)"
        } else {
            ""
        };
        words.push(format!("host {other} instead of {host}{same}"));
    }
    if a.port_or_known_default() != b.port_or_known_default() && a.scheme() == b.scheme() {
        words.push(format!("{} instead of {}", port(&b), port(&a)));
    }
    words.extend(path(a.path(), b.path()));
    if a.query() != b.query() {
        words.push(match (a.query(), b.query()) {
            (None, _) => "a query, where none is registered".to_owned(),
            (Some(_), None) => "the registered query is missing".to_owned(),
            (Some(_), Some(_)) => "another query".to_owned(),
        });
    }
    if b.fragment().is_some() {
        words.push("a fragment (#), which no redirect URI may have".to_owned());
    }
    if words.is_empty() {
        words.push("the same address in another spelling; it is compared byte for byte".to_owned());
    }
    words
}

fn port(url: &Url) -> String {
    url.port().map_or_else(|| "no port".to_owned(), |port| format!("port {port}"))
}

fn path(registered: &str, sent: &str) -> Option<String> {
    if registered == sent {
        return None;
    }
    let decoded =
        |path: &str| percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
    Some(if sent.strip_suffix('/') == Some(registered) {
        "a trailing slash, where none is registered".to_owned()
    } else if registered.strip_suffix('/') == Some(sent) {
        "the trailing slash is missing".to_owned()
    } else if registered.eq_ignore_ascii_case(sent) {
        "upper and lower case of the path".to_owned()
    } else if decoded(registered) == decoded(sent) {
        "an encoded letter (%) in the path".to_owned()
    } else {
        "another path".to_owned()
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_001_each_near_miss_is_named() {
        let registered = "https://app.example/cb";
        for (sent, word) in [
            ("https://app.example/cb/", "a trailing slash"),
            ("http://app.example/cb", "http instead of https"),
            ("https://app.example:8443/cb", "port 8443 instead of no port"),
            ("https://app.example/CB", "upper and lower case"),
            ("https://app.example/%63b", "an encoded letter"),
            ("https://app.example/cb?x=1", "a query, where none"),
            ("https://app.example/cb#x", "a fragment"),
            ("https://app.example/callback", "another path"),
            ("https://app.example:443/cb", "another spelling"),
            ("https://evil.test/cb", "host evil.test instead of app.example"),
            ("https://a@app.example/cb", "a user name"),
            ("/cb", "no absolute address"),
            ("", "no redirect_uri"),
        ] {
            let found = difference(registered, sent).unwrap();
            assert!(found.words.join("; ").contains(word), "{sent}: {:?}", found.words);
            assert_eq!(found.words.len(), 1, "{sent}: {:?}", found.words);
        }
        let missing = words("https://app.example/cb/", "https://app.example/cb");
        assert_eq!(missing, ["the trailing slash is missing"]);
    }

    #[test]
    fn the_nearest_is_compared_and_other_sites_are_told() {
        let registered = "https://app.example/cb http://127.0.0.1/cb";
        let found = difference(registered, "http://localhost/cb").unwrap();
        assert_eq!(found.nearest, "http://127.0.0.1/cb");
        assert!(found.words[0].contains("not the same name"), "{found:?}");
        assert!(!found.other_site);
        assert!(difference(registered, "https://app.example.evil.test/cb").unwrap().other_site);
        assert!(!difference(registered, "https://app.example/new").unwrap().other_site);
        assert_eq!(difference("", "https://app.example/cb"), None);
    }
}
