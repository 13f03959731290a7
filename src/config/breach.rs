//! `[password.breach]`: a service that knows passwords which have leaked.

use url::{Host, Url};

use super::error::Complaint;
use super::values::Values;

/// A service that knows passwords which have leaked, and is asked about new ones. It is told the first
/// five digits of their SHA-1 and nothing else.
#[derive(Debug, Clone)]
pub struct BreachConfig {
    /// Where it is; the five digits are put behind. Ends with a slash.
    pub url: Url,
}

const KEY: &str = "password.breach.url";

impl BreachConfig {
    /// `None`: nobody is asked.
    pub(super) fn read(values: &mut Values) -> Option<Self> {
        values.parsed(KEY, parse, None).map(|url| Self { url })
    }
}

fn parse(text: &str) -> Result<Url, Complaint> {
    let url = Url::parse(text).ok().filter(|url| {
        let is_bare = url.query().is_none() && url.fragment().is_none();
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        let is_guarded =
            url.scheme() == "https" || url.scheme() == "http" && url.host().is_some_and(is_here);
        is_bare && is_anonymous && is_guarded && url.path().ends_with('/')
    });
    url.ok_or_else(|| {
        Complaint::new(
            format!("`{KEY}` is not the address of a range service"),
            "write it like \"https://api.pwnedpasswords.com/range/\", with https and the slash at \
             the end; http is for a service on this machine, by its address",
        )
    })
}

/// Whether it is an address of this machine. A name could come to mean another one.
fn is_here(host: Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_reached_by_https_or_on_this_machine() {
        for (text, is_good) in [
            ("https://api.pwnedpasswords.com/range/", true),
            ("https://api.pwnedpasswords.com/range", false),
            ("https://api.pwnedpasswords.com/range/?x=", false),
            ("https://api.pwnedpasswords.com/range/#x", false),
            ("https://user:secret@example.com/range/", false),
            ("http://api.pwnedpasswords.com/range/", false),
            ("http://127.0.0.1:8080/range/", true),
            ("http://[::1]:8080/", true),
            ("http://localhost:8080/", false),
            ("ftp://127.0.0.1/", false),
            ("range/", false),
        ] {
            assert_eq!(parse(text).is_ok(), is_good, "{text}");
        }
    }
}
