//! Signed-in browsers.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::consents::ConsentRow;
use super::prepared::sql;
use super::profile::{ProfileRow, is_primary_address};
use super::{Handle, StorageError, both, read_proofs, stored_proofs};
use crate::domain::client::ClientId;
use crate::domain::consent::Consent;
use crate::domain::factor::{FactorKind, Proofs};
use crate::domain::session::{Authentication, Session, SessionEnd, SessionState, SignedIn};
use crate::kernel::ids::{SessionId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::{addresses, consents, sessions, users};

/// Signed-in browsers.
pub struct Sessions<'t>(pub(in crate::storage) Handle<'t>);

/// What a new sign-in changes of a session.
#[derive(Clone, Copy, Debug)]
pub struct Rotation<'a> {
    /// The new cookie.
    pub secret: TokenHash,
    /// How the person proved who they are.
    pub authentication: &'a Authentication,
    /// Whether "keep me signed in" was ticked.
    pub remember: bool,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Where from.
    pub ip: Option<&'a str>,
    /// What with.
    pub user_agent: Option<&'a str>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(Pg))]
pub(super) struct SessionRow {
    id: Uuid,
    sid: String,
    user_id: Uuid,
    auth_time: DateTime<Utc>,
    acr: String,
    amr: Vec<String>,
    remember: bool,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    end_reason: Option<String>,
    proofs: Option<serde_json::Value>,
    trusted: bool,
}

/// The columns of a [`SessionState`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(Pg))]
pub(super) struct SessionStateRow {
    auth_time: DateTime<Utc>,
    remember: bool,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<SessionStateRow> for SessionState {
    fn from(row: SessionStateRow) -> Self {
        Self {
            has_ended: row.ended_at.is_some(),
            remember: row.remember,
            auth_time: row.auth_time,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        }
    }
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.0,
            sid: session.sid.clone(),
            user_id: session.user_id.0,
            auth_time: session.auth_time,
            acr: session.acr.clone(),
            amr: session.amr.clone(),
            remember: session.remember,
            ip: session.ip.clone(),
            user_agent: session.user_agent.clone(),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            ended_at: session.ended.map(|(at, _)| at),
            end_reason: session.ended.map(|(_, reason)| reason.as_str().to_owned()),
            proofs: Some(stored_proofs(&session.proofs)),
            trusted: session.trusted,
        }
    }
}

impl SessionRow {
    pub(super) fn into_session(self) -> Result<Session, StorageError> {
        Ok(Session {
            id: SessionId(self.id),
            sid: self.sid,
            user_id: UserId(self.user_id),
            auth_time: self.auth_time,
            acr: self.acr,
            amr: self.amr,
            proofs: match self.proofs {
                Some(json) => read_proofs(json, "sessions.proofs")?,
                // Of a release that knew nothing but passwords.
                None => Proofs::of(FactorKind::Password, self.auth_time),
            },
            trusted: self.trusted,
            remember: self.remember,
            ip: self.ip,
            user_agent: self.user_agent,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
            ended: both(self.ended_at, self.end_reason.as_deref(), "sessions.end_reason")?,
        })
    }
}

fn signed_in(session: SessionRow, profile: ProfileRow) -> Result<SignedIn, StorageError> {
    Ok(SignedIn { session: session.into_session()?, profile: profile.into_profile()? })
}

#[diesel::dsl::auto_type]
fn with_profile() -> _ {
    sessions::table.inner_join(users::table).left_join(addresses::table.on(is_primary_address()))
}

impl Sessions<'_> {
    /// Begins a session. `secret` is the hash of its cookie.
    pub fn insert(&mut self, session: &Session, secret: TokenHash) -> Result<(), StorageError> {
        diesel::insert_into(sessions::table)
            .values((SessionRow::from(session), sessions::secret_hash.eq(secret.as_bytes())))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The session of a cookie. Ended and expired ones are found too.
    pub fn find_by_secret(&mut self, secret: TokenHash) -> Result<Option<SignedIn>, StorageError> {
        let found: Option<(SessionRow, ProfileRow)> = with_profile()
            .filter(sessions::secret_hash.eq(secret.as_bytes()))
            .select((SessionRow::as_select(), ProfileRow::as_select()))
            .first(self.0.reading())
            .optional()?;
        found.map(|(session, profile)| signed_in(session, profile)).transpose()
    }

    /// [`Sessions::find_by_secret`] with what the person has allowed this client.
    pub fn find_by_secret_with_consent(
        &mut self,
        secret: TokenHash,
        client: &ClientId,
    ) -> Result<Option<(SignedIn, Option<Consent>)>, StorageError> {
        let theirs =
            consents::user_id.eq(sessions::user_id).and(consents::client_id.eq(client.as_str()));
        let found: Option<(SessionRow, ProfileRow, Option<ConsentRow>)> = with_profile()
            .left_join(consents::table.on(theirs))
            .filter(sessions::secret_hash.eq(secret.as_bytes()))
            .select((
                SessionRow::as_select(),
                ProfileRow::as_select(),
                Option::<ConsentRow>::as_select(),
            ))
            .first(self.0.reading())
            .optional()?;
        found
            .map(|(session, profile, consent)| {
                Ok((signed_in(session, profile)?, consent.map(ConsentRow::into_consent)))
            })
            .transpose()
    }

    /// A session by its row. Ended and expired ones are found too.
    pub fn find(&mut self, id: SessionId) -> Result<Option<Session>, StorageError> {
        sessions::table
            .find(id.0)
            .select(SessionRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(SessionRow::into_session)
            .transpose()
    }

    /// A new sign-in in the same browser: the row stays, its cookie is another one. False: the
    /// session has ended.
    pub fn rotate(
        &mut self,
        id: SessionId,
        change: &Rotation<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let open = sessions::table.find(id.0).filter(sessions::ended_at.is_null());
        let rotated = diesel::update(open)
            .set((
                sessions::secret_hash.eq(change.secret.as_bytes()),
                sessions::auth_time.eq(change.authentication.at),
                sessions::acr.eq(change.authentication.proofs.acr()),
                sessions::amr.eq(change.authentication.proofs.amr()),
                sessions::proofs.eq(stored_proofs(&change.authentication.proofs)),
                sessions::trusted.eq(change.authentication.trusted),
                sessions::remember.eq(change.remember),
                sessions::expires_at.eq(change.expires_at),
                sessions::ip.eq(change.ip),
                sessions::user_agent.eq(change.user_agent),
                sessions::last_used_at.eq(now),
            ))
            .execute(self.0.writing()?)?;
        Ok(rotated > 0)
    }

    /// Notes that the session was used.
    pub fn touch(&mut self, id: SessionId, now: DateTime<Utc>) -> Result<(), StorageError> {
        let older = sessions::table.find(id.0).filter(sessions::last_used_at.lt(now));
        diesel::update(older).set(sessions::last_used_at.eq(now)).execute(self.0.writing()?)?;
        Ok(())
    }

    /// [`Sessions::touch`] for who holds locks of other rows: never waits for one. A session that
    /// somebody else has locked at this moment is in use anyway, and noted the next time.
    pub fn touch_if_free(&mut self, id: SessionId, now: DateTime<Utc>) -> Result<(), StorageError> {
        sql("UPDATE sessions SET last_used_at = $2 WHERE id = (SELECT id FROM sessions \
             WHERE id = $1 AND last_used_at < $2 FOR NO KEY UPDATE SKIP LOCKED)")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Ends a session. False: it had ended already.
    pub fn end(
        &mut self,
        id: SessionId,
        reason: SessionEnd,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let open = sessions::table.find(id.0).filter(sessions::ended_at.is_null());
        let ended = diesel::update(open)
            .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason.as_str())))
            .execute(self.0.writing()?)?;
        Ok(ended > 0)
    }

    /// Ends all sessions of somebody but one, and tells which ones were ended now.
    pub fn end_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        reason: SessionEnd,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionId>, StorageError> {
        let open = sessions::table
            .filter(sessions::user_id.eq(user.0))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::id.nullable().is_distinct_from(except.map(|id| id.0)));
        let ended: Vec<Uuid> = diesel::update(open)
            .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason.as_str())))
            .returning(sessions::id)
            .get_results(self.0.writing()?)?;
        Ok(ended.into_iter().map(SessionId).collect())
    }

    /// Ends these sessions, and tells which ones were ended now.
    pub fn end_some(
        &mut self,
        sessions: &[SessionId],
        reason: SessionEnd,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionId>, StorageError> {
        let ids: Vec<_> = sessions.iter().map(|id| id.0).collect();
        let open =
            sessions::table.filter(sessions::id.eq_any(ids)).filter(sessions::ended_at.is_null());
        let ended: Vec<Uuid> = diesel::update(open)
            .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason.as_str())))
            .returning(sessions::id)
            .get_results(self.0.writing()?)?;
        Ok(ended.into_iter().map(SessionId).collect())
    }

    /// After a change of credentials at `now`: those of somebody's sessions that were not ended and
    /// were honoured until then, by the change `before` it, are honoured further.
    pub fn keep_all(
        &mut self,
        user: UserId,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let honoured = sessions::table
            .filter(sessions::user_id.eq(user.0))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::created_at.between(before, now));
        diesel::update(honoured).set(sessions::created_at.eq(now)).execute(self.0.writing()?)?;
        Ok(())
    }

    /// Sessions of somebody that were not ended, newest use first. Expired ones are among them.
    pub fn list(&mut self, user: UserId) -> Result<Vec<Session>, StorageError> {
        let rows: Vec<SessionRow> = sessions::table
            .filter(sessions::user_id.eq(user.0))
            .filter(sessions::ended_at.is_null())
            .order((sessions::last_used_at.desc(), sessions::id.desc()))
            .select(SessionRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(SessionRow::into_session).collect()
    }
}
