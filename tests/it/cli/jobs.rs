//! `latchkey jobs`, and servers that do them.

use std::time::{Duration, Instant};

use super::installation::Installation;
use super::servers::{Server, free_port, wait_until_ready};

#[test]
fn jobs_are_listed_run_and_judged() {
    let installation = Installation::ready();
    let purge = |field: &str| installation.json(&["jobs", "list"])["jobs"][0][field].clone();
    assert_eq!((purge("name"), purge("state")), ("purge".into(), "new".into()));
    let old = "INSERT INTO audit_events (id, at, action, actor_kind, success) \
               VALUES (gen_random_uuid(), now() - interval '91 days', 'x', 'system', true)";
    installation.execute(old);
    let ran = installation.json(&["jobs", "run", "purge"]);
    assert_eq!((&ran["handled"], &ran["counts"]["audit entries"]), (&1.into(), &1.into()));
    assert_eq!((purge("state"), purge("handled")), ("waiting".into(), 1.into()));
    assert!(purge("due_at").is_string() && purge("last_error").is_null());
    let shown = installation.run(&["jobs", "run", "purge"]).ok();
    assert!(shown.out.contains("nothing to do"), "{}", shown.out);
    installation.run(&["jobs", "run", "teapot"]).refused(3, &["no job named teapot", "jobs list"]);

    // Somebody is at it.
    installation.execute(
        "UPDATE jobs SET lease_id = gen_random_uuid(), leased_until = now() + interval '4 minutes'",
    );
    installation.run(&["jobs", "run", "purge"]).refused(3, &["just now"]);
    assert_eq!(purge("state"), "running");

    installation.execute(
        "UPDATE jobs SET lease_id = NULL, leased_until = NULL, failures = 3, failed_at = now(), \
         last_error = 'the database took too long'",
    );
    let listed = installation.run(&["jobs", "list"]).ok();
    assert!(listed.out.contains("failing") && listed.out.contains("too long"), "{}", listed.out);
    let report = installation.run(&["doctor"]).ok();
    assert!(report.out.contains("purge failed 3 times in a row"), "{}", report.out);
}

/// With another master key, what is reserved after an account would never be found again.
#[test]
fn another_master_key_than_the_databases_is_refused() {
    let installation = Installation::ready();
    installation.run(&["user", "add", "ada@example.com"]).ok();
    installation.execute(
        "INSERT INTO instance (issuer, master_key_id, created_at) \
         VALUES ('http://localhost:8080', '0123456789abcdef', now())",
    );
    let run = installation.run(&["jobs", "run", "purge"]);
    run.refused(5, &["sealed with the master key 0123456789abcdef"]);
    installation.run(&["user", "add", "bob@example.com"]).refused(5, &["the master key"]);
}

#[test]
fn a_server_does_what_is_due_and_gives_its_lease_back() {
    let installation = Installation::ready();
    installation.execute("INSERT INTO jobs (name, due_at) VALUES ('purge', now())");
    let port = free_port();
    let mut command = installation.command(&["serve"]);
    command
        .env("LATCHKEY_ISSUER", format!("http://localhost:{port}"))
        .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{port}"))
        .env("LATCHKEY_HTTP__SHUTDOWN_SECONDS", "1")
        .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
        .env_remove("LATCHKEY_HASHING__ITERATIONS");
    let server = Server::start(command);
    wait_until_ready(port);
    let deadline = Instant::now() + Duration::from_secs(60);
    let done = || !installation.json(&["jobs", "list"])["jobs"][0]["succeeded_at"].is_null();
    while !done() {
        assert!(Instant::now() < deadline, "the server does not do it");
    }
    assert_eq!(server.interrupt().code, 0);
    let job = installation.json(&["jobs", "list"])["jobs"][0].clone();
    assert_eq!(job["state"], "waiting");
}
