//! The secrets of authenticator apps and the codes that they make (RFC 6238): the only file that names
//! totp-rs.
//!
//! SHA-1, six digits and thirty seconds, because many apps know nothing else and take other values
//! without a word for these. SHA-1 is no weakness in an HMAC (RFC 6238 §1.2).

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Algorithm, Builder, Totp};

use super::master_ring::MasterRing;
use super::seal::{MasterKey, OpenError};
use crate::domain::credential::totp::TotpCode;
use crate::domain::sealed::Sealed;
use crate::kernel::env::Env;
use crate::kernel::ids::AuthenticatorId;
use crate::kernel::secret::Secret;

/// Seconds of a time step.
const STEP: u64 = 30;

/// Steps before and after the present one whose codes are taken: for clocks that differ and people
/// who type (RFC 6238 §5.2).
const SKEW: u16 = 1;

/// What stands for itself in an address (RFC 3986 §2.3) makes a smaller picture.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where secrets stand in the database.
const PLACE: (&str, &str) = ("authenticators", "sealed_secret");

/// The secret of an authenticator app: 160 bits, as RFC 4226 §4 recommends.
#[derive(Clone, Debug)]
pub struct TotpSecret(Secret<Vec<u8>>);

/// Why a secret cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It does not open.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// What was sealed is too short for a secret.
    #[error("what was sealed is no secret of an authenticator app")]
    NoSecret,
}

impl TotpSecret {
    /// A new one.
    pub fn generate(env: &Env) -> Self {
        Self(Secret::new(env.random_bytes::<20>().to_vec()))
    }

    /// Sealed for its row.
    pub fn seal(&self, key: &MasterKey, env: &Env, row: AuthenticatorId) -> Sealed {
        key.seal(env, PLACE.0, PLACE.1, &row.to_string(), self.0.expose())
    }

    /// What was sealed for this row.
    pub fn open(
        ring: &MasterRing,
        row: AuthenticatorId,
        sealed: &Sealed,
    ) -> Result<Self, Unusable> {
        let secret = Self(ring.open(PLACE.0, PLACE.1, &row.to_string(), sealed)?);
        secret.codes().map(|_| secret.clone()).ok_or(Unusable::NoSecret)
    }

    /// The time step (RFC 6238 §4.2) whose code this is, at `now` or one step beside it; `None`: it is
    /// wrong. Whether the step was spent before is for the caller.
    pub fn matching_step(&self, code: &TotpCode, now: DateTime<Utc>) -> Option<i64> {
        let time = u64::try_from(now.timestamp()).ok()?;
        let step = self.codes()?.check(code.expose(), time)?;
        i64::try_from(step).ok()
    }

    /// For apps that take no picture: in Base32, in groups of four.
    pub fn shown(&self) -> Secret<String> {
        let text = Secret::new(self.base32());
        let groups: Vec<&str> = text
            .expose()
            .as_bytes()
            .chunks(4)
            .filter_map(|group| str::from_utf8(group).ok())
            .collect();
        Secret::new(groups.join(" "))
    }

    /// What the picture says: the secret, whose it is and for what. What is left out are the values
    /// that every app assumes.
    pub fn uri(&self, brand: &str, account: &str) -> Secret<String> {
        // A colon parts the two names.
        let [issuer, account] = [brand, account]
            .map(|name| utf8_percent_encode(&name.replace(':', " "), ESCAPED).to_string());
        let secret = Secret::new(self.base32());
        Secret::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}",
            secret.expose()
        ))
    }

    fn base32(&self) -> String {
        totp_rs::Secret::from(self.0.expose().clone()).to_base32().trim_end_matches('=').to_owned()
    }

    fn codes(&self) -> Option<Totp> {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP)
            .with_skew(SKEW)
            .with_secret(self.0.expose().clone())
            .build()
            .ok()
    }
}

/// A secret sealed anew under the ring's current key.
pub fn reseal(
    ring: &MasterRing,
    env: &Env,
    row: AuthenticatorId,
    sealed: &Sealed,
) -> Result<Sealed, OpenError> {
    let opened = ring.open(PLACE.0, PLACE.1, &row.to_string(), sealed)?;
    Ok(ring.current().seal(env, PLACE.0, PLACE.1, &row.to_string(), opened.expose()))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn code(text: &str) -> TotpCode {
        TotpCode::parse(text).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// The vectors of RFC 6238 Appendix B, of which apps show the last six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = TotpSecret(Secret::new(b"12345678901234567890".to_vec()));
        for (seconds, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.matching_step(&code(digits), at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn case_217_a_code_is_taken_one_step_early_and_one_step_late() {
        let secret = TotpSecret(Secret::new(b"12345678901234567890".to_vec()));
        let step = 1_111_111_109 / 30;
        for (off, found) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            for second in [0, 29] {
                let now = at((step + off) * 30 + second);
                let matching = secret.matching_step(&code("081804"), now);
                assert_eq!(matching, found.then_some(step), "{off} {second}");
            }
        }
        assert_eq!(secret.matching_step(&code("081804"), at(-1)), None);
    }

    #[test]
    fn case_220_a_secret_has_160_bits_and_says_whose_it_is() {
        let env = Env::system();
        let secret = TotpSecret::generate(&env);
        assert_eq!(secret.0.expose().len(), 20);
        assert_ne!(secret.0.expose(), TotpSecret::generate(&env).0.expose());
        let known = TotpSecret(Secret::new(b"12345678901234567890".to_vec()));
        assert_eq!(known.shown().expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            known.uri("ACME: Notes", "ada@example.com").expose(),
            "otpauth://totp/ACME%20%20Notes:ada%40example.com\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=ACME%20%20Notes"
        );
        assert_eq!(format!("{known:?}"), "TotpSecret([redacted])");
    }

    #[test]
    fn a_secret_opens_in_its_own_row_under_either_key() {
        let env = Env::system();
        let (old, new) = (MasterKey::generate(&env), MasterKey::generate(&env));
        let ring = MasterRing::new(new, Some(old.clone()));
        let (row, other) = (AuthenticatorId::new(&env), AuthenticatorId::new(&env));
        let secret = TotpSecret::generate(&env);
        let sealed = secret.seal(&old, &env, row);
        let moved = reseal(&ring, &env, row, &sealed).unwrap();
        assert_eq!(moved.key_id, ring.current().id());
        for sealed in [&sealed, &moved] {
            let opened = TotpSecret::open(&ring, row, sealed).unwrap();
            assert_eq!(opened.0.expose(), secret.0.expose());
            assert!(TotpSecret::open(&ring, other, sealed).is_err());
        }
        let short = TotpSecret(Secret::new(vec![1; 4])).seal(ring.current(), &env, row);
        assert_eq!(TotpSecret::open(&ring, row, &short).unwrap_err(), Unusable::NoSecret);
    }
}
