//! Whether a new password has leaked somewhere: a service is asked that knows many that have.
//!
//! It learns five digits of a SHA-1 and nothing else. Where it gives no answer the password is taken:
//! nobody shall be kept from a new password, least of all after a theft, because a service is away.

use std::time::Duration;

use url::Url;

use crate::config::BreachConfig;
use crate::crypto::range::RangeDigest;
use crate::kernel::metric::BREACH_CHECKS;
use crate::outbound::{Answer, Bounds, Outbound, OutboundError, Reach};

/// What asking may cost: nobody waits for longer than a second, and a range is some forty kilobytes.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(1), bytes: 1024 * 1024 };

/// The digits of a line.
const DIGITS: usize = 35;

/// The service, as configured.
#[derive(Clone, Debug)]
pub(super) struct Breach {
    outbound: Outbound,
    url: Url,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    #[error("it answers with status {0}")]
    Status(u16),
    #[error("it answers with something else than a range")]
    NoRange,
    #[error("the address cannot be put together")]
    Address,
}

impl Breach {
    /// `None` where no client can be had, which is logged: then nobody is asked.
    pub(super) fn new(config: &BreachConfig) -> Option<Self> {
        let url = config.url.clone();
        match Outbound::new(Reach::of(&url), BOUNDS) {
            Ok(outbound) => Some(Self { outbound, url }),
            Err(error) => {
                tracing::error!(%error, "new passwords are not looked up in the breach service");
                None
            }
        }
    }

    /// Whether the password is known to have leaked. Without an answer it is not.
    pub(super) async fn knows(&self, password: &str) -> bool {
        let (outcome, known) = match self.ask(&RangeDigest::of(password)).await {
            Ok(true) => ("breached", true),
            Ok(false) => ("clean", false),
            Err(error) => {
                tracing::warn!(%error, "the breach service gave no answer: a password was taken");
                ("failed", false)
            }
        };
        metrics::counter!(BREACH_CHECKS, "outcome" => outcome).increment(1);
        known
    }

    async fn ask(&self, digest: &RangeDigest) -> Result<bool, NoAnswer> {
        let url = self.url.join(digest.told()).map_err(|_| NoAnswer::Address)?;
        // Lines that nobody asked for hide how many there are; their count is 0.
        let Answer { status, body, .. } =
            self.outbound.get(url, &[("add-padding", "true")]).await?;
        if status != 200 {
            return Err(NoAnswer::Status(status));
        }
        let text = std::str::from_utf8(&body).map_err(|_| NoAnswer::NoRange)?;
        is_listed(text, digest.kept()).ok_or(NoAnswer::NoRange)
    }
}

/// Whether the range has these digits, with a count; `None`: it is no range.
fn is_listed(range: &str, kept: &str) -> Option<bool> {
    let mut found = false;
    for line in range.lines() {
        let (digits, count) = line.split_once(':')?;
        let count: u64 = count.trim().parse().ok()?;
        if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        found |= digits.eq_ignore_ascii_case(kept) && count > 0;
    }
    // A range is never empty.
    (!range.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_whole_or_not_at_all() {
        let kept = "2DC183F740EE76F27B78EB39C8AD972A757";
        let other = "0018A45C4D1DEF81644B54AB7F969B88D65";
        for (range, listed) in [
            (format!("{other}:1\r\n{kept}:52579\r\n"), Some(true)),
            (format!("{other}:1\n{}:3", kept.to_lowercase()), Some(true)),
            (format!("{other}:1\r\n"), Some(false)),
            // Padding.
            (format!("{other}:1\r\n{kept}:0\r\n"), Some(false)),
            (String::new(), None),
            ("<html>It works!</html>".to_owned(), None),
            (format!("{kept}:52579\r\n<html>"), None),
            (format!("{kept}:many"), None),
            (format!("{kept}F:1"), None),
            (format!("{}:1", kept.replace('2', "x")), None),
        ] {
            assert_eq!(is_listed(&range, kept), listed, "{range}");
        }
    }
}
