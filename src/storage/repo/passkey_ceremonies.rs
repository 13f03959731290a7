//! Challenges that passkeys are to answer.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::{Handle, StorageError};
use crate::domain::credential::passkey::{Bound, Ceremony};
use crate::kernel::ids::{CeremonyId, UserId};
use crate::storage::schema::passkey_ceremonies;

/// Challenges that passkeys are to answer.
pub struct PasskeyCeremonies<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Insertable)]
#[diesel(table_name = passkey_ceremonies)]
struct CeremonyRow<'a> {
    id: Uuid,
    purpose: &'static str,
    browser_hash: &'a [u8],
    flow_id: Option<Uuid>,
    session_id: Option<Uuid>,
    user_id: Option<Uuid>,
    state: &'a serde_json::Value,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl PasskeyCeremonies<'_> {
    /// Writes a challenge down.
    pub fn insert(&mut self, ceremony: &Ceremony) -> Result<(), StorageError> {
        let bound = &ceremony.bound;
        diesel::insert_into(passkey_ceremonies::table)
            .values(CeremonyRow {
                id: ceremony.id.0,
                purpose: bound.purpose.as_str(),
                browser_hash: bound.browser.as_bytes(),
                flow_id: bound.flow.map(|id| id.0),
                session_id: bound.session.map(|id| id.0),
                user_id: ceremony.user_id.map(|id| id.0),
                state: &ceremony.state,
                created_at: ceremony.created_at,
                expires_at: ceremony.expires_at(),
            })
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Uses a challenge up, whatever becomes of the answer. `None`: there is none, it was asked elsewhere
    /// or for something else, it was used already, or it is too late.
    pub fn consume(
        &mut self,
        id: CeremonyId,
        bound: &Bound,
        now: DateTime<Utc>,
    ) -> Result<Option<Ceremony>, StorageError> {
        let flow = bound.flow.map(|id| id.0);
        let session = bound.session.map(|id| id.0);
        let usable = passkey_ceremonies::table
            .find(id.0)
            .filter(passkey_ceremonies::purpose.eq(bound.purpose.as_str()))
            .filter(passkey_ceremonies::browser_hash.eq(bound.browser.as_bytes()))
            .filter(passkey_ceremonies::flow_id.is_not_distinct_from(flow))
            .filter(passkey_ceremonies::session_id.is_not_distinct_from(session))
            .filter(passkey_ceremonies::consumed_at.is_null())
            .filter(passkey_ceremonies::expires_at.gt(now));
        let found: Option<(serde_json::Value, Option<Uuid>, DateTime<Utc>)> =
            diesel::update(usable)
                .set(passkey_ceremonies::consumed_at.eq(now))
                .returning((
                    passkey_ceremonies::state,
                    passkey_ceremonies::user_id,
                    passkey_ceremonies::created_at,
                ))
                .get_result(self.0.writing()?)
                .optional()?;
        Ok(found.map(|(state, user_id, created_at)| Ceremony {
            id,
            bound: *bound,
            user_id: user_id.map(UserId),
            state,
            created_at,
        }))
    }
}
