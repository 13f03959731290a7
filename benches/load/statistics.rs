//! Whether two samples come from the same distribution.

/// How far the statistic may stray by chance: one pair of like samples in 370 goes beyond.
const CHANCE: f64 = 3.0;

/// Two samples beside each other.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// How often one of the first is larger than one of the second; half where they are alike.
    pub share: f64,
    /// How far that is from a half, in standard deviations of chance.
    pub deviations: f64,
}

impl Compared {
    /// Whether they are told apart.
    pub fn differ(self) -> bool {
        self.deviations.abs() > CHANCE
    }
}

/// The rank-sum test of Mann and Whitney, in its normal approximation. Both samples are sorted.
pub fn compare(first: &[f64], second: &[f64]) -> Compared {
    let mut larger = 0.0;
    let (mut below, mut up_to) = (0, 0);
    for value in first {
        while second.get(below).is_some_and(|other| other < value) {
            below += 1;
        }
        while second.get(up_to).is_some_and(|other| other <= value) {
            up_to += 1;
        }
        larger += below as f64 + 0.5 * (up_to - below) as f64;
    }
    let (m, n) = (first.len() as f64, second.len() as f64);
    let spread = (m * n * (m + n + 1.0) / 12.0).sqrt();
    Compared { share: larger / (m * n), deviations: (larger - m * n / 2.0) / spread }
}

/// The smallest difference that would have been told: what has to be added to one half of the samples
/// before they are told apart, if they were alike otherwise.
pub fn resolution(first: &[f64], second: &[f64]) -> f64 {
    let offset = quantile(second, 0.5) - quantile(first, 0.5);
    let tells = |more: f64| {
        let moved: Vec<f64> = first.iter().map(|value| value + offset + more).collect();
        compare(&moved, second).differ()
    };
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if tells(middle) { high = middle } else { low = middle }
    }
    high
}

/// The value that this share of a sorted sample does not exceed.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let at = (last as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}
