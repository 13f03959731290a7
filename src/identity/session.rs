//! Signed-in browsers: whose they are, and how they end.

use chrono::{DateTime, Utc};

use super::{Identity, record};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::client::ClientId;
use crate::domain::grant::RevokeReason;
use crate::domain::session::{Session, SessionEnd, SignedIn};
use crate::domain::setting::Settings;
use crate::kernel::env::Env;
use crate::kernel::ids::{AuditEventId, SessionId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is none, it is over, or it is somebody else's: which of these is not told.
    #[error("there is no such session")]
    NotFound,
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Keeps what was loaded only while the session is honoured. Whatever asks who is signed in goes
/// through here: an expired, ended or outdated session is no session.
pub fn live(loaded: Option<SignedIn>, settings: &Settings, now: DateTime<Utc>) -> Option<SignedIn> {
    loaded.filter(|it| it.session.is_live(&it.profile.user, settings, now))
}

/// Ends a session, and with it what apps were given for no longer than it; false: it had ended.
pub fn end(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    actor: Actor,
    session: &Session,
    reason: SessionEnd,
) -> Result<bool, StorageError> {
    let now = env.now();
    if !tx.sessions().end(session.id, reason, now)? {
        return Ok(false);
    }
    tx.grants().revoke_for_sessions(&[session.id], RevokeReason::SessionEnded, now)?;
    record(tx, env, ctx, &ended(actor, session.user_id, session.id, reason))?;
    Ok(true)
}

/// Ends somebody's sessions, all or all but one; tells how many. A sign-in that is being written
/// down at this moment is waited for, and ended as well. One statement per table, however many
/// there are.
pub(super) fn end_all(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    actor: &Actor,
    user: UserId,
    except: Option<SessionId>,
    reason: SessionEnd,
) -> Result<usize, StorageError> {
    tx.users().lock(user)?;
    let sessions = tx.sessions().end_all(user, except, reason, env.now())?;
    close(tx, env, ctx, actor, user, &sessions, reason)?;
    Ok(sessions.len())
}

/// Ends some of somebody's sessions; tells how many had not ended. The caller has locked the account. One
/// statement per table, however many there are.
pub(super) fn end_some(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    actor: &Actor,
    user: UserId,
    sessions: &[SessionId],
    reason: SessionEnd,
) -> Result<usize, StorageError> {
    let sessions = tx.sessions().end_some(sessions, reason, env.now())?;
    close(tx, env, ctx, actor, user, &sessions, reason)?;
    Ok(sessions.len())
}

/// What ends with sessions that ended just now.
fn close(
    tx: &mut Tx<'_>,
    env: &Env,
    ctx: &RequestContext,
    actor: &Actor,
    user: UserId,
    sessions: &[SessionId],
    reason: SessionEnd,
) -> Result<(), StorageError> {
    if sessions.is_empty() {
        return Ok(());
    }
    let now = env.now();
    tx.grants().revoke_for_sessions(sessions, RevokeReason::SessionEnded, now)?;
    let event = |session: &SessionId| ended(actor.clone(), user, *session, reason);
    let events: Vec<_> = sessions.iter().map(event).collect();
    let entries = events.iter().map(|event| (AuditEventId::new(env), event));
    tx.audit().append_all(entries, ctx, now)
}

fn ended(actor: Actor, user: UserId, session: SessionId, reason: SessionEnd) -> AuditEvent {
    AuditEvent::new(Action::SessionEnded, actor)
        .target("user", user)
        .session(session)
        .details(serde_json::json!({ "reason": reason.as_str() }))
}

impl Identity {
    /// Who is signed in with this cookie. At most once a minute this also notes that the session is
    /// in use; what cannot be noted is an error, or else an idle session would not be known as one.
    pub async fn signed_in(&self, secret: TokenHash) -> Result<Option<SignedIn>, StorageError> {
        let loaded = self.db().load(move |tx| tx.sessions().find_by_secret(secret)).await?;
        let now = self.env().now();
        let found = live(loaded, &self.settings(), now);
        if let Some(session) = found.as_ref().map(|it| &it.session).filter(|it| it.wants_touch(now))
        {
            self.touch(session.id).await?;
        }
        Ok(found)
    }

    /// Notes that a session is in use; callers ask [`Session::wants_touch`] first.
    pub async fn touch(&self, session: SessionId) -> Result<(), StorageError> {
        let now = self.env().now();
        self.change(move |tx| tx.sessions().touch(session, now)).await
    }

    /// Signs the browser with this cookie out; tells which session ended. A cookie that is worth
    /// nothing (any more) is no error: the person wanted to be signed out, and is.
    pub async fn sign_out(
        &self,
        secret: TokenHash,
        ctx: &RequestContext,
    ) -> Result<Option<SessionId>, StorageError> {
        let (env, ctx, settings) = (self.env().clone(), ctx.clone(), self.settings());
        self.change(move |tx| {
            let loaded = tx.sessions().find_by_secret(secret)?;
            let Some(SignedIn { session, .. }) = live(loaded, &settings, env.now()) else {
                return Ok(None);
            };
            let actor = Actor::User(session.user_id);
            let did = end(tx, &env, &ctx, actor, &session, SessionEnd::SignedOut)?;
            Ok(did.then_some(session.id))
        })
        .await
    }

    /// The live sessions of a person, the last used first.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StorageError> {
        let (settings, now) = (self.settings(), self.env().now());
        self.db()
            .load(move |tx| {
                let Some(profile) = tx.users().find(user)? else { return Ok(vec![]) };
                let mut sessions = tx.sessions().list(user)?;
                sessions.retain(|session| session.is_live(&profile.user, &settings, now));
                Ok(sessions)
            })
            .await
    }

    /// Ends one of a person's own sessions.
    pub async fn end_session(
        &self,
        user: UserId,
        session: SessionId,
        ctx: &RequestContext,
    ) -> Result<(), SessionError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let found = tx.sessions().find(session)?.filter(|found| found.user_id == user);
                let session = found.ok_or(Stop::Refused(SessionError::NotFound))?;
                if end(tx, &env, &ctx, Actor::User(user), &session, SessionEnd::EndedByUser)? {
                    Ok(())
                } else {
                    Err(Stop::Refused(SessionError::NotFound))
                }
            })
            .await?
    }

    /// Signs a person out of every browser, with all that `client`, the operator's own front end, holds
    /// for them, however long it was to last; tells how many sessions ended.
    pub async fn sign_out_everywhere(
        &self,
        user: UserId,
        client: ClientId,
        ctx: &RequestContext,
    ) -> Result<usize, StorageError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        let (actor, reason) = (Actor::User(user), SessionEnd::EndedByUser);
        self.change(move |tx| {
            let sessions = end_all(tx, &env, &ctx, &actor, user, None, reason)?;
            let (now, reason) = (env.now(), RevokeReason::SessionEnded);
            let grants = tx.grants().revoke_for_user_and_client(user, &client, reason, now)?;
            let event = AuditEvent::new(Action::GrantRevoked, actor)
                .target("user", user)
                .client(&client)
                .details(serde_json::json!({ "grants": grants }));
            record(tx, &env, &ctx, &event)?;
            Ok(sessions)
        })
        .await
    }

    /// Ends all sessions of a person but the present one; tells how many.
    pub async fn end_other_sessions(
        &self,
        user: UserId,
        present: SessionId,
        ctx: &RequestContext,
    ) -> Result<usize, StorageError> {
        let (env, ctx) = (self.env().clone(), ctx.clone());
        let (actor, reason) = (Actor::User(user), SessionEnd::EndedByUser);
        self.change(move |tx| end_all(tx, &env, &ctx, &actor, user, Some(present), reason)).await
    }
}
