//! The audit trail.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use diesel::dsl::{AsSelect, SqlTypeOf};
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
    /// Who acted or was acted upon: the id of a person.
    pub person: Option<String>,
    /// For which relying party.
    pub client_id: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What happened: one of these.
    pub actions: Option<Vec<String>>,
    /// Whether it succeeded.
    pub success: Option<bool>,
    /// Not before.
    pub since: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
    /// Behind this one in a list of the newest first.
    pub after: Option<(DateTime<Utc>, AuditEventId)>,
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
    /// `GET`, `POST`, …
    pub method: Option<String>,
    /// The route, without parameters.
    pub endpoint: Option<String>,
    /// Whether it succeeded.
    pub success: bool,
    /// The public error code if not.
    pub error_code: Option<String>,
    /// How long the request had taken until then, in microseconds.
    pub duration_us: Option<i64>,
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
    method: Option<String>,
    endpoint: Option<String>,
    success: bool,
    error_code: Option<String>,
    duration_us: Option<i64>,
    details: Option<serde_json::Value>,
}

#[derive(Insertable)]
#[diesel(table_name = audit_events, check_for_backend(Pg))]
struct NewEntry<'e> {
    id: Uuid,
    at: DateTime<Utc>,
    action: &'e str,
    actor_kind: &'static str,
    actor_id: Option<String>,
    target_kind: Option<&'e str>,
    target_id: Option<&'e str>,
    client_id: Option<&'e str>,
    session_id: Option<Uuid>,
    request_id: Option<&'e str>,
    ip: Option<&'e str>,
    user_agent: Option<&'e str>,
    method: Option<&'e str>,
    endpoint: Option<&'e str>,
    success: bool,
    error_code: Option<&'e str>,
    duration_us: Option<i64>,
    details: Option<&'e serde_json::Value>,
}

impl<'e> NewEntry<'e> {
    fn new(
        id: AuditEventId,
        event: &'e AuditEvent,
        context: &'e RequestContext,
        now: DateTime<Utc>,
    ) -> Self {
        let (actor_kind, actor_id) = actor_columns(&event.actor);
        let took = context.started_at.and_then(|start| (now - start).num_microseconds());
        Self {
            id: id.0,
            at: now,
            action: event.action.as_str(),
            actor_kind,
            actor_id,
            target_kind: event.target.as_ref().map(|target| target.kind),
            target_id: event.target.as_ref().map(|target| target.id.as_str()),
            client_id: event.client_id.as_ref().map(ClientId::as_str),
            session_id: event.session_id.map(|id| id.0),
            request_id: context.request_id.as_deref(),
            ip: context.ip.as_deref(),
            user_agent: context.user_agent.as_deref(),
            method: context.method.as_deref(),
            endpoint: context.endpoint.as_deref(),
            success: event.error_code.is_none(),
            error_code: event.error_code,
            duration_us: took,
            details: event.details.as_ref(),
        }
    }
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
            method: row.method,
            endpoint: row.endpoint,
            success: row.success,
            error_code: row.error_code,
            duration_us: row.duration_us,
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
        diesel::insert_into(audit_events::table)
            .values(NewEntry::new(id, event, context, now))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The same for several entries of one act, in one statement.
    pub fn append_all<'e>(
        &mut self,
        events: impl IntoIterator<Item = (AuditEventId, &'e AuditEvent)>,
        context: &RequestContext,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let events = events.into_iter();
        let rows: Vec<_> =
            events.map(|(id, event)| NewEntry::new(id, event, context, now)).collect();
        diesel::insert_into(audit_events::table).values(rows).execute(self.0.writing()?)?;
        Ok(())
    }

    /// The newest entries that fit the filter, newest first.
    ///
    /// What a person did and what was done to them are two columns, each with its index, so these
    /// are two statements: one with an OR would read the whole trail.
    pub fn list(
        &mut self,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let newest = || {
            wanted(filter)
                .order((audit_events::at.desc(), audit_events::id.desc()))
                .limit(i64::from(limit))
        };
        let mut rows: Vec<EntryRow> = match &filter.person {
            None => newest().load(self.0.reading())?,
            Some(person) => {
                let acted = newest().filter(audit_events::actor_id.eq(person));
                let mut rows: Vec<EntryRow> = acted.load(self.0.reading())?;
                let affected = newest().filter(audit_events::target_id.eq(person));
                rows.extend(affected.load::<EntryRow>(self.0.reading())?);
                rows
            }
        };
        rows.sort_by_key(|row| Reverse((row.at, row.id)));
        rows.dedup_by_key(|row| row.id);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}

/// The entries that fit all of the filter but the person.
fn wanted(
    filter: &AuditFilter,
) -> audit_events::BoxedQuery<'_, Pg, SqlTypeOf<AsSelect<EntryRow, Pg>>> {
    let mut query = audit_events::table.select(EntryRow::as_select()).into_boxed::<Pg>();
    if let Some(client) = &filter.client_id {
        query = query.filter(audit_events::client_id.eq(client));
    }
    if let Some(request) = &filter.request_id {
        query = query.filter(audit_events::request_id.eq(request));
    }
    if let Some(actions) = &filter.actions {
        query = query.filter(audit_events::action.eq_any(actions));
    }
    if let Some(success) = filter.success {
        query = query.filter(audit_events::success.eq(success));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_events::at.ge(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_events::at.lt(until));
    }
    if let Some((at, id)) = filter.after {
        let same_moment = audit_events::at.eq(at).and(audit_events::id.lt(id.0));
        query = query.filter(audit_events::at.lt(at).or(same_moment));
    }
    query
}
