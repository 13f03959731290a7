//! The database behind the app, for what no request can show or bring about.

use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::storage::{Stop, StorageError};

use super::app::TestApp;
use super::faults;

impl TestApp {
    pub async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut latchkey::storage::Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> T {
        let done: Result<T, ()> =
            self.node().db().write(move |tx| act(tx).map_err(Stop::Failed)).await.unwrap();
        done.unwrap()
    }

    /// The address of the database, for commands.
    pub fn database_url(&self) -> String {
        self.database.url()
    }

    /// A connection to the database, past the server.
    pub fn raw(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    /// How many rows a table has.
    pub fn rows(&self, table: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let query = sql_query(format!("SELECT count(*) FROM {table}"));
        query.get_result::<Row>(&mut self.raw()).unwrap().count
    }

    /// How many statements wait for a lock.
    pub fn waiting(&self) -> usize {
        faults::waiting(&mut self.raw())
    }

    /// From now on the database takes no connections, and those that were there are gone.
    pub fn refuse_connections(&self) {
        self.database.allow_connections(false);
    }

    /// Ends [`TestApp::refuse_connections`].
    pub fn take_connections(&self) {
        self.database.allow_connections(true);
    }

    /// From now on the database refuses every new row of a table.
    pub fn refuse_rows(&self, table: &str) {
        let mut connection = self.raw();
        for statement in [
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
             AS 'BEGIN RAISE EXCEPTION ''no more''; END'",
            &format!(
                "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION refuse()"
            ),
        ] {
            sql_query(statement).execute(&mut connection).unwrap();
        }
    }

    /// Ends [`TestApp::refuse_rows`].
    pub fn take_rows(&self) {
        sql_query("DROP FUNCTION refuse CASCADE").execute(&mut self.raw()).unwrap();
    }

    /// Every row of every table but these, as text, in an order that says nothing.
    pub fn dump_without(&self, left_out: &[&str]) -> Vec<String> {
        let mut connection = self.raw();
        let tables = texts(
            &mut connection,
            "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'",
        );
        let mut rows = Vec::new();
        for table in tables.iter().filter(|table| !left_out.contains(&table.as_str())) {
            let query = format!("SELECT '{table} ' || t::text AS line FROM {table} AS t");
            rows.extend(texts(&mut connection, &query));
        }
        rows.sort();
        rows
    }

    /// From now on no table is found: every statement is a fault of ours.
    pub fn lose_tables(&self) {
        sql_query("ALTER SCHEMA public RENAME TO elsewhere").execute(&mut self.raw()).unwrap();
    }

    /// Ends [`TestApp::lose_tables`].
    pub fn find_tables(&self) {
        sql_query("ALTER SCHEMA elsewhere RENAME TO public").execute(&mut self.raw()).unwrap();
    }

    /// Every row of every table, as text.
    pub fn dump(&self) -> String {
        let mut connection = self.raw();
        let tables = texts(
            &mut connection,
            "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'",
        );
        assert!(tables.len() > 15, "{tables:?}");
        let rows = tables.iter().flat_map(|table| {
            texts(&mut connection, &format!("SELECT t::text AS line FROM {table} AS t"))
        });
        rows.collect::<Vec<_>>().join("\n")
    }
}

fn texts(connection: &mut PgConnection, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        line: String,
    }
    sql_query(query).load::<Row>(connection).unwrap().into_iter().map(|row| row.line).collect()
}
