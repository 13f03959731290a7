//! What operators change at run time. Values live in the database; these are the defaults.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// Every setting with its value. Durations are seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Lifetime of an authorization code. Never above 60.
    pub code_lifetime: u32,
    /// Lifetime of an access token.
    pub access_token_lifetime: u32,
    /// Lifetime of an ID token.
    pub id_token_lifetime: u32,
    /// A refresh token that is not used for this long dies.
    pub refresh_idle_lifetime: u32,
    /// A family of refresh tokens dies at this age.
    pub refresh_absolute_lifetime: u32,
    /// How long a refresh token that was just rotated may be sent again and yields the same successor.
    pub refresh_grace: u32,
    /// A sign-in that is begun must be finished within this time.
    pub flow_lifetime: u32,
    /// A browser session ends when unused for this long.
    pub session_idle: u32,
    /// A browser session ends at this age.
    pub session_absolute: u32,
    /// The same for "keep me signed in".
    pub remember_idle: u32,
    /// The same for "keep me signed in".
    pub remember_absolute: u32,
    /// Smallest number of characters in a new password.
    pub password_min_chars: u32,
    /// Failed sign-ins for an account within [`Settings::lockout`] before it is locked.
    pub max_failed_logins: u32,
    /// How long failures count and a lock lasts.
    pub lockout: u32,
    /// Requests to the sign-in routes that an address may make within [`Settings::lockout`];
    /// successful ones are not counted.
    pub max_logins_per_address: u32,
    /// Lifetime of a link that sets a password or makes the first administrator.
    pub one_time_link_lifetime: u32,
    /// How long a signing key signs before the next one takes over.
    pub signing_key_lifetime: u32,
    /// How long a signing key is published, at least, before it signs.
    pub signing_key_publication: u32,
    /// How long an entry of the audit trail is kept. Never below [`AUDIT_RETENTION_MIN`].
    pub audit_retention: u32,
}

/// Seconds. Entries of the last day stay whatever the setting says: somebody is looking at them.
pub const AUDIT_RETENTION_MIN: u32 = 86_400;

impl Default for Settings {
    fn default() -> Self {
        Self {
            code_lifetime: 60,
            access_token_lifetime: 15 * 60,
            id_token_lifetime: 60 * 60,
            refresh_idle_lifetime: 7 * 86_400,
            refresh_absolute_lifetime: 30 * 86_400,
            refresh_grace: 10,
            flow_lifetime: 60 * 60,
            session_idle: 12 * 3_600,
            session_absolute: 24 * 3_600,
            remember_idle: 14 * 86_400,
            remember_absolute: 30 * 86_400,
            password_min_chars: 8,
            max_failed_logins: 5,
            lockout: 15 * 60,
            max_logins_per_address: 100,
            one_time_link_lifetime: 30 * 60,
            signing_key_lifetime: 90 * 86_400,
            signing_key_publication: 3_600,
            audit_retention: 90 * 86_400,
        }
    }
}

impl Settings {
    /// How long a session may be unused.
    pub fn session_idle(&self, remember: bool) -> TimeDelta {
        seconds(if remember { self.remember_idle } else { self.session_idle })
    }

    /// How old a session may become.
    pub fn session_absolute(&self, remember: bool) -> TimeDelta {
        seconds(if remember { self.remember_absolute } else { self.session_absolute })
    }
}

/// A duration from the seconds of a setting.
pub fn seconds(value: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(value))
}
