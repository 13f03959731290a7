//! Browsers that were sent to a provider to sign out there as well.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{Handle, StorageError};
use crate::domain::upstream_session::UpstreamDeparture;
use crate::kernel::ids::ProviderId;
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::upstream_departures;

/// Browsers that were sent to a provider to sign out there as well.
pub struct UpstreamDepartures<'t>(pub(in crate::storage) Handle<'t>);

impl UpstreamDepartures<'_> {
    /// Notes that a browser is sent to a provider.
    pub fn insert(&mut self, departure: &UpstreamDeparture) -> Result<(), StorageError> {
        diesel::insert_into(upstream_departures::table)
            .values((
                upstream_departures::id.eq(departure.id.0),
                upstream_departures::state_hash.eq(departure.state.as_bytes()),
                upstream_departures::provider_id.eq(departure.provider_id.0),
                upstream_departures::browser_hash.eq(departure.browser.as_bytes()),
                upstream_departures::onward.eq(&departure.onward),
                upstream_departures::created_at.eq(departure.created_at),
                upstream_departures::expires_at.eq(departure.expires_at),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Uses one up, and tells where the browser goes; `None` within: to our own page. `None`: this
    /// browser was not sent to this provider with this state, has come back before, or comes too late.
    pub fn consume(
        &mut self,
        state: TokenHash,
        provider: ProviderId,
        browser: TokenHash,
        now: DateTime<Utc>,
    ) -> Result<Option<Option<String>>, StorageError> {
        let usable = upstream_departures::table
            .filter(upstream_departures::state_hash.eq(state.as_bytes()))
            .filter(upstream_departures::provider_id.eq(provider.0))
            .filter(upstream_departures::browser_hash.eq(browser.as_bytes()))
            .filter(upstream_departures::consumed_at.is_null())
            .filter(upstream_departures::expires_at.gt(now));
        Ok(diesel::update(usable)
            .set(upstream_departures::consumed_at.eq(now))
            .returning(upstream_departures::onward)
            .get_result(self.0.writing()?)
            .optional()?)
    }
}
