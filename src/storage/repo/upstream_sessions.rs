//! Sessions at providers that sessions here came from.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::sealed::Sealed;
use crate::domain::upstream_session::{UpstreamMark, UpstreamSession};
use crate::kernel::ids::{FlowId, ProviderId, SessionId, UpstreamSessionId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::upstream_sessions;

/// Sessions at providers that sessions here came from.
pub struct UpstreamSessions<'t>(pub(in crate::storage) Handle<'t>);

/// One that a session here came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameFrom {
    /// Its id here.
    pub id: UpstreamSessionId,
    /// Where it is.
    pub provider_id: ProviderId,
    /// The ID token, where a sign-out here is passed on.
    pub hint: Option<Sealed>,
}

#[derive(QueryableByName)]
struct Person {
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
}

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    session_id: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    provider_id: Uuid,
    #[diesel(sql_type = Nullable<Bytea>)]
    sealed_hint: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    seal_key_id: Option<String>,
    #[diesel(sql_type = Nullable<Bytea>)]
    seal_nonce: Option<Vec<u8>>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// Those of a provider ($1) that are not over, by issuer ($2), `sub` ($3) and `sid` ($4). One whose `sid`
/// was never told may be the one that is meant, where the person is.
macro_rules! meant {
    () => {
        "provider_id = $1 AND issuer = $2 AND ended_at IS NULL \
         AND ($3 IS NULL OR subject_hash = $3) \
         AND ($4 IS NULL OR sid_hash = $4 OR ($3 IS NOT NULL AND sid_hash IS NULL))"
    };
}

impl UpstreamSessions<'_> {
    /// Notes what a sign-in rests on, in the place of what it rested on at the same provider: two
    /// statements.
    pub fn insert(&mut self, session: &UpstreamSession) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        let before = upstream_sessions::table
            .filter(upstream_sessions::flow_id.eq(session.flow.0))
            .filter(upstream_sessions::provider_id.eq(session.provider_id.0));
        diesel::delete(before).execute(pg)?;
        let (mark, hint) = (&session.mark, session.hint.as_ref());
        let subject = mark.subject.as_ref().map(|hash| hash.as_bytes().to_vec());
        diesel::insert_into(upstream_sessions::table)
            .values((
                upstream_sessions::id.eq(session.id.0),
                upstream_sessions::user_id.eq(session.user_id.0),
                upstream_sessions::provider_id.eq(session.provider_id.0),
                upstream_sessions::flow_id.eq(session.flow.0),
                upstream_sessions::issuer.eq(&mark.issuer),
                upstream_sessions::subject_hash.eq(subject.unwrap_or_default()),
                upstream_sessions::sid_hash.eq(mark.sid.as_ref().map(TokenHash::as_bytes)),
                upstream_sessions::sealed_hint.eq(hint.map(|sealed| &sealed.ciphertext)),
                upstream_sessions::seal_key_id.eq(hint.map(|sealed| &sealed.key_id)),
                upstream_sessions::seal_nonce.eq(hint.map(|sealed| sealed.nonce.to_vec())),
                upstream_sessions::created_at.eq(session.created_at),
            ))
            .execute(pg)?;
        Ok(())
    }

    /// Whether something is over at a provider that this person's sign-in rests on.
    pub fn has_ended(&mut self, flow: FlowId, user: UserId) -> Result<bool, StorageError> {
        let ended = upstream_sessions::table
            .filter(upstream_sessions::flow_id.eq(flow.0))
            .filter(upstream_sessions::user_id.eq(user.0))
            .filter(upstream_sessions::ended_at.is_not_null());
        Ok(diesel::select(diesel::dsl::exists(ended)).get_result(self.0.reading())?)
    }

    /// What this person's sign-in rests on, the session rests on from now on: of each provider on the
    /// last one. Two statements.
    pub fn adopt(
        &mut self,
        flow: FlowId,
        user: UserId,
        session: SessionId,
    ) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        sql("DELETE FROM upstream_sessions WHERE session_id = $3 AND provider_id IN \
             (SELECT provider_id FROM upstream_sessions WHERE flow_id = $1 AND user_id = $2)")
        .bind::<SqlUuid, _>(flow.0)
        .bind::<SqlUuid, _>(user.0)
        .bind::<SqlUuid, _>(session.0)
        .execute(pg)?;
        sql("UPDATE upstream_sessions SET session_id = $3, flow_id = NULL \
             WHERE flow_id = $1 AND user_id = $2")
        .bind::<SqlUuid, _>(flow.0)
        .bind::<SqlUuid, _>(user.0)
        .bind::<SqlUuid, _>(session.0)
        .execute(pg)?;
        Ok(())
    }

    /// Whose sessions or sign-ins are meant, each once, in one order for everybody.
    pub fn people_of(
        &mut self,
        provider: ProviderId,
        mark: &UpstreamMark,
    ) -> Result<Vec<UserId>, StorageError> {
        let people: Vec<Person> = sql(concat!(
            "SELECT DISTINCT user_id FROM upstream_sessions WHERE ",
            meant!(),
            " ORDER BY user_id"
        ))
        .bind::<SqlUuid, _>(provider.0)
        .bind::<Text, _>(&mark.issuer)
        .bind::<Nullable<Bytea>, _>(mark.subject.as_ref().map(TokenHash::as_bytes))
        .bind::<Nullable<Bytea>, _>(mark.sid.as_ref().map(TokenHash::as_bytes))
        .load(self.0.reading())?;
        Ok(people.into_iter().map(|person| UserId(person.user_id)).collect())
    }

    /// Notes that they are over, forgets their ID tokens, and tells the sessions here that came from
    /// them. A sign-in that rests on one comes to nothing.
    pub fn end(
        &mut self,
        provider: ProviderId,
        mark: &UpstreamMark,
        now: DateTime<Utc>,
    ) -> Result<Vec<(UserId, SessionId)>, StorageError> {
        let ended: Vec<Ended> = sql(concat!(
            "UPDATE upstream_sessions SET ended_at = $5, sealed_hint = NULL, seal_key_id = NULL, \
             seal_nonce = NULL WHERE ",
            meant!(),
            " RETURNING user_id, session_id"
        ))
        .bind::<SqlUuid, _>(provider.0)
        .bind::<Text, _>(&mark.issuer)
        .bind::<Nullable<Bytea>, _>(mark.subject.as_ref().map(TokenHash::as_bytes))
        .bind::<Nullable<Bytea>, _>(mark.sid.as_ref().map(TokenHash::as_bytes))
        .bind::<Timestamptz, _>(now)
        .get_results(self.0.writing()?)?;
        let with_session = |ended: Ended| {
            ended.session_id.map(|session| (UserId(ended.user_id), SessionId(session)))
        };
        Ok(ended.into_iter().filter_map(with_session).collect())
    }

    /// Takes what a session came from, the last one first: it is over here, and nothing of it is kept.
    pub fn take(&mut self, session: SessionId) -> Result<Vec<CameFrom>, StorageError> {
        let mut taken: Vec<Taken> = sql("DELETE FROM upstream_sessions WHERE session_id = $1 \
             RETURNING id, provider_id, sealed_hint, seal_key_id, seal_nonce, created_at")
        .bind::<SqlUuid, _>(session.0)
        .get_results(self.0.writing()?)?;
        taken.sort_by_key(|row| std::cmp::Reverse(row.created_at));
        let read = |row: Taken| {
            Ok(CameFrom {
                id: UpstreamSessionId(row.id),
                provider_id: ProviderId(row.provider_id),
                hint: sealed(row.sealed_hint, row.seal_key_id, row.seal_nonce)?,
            })
        };
        taken.into_iter().map(read).collect()
    }

    /// ID tokens that are sealed under another master key than this one, in the order of their rows.
    pub fn sealed_otherwise(
        &mut self,
        key_id: &str,
        after: Option<UpstreamSessionId>,
        limit: u32,
    ) -> Result<Vec<(UpstreamSessionId, Sealed)>, StorageError> {
        type Row = (Uuid, Option<Vec<u8>>, Option<String>, Option<Vec<u8>>);
        let rows: Vec<Row> = upstream_sessions::table
            .filter(upstream_sessions::seal_key_id.is_not_null())
            .filter(upstream_sessions::seal_key_id.ne(key_id))
            .filter(upstream_sessions::id.gt(after.map_or(Uuid::nil(), |id| id.0)))
            .order(upstream_sessions::id)
            .limit(i64::from(limit))
            .select((
                upstream_sessions::id,
                upstream_sessions::sealed_hint,
                upstream_sessions::seal_key_id,
                upstream_sessions::seal_nonce,
            ))
            .load(self.0.reading())?;
        let mut found = Vec::with_capacity(rows.len());
        for (id, hint, key_id, nonce) in rows {
            if let Some(sealed) = sealed(hint, key_id, nonce)? {
                found.push((UpstreamSessionId(id), sealed));
            }
        }
        Ok(found)
    }

    /// Puts an ID token, sealed anew, in the place of what was sealed under `before`. False: it is gone.
    pub fn reseal(
        &mut self,
        id: UpstreamSessionId,
        before: &str,
        sealed: &Sealed,
    ) -> Result<bool, StorageError> {
        let hint =
            upstream_sessions::table.find(id.0).filter(upstream_sessions::seal_key_id.eq(before));
        let written = diesel::update(hint)
            .set((
                upstream_sessions::sealed_hint.eq(&sealed.ciphertext),
                upstream_sessions::seal_key_id.eq(&sealed.key_id),
                upstream_sessions::seal_nonce.eq(sealed.nonce.to_vec()),
            ))
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }
}

fn sealed(
    ciphertext: Option<Vec<u8>>,
    key_id: Option<String>,
    nonce: Option<Vec<u8>>,
) -> Result<Option<Sealed>, StorageError> {
    let (Some(ciphertext), Some(key_id), Some(nonce)) = (ciphertext, key_id, nonce) else {
        return Ok(None);
    };
    let nonce = nonce.try_into();
    let nonce = nonce.map_err(|_| StorageError::Corrupt("upstream_sessions.seal_nonce"))?;
    Ok(Some(Sealed { key_id, nonce, ciphertext }))
}
