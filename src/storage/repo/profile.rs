//! An account with its primary address and roles: the rows that several repositories join.

use chrono::{DateTime, Utc};
use diesel::expression::{AppearsOnTable, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Bool, Text};
use uuid::Uuid;

use super::StorageError;
use crate::domain::address::{Address, EmailAddress, Username};
use crate::domain::details::Details;
use crate::domain::picture::PictureName;
use crate::domain::user::{AccountState, Profile, User, UserStatus};
use crate::kernel::ids::{AddressId, UserId};
use crate::storage::schema::{addresses, users};

/// Joins the primary address.
#[diesel::dsl::auto_type]
pub(super) fn is_primary_address() -> _ {
    addresses::user_id.eq(users::id).and(addresses::is_primary)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(Pg))]
pub(super) struct UserRow {
    pub(super) id: Uuid,
    pub(super) subject: String,
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) zoneinfo: Option<String>,
    pub(super) status: String,
    pub(super) credentials_changed_at: DateTime<Utc>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) deleting_since: Option<DateTime<Utc>>,
    pub(super) contact: Option<serde_json::Value>,
    pub(super) picture: Option<String>,
    /// When the person closed the account themselves. It says so only where the status is `disabled` and
    /// it is the very time in `credentials_changed_at`, which goes along with it
    /// ([`super::users::Users::credentials_changed`]). The release before opens and closes accounts
    /// without this column, and leaves an old time in it; whenever it closes one that is open, or sets a
    /// password, it moves the other. What it leaves so is an operator's `disabled`.
    pub(super) deactivated_at: Option<DateTime<Utc>>,
    pub(super) disowned_at: Option<DateTime<Utc>>,
}

/// The columns of an [`AccountState`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(Pg))]
pub(super) struct AccountStateRow {
    status: String,
    credentials_changed_at: DateTime<Utc>,
}

impl From<AccountStateRow> for AccountState {
    fn from(row: AccountStateRow) -> Self {
        Self {
            is_active: row.status == "active",
            credentials_changed_at: row.credentials_changed_at,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = addresses, check_for_backend(Pg))]
pub(super) struct AddressRow {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) email: String,
    pub(super) canonical: String,
    pub(super) is_primary: bool,
    pub(super) verified_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(check_for_backend(Pg))]
pub(super) struct ProfileRow {
    #[diesel(embed)]
    user: UserRow,
    #[diesel(embed)]
    address: Option<AddressRow>,
    #[diesel(select_expression = RoleNames)]
    #[diesel(select_expression_type = RoleNames)]
    roles: Vec<String>,
    #[diesel(select_expression = NeedsSecondFactor)]
    #[diesel(select_expression_type = NeedsSecondFactor)]
    needs_second_factor: bool,
}

/// The sorted names of the roles of the user of each row. A type of its own, because diesel keeps no
/// prepared statement for a query with raw SQL in it.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct RoleNames;

impl Expression for RoleNames {
    type SqlType = Array<Text>;
}

impl QueryFragment<Pg> for RoleNames {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "ARRAY(SELECT roles.name FROM user_roles JOIN roles ON roles.id = user_roles.role_id \
             WHERE user_roles.user_id = users.id ORDER BY roles.name COLLATE \"C\")",
        );
        Ok(())
    }
}

impl<QS> SelectableExpression<QS> for RoleNames {}
impl<QS> AppearsOnTable<QS> for RoleNames {}

impl<GroupBy> ValidGrouping<GroupBy> for RoleNames {
    type IsAggregate = is_aggregate::No;
}

/// Whether a role of the user of each row asks for a second factor.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct NeedsSecondFactor;

impl Expression for NeedsSecondFactor {
    type SqlType = Bool;
}

impl QueryFragment<Pg> for NeedsSecondFactor {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "EXISTS (SELECT FROM user_roles JOIN roles ON roles.id = user_roles.role_id \
             WHERE user_roles.user_id = users.id AND roles.needs_second_factor)",
        );
        Ok(())
    }
}

impl<QS> SelectableExpression<QS> for NeedsSecondFactor {}
impl<QS> AppearsOnTable<QS> for NeedsSecondFactor {}

impl<GroupBy> ValidGrouping<GroupBy> for NeedsSecondFactor {
    type IsAggregate = is_aggregate::No;
}

impl UserRow {
    fn into_user(self) -> Result<User, StorageError> {
        // What is older was left by a node of the release before, which opens and closes accounts without it.
        let deactivated_at = self.deactivated_at.filter(|at| *at == self.credentials_changed_at);
        let status = match (self.status.as_str(), self.deleting_since, deactivated_at) {
            ("active", None, _) => UserStatus::Active,
            ("disabled", None, None) => UserStatus::Disabled,
            ("disabled", None, Some(since)) => UserStatus::Deactivated { since },
            ("deleting", Some(since), _) => UserStatus::Deleting { since },
            _ => return Err(StorageError::Corrupt("users.status")),
        };
        let username = self.username.as_deref().map(Username::parse).transpose();
        let contact = self.contact.as_ref().map_or_else(Details::default, Details::from_json);
        Ok(User {
            id: UserId(self.id),
            subject: self.subject,
            username: username.map_err(|_| StorageError::Corrupt("users.username"))?,
            name: self.name,
            locale: self.locale,
            zoneinfo: self.zoneinfo,
            // One that is none is nowhere to be found.
            picture: self.picture.as_deref().and_then(PictureName::parse),
            contact,
            status,
            credentials_changed_at: self.credentials_changed_at,
            disowned_at: self.disowned_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// A status as stored.
pub(super) struct StatusColumns {
    pub(super) status: &'static str,
    pub(super) deleting_since: Option<DateTime<Utc>>,
    pub(super) deactivated_at: Option<DateTime<Utc>>,
}

impl From<UserStatus> for StatusColumns {
    fn from(status: UserStatus) -> Self {
        let plain = |status| Self { status, deleting_since: None, deactivated_at: None };
        match status {
            UserStatus::Active => plain("active"),
            UserStatus::Disabled => plain("disabled"),
            UserStatus::Deactivated { since } => {
                Self { deactivated_at: Some(since), ..plain("disabled") }
            }
            UserStatus::Deleting { since } => {
                Self { deleting_since: Some(since), ..plain("deleting") }
            }
        }
    }
}

impl AddressRow {
    pub(super) fn into_address(self) -> Result<Address, StorageError> {
        let email = EmailAddress::parse(&self.email);
        Ok(Address {
            id: AddressId(self.id),
            user_id: UserId(self.user_id),
            email: email.map_err(|_| StorageError::Corrupt("addresses.email"))?,
            is_primary: self.is_primary,
            verified_at: self.verified_at,
            created_at: self.created_at,
        })
    }
}

impl ProfileRow {
    pub(super) fn into_profile(self) -> Result<Profile, StorageError> {
        Ok(Profile {
            user: self.user.into_user()?,
            primary_address: self.address.map(AddressRow::into_address).transpose()?,
            roles: self.roles,
            needs_second_factor: self.needs_second_factor,
        })
    }
}
