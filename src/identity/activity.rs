//! What happened to somebody's account, for themselves: their part of the audit trail.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Identity;
use crate::domain::client::ClientId;
use crate::kernel::ids::{AuditEventId, UserId};
use crate::storage::error::StorageError;
use crate::storage::repo::audit::{AuditEntry, AuditFilter};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The person.
    Yourself,
    /// Somebody who looks after the accounts.
    Administrator,
    /// An app.
    App,
    /// Latchkey.
    Service,
    /// Nobody knows: somebody who was not signed in.
    Unknown,
}

/// Something that happened. Of somebody else who did it nothing is told.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Its row.
    pub id: AuditEventId,
    /// When.
    pub at: DateTime<Utc>,
    /// What, as [`crate::domain::audit::Action`] names it.
    pub action: String,
    /// Who did it.
    pub by: By,
    /// Whether it came to be.
    pub success: bool,
    /// The name of the app that it was about.
    pub app: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// What with.
    pub user_agent: Option<String>,
}

/// A page of it.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Newest first.
    pub happenings: Vec<Happening>,
    /// Whether there is more behind the last one.
    pub more: bool,
}

impl Identity {
    /// What happened to somebody's account, newest first, of these actions: `limit` of them behind
    /// `after`.
    pub async fn activity(
        &self,
        user: UserId,
        actions: Vec<String>,
        after: Option<(DateTime<Utc>, AuditEventId)>,
        limit: u32,
    ) -> Result<Activity, StorageError> {
        let filter = AuditFilter {
            person: Some(user.to_string()),
            actions: Some(actions),
            after,
            ..AuditFilter::default()
        };
        self.db()
            .load(move |tx| {
                let mut entries = tx.audit().list(&filter, limit.saturating_add(1))?;
                let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
                let more = entries.len() > wanted;
                entries.truncate(wanted);
                let mut names = BTreeMap::new();
                for id in entries.iter().filter_map(|entry| entry.client_id.clone()) {
                    if names.contains_key(&id) {
                        continue;
                    }
                    let client = match id.parse::<ClientId>() {
                        Ok(known) => tx.clients().find_registered(&known)?,
                        Err(_) => None,
                    };
                    let name = client.map_or_else(|| id.clone(), |client| client.name);
                    names.insert(id, name);
                }
                let happenings = entries.into_iter().map(|entry| told(entry, user, &names));
                Ok(Activity { happenings: happenings.collect(), more })
            })
            .await
    }
}

fn told(entry: AuditEntry, user: UserId, names: &BTreeMap<String, String>) -> Happening {
    let by = match entry.actor_kind.as_str() {
        "user" if entry.actor_id.as_deref() == Some(&user.to_string()) => By::Yourself,
        "user" | "operator" => By::Administrator,
        "client" => By::App,
        "system" => By::Service,
        _ => By::Unknown,
    };
    // Where an administrator sits is none of the person's business; an app's server neither.
    let is_told = matches!(by, By::Yourself | By::Unknown);
    Happening {
        id: entry.id,
        at: entry.at,
        action: entry.action,
        by,
        success: entry.success,
        app: entry.client_id.and_then(|id| names.get(&id).cloned()),
        ip: entry.ip.filter(|_| is_told),
        user_agent: entry.user_agent.filter(|_| is_told),
    }
}
