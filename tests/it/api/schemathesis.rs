//! schemathesis reads the document and tries what it says: no fault of the server, and no answer that the
//! document does not know.

use std::process::Command;

use super::{ALICE, ORIGIN, World};

/// Examples for each operation.
const EXAMPLES: &str = "25";
/// What ends the session with which the calls are made.
const ENDS: &str = "logout|account/delete";
const SEED: &str = "20261121";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance";

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_and_no_answer_that_is_not_described() {
    let world = World::start().await;
    // What ends the session comes last.
    for paths in ["--exclude-path-regex", "--include-path-regex"] {
        run(&world, &[paths, ENDS]).await;
    }
}

async fn run(world: &World, paths: &[&str]) {
    let (front_end, _) = world.signed_in(ALICE).await;
    let cookies: Vec<_> = front_end
        .agent
        .cookies("localhost")
        .iter()
        .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
        .collect();
    let root = env!("CARGO_MANIFEST_DIR");
    let scratch = tempfile::tempdir().unwrap();
    let mut command = Command::new(format!("{root}/target/python/bin/python"));
    command.args(["-I", "-m", "schemathesis.cli", "--no-color", "run"]);
    command.arg(world.app.at("/api/openapi.json"));
    command.args(paths);
    // The clock stands still, which makes a node unready after a minute.
    command.args(["--exclude-path", "/api/health"]);
    command.args(["--checks", CHECKS, "--max-examples", EXAMPLES, "--seed", SEED]);
    command.args(["--generation-database", "none", "--phases", "examples,coverage,fuzzing"]);
    command.args(["--generation-with-security-parameters", "false", "--continue-on-failure"]);
    // What a machine that is busy cannot hold against the server.
    command.args(["--suppress-health-check", "all", "--request-timeout", "60"]);
    command.args(["--header", &format!("X-CSRF-Token: {}", front_end.csrf)]);
    command.args(["--header", &format!("Origin: {ORIGIN}")]);
    command.args(["--header", &format!("Cookie: {}", cookies.join("; "))]);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("HOME", scratch.path()).current_dir(scratch.path());
    let done = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{told}\n{}", String::from_utf8_lossy(&done.stderr));
    assert!(!told.contains("Skipped"), "{told}");
}
