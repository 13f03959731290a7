//! `Forwarded` (RFC 7239), read strictly.
//!
//! The crates for it split a line at every comma, also within quotation marks, so that a text that
//! a proxy quotes (the `Host` of a stranger) could pass for an entry of the proxy's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most pairs of one entry. RFC 7239 knows four; each is compared with those before it.
const MOST_PAIRS: usize = 16;

/// The `for` of each entry of a line, in their order, or `None` where the line is malformed.
///
/// An entry is `None` where it names no address: `unknown`, an obfuscated identifier (§6.3), no
/// `for` at all.
pub fn clients(line: &[u8]) -> Option<Vec<Option<IpAddr>>> {
    let mut rest = Rest(line);
    let mut entries = Vec::new();
    loop {
        rest.skip_space();
        entry(&mut rest, &mut entries)?;
        if rest.0.is_empty() {
            return Some(entries);
        }
        rest.expect(b',')?;
    }
}

/// Reads one `forwarded-element` (§4): pairs between semicolons, none of them twice.
fn entry(rest: &mut Rest<'_>, entries: &mut Vec<Option<IpAddr>>) -> Option<()> {
    let mut seen: Vec<Vec<u8>> = Vec::new();
    let mut client = None;
    loop {
        let name = rest.token().to_ascii_lowercase();
        if !name.is_empty() {
            rest.expect(b'=')?;
            let value = rest.value()?;
            if name == b"for" {
                client = node(&value);
            }
            if seen.len() == MOST_PAIRS || seen.contains(&name) {
                return None;
            }
            seen.push(name);
        }
        rest.skip_space();
        if rest.expect(b';').is_none() {
            entries.push(client);
            return Some(());
        }
        rest.skip_space();
    }
}

/// The address of a node (§6): an IPv4 address, or an IPv6 address in brackets, with or without a
/// port.
fn node(value: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(value).ok()?;
    let (address, port): (IpAddr, &str) = if let Some(inner) = text.strip_prefix('[') {
        let (address, port) = inner.split_once(']')?;
        (address.parse::<Ipv6Addr>().ok()?.into(), port)
    } else {
        let (address, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        (address.parse::<Ipv4Addr>().ok()?.into(), port)
    };
    is_port(port).then(|| address.to_canonical())
}

/// Nothing, or a colon with a number or an obfuscated port behind it (§6.2).
fn is_port(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else { return text.is_empty() };
    match port.strip_prefix('_') {
        Some(name) => {
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
            !name.is_empty() && name.bytes().all(is_plain)
        }
        None => (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// What is left of a line.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip_space(&mut self) {
        while let [b' ' | b'\t', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        (*first == byte).then(|| self.0 = rest)
    }

    /// A token (RFC 9110 §5.6.2), which may be empty here.
    fn token(&mut self) -> Vec<u8> {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let end = self.0.iter().position(|b| !is_token(*b)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        token.to_vec()
    }

    /// A token, or a quoted string (RFC 9110 §5.6.4) without its marks.
    fn value(&mut self) -> Option<Vec<u8>> {
        if self.expect(b'"').is_none() {
            let token = self.token();
            return (!token.is_empty()).then_some(token);
        }
        let mut text = Vec::new();
        loop {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            match first {
                b'"' => return Some(text),
                b'\\' => {
                    let (escaped, rest) = self.0.split_first()?;
                    self.0 = rest;
                    text.push(*escaped);
                }
                other => text.push(*other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_312_an_entry_has_few_pairs() {
        let line = |pairs: usize| {
            let extensions = (1..pairs).map(|nth| format!(";x{nth}=1"));
            format!("for=192.0.2.1{}", extensions.collect::<String>())
        };
        assert_eq!(read(&line(MOST_PAIRS)), Some(vec!["192.0.2.1".to_owned()]));
        assert_eq!(read(&line(MOST_PAIRS + 1)), None);
    }

    fn read(line: &str) -> Option<Vec<String>> {
        let entries = clients(line.as_bytes())?;
        let text = |entry: Option<IpAddr>| entry.map_or("-".to_owned(), |ip| ip.to_string());
        Some(entries.into_iter().map(text).collect())
    }

    #[test]
    fn entries_of_the_specification() {
        for (line, expected) in [
            ("for=192.0.2.43", &["192.0.2.43"] as &[&str]),
            ("For=\"[2001:db8:cafe::17]:4711\"", &["2001:db8:cafe::17"]),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", &["192.0.2.60"]),
            ("for=192.0.2.43, for=198.51.100.17", &["192.0.2.43", "198.51.100.17"]),
            ("for=\"192.0.2.43:47011\"", &["192.0.2.43"]),
            ("for=\"192.0.2.43:_gate\"", &["192.0.2.43"]),
            ("for=\"_gazonk\", for=unknown,for=_hidden", &["-", "-", "-"]),
            ("by=203.0.113.43;for=192.0.2.43;secret=x", &["192.0.2.43"]),
            ("for=192.0.2.43; proto=https ; host=id.example", &["192.0.2.43"]),
            ("for=\"[::ffff:192.0.2.43]\"", &["192.0.2.43"]),
            ("proto=https", &["-"]),
            ("", &["-"]),
            (",for=192.0.2.43,", &["-", "192.0.2.43", "-"]),
        ] {
            let expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(read(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn case_173_what_stands_in_quotation_marks_is_no_entry() {
        let line = "for=198.51.100.7;host=\"a, for=6.6.6.6\"";
        assert_eq!(read(line), Some(vec!["198.51.100.7".to_owned()]));
        let line = "for=198.51.100.7;host=\"a\\\", for=6.6.6.6\"";
        assert_eq!(read(line), Some(vec!["198.51.100.7".to_owned()]));
    }

    #[test]
    fn case_173_a_malformed_line_says_nothing() {
        for line in [
            "for=\"198.51.100.7",
            "for=\"a\\",
            "for=198.51.100.7;for=6.6.6.6",
            "for=198.51.100.7;FOR=6.6.6.6",
            "for",
            "for=",
            "for =198.51.100.7",
            "for= 198.51.100.7",
            "=198.51.100.7",
            "for=198.51.100.7:80",
            "for=[2001:db8::1]",
            "for=198.51.100.7 for=6.6.6.6",
            "for=\"198.51.100.7\"x",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        for line in [
            "for=2001",
            "for=\"2001:db8::1\"",
            "for=\"[198.51.100.7]\"",
            "for=\"[2001:db8::1\"",
            "for=\"[2001:db8::1]80\"",
            "for=\"198.51.100.7:\"",
            "for=\"198.51.100.7:123456\"",
            "for=\"198.51.100.7:+80\"",
            "for=\"198.51.100.7:_\"",
            "for=198.51.100.07",
            "for=a",
            "for=\"\"",
        ] {
            assert_eq!(read(line), Some(vec!["-".to_owned()]), "{line}");
        }
    }
}
