//! The audit trail.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Handle, StorageError};
use crate::domain::audit::{Actor, AuditEvent, RequestContext};
use crate::domain::client::ClientId;
use crate::kernel::ids::{AuditEventId, SessionId};
use crate::storage::schema::audit_events;

/// Which entries are wanted; `None` means any.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// By whom: the id of a person or client.
    pub actor_id: Option<String>,
    /// To what.
    pub target_id: Option<String>,
    /// For which relying party.
    pub client_id: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What happened.
    pub action: Option<String>,
    /// Not before.
    pub since: Option<DateTime<Utc>>,
}

/// An entry as stored: text, because a newer release may have written it.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// The row.
    pub id: AuditEventId,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub action: String,
    /// `user`, `client`, `operator`, `system` or `anonymous`.
    pub actor_kind: String,
    /// Which one.
    pub actor_id: Option<String>,
    /// `user`, `client`, …
    pub target_kind: Option<String>,
    /// Which one.
    pub target_id: Option<String>,
    /// For which relying party.
    pub client_id: Option<String>,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// In which request.
    pub request_id: Option<String>,
    /// Where from.
    pub ip: Option<String>,
    /// What with.
    pub user_agent: Option<String>,
    /// Whether it succeeded.
    pub success: bool,
    /// The public error code if not.
    pub error_code: Option<String>,
    /// More.
    pub details: Option<serde_json::Value>,
}

/// The audit trail.
pub struct Audit<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(Pg))]
struct EntryRow {
    id: Uuid,
    at: DateTime<Utc>,
    action: String,
    actor_kind: String,
    actor_id: Option<String>,
    target_kind: Option<String>,
    target_id: Option<String>,
    client_id: Option<String>,
    session_id: Option<Uuid>,
    request_id: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    success: bool,
    error_code: Option<String>,
    details: Option<serde_json::Value>,
}

impl From<EntryRow> for AuditEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: AuditEventId(row.id),
            at: row.at,
            action: row.action,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            target_kind: row.target_kind,
            target_id: row.target_id,
            client_id: row.client_id,
            session_id: row.session_id.map(SessionId),
            request_id: row.request_id,
            ip: row.ip,
            user_agent: row.user_agent,
            success: row.success,
            error_code: row.error_code,
            details: row.details,
        }
    }
}

fn actor_columns(actor: &Actor) -> (&'static str, Option<String>) {
    match actor {
        Actor::User(id) => ("user", Some(id.to_string())),
        Actor::Client(id) => ("client", Some(id.to_string())),
        Actor::Operator => ("operator", None),
        Actor::System => ("system", None),
        Actor::Anonymous => ("anonymous", None),
    }
}

impl Audit<'_> {
    /// Adds an entry, in the transaction of the act that it describes.
    pub fn append(
        &mut self,
        id: AuditEventId,
        event: &AuditEvent,
        context: &RequestContext,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let (actor_kind, actor_id) = actor_columns(&event.actor);
        let duration = context.started_at.and_then(|start| (now - start).num_microseconds());
        diesel::insert_into(audit_events::table)
            .values((
                audit_events::id.eq(id.0),
                audit_events::at.eq(now),
                audit_events::action.eq(event.action.as_str()),
                audit_events::actor_kind.eq(actor_kind),
                audit_events::actor_id.eq(actor_id),
                audit_events::target_kind.eq(event.target.as_ref().map(|target| target.kind)),
                audit_events::target_id.eq(event.target.as_ref().map(|target| &target.id)),
                audit_events::client_id.eq(event.client_id.as_ref().map(ClientId::as_str)),
                audit_events::session_id.eq(event.session_id.map(|id| id.0)),
                audit_events::request_id.eq(&context.request_id),
                audit_events::ip.eq(&context.ip),
                audit_events::user_agent.eq(&context.user_agent),
                audit_events::method.eq(&context.method),
                audit_events::endpoint.eq(&context.endpoint),
                audit_events::success.eq(event.error_code.is_none()),
                audit_events::error_code.eq(event.error_code),
                audit_events::duration_us.eq(duration),
                audit_events::details.eq(&event.details),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The newest entries that fit the filter, newest first.
    pub fn list(
        &mut self,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let mut query = audit_events::table
            .select(EntryRow::as_select())
            .order((audit_events::at.desc(), audit_events::id.desc()))
            .limit(i64::from(limit))
            .into_boxed::<Pg>();
        if let Some(actor) = &filter.actor_id {
            query = query.filter(audit_events::actor_id.eq(actor));
        }
        if let Some(target) = &filter.target_id {
            query = query.filter(audit_events::target_id.eq(target));
        }
        if let Some(client) = &filter.client_id {
            query = query.filter(audit_events::client_id.eq(client));
        }
        if let Some(request) = &filter.request_id {
            query = query.filter(audit_events::request_id.eq(request));
        }
        if let Some(action) = &filter.action {
            query = query.filter(audit_events::action.eq(action));
        }
        if let Some(since) = filter.since {
            query = query.filter(audit_events::at.ge(since));
        }
        let rows: Vec<EntryRow> = query.load(self.0.reading())?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}
