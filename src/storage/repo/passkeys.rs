//! Passkeys.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::credential::passkey::{Passkey, PasskeyName};
use crate::kernel::ids::{PasskeyId, UserId};
use crate::storage::schema::passkeys;

/// Passkeys.
pub struct Passkeys<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = passkeys, check_for_backend(Pg))]
struct PasskeyRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    credential_id: Vec<u8>,
    credential: serde_json::Value,
    aaguid: Option<Uuid>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    cloned_at: Option<DateTime<Utc>>,
    disowned_at: Option<DateTime<Utc>>,
}

impl From<&Passkey> for PasskeyRow {
    fn from(passkey: &Passkey) -> Self {
        Self {
            id: passkey.id.0,
            user_id: passkey.user_id.0,
            name: passkey.name.as_str().to_owned(),
            credential_id: passkey.credential_id.clone(),
            credential: passkey.credential.clone(),
            aaguid: passkey.aaguid,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            cloned_at: passkey.cloned_at,
            disowned_at: passkey.disowned_at,
        }
    }
}

impl PasskeyRow {
    fn into_passkey(self) -> Result<Passkey, StorageError> {
        let counter = self.credential.get("counter").and_then(serde_json::Value::as_u64);
        let counter = counter.and_then(|counter| u32::try_from(counter).ok());
        Ok(Passkey {
            id: PasskeyId(self.id),
            user_id: UserId(self.user_id),
            name: PasskeyName::stored(self.name),
            credential_id: self.credential_id,
            credential: self.credential,
            counter: counter.ok_or(StorageError::Corrupt("passkeys.credential"))?,
            aaguid: self.aaguid,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            cloned_at: self.cloned_at,
            disowned_at: self.disowned_at,
        })
    }
}

impl Passkeys<'_> {
    /// Adds one. False: there is one that its authenticator names alike, in this account or another.
    pub fn insert(&mut self, passkey: &Passkey) -> Result<bool, StorageError> {
        let inserted = diesel::insert_into(passkeys::table)
            .values(PasskeyRow::from(passkey))
            .on_conflict(passkeys::credential_id)
            .do_nothing()
            .execute(self.0.writing()?)?;
        Ok(inserted > 0)
    }

    /// Those of an account, oldest first.
    pub fn list(&mut self, user: UserId) -> Result<Vec<Passkey>, StorageError> {
        let rows: Vec<PasskeyRow> = passkeys::table
            .filter(passkeys::user_id.eq(user.0))
            .order((passkeys::created_at, passkeys::id))
            .select(PasskeyRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(PasskeyRow::into_passkey).collect()
    }

    /// The one that its authenticator names so, whosever it is.
    pub fn find(&mut self, credential_id: &[u8]) -> Result<Option<Passkey>, StorageError> {
        passkeys::table
            .filter(passkeys::credential_id.eq(credential_id))
            .select(PasskeyRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(PasskeyRow::into_passkey)
            .transpose()
    }

    /// A passkey, locked: sign-ins with one follow one another, because each counts on.
    pub fn find_for_update(&mut self, id: PasskeyId) -> Result<Option<Passkey>, StorageError> {
        passkeys::table
            .find(id.0)
            .select(PasskeyRow::as_select())
            .for_update()
            .first(self.0.writing()?)
            .optional()?
            .map(PasskeyRow::into_passkey)
            .transpose()
    }

    /// Somebody signed in with it, and its counter stands there.
    pub fn used(
        &mut self,
        id: PasskeyId,
        counter: u32,
        backed_up: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        sql("UPDATE passkeys SET last_used_at = $2, credential = credential || \
             jsonb_build_object('counter', $3, 'backup_state', $4) WHERE id = $1")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Timestamptz, _>(now)
        .bind::<BigInt, _>(i64::from(counter))
        .bind::<Bool, _>(backed_up)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Notes that there may be a copy of it; false: that was noted before.
    pub fn cloned(&mut self, id: PasskeyId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let unnoted = passkeys::table.find(id.0).filter(passkeys::cloned_at.is_null());
        let noted =
            diesel::update(unnoted).set(passkeys::cloned_at.eq(now)).execute(self.0.writing()?)?;
        Ok(noted > 0)
    }

    /// From now on those of an account that were added since then let nobody in by themselves. Tells how many
    /// are new to that.
    pub fn disown_since(
        &mut self,
        user: UserId,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let younger = passkeys::table
            .filter(passkeys::user_id.eq(user.0))
            .filter(passkeys::created_at.gt(since))
            .filter(passkeys::disowned_at.is_null());
        Ok(diesel::update(younger).set(passkeys::disowned_at.eq(now)).execute(self.0.writing()?)?)
    }

    /// It is known to be the owner's, and lets them in by itself again.
    pub fn own_again(&mut self, id: PasskeyId) -> Result<(), StorageError> {
        diesel::update(passkeys::table.find(id.0))
            .set(passkeys::disowned_at.eq(None::<DateTime<Utc>>))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Gives one of an account another name; false: the account has no such passkey.
    pub fn rename(
        &mut self,
        id: PasskeyId,
        user: UserId,
        name: &PasskeyName,
    ) -> Result<bool, StorageError> {
        let theirs = passkeys::table.find(id.0).filter(passkeys::user_id.eq(user.0));
        let renamed = diesel::update(theirs)
            .set(passkeys::name.eq(name.as_str()))
            .execute(self.0.writing()?)?;
        Ok(renamed > 0)
    }

    /// Removes one of an account; false: the account has no such passkey.
    pub fn remove(&mut self, id: PasskeyId, user: UserId) -> Result<bool, StorageError> {
        let theirs = passkeys::table.find(id.0).filter(passkeys::user_id.eq(user.0));
        Ok(diesel::delete(theirs).execute(self.0.writing()?)? > 0)
    }
}
