//! Authorizations given to clients.

use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Bytea, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::clients::{self as client_rows, ClientRow, SecretRow};
use super::lock::lock_rows;
use super::prepared::{AlwaysTheSame as _, sql};
use super::profile::{AccountStateRow, ProfileRow, is_primary_address};
use super::sessions::{SessionRow, SessionStateRow};
use super::{Handle, StorageError, both, hash, names, parse, texts};
use crate::domain::claims::ClaimsRequest;
use crate::domain::client::{Client, ClientId};
use crate::domain::consent::ConsentBasis;
use crate::domain::grant::{Code, Grant, GrantAuthentication, GrantState, LiveGrant, RevokeReason};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope;
use crate::domain::session::SessionState;
use crate::domain::token::RefreshToken;
use crate::kernel::ids::{GrantId, SessionId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::{addresses, client_secrets, clients, grants, sessions, users};

/// Authorizations given to clients.
pub struct Grants<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, check_for_backend(Pg))]
pub(super) struct GrantRow {
    id: Uuid,
    client_id: String,
    user_id: Uuid,
    session_id: Option<Uuid>,
    scopes: Vec<String>,
    redirect_uri: String,
    nonce: Option<String>,
    code_challenge: Option<String>,
    claims: Option<serde_json::Value>,
    auth_time: DateTime<Utc>,
    acr: String,
    amr: Vec<String>,
    sid: String,
    code_hash: Vec<u8>,
    code_expires_at: DateTime<Utc>,
    code_consumed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    revoke_reason: Option<String>,
}

impl From<&Grant> for GrantRow {
    fn from(grant: &Grant) -> Self {
        Self {
            id: grant.id.0,
            client_id: grant.client_id.as_str().to_owned(),
            user_id: grant.user_id.0,
            session_id: grant.session_id.map(|id| id.0),
            scopes: texts(&grant.scopes),
            redirect_uri: grant.redirect_uri.as_str().to_owned(),
            nonce: grant.nonce.clone(),
            code_challenge: grant.code_challenge.clone(),
            claims: grant.claims.clone().map(serde_json::Value::from),
            auth_time: grant.authentication.at,
            acr: grant.authentication.acr.clone(),
            amr: grant.authentication.amr.clone(),
            sid: grant.authentication.sid.clone(),
            code_hash: grant.code.hash.as_bytes().to_vec(),
            code_expires_at: grant.code.expires_at,
            code_consumed_at: grant.code.consumed_at,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
            revoked_at: grant.revoked.map(|(at, _)| at),
            revoke_reason: grant.revoked.map(|(_, reason)| reason.as_str().to_owned()),
        }
    }
}

impl GrantRow {
    fn into_grant(self) -> Result<Grant, StorageError> {
        Ok(Grant {
            id: GrantId(self.id),
            client_id: parse(&self.client_id, "grants.client_id")?,
            user_id: UserId(self.user_id),
            session_id: self.session_id.map(SessionId),
            scopes: self.scopes.into_iter().collect(),
            redirect_uri: RedirectUri::stored(self.redirect_uri),
            nonce: self.nonce,
            code_challenge: self.code_challenge,
            claims: self
                .claims
                .map(serde_json::from_value)
                .transpose()
                .map_err(|_| StorageError::Corrupt("grants.claims"))?,
            authentication: GrantAuthentication {
                at: self.auth_time,
                acr: self.acr,
                amr: self.amr,
                sid: self.sid,
            },
            code: Code {
                hash: hash(&self.code_hash, "grants.code_hash")?,
                expires_at: self.code_expires_at,
                consumed_at: self.code_consumed_at,
            },
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked: both(self.revoked_at, self.revoke_reason.as_deref(), "grants.revoke_reason")?,
        })
    }
}

/// The columns of a [`LiveGrant`].
pub(super) type LiveRow = (GrantRow, ProfileRow, Option<SessionRow>, ClientState);

/// What of a client decides how its grants are honoured.
#[derive(Queryable, Selectable)]
#[diesel(table_name = clients, check_for_backend(Pg))]
pub(super) struct ClientState {
    disabled_at: Option<DateTime<Utc>>,
    scopes: Vec<String>,
}

pub(super) fn into_live(
    (grant, profile, session, client): LiveRow,
) -> Result<LiveGrant, StorageError> {
    Ok(LiveGrant {
        grant: grant.into_grant()?,
        profile: profile.into_profile()?,
        session: session.map(SessionRow::into_session).transpose()?,
        client_disabled: client.disabled_at.is_some(),
        client_scopes: client.scopes.into_iter().collect(),
    })
}

/// The columns of a [`GrantState`].
type StateRow = (GrantStateRow, AccountStateRow, Option<SessionStateRow>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = grants, check_for_backend(Pg))]
struct GrantStateRow {
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    revoke_reason: Option<String>,
}

/// Of a client that may act.
fn into_state((grant, account, session): StateRow) -> Result<GrantState, StorageError> {
    let revoked = both(grant.revoked_at, grant.revoke_reason.as_deref(), "grants.revoke_reason")?;
    Ok(GrantState {
        created_at: grant.created_at,
        is_offline: grant.scopes.iter().any(|scope| scope == scope::OFFLINE_ACCESS),
        revoked: revoked.map(|(_, reason)| reason),
        account: account.into(),
        session: session.map(SessionState::from),
        client_disabled: false,
    })
}

#[diesel::dsl::auto_type]
fn live_grants() -> _ {
    grants::table
        .inner_join(users::table)
        .inner_join(clients::table)
        .left_join(addresses::table.on(is_primary_address()))
        .left_join(sessions::table.on(grants::session_id.eq(sessions::id.nullable())))
}

impl Grants<'_> {
    /// Gives a grant, if its session, its account and the consent that it rests on are still
    /// honoured at this very moment: a password reset, a closed account or a consent taken back that
    /// commits meanwhile either waits for this or is seen by it. False: they are not, and nothing is
    /// added.
    pub fn insert(&mut self, grant: &Grant, basis: ConsentBasis) -> Result<bool, StorageError> {
        let row = GrantRow::from(grant);
        let claims = grant.claims.as_ref().map(ClaimsRequest::claims).unwrap_or_default();
        let held_by: Vec<&str> = claims.iter().map(|claim| claim.scope()).collect();
        let added = sql("WITH allowed AS (SELECT 1 FROM consents \
             WHERE user_id = $3 AND client_id = $2 AND scopes @> $5 AND NOT EXISTS \
             (SELECT 1 FROM unnest($19, $20) AS asked (claim, scope) \
             WHERE asked.claim <> ALL (consents.claims) \
             AND asked.scope <> ALL (consents.scopes)) FOR SHARE) \
             INSERT INTO grants (id, client_id, user_id, session_id, scopes, redirect_uri, nonce, \
             code_challenge, claims, auth_time, acr, amr, sid, code_hash, code_expires_at, \
             created_at, expires_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17 \
             FROM users JOIN sessions ON sessions.user_id = users.id \
             WHERE users.id = $3 AND sessions.id = $4 AND users.status = 'active' \
             AND sessions.ended_at IS NULL \
             AND sessions.created_at >= users.credentials_changed_at \
             AND $16 >= users.credentials_changed_at \
             AND ($18 OR EXISTS (SELECT 1 FROM allowed)) \
             FOR SHARE OF users, sessions")
        .bind::<SqlUuid, _>(row.id)
        .bind::<Text, _>(row.client_id)
        .bind::<SqlUuid, _>(row.user_id)
        .bind::<Nullable<SqlUuid>, _>(row.session_id)
        .bind::<Array<Text>, _>(row.scopes)
        .bind::<Text, _>(row.redirect_uri)
        .bind::<Nullable<Text>, _>(row.nonce)
        .bind::<Nullable<Text>, _>(row.code_challenge)
        .bind::<Nullable<Jsonb>, _>(row.claims)
        .bind::<Timestamptz, _>(row.auth_time)
        .bind::<Text, _>(row.acr)
        .bind::<Array<Text>, _>(row.amr)
        .bind::<Text, _>(row.sid)
        .bind::<Bytea, _>(row.code_hash)
        .bind::<Timestamptz, _>(row.code_expires_at)
        .bind::<Timestamptz, _>(row.created_at)
        .bind::<Timestamptz, _>(row.expires_at)
        .bind::<Bool, _>(basis == ConsentBasis::FirstParty)
        .bind::<Array<Text>, _>(names(&claims))
        .bind::<Array<Text>, _>(held_by)
        .execute(self.0.writing()?)?;
        Ok(added > 0)
    }

    /// The grant of an authorization code, its row locked until the transaction ends. Redeemed and
    /// revoked ones are found too.
    pub fn find_by_code_for_update(
        &mut self,
        code: TokenHash,
    ) -> Result<Option<LiveGrant>, StorageError> {
        let query = live_grants()
            .filter(grants::code_hash.eq(code.as_bytes()))
            .select(<LiveRow as SelectableHelper<Pg>>::as_select());
        lock_rows(query, "grants")
            .get_result(self.0.writing()?)
            .optional()?
            .map(into_live)
            .transpose()
    }

    /// A grant by its row. Revoked and expired ones are found too.
    pub fn find(&mut self, id: GrantId) -> Result<Option<LiveGrant>, StorageError> {
        live_grants()
            .filter(grants::id.eq(id.0))
            .select(<LiveRow as SelectableHelper<Pg>>::as_select())
            .always_the_same()
            .get_result(self.0.reading())
            .optional()?
            .map(into_live)
            .transpose()
    }

    /// Whether a grant is honoured depends on this; together with the client that it was given to, if
    /// that may act. One statement; revoked and expired grants are found too.
    pub fn find_state_with_client(
        &mut self,
        id: GrantId,
    ) -> Result<Option<(GrantState, Client)>, StorageError> {
        let rows: Vec<(StateRow, ClientRow, Option<SecretRow>)> = grants::table
            .inner_join(users::table)
            .inner_join(clients::table)
            .left_join(sessions::table.on(grants::session_id.eq(sessions::id.nullable())))
            .left_join(client_secrets::table.on(client_secrets::client_id.eq(clients::id)))
            .filter(grants::id.eq(id.0))
            .filter(clients::removed_at.is_null())
            .filter(clients::disabled_at.is_null())
            .select((
                <StateRow as SelectableHelper<Pg>>::as_select(),
                ClientRow::as_select(),
                Option::<SecretRow>::as_select(),
            ))
            .always_the_same()
            .load(self.0.reading())?;
        let mut state = None;
        let of_client = rows.into_iter().map(|(row, client, secret)| {
            // The same in every row: there is one per secret.
            state = Some(row);
            (client, secret)
        });
        let client = client_rows::gather(of_client)?.pop();
        state.zip(client).map(|(state, client)| Ok((into_state(state)?, client))).transpose()
    }

    /// Consumes the authorization code, and adds the family's first refresh token if there is one.
    /// False: the code was consumed already, and nothing is added.
    pub fn redeem(
        &mut self,
        id: GrantId,
        refresh: Option<&RefreshToken>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let Some(refresh) = refresh else {
            let fresh = grants::table.find(id.0).filter(grants::code_consumed_at.is_null());
            let consumed = diesel::update(fresh)
                .set(grants::code_consumed_at.eq(now))
                .execute(self.0.writing()?)?;
            return Ok(consumed > 0);
        };
        let added = sql("WITH consumed AS (UPDATE grants SET code_consumed_at = $2 \
             WHERE id = $1 AND code_consumed_at IS NULL RETURNING id) \
             INSERT INTO refresh_tokens (id, grant_id, kid, issued_at, expires_at) \
             SELECT $3, id, $4, $5, $6 FROM consumed")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Timestamptz, _>(now)
        .bind::<SqlUuid, _>(refresh.id.0)
        .bind::<Text, _>(&refresh.kid)
        .bind::<Timestamptz, _>(refresh.issued_at)
        .bind::<Timestamptz, _>(refresh.expires_at)
        .execute(self.0.writing()?)?;
        Ok(added > 0)
    }

    /// Revokes a grant, and every token of the family with it. False: it was revoked already.
    pub fn revoke(
        &mut self,
        id: GrantId,
        reason: RevokeReason,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        Ok(self.revoke_all(Box::new(grants::id.eq(id.0).nullable()), reason, now)? > 0)
    }

    /// Revokes what was given in these sessions, but for offline access, and tells how many it were.
    pub fn revoke_for_sessions(
        &mut self,
        sessions: &[SessionId],
        reason: RevokeReason,
        now: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        let sessions: Vec<_> = sessions.iter().map(|id| id.0).collect();
        let is_offline = grants::scopes.contains(vec![scope::OFFLINE_ACCESS]);
        let bound = grants::session_id.eq_any(sessions).and(not(is_offline));
        self.revoke_all(Box::new(bound), reason, now)
    }

    /// Revokes what somebody gave, and tells how many it were.
    pub fn revoke_for_user(
        &mut self,
        user: UserId,
        reason: RevokeReason,
        now: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        self.revoke_all(Box::new(grants::user_id.eq(user.0).nullable()), reason, now)
    }

    /// Revokes what somebody gave to a client, and tells how many it were.
    pub fn revoke_for_user_and_client(
        &mut self,
        user: UserId,
        client: &ClientId,
        reason: RevokeReason,
        now: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        let given = grants::user_id.eq(user.0).and(grants::client_id.eq(client.as_str()));
        self.revoke_all(Box::new(given.nullable()), reason, now)
    }

    /// Revokes what a client was given, and tells how many it were.
    pub fn revoke_for_client(
        &mut self,
        client: &ClientId,
        reason: RevokeReason,
        now: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        self.revoke_all(Box::new(grants::client_id.eq(client.as_str()).nullable()), reason, now)
    }

    /// Revokes those of the grants that are not revoked yet, and tells how many it were.
    fn revoke_all(
        &mut self,
        which: Box<dyn BoxableExpression<grants::table, Pg, SqlType = Nullable<Bool>> + '_>,
        reason: RevokeReason,
        now: DateTime<Utc>,
    ) -> Result<u64, StorageError> {
        let live = grants::table.filter(which).filter(grants::revoked_at.is_null());
        let revoked = diesel::update(live)
            .set((grants::revoked_at.eq(now), grants::revoke_reason.eq(reason.as_str())))
            .execute(self.0.writing()?)?;
        Ok(revoked as u64)
    }
}
