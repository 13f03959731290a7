//! `latchkey serve` without what it leans on: a place for its log, and its own process.

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};
use rustix::process::Signal;

use super::node::{House, Node, PASSWORD};
use crate::identity::world::until;
use crate::support::flow::assert_page;

/// As many requests as fill a pipe that nobody reads several times over.
const MANY: u32 = 100;
/// As many as fill what waits before that pipe as well.
const TOO_MANY: u32 = 300;

async fn requests(house: &House, node: &Node, count: u32) {
    let agent = house.machine();
    for n in 0..count {
        let page = agent.get(&node.at(&format!("/nowhere/{n}"))).await;
        assert_page(&page, 404);
    }
    assert_eq!(house.refresh(node, &house.refresh_token(node).await).await.status, 200);
}

/// All that is logged, which is a lot.
const TALKATIVE: [(&str, &str); 1] = [("LATCHKEY_LOG__FILTER", "trace")];

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn case_f08_a_full_volume_for_the_log_holds_nothing_up() {
    let house = House::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut node = house.serve(full, &TALKATIVE);
    requests(&house, &node, MANY).await;
    node.signal(Signal::INT);
    assert_eq!(node.ended(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f08_a_log_whose_reader_is_gone_holds_nothing_up() {
    let house = House::new();
    let mut node = house.serve(Stdio::piped(), &TALKATIVE);
    drop(node.server.0.stderr.take());
    requests(&house, &node, MANY).await;
    node.signal(Signal::INT);
    assert_eq!(node.ended(), 0);
}

/// What did not fit is dropped, and told of when the reader goes on.
#[tokio::test(flavor = "multi_thread")]
async fn case_f08_a_log_whose_reader_has_stopped_holds_nothing_up() {
    let house = House::new();
    let mut node = house.serve(Stdio::piped(), &TALKATIVE);
    requests(&house, &node, TOO_MANY).await;
    let mut pipe = node.server.0.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    });
    // Those that had waited are written, and then this one.
    requests(&house, &node, MANY).await;
    node.signal(Signal::INT);
    assert_eq!(node.ended(), 0);
    let text = reader.join().unwrap();
    let told = text.lines().find(|line| line.contains("lines of the log could not be written"));
    let told: serde_json::Value = serde_json::from_str(told.expect("it is told")).unwrap();
    assert!(told["lost"].as_u64().unwrap() > 0, "{told}");
}

/// F40: the process is killed while it hashes a password. The attempt was counted before that, so
/// nobody gets more guesses by crashing a node, and its count ends with its window like any other.
#[tokio::test(flavor = "multi_thread")]
async fn case_f40_a_node_killed_in_the_middle_of_a_hash_leaves_the_attempt_counted() {
    let house = House::new();
    let mut database = PgConnection::establish(&house.installation.url()).unwrap();
    let mut execute = |statement: &str| sql_query(statement).execute(&mut database).unwrap();
    let node = house.serve(Stdio::null(), &[]);
    let agent = house.machine().with_header("origin", house.issuer());
    let form = house.login_form(&node, &agent, PASSWORD).await;

    // A hash that takes a minute.
    execute("CREATE TABLE kept AS SELECT phc FROM password_credentials");
    execute(
        "UPDATE password_credentials SET phc = '$argon2id$v=19$m=1048576,t=64,p=1\
         $c29tZXNhbHRzb21lc2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'",
    );
    let submitted = form.clone();
    let signing_in = tokio::spawn(async move { submitted.submit().await.status });
    until("the attempt is counted", || execute("SELECT 1 FROM attempt_counters") > 0).await;
    let port = node.port;
    drop(node);
    assert!(signing_in.await.is_err(), "nobody answers");
    execute("UPDATE password_credentials SET phc = (SELECT phc FROM kept)");
    execute("DROP TABLE kept");

    let _node = house.serve_at(port, Stdio::null(), &[]);
    // The same page of the same browser: four misses and the lost attempt make five.
    for _ in 0..4 {
        let page = form.clone().set("password", "wrong horse").submit().await;
        assert!(page.has("#login-form") && page.status != 429, "{}", page.summary());
    }
    let page = form.submit().await;
    assert_eq!(page.status, 429, "{}", page.summary());

    // An hour later.
    execute(
        "DO $$ DECLARE name text; BEGIN FOR name IN SELECT column_name FROM \
         information_schema.columns WHERE table_name = 'attempt_counters' \
         AND data_type = 'timestamp with time zone' LOOP \
         EXECUTE format('UPDATE attempt_counters SET %1$I = %1$I - interval ''1 hour''', name); \
         END LOOP; END $$",
    );
    let stranger = house.machine().with_header("origin", house.issuer());
    let stolen = form.clone().submit_by(&stranger).await;
    assert_page(&stolen, 400);
    assert!(form.submit().await.status.is_redirection(), "the person goes on where they were");
}
