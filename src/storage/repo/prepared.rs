//! Statements that a connection prepares once and finds again.
//!
//! The query builder does so by itself for what it takes to have few forms. Raw SQL and updates it
//! lets Postgres parse and plan anew each time; and what is long it walks through each time to see
//! whether it may be found again.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};
use diesel::{QueryResult, RunQueryDsl};

/// A statement in SQL with its parameters as `$1`, `$2` and so on, bound in this order.
pub(super) fn sql(text: &'static str) -> Sql<()> {
    Sql { text, parameters: () }
}

/// A statement in SQL. Its text is the key under which a connection finds it again.
pub(super) struct Sql<P> {
    text: &'static str,
    parameters: P,
}

/// A parameter of the type `ST`, behind others.
pub(super) struct Bound<P, V, ST> {
    before: P,
    value: V,
    sql_type: PhantomData<ST>,
}

impl<P> Sql<P> {
    /// Binds the next parameter.
    pub(super) fn bind<ST, V>(self, value: V) -> Sql<Bound<P, V, ST>> {
        let parameters = Bound { before: self.parameters, value, sql_type: PhantomData };
        Sql { text: self.text, parameters }
    }
}

/// The query builder numbers the parameters that it binds, and writes their numbers down at once. They
/// stand in a comment in front of the text that uses them.
impl<P: QueryFragment<Pg>> QueryFragment<Pg> for Sql<P> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("/*");
        self.parameters.walk_ast(out.reborrow())?;
        out.push_sql("*/ ");
        out.push_sql(self.text);
        Ok(())
    }
}

impl<P, V, ST> QueryFragment<Pg> for Bound<P, V, ST>
where
    P: QueryFragment<Pg>,
    V: ToSql<ST, Pg>,
    Pg: HasSqlType<ST>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.before.walk_ast(out.reborrow())?;
        out.push_bind_param(&self.value)
    }
}

impl<P> QueryId for Sql<P> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<P> Query for Sql<P> {
    type SqlType = Untyped;
}

impl<P, C> RunQueryDsl<C> for Sql<P> {}

/// A query whose type alone says what its text is.
pub(super) struct Same<Q>(Q);

/// Any query.
pub(super) trait AlwaysTheSame: Sized {
    /// The same query, found again without a walk through it. There may be neither a list of values nor
    /// anything optional in it.
    fn always_the_same(self) -> Same<Self> {
        Same(self)
    }
}

impl<Q: Query> AlwaysTheSame for Q {}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Same<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: QueryId> QueryId for Same<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Same<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Same<Q> {}
