//! The addresses of an account.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::StorageError;
use super::profile::AddressRow;
use super::retired::reserved;
use super::users::Users;
use crate::domain::address::{Address, EmailAddress};
use crate::domain::user::RetiredKind;
use crate::kernel::ids::{AddressId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::addresses;

impl Users<'_> {
    /// All addresses of somebody: the primary one, then in the order in which they were added.
    pub fn addresses(&mut self, user: UserId) -> Result<Vec<Address>, StorageError> {
        let rows: Vec<AddressRow> = addresses::table
            .filter(addresses::user_id.eq(user.0))
            .order((addresses::is_primary.desc(), addresses::created_at, addresses::id))
            .select(AddressRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(AddressRow::into_address).collect()
    }

    /// Whether an address can never be confirmed for this account: somebody else has confirmed it, or
    /// had it before their account was removed (`retired` is its hash, if that is asked). Who only claims it, and has not
    /// confirmed it, keeps nobody from it.
    pub fn address_is_anothers(
        &mut self,
        user: UserId,
        email: &EmailAddress,
        retired: Option<TokenHash>,
    ) -> Result<bool, StorageError> {
        let owned = addresses::table
            .filter(addresses::canonical.eq(email.canonical()))
            .filter(addresses::verified_at.is_not_null())
            .filter(addresses::user_id.ne(user.0));
        let retired = retired.unwrap_or_else(|| TokenHash::of(""));
        let gone = reserved(RetiredKind::Address.as_str(), retired.as_bytes());
        Ok(select(exists(owned).or(exists(gone))).get_result(self.0.reading())?)
    }

    /// Who has confirmed this address, if anybody has.
    pub fn owner_of_address(
        &mut self,
        email: &EmailAddress,
    ) -> Result<Option<UserId>, StorageError> {
        let owner: Option<uuid::Uuid> = addresses::table
            .filter(addresses::canonical.eq(email.canonical()))
            .filter(addresses::verified_at.is_not_null())
            .select(addresses::user_id)
            .first(self.0.reading())
            .optional()?;
        Ok(owner.map(UserId))
    }

    /// Adds a confirmed address, or confirms the one that is there; never makes it the primary one.
    pub fn put_address(
        &mut self,
        id: AddressId,
        user: UserId,
        email: &EmailAddress,
        now: DateTime<Utc>,
    ) -> Result<AddressId, StorageError> {
        let row = AddressRow { verified_at: Some(now), ..claimed(id, user, email, now) };
        let id = diesel::insert_into(addresses::table)
            .values(row)
            .on_conflict((addresses::user_id, addresses::canonical))
            .do_update()
            .set(addresses::verified_at.eq(now))
            .returning(addresses::id)
            .get_result(self.0.writing()?)?;
        Ok(AddressId(id))
    }

    /// Adds an address that is not confirmed, and that the account does not have; never makes it the
    /// primary one.
    pub fn claim_address(
        &mut self,
        id: AddressId,
        user: UserId,
        email: &EmailAddress,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let row = claimed(id, user, email, now);
        diesel::insert_into(addresses::table).values(row).execute(self.0.writing()?)?;
        Ok(())
    }

    /// Makes one of somebody's addresses the primary one: two statements.
    pub fn set_primary_address(&mut self, user: UserId, id: AddressId) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        let primary =
            addresses::table.filter(addresses::user_id.eq(user.0)).filter(addresses::is_primary);
        diesel::update(primary).set(addresses::is_primary.eq(false)).execute(pg)?;
        let chosen = addresses::table.find(id.0).filter(addresses::user_id.eq(user.0));
        diesel::update(chosen).set(addresses::is_primary.eq(true)).execute(pg)?;
        Ok(())
    }

    /// Removes one of somebody's addresses, never the primary one. False: there is no such one.
    pub fn remove_address(&mut self, user: UserId, id: AddressId) -> Result<bool, StorageError> {
        let theirs = addresses::table
            .find(id.0)
            .filter(addresses::user_id.eq(user.0))
            .filter(addresses::is_primary.eq(false));
        Ok(diesel::delete(theirs).execute(self.0.writing()?)? > 0)
    }

    /// Removes the addresses of somebody that are no older than that, but the primary one.
    pub fn remove_addresses_since(
        &mut self,
        user: UserId,
        since: DateTime<Utc>,
    ) -> Result<usize, StorageError> {
        let young = addresses::table
            .filter(addresses::user_id.eq(user.0))
            .filter(addresses::created_at.ge(since))
            .filter(addresses::is_primary.eq(false));
        Ok(diesel::delete(young).execute(self.0.writing()?)?)
    }
}

/// The row of an address that nobody has confirmed.
fn claimed(id: AddressId, user: UserId, email: &EmailAddress, now: DateTime<Utc>) -> AddressRow {
    AddressRow {
        id: id.0,
        user_id: user.0,
        email: email.as_typed().to_owned(),
        canonical: email.canonical().to_owned(),
        is_primary: false,
        verified_at: None,
        created_at: now,
    }
}
