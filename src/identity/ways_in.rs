//! What an account has to keep: a way in, and a second factor where one is insisted on. Whatever takes
//! something away that an account is entered with asks here first.

use crate::domain::factor::Enrolled;
use crate::domain::setting::{SecondFactorRule, Settings};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// Why something stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Needed {
    /// There would be nothing left to sign in with.
    #[error("it is the last way in")]
    LastWayIn,
    /// It is the last second factor, and the account must have one.
    #[error("the account must have a second factor")]
    SecondFactor,
}

/// Whether an account that has `before` may be left with `after`; `must_have_second` is whether one of
/// the person's roles insists on a second factor.
pub(super) fn check(
    before: Enrolled,
    after: Enrolled,
    settings: &Settings,
    must_have_second: bool,
) -> Result<(), Needed> {
    let is_way_in = |it: Enrolled| it.has_own_way_in() || it.provider;
    if is_way_in(before) && !is_way_in(after) {
        return Err(Needed::LastWayIn);
    }
    let insists = must_have_second || settings.second_factor_rule() == SecondFactorRule::Required;
    if insists && before.has_second_factor() && !after.has_second_factor() {
        return Err(Needed::SecondFactor);
    }
    Ok(())
}

/// What changes with the factors of an account, whichever was added or removed: no browser is trusted
/// any more (ASVS 7.4.3), and recovery codes go with the factors that they stand in for.
pub(super) fn changed(tx: &mut Tx<'_>, user: UserId, after: Enrolled) -> Result<(), StorageError> {
    tx.devices().end_trust(user)?;
    if !after.has_second_factor() {
        tx.recovery_codes().remove_all(user)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Enrolled = Enrolled {
        password: false,
        mailbox: false,
        totp: false,
        passkey: false,
        passkey_alone: false,
        recovery_codes: 0,
        provider: false,
        second_provider: false,
    };

    fn required() -> Settings {
        Settings { second_factor: 2, ..Settings::default() }
    }

    #[test]
    fn case_239_the_last_way_in_stays() {
        let settings = Settings::default();
        let two = Enrolled { passkey: true, totp: true, recovery_codes: 10, ..NOTHING };
        let passkey = Enrolled { passkey_alone: true, ..two };
        // Beside one that is in doubt as well.
        assert_eq!(check(passkey, two, &settings, false), Err(Needed::LastWayIn));
        let without = Enrolled { passkey: false, passkey_alone: false, ..passkey };
        assert_eq!(check(passkey, without, &settings, false), Err(Needed::LastWayIn));
        for other in [
            Enrolled { password: true, ..without },
            Enrolled { mailbox: true, ..without },
            Enrolled { provider: true, ..without },
        ] {
            let before = Enrolled { passkey: true, passkey_alone: true, ..other };
            assert_eq!(check(before, other, &settings, false), Ok(()));
        }
        // What is no way in may go in any case.
        let app = Enrolled { totp: true, ..NOTHING };
        assert_eq!(check(app, NOTHING, &settings, false), Ok(()));
    }

    #[test]
    fn the_last_second_factor_stays_where_one_is_insisted_on() {
        let both = Enrolled { password: true, totp: true, passkey: true, ..NOTHING };
        let one = Enrolled { passkey: false, ..both };
        let none = Enrolled { totp: false, ..one };
        for (settings, role, refused) in [
            (Settings::default(), false, false),
            (Settings::default(), true, true),
            (required(), false, true),
            (Settings { second_factor: 0, ..Settings::default() }, false, false),
        ] {
            assert_eq!(check(both, one, &settings, role), Ok(()));
            assert_eq!(check(one, none, &settings, role).is_err(), refused);
            assert_eq!(check(none, none, &settings, role), Ok(()), "nothing is taken away");
        }
    }
}
