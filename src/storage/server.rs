//! What there is to know about the database server itself.

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};

use super::error::StorageError;
use super::tx::Tx;

/// The oldest major version that Latchkey works with.
pub const OLDEST_MAJOR_VERSION: i32 = 14;

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// The server's version as a number: 150004 is 15.4.
pub fn version(tx: &mut Tx<'_>) -> Result<i32, StorageError> {
    let query = "SELECT current_setting('server_version_num')::int4 AS version";
    let found: Version = diesel::sql_query(query).get_result(tx.handle().reading())?;
    Ok(found.version)
}

/// What a database is to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It takes writes.
    Primary,
    /// It takes none for now; what it says is true.
    ReadOnly,
    /// It copies another one, and is behind that.
    Standby,
}

#[derive(QueryableByName)]
struct Recovery {
    #[diesel(sql_type = Bool)]
    in_recovery: bool,
    #[diesel(sql_type = Bool)]
    read_only: bool,
}

/// What the database is at this moment.
pub fn role(tx: &mut Tx<'_>) -> Result<Role, StorageError> {
    let query = "SELECT pg_is_in_recovery() AS in_recovery, \
                 current_setting('transaction_read_only')::bool AS read_only";
    let found: Recovery = diesel::sql_query(query).get_result(tx.handle().reading())?;
    Ok(match found {
        Recovery { in_recovery: true, .. } => Role::Standby,
        Recovery { read_only: true, .. } => Role::ReadOnly,
        Recovery { .. } => Role::Primary,
    })
}
