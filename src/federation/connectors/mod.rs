//! What is particular about each kind of provider, a file each.

pub(super) mod apple;
pub(super) mod facebook;
pub(super) mod github;
pub(super) mod google;
pub(super) mod microsoft;
pub(super) mod oidc;

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use crate::domain::provider::{Provider, ProviderKind, ProviderPolicy, UpstreamAuth};
    use crate::kernel::env::Env;
    use crate::kernel::ids::ProviderId;

    /// A provider of no particular kind.
    pub(super) fn provider() -> Provider {
        Provider {
            id: ProviderId::new(&Env::system()),
            slug: "up".parse().unwrap(),
            kind: ProviderKind::Oidc,
            label: "Up".to_owned(),
            issuer: "https://up.example".parse().unwrap(),
            client_id: "client".to_owned(),
            auth: UpstreamAuth::None,
            secret: None,
            policy: ProviderPolicy::default(),
            position: 0,
            hidden: false,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            disabled_at: None,
        }
    }
}
