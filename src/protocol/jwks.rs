//! The key set (RFC 7517 §5), and for how long it may be kept.

use chrono::TimeDelta;

use super::Provider;
use crate::crypto::keyring::KeySet;
use crate::domain::setting::seconds;

/// The longest time, in seconds, for which a key set may be kept. The shorter it is, the sooner
/// relying parties drop a key that was revoked.
const LONGEST: i64 = 300;

/// The key set with the time for which it may be kept.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The document.
    pub key_set: KeySet,
    /// Seconds. 0: whoever keeps it has to ask every time whether it is still the same.
    pub max_age: i64,
}

impl Provider {
    /// The public keys as JSON, with an entity tag.
    pub fn jwks(&self) -> Publication {
        let now = self.env.now();
        let publication = seconds(self.settings.get().signing_key_publication);
        Publication {
            key_set: self.keyring.jwks(now),
            max_age: max_age(publication, self.keyring.age(now)),
        }
    }
}

/// A key that a key set lacks was published after that was read from the database, `age` ago, and
/// signs `publication` later at the earliest. So the key set is to be asked for anew before it is
/// that old. Half of that time is kept back for clocks that differ, for answers under way, and for
/// whoever asks a node that has not heard of the key yet.
fn max_age(publication: TimeDelta, age: TimeDelta) -> i64 {
    let longest = (publication / 2).min(TimeDelta::seconds(LONGEST));
    (longest - age).num_seconds().clamp(0, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_set_is_never_kept_until_a_key_signs_that_it_lacks() {
        let seconds = TimeDelta::seconds;
        assert_eq!(max_age(seconds(3600), seconds(0)), 300);
        assert_eq!(max_age(seconds(3600), seconds(5)), 295);
        assert_eq!(max_age(seconds(20), seconds(3)), 7);
        for (publication, age) in [(3600, 300), (3600, 90_000), (20, 10), (1, 0), (0, 0)] {
            assert_eq!(max_age(seconds(publication), seconds(age)), 0, "{publication}, {age}");
        }
        // A clock that was turned back makes nothing younger than it was.
        assert_eq!(max_age(seconds(3600), seconds(-500)), 300);
    }
}
