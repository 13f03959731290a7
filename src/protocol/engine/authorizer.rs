//! The engine's authorizer on a transaction: codes are rows.

use chrono::{DateTime, Utc};
use oxide_auth::primitives::authorizer::Authorizer;
use oxide_auth::primitives::grant::Grant as EngineGrant;

use super::vocabulary::{engine_grant, scopes_of};
use crate::domain::authorization::AuthorizationRequest;
use crate::domain::client::Client;
use crate::domain::consent::ConsentBasis;
use crate::domain::grant::{Code, Grant, GrantAuthentication, LiveGrant};
use crate::domain::session::{SignedIn, reached};
use crate::domain::setting::{Settings, seconds};
use crate::kernel::env::Env;
use crate::kernel::ids::GrantId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::protocol::Provider;
use crate::storage::{StorageError, Tx};

/// Makes a grant with its code, by way of the engine's authorizer.
pub(in crate::protocol) fn authorize(
    provider: &Provider,
    tx: &mut Tx,
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
    now: DateTime<Utc>,
) -> Result<Secret<String>, StorageError> {
    let settings = provider.settings.get();
    let grant = new_grant(&provider.env, request, client, signed_in, &settings, now);
    let basis = if client.first_party { ConsentBasis::FirstParty } else { ConsentBasis::Given };
    let mut codes = NewCodes { tx, env: &provider.env, grant, basis, failure: None };
    let unreadable = || StorageError::Corrupt("grants");
    let asked = engine_grant(&codes.grant).ok_or_else(unreadable)?;
    match codes.authorize(asked) {
        Ok(code) => Ok(Secret::new(code)),
        Err(()) => Err(codes.failure.take().unwrap_or_else(unreadable)),
    }
}

/// The grant as it will be stored; its code's hash is filled in with the code.
fn new_grant(
    env: &Env,
    request: &AuthorizationRequest,
    client: &Client,
    signed_in: &SignedIn,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Grant {
    let session = &signed_in.session;
    let longest = client.lifetimes.refresh_absolute.unwrap_or(settings.refresh_absolute_lifetime);
    Grant {
        id: GrantId::new(env),
        client_id: client.id.clone(),
        user_id: session.user_id,
        session_id: Some(session.id),
        scopes: request.scopes.clone(),
        redirect_uri: request.redirect_uri.clone(),
        nonce: request.nonce.clone(),
        code_challenge: request.code_challenge.clone(),
        claims: request.claims.clone(),
        authentication: GrantAuthentication {
            at: session.auth_time,
            // Of the values that the relying party insists on, the one that it likes best and that is true.
            acr: reached(&session.acr, request.required_acr()).unwrap_or(&session.acr).to_owned(),
            amr: session.amr.clone(),
            sid: session.sid.clone(),
        },
        code: Code {
            hash: TokenHash::of(""),
            expires_at: now + seconds(settings.code_lifetime.min(60)),
            consumed_at: None,
        },
        // Never older than the credentials, even where the node that changed them has a clock that
        // runs ahead of ours: the grant would be dead at birth.
        created_at: now.max(signed_in.profile.user.credentials_changed_at),
        // Access tokens may outlive the last refresh by their own lifetime, which is a day at most.
        expires_at: now + seconds(longest) + chrono::TimeDelta::days(1),
        revoked: None,
    }
}

/// Writes the one grant of an authorization request.
struct NewCodes<'a, 'c> {
    tx: &'a mut Tx<'c>,
    env: &'a Env,
    grant: Grant,
    basis: ConsentBasis,
    failure: Option<StorageError>,
}

impl Authorizer for NewCodes<'_, '_> {
    fn authorize(&mut self, asked: EngineGrant) -> Result<String, ()> {
        let code = self.env.random_token("");
        self.grant.scopes = scopes_of(&asked.scope);
        self.grant.code.hash = TokenHash::of(code.expose());
        match self.tx.grants().insert(&self.grant, self.basis) {
            Ok(true) => Ok(code.expose().clone()),
            // The account, the session or the consent ended while we were looking: asked again, it shows.
            Ok(false) => {
                self.failure = Some(StorageError::Serialization);
                Err(())
            }
            Err(error) => {
                self.failure = Some(error);
                Err(())
            }
        }
    }

    /// A request that is being authorized redeems nothing.
    fn extract(&mut self, _code: &str) -> Result<Option<EngineGrant>, ()> {
        Ok(None)
    }
}

/// Hands the engine the grant of a code that was found, locked and judged beforehand.
pub(super) struct PresentedCode<'a> {
    /// The hash of what was presented.
    pub(super) hash: TokenHash,
    /// The grant whose code it is.
    pub(super) live: &'a LiveGrant,
}

impl Authorizer for PresentedCode<'_> {
    /// A token request authorizes nothing new.
    fn authorize(&mut self, _grant: EngineGrant) -> Result<String, ()> {
        Err(())
    }

    fn extract(&mut self, code: &str) -> Result<Option<EngineGrant>, ()> {
        let is_it = TokenHash::of(code) == self.hash && self.live.grant.code.hash == self.hash;
        Ok(if is_it { engine_grant(&self.live.grant) } else { None })
    }
}
