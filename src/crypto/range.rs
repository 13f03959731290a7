//! What a service that knows leaked passwords is asked by: the SHA-1 of one, of which the service sees
//! the beginning only (k-anonymity). SHA-1 guards nothing here; it is the index of such services.

use std::fmt::Write as _;

use openssl::sha::sha1;
use zeroize::Zeroizing;

/// Digits that the service is told. A million passwords in a service's list share none of them with a
/// thousand others.
const TOLD: usize = 5;

/// The SHA-1 of a password, in two parts.
pub struct RangeDigest(Zeroizing<String>);

impl RangeDigest {
    /// Of this password.
    pub fn of(password: &str) -> Self {
        let mut digits = Zeroizing::new(String::with_capacity(40));
        for byte in sha1(password.as_bytes()) {
            let _infallible = write!(digits, "{byte:02X}");
        }
        Self(digits)
    }

    /// The five digits that the service is told.
    pub fn told(&self) -> &str {
        self.0.get(..TOLD).unwrap_or_default()
    }

    /// The others, which it is to know by itself.
    pub fn kept(&self) -> &str {
        self.0.get(TOLD..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_digits_are_told() {
        // The example of haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange: "P@ssw0rd".
        let digest = RangeDigest::of("P@ssw0rd");
        assert_eq!(digest.told(), "21BD1");
        assert_eq!(digest.kept(), "2DC183F740EE76F27B78EB39C8AD972A757");
    }
}
