//! Who signs out here is sent to the provider to sign out there as well, and back (OpenID Connect
//! RP-Initiated Logout §2). The session here is over by then: whatever goes wrong on this way only leaves
//! the one there as it was.

use chrono::TimeDelta;
use url::Url;

use crate::domain::provider::Provider;
use crate::domain::upstream_session::UpstreamDeparture;
use crate::federation::{FederationError, Goodbye};
use crate::identity::Identity;
use crate::kernel::ids::{SessionId, UpstreamDepartureId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::repo::upstream_sessions::CameFrom;

/// For how long who comes back is sent onward.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// Why a sign-out is not passed on.
#[derive(Debug, thiserror::Error)]
enum Kept {
    #[error(transparent)]
    Provider(#[from] FederationError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Identity {
    /// The providers that sign-outs are passed on to.
    pub fn sign_out_providers(&self) -> Vec<Provider> {
        let all = self.provider_cache().get();
        all.iter().filter(|provider| provider.passes_sign_outs_on()).cloned().collect()
    }

    /// Where a browser goes whose session has just ended, to sign out at the provider that it came from
    /// last; from there it comes back, and goes `onward`. `None`: there is no such place, or it cannot be
    /// told, which is in the log.
    pub async fn sign_out_there(
        &self,
        session: SessionId,
        browser: TokenHash,
        onward: Option<String>,
    ) -> Option<Url> {
        let gone = self.depart(session, browser, onward).await;
        gone.unwrap_or_else(|error| {
            tracing::warn!(%error, "a sign-out is not passed on to the provider");
            None
        })
    }

    async fn depart(
        &self,
        session: SessionId,
        browser: TokenHash,
        onward: Option<String>,
    ) -> Result<Option<Url>, Kept> {
        let offered = self.sign_out_providers();
        let Some(providers) = self.0.options.providers.as_ref().filter(|_| !offered.is_empty())
        else {
            return Ok(None);
        };
        let taken = self.change(move |tx| tx.upstream_sessions().take(session)).await?;
        let find = |came: CameFrom| {
            let provider = offered.iter().find(|provider| provider.id == came.provider_id)?;
            Some((provider, came))
        };
        let Some((provider, came)) = taken.into_iter().find_map(find) else { return Ok(None) };
        let federation = &providers.federation;
        let hint = came.hint.as_ref().and_then(|sealed| federation.open_hint(came.id, sealed));
        let goodbye = Goodbye {
            id_token_hint: hint,
            post_logout_redirect_uri: self.0.options.issuer.join(&provider.signed_out_path()),
            state: self.env().random_token(""),
        };
        let Some(url) = federation.sign_out(provider, &goodbye).await? else { return Ok(None) };
        let now = self.env().now();
        let departure = UpstreamDeparture {
            id: UpstreamDepartureId::new(self.env()),
            state: TokenHash::of(goodbye.state.expose()),
            provider_id: provider.id,
            browser,
            onward,
            created_at: now,
            expires_at: now + LIFETIME,
        };
        self.change(move |tx| tx.upstream_departures().insert(&departure)).await?;
        Ok(Some(url))
    }

    /// Where a browser goes that comes back from there; `None`: to our own page, as does one that was not
    /// sent with this `state`.
    pub async fn back_signed_out(
        &self,
        slug: &str,
        state: &str,
        browser: TokenHash,
    ) -> Result<Option<String>, StorageError> {
        let all = self.provider_cache().get();
        let Some(provider) = all.iter().find(|provider| provider.slug.as_str() == slug) else {
            return Ok(None);
        };
        let (state, id, now) = (TokenHash::of(state), provider.id, self.env().now());
        let onward =
            self.change(move |tx| tx.upstream_departures().consume(state, id, browser, now));
        Ok(onward.await?.flatten())
    }
}
