//! Roles and who has them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::kernel::ids::{RoleId, UserId};
use crate::storage::schema::{role_permissions, roles, user_roles};

/// Roles and who has them.
pub struct Roles<'t>(pub(in crate::storage) Handle<'t>);

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
