//! `[registration]`: whether people may make their own accounts.

use super::Profile;
use super::values::Values;

/// Whether people may make their own accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationConfig {
    /// Whether the registration page is there. Without mail it is not.
    pub open: bool,
}

impl RegistrationConfig {
    pub(super) fn read(values: &mut Values, profile: Profile, sends_mail: bool) -> Self {
        let open = values.switch("registration.open", profile.is_dev());
        if open && !sends_mail && profile == Profile::Serve {
            values.refuse(
                "registration.open",
                "self-registration needs mail, to confirm addresses without telling strangers \
                 which ones have an account",
                "set host and from under [mail], or leave it out and add people with `latchkey user \
                 add`",
            );
        }
        Self { open }
    }
}
