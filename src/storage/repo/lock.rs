//! Row locks in queries with joins.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// A query with a row lock on some of its tables. diesel's own locks all of them, which Postgres
/// refuses on the optional side of a join.
#[derive(Debug, Clone, Copy)]
pub(super) struct LockRows<Q> {
    query: Q,
    tables: &'static str,
}

/// Locks the rows of these tables until the transaction ends.
pub(super) fn lock_rows<Q>(query: Q, tables: &'static str) -> LockRows<Q> {
    LockRows { query, tables }
}

impl<Q: diesel::query_builder::Query> Query for LockRows<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<PgConnection> for LockRows<Q> {}

impl<Q> QueryId for LockRows<Q> {
    type QueryId = ();
    // The tables are no part of the type, so the SQL itself is the key of the prepared statement.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for LockRows<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" FOR UPDATE OF ");
        out.push_sql(self.tables);
        Ok(())
    }
}
