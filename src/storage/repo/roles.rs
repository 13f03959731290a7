//! Roles and who has them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Timestamptz, Uuid as SqlUuid};

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::role::Role;
use crate::kernel::ids::{RoleId, UserId};
use crate::storage::schema::{role_permissions, roles, user_roles};

/// Roles and who has them.
pub struct Roles<'t>(pub(in crate::storage) Handle<'t>);

#[derive(QueryableByName)]
struct RoleRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Array<Text>)]
    permissions: Vec<String>,
    #[diesel(sql_type = Bool)]
    needs_second_factor: bool,
    #[diesel(sql_type = BigInt)]
    holders: i64,
}

impl From<RoleRow> for Role {
    fn from(row: RoleRow) -> Self {
        let RoleRow { name, description, permissions, needs_second_factor, holders } = row;
        Self { name, description, permissions, needs_second_factor, holders }
    }
}

impl Roles<'_> {
    /// Makes sure that a role exists and holds at least these permissions: two statements. `id` is
    /// for a new one; the answer is the one it has.
    pub fn ensure(
        &mut self,
        id: RoleId,
        name: &str,
        description: &str,
        permissions: &[&str],
        now: DateTime<Utc>,
    ) -> Result<RoleId, StorageError> {
        let pg = self.0.writing()?;
        let id = diesel::insert_into(roles::table)
            .values((
                roles::id.eq(id.0),
                roles::name.eq(name),
                roles::description.eq(description),
                roles::created_at.eq(now),
            ))
            .on_conflict(roles::name)
            .do_update()
            .set(roles::description.eq(description))
            .returning(roles::id)
            .get_result(pg)?;
        let rows: Vec<_> = permissions
            .iter()
            .map(|permission| {
                (role_permissions::role_id.eq(id), role_permissions::permission.eq(*permission))
            })
            .collect();
        diesel::insert_into(role_permissions::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(pg)?;
        Ok(RoleId(id))
    }

    /// Gives somebody a role, if they do not have it yet. False: there is no such role.
    pub fn grant(
        &mut self,
        user: UserId,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        #[derive(QueryableByName)]
        struct Found {
            #[diesel(sql_type = diesel::sql_types::Bool)]
            exists: bool,
        }
        let found: Found = sql("WITH role AS (SELECT id FROM roles WHERE name = $2), \
             added AS (INSERT INTO user_roles (user_id, role_id, granted_at) \
             SELECT $1, id, $3 FROM role ON CONFLICT DO NOTHING) \
             SELECT EXISTS (SELECT FROM role) AS exists")
        .bind::<SqlUuid, _>(user.0)
        .bind::<Text, _>(name)
        .bind::<Timestamptz, _>(now)
        .get_result(self.0.writing()?)?;
        Ok(found.exists)
    }

    /// Takes a role from somebody who may not even have it.
    pub fn withdraw(&mut self, user: UserId, name: &str) -> Result<(), StorageError> {
        sql("DELETE FROM user_roles USING roles \
             WHERE roles.id = role_id AND user_id = $1 AND name = $2")
        .bind::<SqlUuid, _>(user.0)
        .bind::<Text, _>(name)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Every role, by name.
    pub fn list(&mut self) -> Result<Vec<Role>, StorageError> {
        let rows: Vec<RoleRow> = sql(concat!(
            "SELECT name, description, needs_second_factor, ",
            "ARRAY(SELECT permission FROM role_permissions WHERE role_id = roles.id ORDER BY 1) ",
            "AS permissions, ",
            "(SELECT count(*) FROM user_roles WHERE role_id = roles.id) AS holders ",
            "FROM roles ORDER BY name"
        ))
        .load(self.0.reading())?;
        Ok(rows.into_iter().map(Role::from).collect())
    }

    /// The role of that name, which nobody else changes until the transaction ends.
    pub fn lock(&mut self, name: &str) -> Result<Option<Role>, StorageError> {
        let row: Option<RoleRow> = sql(concat!(
            "SELECT name, description, needs_second_factor, ",
            "ARRAY(SELECT permission FROM role_permissions WHERE role_id = roles.id ORDER BY 1) ",
            "AS permissions, ",
            "(SELECT count(*) FROM user_roles WHERE role_id = roles.id) AS holders ",
            "FROM roles WHERE name = $1 FOR UPDATE"
        ))
        .bind::<Text, _>(name)
        .get_result(self.0.writing()?)
        .optional()?;
        Ok(row.map(Role::from))
    }

    /// Says whether whoever has the role proves a second factor. False: there is no such role.
    pub fn set_second_factor(&mut self, name: &str, needed: bool) -> Result<bool, StorageError> {
        let changed = diesel::update(roles::table.filter(roles::name.eq(name)))
            .set(roles::needs_second_factor.eq(needed))
            .execute(self.0.writing()?)?;
        Ok(changed > 0)
    }

    /// Which of these names no role has.
    pub fn unknown(&mut self, names: &[String]) -> Result<Vec<String>, StorageError> {
        let known: Vec<String> = roles::table
            .filter(roles::name.eq_any(names))
            .select(roles::name)
            .load(self.0.reading())?;
        Ok(names.iter().filter(|name| !known.contains(name)).cloned().collect())
    }

    /// What somebody may do by all their roles together, sorted.
    pub fn permissions_of(&mut self, user: UserId) -> Result<Vec<String>, StorageError> {
        Ok(user_roles::table
            .inner_join(
                role_permissions::table.on(role_permissions::role_id.eq(user_roles::role_id)),
            )
            .filter(user_roles::user_id.eq(user.0))
            .select(role_permissions::permission)
            .distinct()
            .order(role_permissions::permission)
            .load(self.0.reading())?)
    }
}
