//! A provider says that a session there is over (OpenID Connect Back-Channel Logout §2.5 to §2.7): so are
//! those here that came from it, with what apps were given in them.

use std::collections::BTreeMap;

use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::provider::Provider;
use crate::domain::session::SessionEnd;
use crate::domain::upstream_session::UpstreamLogout;
use crate::federation::FederationError;
use crate::identity::{Identity, record, session};
use crate::kernel::env::Env;
use crate::kernel::ids::{SessionId, UpstreamLogoutId, UserId};
use crate::kernel::metric::UPSTREAM_LOGOUTS;
use crate::kernel::secret::Secret;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// Why a logout token ended nothing.
#[derive(Debug, thiserror::Error)]
pub enum LogoutTokenError {
    /// There is no such provider, or nobody signs in with it at present.
    #[error("there is no such provider")]
    Unknown,
    /// It is not taken, or the provider could not be asked for its keys.
    #[error(transparent)]
    Provider(#[from] FederationError),
    /// The same came before, to whichever node.
    #[error("the same token came before")]
    Replayed,
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Identity {
    /// Takes a logout token; tells how many sessions ended. That there were none is no error: nobody
    /// learns who is signed in here.
    pub async fn signed_out_there(
        &self,
        slug: &str,
        token: Secret<String>,
        ctx: &RequestContext,
    ) -> Result<usize, LogoutTokenError> {
        let (provider, federation) = self.way_to(slug).map_err(|_| LogoutTokenError::Unknown)?;
        let (identity, ctx) = (self.clone(), ctx.clone());
        let act = async move {
            let logout = federation.logout_token(&provider, token.expose()).await?;
            let env = identity.env().clone();
            let ended = move |tx: &mut Tx<'_>| end(tx, &env, &ctx, &provider, &logout);
            identity.db().write(ended).await?
        };
        let ended = Self::to_the_end(act).await;
        let outcome = match &ended {
            Ok(0) => "nobody",
            Ok(_) => "ended",
            Err(LogoutTokenError::Storage(_)) => "failed",
            Err(LogoutTokenError::Provider(error)) if error.is_away() => "failed",
            Err(
                LogoutTokenError::Unknown
                | LogoutTokenError::Replayed
                | LogoutTokenError::Provider(_),
            ) => "refused",
        };
        metrics::counter!(UPSTREAM_LOGOUTS, "outcome" => outcome).increment(1);
        ended
    }
}

fn end(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    provider: &Provider,
    logout: &UpstreamLogout,
) -> Result<usize, Stop<LogoutTokenError>> {
    // Whoever is coming in from there at this moment is waited for, or finds what is written here.
    let names = logout.mark.names(provider.id);
    tx.users().lock_identifiers(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    if !tx.upstream_logouts().insert(UpstreamLogoutId::new(env), provider.id, logout)? {
        return Err(Stop::Refused(LogoutTokenError::Replayed));
    }
    for user in tx.upstream_sessions().people_of(provider.id, &logout.mark)? {
        tx.users().lock(user)?;
    }
    let mut theirs: BTreeMap<UserId, Vec<SessionId>> = BTreeMap::new();
    for (user, session) in tx.upstream_sessions().end(provider.id, &logout.mark, env.now())? {
        theirs.entry(user).or_default().push(session);
    }
    let mut total = 0;
    for (user, sessions) in theirs {
        let (actor, reason) = (Actor::System, SessionEnd::SignedOut);
        let ended = session::end_some(tx, env, ctx, &actor, user, &sessions, reason)?;
        if ended > 0 {
            record(tx, env, ctx, &told(provider, user, ended))?;
        }
        total += ended;
    }
    Ok(total)
}

fn told(provider: &Provider, user: UserId, ended: usize) -> AuditEvent {
    AuditEvent::new(Action::ProviderSignedOut, Actor::System)
        .target("user", user)
        .details(serde_json::json!({ "provider": provider.slug.as_str(), "sessions": ended }))
}
