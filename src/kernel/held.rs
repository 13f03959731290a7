//! A gauge that counts what is held at present.

use std::fmt;

/// Raises a gauge by one for as long as it lives. Where it goes is where the figure falls, on
/// whichever thread, so what is counted cannot be forgotten on the way out.
#[must_use = "the gauge falls again when this goes"]
pub struct Held(metrics::Gauge);

impl Held {
    /// One more of what the gauge of this name counts.
    pub fn one(name: &'static str) -> Self {
        let gauge = metrics::gauge!(name);
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}
