//! Authenticator apps.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Handle, StorageError};
use crate::domain::credential::totp::{Authenticator, AuthenticatorName};
use crate::domain::sealed::Sealed;
use crate::kernel::ids::{AuthenticatorId, UserId};
use crate::storage::schema::authenticators;

/// Authenticator apps.
pub struct Authenticators<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = authenticators, check_for_backend(Pg))]
struct AuthenticatorRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    sealed_secret: Vec<u8>,
    seal_key_id: String,
    seal_nonce: Vec<u8>,
    last_step: Option<i64>,
    created_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

impl From<&Authenticator> for AuthenticatorRow {
    fn from(authenticator: &Authenticator) -> Self {
        Self {
            id: authenticator.id.0,
            user_id: authenticator.user_id.0,
            name: authenticator.name.as_str().to_owned(),
            sealed_secret: authenticator.secret.ciphertext.clone(),
            seal_key_id: authenticator.secret.key_id.clone(),
            seal_nonce: authenticator.secret.nonce.to_vec(),
            last_step: authenticator.last_step,
            created_at: authenticator.created_at,
            confirmed_at: authenticator.confirmed_at,
            last_used_at: authenticator.last_used_at,
        }
    }
}

impl AuthenticatorRow {
    fn into_authenticator(self) -> Result<Authenticator, StorageError> {
        let name = AuthenticatorName::parse(&self.name);
        Ok(Authenticator {
            id: AuthenticatorId(self.id),
            user_id: UserId(self.user_id),
            name: name.map_err(|_| StorageError::Corrupt("authenticators.name"))?,
            secret: sealed(self.seal_key_id, self.seal_nonce, self.sealed_secret)?,
            last_step: self.last_step,
            created_at: self.created_at,
            confirmed_at: self.confirmed_at,
            last_used_at: self.last_used_at,
        })
    }
}

fn sealed(key_id: String, nonce: Vec<u8>, ciphertext: Vec<u8>) -> Result<Sealed, StorageError> {
    let nonce = nonce.try_into().map_err(|_| StorageError::Corrupt("authenticators.seal_nonce"))?;
    Ok(Sealed { key_id, nonce, ciphertext })
}

impl Authenticators<'_> {
    /// Those of an account that count, oldest first.
    pub fn list(&mut self, user: UserId) -> Result<Vec<Authenticator>, StorageError> {
        let rows: Vec<AuthenticatorRow> = authenticators::table
            .filter(authenticators::user_id.eq(user.0))
            .filter(authenticators::confirmed_at.is_not_null())
            .order((authenticators::confirmed_at, authenticators::id))
            .select(AuthenticatorRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(AuthenticatorRow::into_authenticator).collect()
    }

    /// One of an account. One that was never confirmed is found too.
    pub fn find(
        &mut self,
        user: UserId,
        id: AuthenticatorId,
    ) -> Result<Option<Authenticator>, StorageError> {
        authenticators::table
            .find(id.0)
            .filter(authenticators::user_id.eq(user.0))
            .select(AuthenticatorRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(AuthenticatorRow::into_authenticator)
            .transpose()
    }

    /// Begins one in the place of those that the account has begun and not confirmed: two statements.
    pub fn begin(&mut self, authenticator: &Authenticator) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        let begun = authenticators::table
            .filter(authenticators::user_id.eq(authenticator.user_id.0))
            .filter(authenticators::confirmed_at.is_null());
        diesel::delete(begun).execute(pg)?;
        diesel::insert_into(authenticators::table)
            .values(AuthenticatorRow::from(authenticator))
            .execute(pg)?;
        Ok(())
    }

    /// From now on it counts, and the code of this time step is spent. False: it counted already, or
    /// is gone.
    pub fn confirm(
        &mut self,
        id: AuthenticatorId,
        step: i64,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let begun = authenticators::table.find(id.0).filter(authenticators::confirmed_at.is_null());
        let confirmed = diesel::update(begun)
            .set((
                authenticators::confirmed_at.eq(now),
                authenticators::last_step.eq(step),
                authenticators::last_used_at.eq(now),
            ))
            .execute(self.0.writing()?)?;
        Ok(confirmed > 0)
    }

    /// Spends the code of a time step, and those of all before it. False: it was spent already.
    pub fn spend(
        &mut self,
        id: AuthenticatorId,
        step: i64,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let is_unspent = authenticators::last_step.is_null().or(authenticators::last_step.lt(step));
        let unspent = authenticators::table
            .find(id.0)
            .filter(authenticators::confirmed_at.is_not_null())
            .filter(is_unspent.assume_not_null());
        let spent = diesel::update(unspent)
            .set((authenticators::last_step.eq(step), authenticators::last_used_at.eq(now)))
            .execute(self.0.writing()?)?;
        Ok(spent > 0)
    }

    /// Calls one of an account by another name. False: it is not there.
    pub fn rename(
        &mut self,
        user: UserId,
        id: AuthenticatorId,
        name: &AuthenticatorName,
    ) -> Result<bool, StorageError> {
        let theirs = authenticators::table
            .find(id.0)
            .filter(authenticators::user_id.eq(user.0))
            .filter(authenticators::confirmed_at.is_not_null());
        let renamed = diesel::update(theirs)
            .set(authenticators::name.eq(name.as_str()))
            .execute(self.0.writing()?)?;
        Ok(renamed > 0)
    }

    /// Removes one of an account. False: it is not there.
    pub fn remove(&mut self, user: UserId, id: AuthenticatorId) -> Result<bool, StorageError> {
        let theirs = authenticators::table.find(id.0).filter(authenticators::user_id.eq(user.0));
        Ok(diesel::delete(theirs).execute(self.0.writing()?)? > 0)
    }

    /// Secrets that are sealed under another master key than this one, in the order of their rows, from
    /// behind `after`.
    pub fn sealed_otherwise(
        &mut self,
        key_id: &str,
        after: Option<AuthenticatorId>,
        limit: u32,
    ) -> Result<Vec<(AuthenticatorId, Sealed)>, StorageError> {
        let rows: Vec<(Uuid, Vec<u8>, String, Vec<u8>)> = authenticators::table
            .filter(authenticators::seal_key_id.ne(key_id))
            .filter(authenticators::id.gt(after.map_or(Uuid::nil(), |id| id.0)))
            .order(authenticators::id)
            .limit(i64::from(limit))
            .select((
                authenticators::id,
                authenticators::sealed_secret,
                authenticators::seal_key_id,
                authenticators::seal_nonce,
            ))
            .load(self.0.reading())?;
        rows.into_iter()
            .map(|(id, secret, key_id, nonce)| {
                Ok((AuthenticatorId(id), sealed(key_id, nonce, secret)?))
            })
            .collect()
    }

    /// Puts a secret, sealed anew, in the place of what was sealed under `before`. False: the
    /// authenticator was removed meanwhile.
    pub fn reseal(
        &mut self,
        id: AuthenticatorId,
        before: &str,
        sealed: &Sealed,
    ) -> Result<bool, StorageError> {
        let secret =
            authenticators::table.find(id.0).filter(authenticators::seal_key_id.eq(before));
        let written = diesel::update(secret)
            .set((
                authenticators::sealed_secret.eq(&sealed.ciphertext),
                authenticators::seal_key_id.eq(&sealed.key_id),
                authenticators::seal_nonce.eq(sealed.nonce.to_vec()),
            ))
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }
}
