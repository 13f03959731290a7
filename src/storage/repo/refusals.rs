//! Why requests were refused.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;

use super::{Handle, StorageError};
use crate::domain::audit::RequestContext;
use crate::domain::refusal::{KeptRefusal, NewRefusal};
use crate::kernel::ids::RefusalId;
use crate::storage::schema::refusals;

/// Why requests were refused.
pub struct Refusals<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = refusals, check_for_backend(Pg))]
struct RefusalRow {
    at: DateTime<Utc>,
    method: Option<String>,
    endpoint: Option<String>,
    client_id: Option<String>,
    error: String,
    check_name: String,
    specification: String,
    expected: String,
    got: String,
}

impl From<RefusalRow> for KeptRefusal {
    fn from(row: RefusalRow) -> Self {
        Self {
            at: row.at,
            method: row.method,
            endpoint: row.endpoint,
            client_id: row.client_id,
            error: row.error,
            check: row.check_name,
            specification: row.specification,
            expected: row.expected,
            got: row.got,
        }
    }
}

impl Refusals<'_> {
    /// Keeps one, under the request's id. A request without one is nobody's to ask about.
    pub fn insert(
        &mut self,
        id: RefusalId,
        refusal: &NewRefusal,
        context: &RequestContext,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let Some(request_id) = &context.request_id else { return Ok(()) };
        diesel::insert_into(refusals::table)
            .values((
                refusals::id.eq(id.0),
                refusals::at.eq(now),
                refusals::request_id.eq(request_id),
                refusals::method.eq(&context.method),
                refusals::endpoint.eq(&context.endpoint),
                refusals::client_id.eq(&refusal.client_id),
                refusals::error.eq(&refusal.error),
                refusals::check_name.eq(refusal.reason.check),
                refusals::specification.eq(refusal.reason.specification),
                refusals::expected.eq(&refusal.reason.expected),
                refusals::got.eq(&refusal.reason.got),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// What was kept of a request, oldest first.
    pub fn of_request(&mut self, request_id: &str) -> Result<Vec<KeptRefusal>, StorageError> {
        let rows: Vec<RefusalRow> = refusals::table
            .filter(refusals::request_id.eq(request_id))
            .order((refusals::at, refusals::id))
            .select(RefusalRow::as_select())
            .load(self.0.reading())?;
        Ok(rows.into_iter().map(KeptRefusal::from).collect())
    }
}
