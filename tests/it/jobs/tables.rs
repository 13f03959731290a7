//! No table is forgotten.

use std::collections::BTreeSet;

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::jobs::purge::LINES;

use super::tables;
use crate::support::app::TestApp;

/// Tables that no line of the purge names, with what bounds them.
pub(super) const BOUNDED: &[(&str, &str)] = &[
    ("__diesel_schema_migrations", "a row per migration"),
    ("addresses", "go with their account"),
    ("clients", "made by operators; a removed one keeps its row, so that its id is never reused"),
    ("consents", "one per account and client"),
    ("federation_links", "as many as a person has accounts elsewhere and links them by hand"),
    ("instance", "one row"),
    ("jobs", "a row per job of the program"),
    ("passkeys", "at most 20 per account"),
    ("password_credentials", "one per account"),
    ("pictures", "one per account, and goes with it"),
    ("providers", "made by operators"),
    ("recovery_codes", "ten per account"),
    ("retired_identifiers", "a few per account that ever was: never given out again"),
    ("role_permissions", "made by operators"),
    ("roles", "made by operators"),
    ("settings", "a row per setting of the program"),
    ("signing_keys", "one per rotation, some a year"),
    ("upstream_sessions", "one per provider and session or sign-in, and goes with it"),
    ("user_roles", "one per account and role"),
    ("users", "one per account; those that were deleted go after 14 days, with steps of their own"),
];

#[tokio::test]
async fn every_table_is_purged_or_bounded_by_what_people_make() {
    let app = TestApp::start();
    let present: BTreeSet<String> = tables(&mut app.raw()).into_iter().collect();
    let purged: BTreeSet<&str> = LINES.iter().map(|line| line.table).collect();
    let bounded: BTreeSet<&str> = BOUNDED.iter().map(|(table, _)| *table).collect();
    assert_eq!(purged.intersection(&bounded).collect::<Vec<_>>(), Vec::<&&str>::new());
    let decided: BTreeSet<String> = purged.union(&bounded).map(ToString::to_string).collect();
    assert_eq!(
        present, decided,
        "a table that grows with traffic needs a line in src/jobs/purge.rs, another one its reason here"
    );
}

/// Whatever is deleted makes Postgres look for the rows that refer to it.
#[tokio::test]
async fn every_reference_can_be_found_from_both_sides() {
    #[derive(QueryableByName)]
    struct Reference {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let app = TestApp::start();
    let mut raw = app.raw();
    let mut missing = || -> Vec<String> {
        let query = "SELECT c.conname::text AS name FROM pg_constraint c WHERE c.contype = 'f' \
                     AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid \
                     AND i.indisvalid AND i.indpred IS NULL \
                     AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)";
        let rows: Vec<Reference> = sql_query(query).load(&mut raw).unwrap();
        rows.into_iter().map(|it| it.name).collect()
    };
    assert_eq!(missing(), Vec::<String>::new(), "these have no index on the columns that refer");
    sql_query("DROP INDEX grants_session").execute(&mut app.raw()).unwrap();
    assert_eq!(missing(), ["grants_session_id_fkey"]);
}
