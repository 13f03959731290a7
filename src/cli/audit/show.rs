//! Entries of the trail in words.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::cli::output::{self, time};
use crate::kernel::ids::UserId;
use crate::kernel::printable::Printable;
use crate::storage::repo::audit::AuditEntry;
use crate::storage::{StorageError, Tx};

/// What the people in some entries are called, as far as their accounts are still there.
pub(super) struct Names(HashMap<String, String>);

impl Names {
    pub(super) fn of(tx: &mut Tx<'_>, entries: &[AuditEntry]) -> Result<Self, StorageError> {
        let people = |kind: Option<&str>, id: Option<&String>| -> Option<UserId> {
            (kind == Some("user")).then_some(id)?.and_then(|id| id.parse().ok())
        };
        let mut ids: Vec<UserId> = entries
            .iter()
            .flat_map(|entry| {
                [
                    people(Some(&entry.actor_kind), entry.actor_id.as_ref()),
                    people(entry.target_kind.as_deref(), entry.target_id.as_ref()),
                ]
            })
            .flatten()
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let found = tx.users().find_all(&ids)?;
        let names = found.into_iter().map(|profile| {
            let address = profile.primary_address.as_ref();
            let name = address.map_or_else(
                || profile.user.display_name(address).to_owned(),
                |address| address.email.as_typed().to_owned(),
            );
            (profile.user.id.to_string(), name)
        });
        Ok(Self(names.collect()))
    }

    fn call(&self, kind: &str, id: Option<&String>) -> String {
        match id {
            None => kind.to_owned(),
            Some(id) => format!("{kind} {}", self.0.get(id).unwrap_or(id)),
        }
    }
}

/// An entry for scripts: everything that is stored.
pub(super) fn json(entry: &AuditEntry) -> Value {
    json!({
        "id": entry.id,
        "at": entry.at,
        "action": entry.action,
        "success": entry.success,
        "error": entry.error_code,
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "target_kind": entry.target_kind,
        "target_id": entry.target_id,
        "client_id": entry.client_id,
        "session_id": entry.session_id,
        "request_id": entry.request_id,
        "method": entry.method,
        "endpoint": entry.endpoint,
        "ip": entry.ip,
        "user_agent": entry.user_agent,
        "duration_us": entry.duration_us,
        "details": entry.details,
    })
}

/// Many entries for people.
pub(super) fn table(entries: &[AuditEntry], names: &Names) -> String {
    if entries.is_empty() {
        return "Nothing on the trail fits that.\n".to_owned();
    }
    let headings = ["time", "action", "outcome", "by", "to", "app", "from", "request"];
    let rows: Vec<_> = entries.iter().map(|entry| cells(entry, names).to_vec()).collect();
    output::table(&headings, &rows)
}

/// An entry for people, on a line of its own.
pub(super) fn line(entry: &AuditEntry, names: &Names) -> String {
    let [time, action, outcome, by, to, app, from, request] = cells(entry, names);
    let parts = [
        (time, ""),
        (action, ""),
        (outcome, ""),
        (by, "by "),
        (to, "to "),
        (app, "app "),
        (from, "from "),
        (request, "request "),
    ];
    let shown = parts.iter().filter(|(part, _)| part != "-");
    let words: Vec<_> =
        shown.map(|(part, before)| format!("{before}{}", Printable(part))).collect();
    words.join("  ")
}

fn cells(entry: &AuditEntry, names: &Names) -> [String; 8] {
    let or_dash = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), String::clone);
    let target = match &entry.target_kind {
        Some(_)
            if entry.target_id == entry.actor_id
                && entry.target_kind.as_deref() == Some(&entry.actor_kind) =>
        {
            "-".to_owned()
        }
        Some(kind) => names.call(kind, entry.target_id.as_ref()),
        None => "-".to_owned(),
    };
    let outcome = match (&entry.error_code, reason(entry)) {
        (None, _) => "done".to_owned(),
        (Some(error), None) => error.clone(),
        (Some(error), Some(reason)) => format!("{error} ({reason})"),
    };
    [
        time(Some(entry.at)),
        entry.action.clone(),
        outcome,
        names.call(&entry.actor_kind, entry.actor_id.as_ref()),
        target,
        or_dash(entry.client_id.as_ref()),
        or_dash(entry.ip.as_ref()),
        or_dash(entry.request_id.as_ref()),
    ]
}

/// Why it was refused, which only operators are told.
fn reason(entry: &AuditEntry) -> Option<&str> {
    let details = entry.details.as_ref()?;
    details.get("reason").or_else(|| details.get("check"))?.as_str()
}
