//! Roles and the permissions they gather.

/// A role, with what it gathers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name, as the `roles` claim tells it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What those who have it may do, sorted.
    pub permissions: Vec<String>,
    /// Whether whoever has it proves a second factor, whatever the settings say.
    pub needs_second_factor: bool,
    /// How many accounts have it.
    pub holders: i64,
}

/// What the operator's people may do, as `thing.verb`. Strings, so that roles can be edited and
/// later releases can add to them.
pub mod permission {
    /// See accounts.
    pub const USERS_READ: &str = "users.read";
    /// Make, change, disable and delete accounts.
    pub const USERS_WRITE: &str = "users.write";
    /// See clients.
    pub const CLIENTS_READ: &str = "clients.read";
    /// Make, change and remove clients.
    pub const CLIENTS_WRITE: &str = "clients.write";
    /// See signing keys.
    pub const KEYS_READ: &str = "keys.read";
    /// Rotate signing keys.
    pub const KEYS_WRITE: &str = "keys.write";
    /// See settings.
    pub const SETTINGS_READ: &str = "settings.read";
    /// Change settings.
    pub const SETTINGS_WRITE: &str = "settings.write";
    /// Read the audit trail.
    pub const AUDIT_READ: &str = "audit.read";

    /// All of them, which is what the administrator's role holds.
    pub const ALL: &[&str] = &[
        USERS_READ,
        USERS_WRITE,
        CLIENTS_READ,
        CLIENTS_WRITE,
        KEYS_READ,
        KEYS_WRITE,
        SETTINGS_READ,
        SETTINGS_WRITE,
        AUDIT_READ,
    ];
}

/// Whether a role may be called so.
pub fn is_name(text: &str) -> bool {
    let is_plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=64).contains(&text.len())
        && text.as_bytes().first().is_some_and(is_plain)
        && text.bytes().all(|b| is_plain(&b) || b"._-".contains(&b))
}

/// The role of the first administrator. It is made with the account and holds every permission.
pub const ADMINISTRATOR: &str = "administrator";
