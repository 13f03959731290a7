//! A session in which somebody has just proved a factor goes on under a new cookie, and the old one is
//! worth nothing: as after every sign-in.

use chrono::{DateTime, Utc};

use super::Identity;
use super::login::SessionCookie;
use crate::domain::audit::RequestContext;
use crate::domain::factor::FactorKind;
use crate::domain::session::{Authentication, Session};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::repo::sessions::Rotation;
use crate::storage::tx::Tx;

/// The session's proofs, with the factor that was just proved. Whoever came here had proved all of them
/// a short while ago.
fn again(session: &Session, factor: FactorKind, now: DateTime<Utc>) -> Authentication {
    let mut proofs = session.proofs.clone();
    proofs.add(factor, now);
    let at = proofs.auth_time().unwrap_or(now);
    Authentication { at, proofs, trusted: session.trusted }
}

impl Identity {
    /// Gives a live session a new cookie; `None`: it is over.
    pub(super) fn renew(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        session: &Session,
        factor: FactorKind,
    ) -> Result<Option<SessionCookie>, StorageError> {
        let (settings, env) = (self.settings(), self.env());
        let (secret, now) = (env.random_token(""), env.now());
        let remember = session.remember && settings.offers_remember_me();
        let change = Rotation {
            secret: TokenHash::of(secret.expose()),
            authentication: &again(session, factor, now),
            remember,
            expires_at: now + settings.session_absolute(remember),
            ip: ctx.ip.as_deref(),
            user_agent: ctx.user_agent.as_deref(),
        };
        let is_renewed = tx.sessions().rotate(session.id, &change, now)?;
        Ok(is_renewed.then_some(SessionCookie { secret, remember, expires_at: change.expires_at }))
    }
}
