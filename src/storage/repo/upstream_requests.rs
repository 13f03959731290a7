//! Sign-ins under way at a provider.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::{Handle, StorageError};
use crate::domain::upstream::{UpstreamPlace, UpstreamRequest};
use crate::kernel::ids::{FlowId, ProviderId, SessionId, UpstreamRequestId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::upstream_requests;

/// Sign-ins under way at a provider.
pub struct UpstreamRequests<'t>(pub(in crate::storage) Handle<'t>);

impl UpstreamRequests<'_> {
    /// Notes that somebody is sent to a provider.
    pub fn insert(&mut self, request: &UpstreamRequest) -> Result<(), StorageError> {
        let session = match request.place {
            UpstreamPlace::Flow(_) | UpstreamPlace::SecondFactor(_) => None,
            UpstreamPlace::Session(id) => Some(id.0),
        };
        let is_second = matches!(request.place, UpstreamPlace::SecondFactor(_));
        diesel::insert_into(upstream_requests::table)
            .values((
                upstream_requests::id.eq(request.id.0),
                upstream_requests::state_hash.eq(request.state.as_bytes()),
                upstream_requests::provider_id.eq(request.provider_id.0),
                upstream_requests::browser_hash.eq(request.browser.as_bytes()),
                upstream_requests::purpose.eq(request.place.purpose().as_str()),
                upstream_requests::flow_id.eq(request.place.flow().map(|id| id.0)),
                upstream_requests::session_id.eq(session),
                upstream_requests::created_at.eq(request.created_at),
                upstream_requests::expires_at.eq(request.expires_at),
                upstream_requests::second_factor.eq(is_second),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Uses one up, whatever becomes of the answer. `None`: this browser was not sent to this provider
    /// with this state, has brought an answer before, or comes too late.
    pub fn consume(
        &mut self,
        state: TokenHash,
        provider: ProviderId,
        browser: TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<UpstreamRequest>, StorageError> {
        type Row = (Uuid, Option<Uuid>, Option<Uuid>, bool, DateTime<Utc>, DateTime<Utc>);
        let usable = upstream_requests::table
            .filter(upstream_requests::state_hash.eq(state.as_bytes()))
            .filter(upstream_requests::provider_id.eq(provider.0))
            .filter(upstream_requests::browser_hash.eq(browser.as_bytes()))
            .filter(upstream_requests::consumed_at.is_null())
            .filter(upstream_requests::expires_at.gt(now));
        let found: Option<Row> = diesel::update(usable)
            .set(upstream_requests::consumed_at.eq(now))
            .returning((
                upstream_requests::id,
                upstream_requests::flow_id,
                upstream_requests::session_id,
                upstream_requests::second_factor,
                upstream_requests::created_at,
                upstream_requests::expires_at,
            ))
            .get_result(self.0.writing()?)
            .optional()?;
        let Some((id, flow, session, is_second, created_at, expires_at)) = found else {
            return Ok(None);
        };
        let place = match (flow, session, is_second) {
            (Some(id), None, false) => UpstreamPlace::Flow(FlowId(id)),
            (Some(id), None, true) => UpstreamPlace::SecondFactor(FlowId(id)),
            (None, Some(id), false) => UpstreamPlace::Session(SessionId(id)),
            _ => return Err(StorageError::Corrupt("upstream_requests.flow_id")),
        };
        Ok(Some(UpstreamRequest {
            id: UpstreamRequestId(id),
            state,
            provider_id: provider,
            browser,
            place,
            created_at,
            expires_at,
        }))
    }
}
