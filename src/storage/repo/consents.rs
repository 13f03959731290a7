//! What people allowed.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::clients::{ClientRow, SecretRow, gather};
use super::prepared::sql;
use super::{Handle, StorageError, known_claims, names, texts};
use crate::domain::client::{Client, ClientId};
use crate::domain::consent::Consent;
use crate::kernel::ids::UserId;
use crate::storage::schema::{client_secrets, clients, consents};

/// What people allowed.
pub struct Consents<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = consents, check_for_backend(Pg))]
pub(super) struct ConsentRow {
    user_id: Uuid,
    client_id: String,
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    claims: Vec<String>,
}

impl ConsentRow {
    pub(super) fn into_consent(self) -> Consent {
        Consent {
            user_id: UserId(self.user_id),
            client_id: self.client_id,
            scopes: self.scopes.into_iter().collect(),
            claims: known_claims(&self.claims),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl Consents<'_> {
    /// What somebody has allowed a client.
    pub fn find(
        &mut self,
        user: UserId,
        client: &ClientId,
    ) -> Result<Option<Consent>, StorageError> {
        let found: Option<ConsentRow> = consents::table
            .find((user.0, client.as_str()))
            .select(ConsentRow::as_select())
            .first(self.0.reading())
            .optional()?;
        Ok(found.map(ConsentRow::into_consent))
    }

    /// Adds to what somebody has allowed a client; when it was first given stays. One statement, so
    /// that of what is allowed in two tabs at once nothing is lost, and nothing comes back that is
    /// taken back meanwhile.
    pub fn give(&mut self, consent: &Consent) -> Result<(), StorageError> {
        sql("INSERT INTO consents (user_id, client_id, scopes, claims, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, client_id) DO UPDATE SET \
             scopes = ARRAY(SELECT unnest(consents.scopes) UNION SELECT unnest(excluded.scopes)), \
             claims = ARRAY(SELECT unnest(consents.claims) UNION SELECT unnest(excluded.claims)), \
             updated_at = excluded.updated_at")
        .bind::<SqlUuid, _>(consent.user_id.0)
        .bind::<Text, _>(&consent.client_id)
        .bind::<Array<Text>, _>(texts(&consent.scopes))
        .bind::<Array<Text>, _>(names(&consent.claims))
        .bind::<Timestamptz, _>(consent.created_at)
        .bind::<Timestamptz, _>(consent.updated_at)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Forgets what somebody has allowed a client. False: nothing was.
    pub fn delete(&mut self, user: UserId, client: &ClientId) -> Result<bool, StorageError> {
        let deleted = diesel::delete(consents::table.find((user.0, client.as_str())))
            .execute(self.0.writing()?)?;
        Ok(deleted > 0)
    }

    /// Everything that somebody has allowed, with the clients, newest first. Removed clients are
    /// left out.
    pub fn list(&mut self, user: UserId) -> Result<Vec<(Consent, Client)>, StorageError> {
        let rows: Vec<(ConsentRow, ClientRow, Option<SecretRow>)> = consents::table
            .inner_join(clients::table)
            .left_join(client_secrets::table.on(client_secrets::client_id.eq(clients::id)))
            .filter(consents::user_id.eq(user.0))
            .filter(clients::removed_at.is_null())
            .order((
                consents::created_at.desc(),
                clients::id,
                client_secrets::created_at.desc(),
                client_secrets::id.desc(),
            ))
            .select((
                ConsentRow::as_select(),
                ClientRow::as_select(),
                Option::<SecretRow>::as_select(),
            ))
            .load(self.0.reading())?;
        let mut consents: Vec<Consent> = Vec::new();
        let mut parties = Vec::new();
        for (consent, client, secret) in rows {
            if consents.last().is_none_or(|last| last.client_id != client.id) {
                consents.push(consent.into_consent());
            }
            parties.push((client, secret));
        }
        Ok(consents.into_iter().zip(gather(parties)?).collect())
    }
}
