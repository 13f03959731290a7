//! A node under which a newer release migrates the database.

use std::process::Stdio;

use super::node::House;

#[tokio::test(flavor = "multi_thread")]
async fn case_f29_a_node_goes_on_when_a_newer_release_has_migrated_under_it() {
    let house = House::new();
    let node = house.serve(Stdio::null(), &[]);
    let before = house.refresh_token(&node).await;
    // What an expanding migration does: columns, tables and versions that this release does not know.
    house.installation.execute(
        "DO $$ DECLARE name text; BEGIN \
         FOR name IN SELECT table_name FROM information_schema.tables \
                     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' \
                       AND table_name <> '__diesel_schema_migrations' LOOP \
         EXECUTE format('ALTER TABLE %I ADD COLUMN of_a_newer_release text DEFAULT ''x''', name); \
         END LOOP; END $$",
    );
    house.installation.execute("CREATE TABLE of_a_newer_release (id bigint PRIMARY KEY)");
    house
        .installation
        .execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    let page = house.refresh(&node, &before).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let after = house.refresh_token(&node).await;
    assert_eq!(house.refresh(&node, &after).await.status, 200);
    assert_eq!(node.server.terminate().code, 0);
}
