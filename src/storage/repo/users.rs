//! Accounts with their addresses.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::profile::{AddressRow, ProfileRow, StatusColumns, UserRow, is_primary_address};
use super::vocabulary::{lower, other_addresses};
use super::{Handle, StorageError};
use crate::domain::address::{Identifier, Username};
use crate::domain::details::{Detail, Details};
use crate::domain::user::{NewUser, Profile, User, UserStatus};
use crate::kernel::ids::{AddressId, UserId};
use crate::storage::schema::{addresses, password_credentials, roles, user_roles, users};

/// Accounts with their addresses.
pub struct Users<'t>(pub(in crate::storage) Handle<'t>);

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[diesel::dsl::auto_type]
fn profiles() -> _ {
    users::table.left_join(addresses::table.on(is_primary_address()))
}

impl Users<'_> {
    /// Takes the right to give these identifiers out, until the transaction ends. A registration
    /// takes it before it looks whether they are free.
    pub fn lock_identifiers(&mut self, identifiers: &[&str]) -> Result<(), StorageError> {
        // In one order for everybody, so that two registrations never wait for each other.
        let mut sorted = identifiers.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        sql("SELECT pg_advisory_xact_lock(hashtextextended(identifier, 0)) \
             FROM unnest($1) AS identifier")
        .bind::<Array<Text>, _>(sorted)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Makes an account with its address, password and roles: a statement each. The caller has locked
    /// the identifiers and found them free. A role that does not exist fails.
    pub fn insert(
        &mut self,
        id: UserId,
        address_id: AddressId,
        subject: &str,
        new: &NewUser,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let pg = self.0.writing()?;
        let username = new.username.as_ref().map(Username::as_str).map(str::to_owned);
        let user = new_row(id, subject, username, new.name.clone(), now);
        diesel::insert_into(users::table).values(user).execute(pg)?;
        let address = AddressRow {
            id: address_id.0,
            user_id: id.0,
            email: new.email.as_typed().to_owned(),
            canonical: new.email.canonical().to_owned(),
            is_primary: true,
            verified_at: new.email_verified.then_some(now),
            created_at: now,
        };
        diesel::insert_into(addresses::table).values(address).execute(pg)?;
        if let Some(phc) = &new.password_phc {
            diesel::insert_into(password_credentials::table)
                .values((
                    password_credentials::user_id.eq(id.0),
                    password_credentials::phc.eq(phc),
                    password_credentials::changed_at.eq(now),
                ))
                .execute(pg)?;
        }
        if !new.roles.is_empty() {
            grant_roles(pg, id, &new.roles, now)?;
        }
        Ok(())
    }

    /// Makes an account without an address and a password, for somebody whom a provider knows.
    pub fn insert_newcomer(
        &mut self,
        id: UserId,
        subject: &str,
        details: &Details,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let text = |detail| details.get(detail).map(str::to_owned);
        let user = UserRow {
            locale: text(Detail::Locale),
            zoneinfo: text(Detail::Zoneinfo),
            contact: Some(details.to_json(User::APART)),
            ..new_row(id, subject, None, text(Detail::Name), now)
        };
        diesel::insert_into(users::table).values(user).execute(self.0.writing()?)?;
        Ok(())
    }

    /// An account by its row, whatever its status.
    pub fn find(&mut self, id: UserId) -> Result<Option<Profile>, StorageError> {
        profiles()
            .filter(users::id.eq(id.0))
            .select(ProfileRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(ProfileRow::into_profile)
            .transpose()
    }

    /// The accounts with these ids, whatever their status.
    pub fn find_all(&mut self, ids: &[UserId]) -> Result<Vec<Profile>, StorageError> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let found = profiles().filter(users::id.eq_any(ids)).select(ProfileRow::as_select());
        let rows: Vec<ProfileRow> = found.load(self.0.reading())?;
        rows.into_iter().map(ProfileRow::into_profile).collect()
    }

    /// An account by its `sub`, whatever its status.
    pub fn find_by_subject(&mut self, subject: &str) -> Result<Option<Profile>, StorageError> {
        profiles()
            .filter(users::subject.eq(subject))
            .select(ProfileRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(ProfileRow::into_profile)
            .transpose()
    }

    /// The account that signs in by this identifier, whatever its status: of several with the same
    /// address, the one that has verified it, else the one that had it first.
    pub fn find_by_identifier(
        &mut self,
        identifier: &Identifier,
    ) -> Result<Option<Profile>, StorageError> {
        Ok(self.sign_in_candidate(identifier)?.map(|(profile, _)| profile))
    }

    /// [`Users::find_by_identifier`] with the PHC string of the password, if the account has one.
    pub fn sign_in_candidate(
        &mut self,
        identifier: &Identifier,
    ) -> Result<Option<(Profile, Option<String>)>, StorageError> {
        let query = profiles()
            .left_join(password_credentials::table.on(password_credentials::user_id.eq(users::id)))
            .select((ProfileRow::as_select(), password_credentials::phc.nullable()))
            .into_boxed::<Pg>();
        let query = match identifier {
            Identifier::Email(email) => query.filter(
                users::id.nullable().eq(other_addresses
                    .filter(other_addresses.field(addresses::canonical).eq(email.canonical()))
                    .order((
                        other_addresses.field(addresses::verified_at).is_null(),
                        other_addresses.field(addresses::created_at),
                        other_addresses.field(addresses::id),
                    ))
                    .limit(1)
                    .select(other_addresses.field(addresses::user_id).nullable())
                    .single_value()),
            ),
            Identifier::Username(username) => query.filter(users::username.eq(username.as_str())),
        };
        let found: Option<(ProfileRow, Option<String>)> =
            query.first(self.0.reading()).optional()?;
        found.map(|(row, phc)| Ok((row.into_profile()?, phc))).transpose()
    }

    /// Whatever an account can sign in by, in its canonical form.
    pub fn identifiers(&mut self, id: UserId) -> Result<Vec<String>, StorageError> {
        let found: Vec<Name> = sql("SELECT canonical AS name FROM addresses WHERE user_id = $1 \
             UNION ALL SELECT username FROM users WHERE id = $1 AND username IS NOT NULL")
        .bind::<SqlUuid, _>(id.0)
        .load(self.0.reading())?;
        Ok(found.into_iter().map(|it| it.name).collect())
    }

    /// Accounts in the order they were made, from behind `after`: all, or those of which an address,
    /// the username or the full name begins with `search`, without case.
    pub fn list(
        &mut self,
        search: Option<&str>,
        limit: u32,
        after: Option<UserId>,
    ) -> Result<Vec<Profile>, StorageError> {
        let mut query = profiles()
            .select(ProfileRow::as_select())
            .order(users::id)
            .limit(i64::from(limit))
            .into_boxed::<Pg>();
        if let Some(after) = after {
            query = query.filter(users::id.gt(after.0));
        }
        if let Some(search) = search {
            // Postgres takes no NUL, and nobody has one in the name.
            if search.contains('\0') {
                return Ok(Vec::new());
            }
            let pattern = prefix_pattern(&search.to_lowercase());
            query = query.filter(
                lower(users::username)
                    .like(pattern.clone())
                    .or(lower(users::name).like(pattern.clone()))
                    .or(diesel::dsl::exists(
                        other_addresses
                            .filter(other_addresses.field(addresses::user_id).eq(users::id))
                            .filter(other_addresses.field(addresses::canonical).like(pattern)),
                    )
                    .nullable()),
            );
        }
        let rows: Vec<ProfileRow> = query.load(self.0.reading())?;
        rows.into_iter().map(ProfileRow::into_profile).collect()
    }

    /// Opens or closes an account, and ends what its credentials gave when a time for that is given.
    /// False: there is no such account.
    pub fn set_status(
        &mut self,
        id: UserId,
        status: UserStatus,
        credentials_changed_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let columns = StatusColumns::from(status);
        let changed = diesel::update(users::table.find(id.0))
            .set((
                users::status.eq(columns.status),
                users::deleting_since.eq(columns.deleting_since),
                users::deactivated_at.eq(columns.deactivated_at),
                credentials_changed_at.map(|at| users::credentials_changed_at.eq(at)),
                users::updated_at.eq(now),
            ))
            .execute(self.0.writing()?)?;
        Ok(changed > 0)
    }

    /// Says since when an account exists that came from elsewhere. False: there is no such account.
    pub fn set_created_at(
        &mut self,
        id: UserId,
        created_at: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let changed = diesel::update(users::table.find(id.0))
            .set(users::created_at.eq(created_at))
            .execute(self.0.writing()?)?;
        Ok(changed > 0)
    }

    /// From now on nothing that was given before is honoured. False: there is no such account. One that
    /// its person has closed stays so, from this time on.
    pub fn credentials_changed(
        &mut self,
        id: UserId,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let changed = sql("UPDATE users SET credentials_changed_at = $2, deactivated_at = CASE \
             WHEN status = 'disabled' AND deactivated_at = credentials_changed_at THEN $2 END \
             WHERE id = $1")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(changed > 0)
    }

    /// Changes what the person tells about themselves. False: there is no such account.
    pub fn set_details(
        &mut self,
        id: UserId,
        details: &Details,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let changed = diesel::update(users::table.find(id.0))
            .set((
                users::name.eq(details.get(Detail::Name)),
                users::locale.eq(details.get(Detail::Locale)),
                users::zoneinfo.eq(details.get(Detail::Zoneinfo)),
                users::contact.eq(details.to_json(User::APART)),
                users::updated_at.eq(now),
            ))
            .execute(self.0.writing()?)?;
        Ok(changed > 0)
    }

    /// Changes the username. False: there is no such account.
    pub fn set_username(
        &mut self,
        id: UserId,
        username: &Username,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let changed = diesel::update(users::table.find(id.0))
            .set((users::username.eq(username.as_str()), users::updated_at.eq(now)))
            .execute(self.0.writing()?)?;
        Ok(changed > 0)
    }

    /// Changes the full name. False: there is no such account.
    pub fn set_name(
        &mut self,
        id: UserId,
        name: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let changed = diesel::update(users::table.find(id.0))
            .set((users::name.eq(name), users::updated_at.eq(now)))
            .execute(self.0.writing()?)?;
        Ok(changed > 0)
    }
}

fn new_row(
    id: UserId,
    subject: &str,
    username: Option<String>,
    name: Option<String>,
    now: DateTime<Utc>,
) -> UserRow {
    UserRow {
        id: id.0,
        subject: subject.to_owned(),
        username,
        name,
        locale: None,
        zoneinfo: None,
        status: StatusColumns::from(UserStatus::Active).status.to_owned(),
        credentials_changed_at: now,
        created_at: now,
        updated_at: now,
        deleting_since: None,
        contact: None,
        picture: None,
        deactivated_at: None,
        disowned_at: None,
    }
}

fn grant_roles(
    pg: &mut PgConnection,
    user: UserId,
    names: &[String],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let ids: Vec<Uuid> =
        roles::table.filter(roles::name.eq_any(names)).select(roles::id).load(pg)?;
    if names.iter().collect::<std::collections::BTreeSet<_>>().len() != ids.len() {
        return Err(StorageError::Other("there is no such role".to_owned()));
    }
    let rows: Vec<_> = ids
        .into_iter()
        .map(|role| {
            (
                user_roles::user_id.eq(user.0),
                user_roles::role_id.eq(role),
                user_roles::granted_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(user_roles::table).values(rows).execute(pg)?;
    Ok(())
}

/// A LIKE pattern for what begins with `text`, in which nothing of `text` is a wildcard.
fn prefix_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
