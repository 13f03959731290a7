//! `[registration]`: whether people may make their own accounts.

use super::Profile;
use super::values::Values;

/// Whether people may make their own accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationConfig {
    /// Whether the registration page is there.
    pub open: bool,
}

impl RegistrationConfig {
    pub(super) fn read(values: &mut Values, profile: Profile) -> Self {
        let open = values.switch("registration.open", profile.is_dev());
        if open && profile == Profile::Serve {
            values.refuse(
                "registration.open",
                "self-registration needs mail, to verify addresses without telling strangers \
                 which ones have an account, and this release does not verify them yet",
                "leave it out, and add people with `latchkey user add`",
            );
        }
        Self { open }
    }
}
