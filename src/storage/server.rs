//! What there is to know about the database server itself.

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::Integer;

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
