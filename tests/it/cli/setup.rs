//! From nothing to a server that can start: configuration, schema, keys, the first administrator.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::installation::{Ended, Installation};

#[test]
fn a_wrong_configuration_is_refused_with_file_line_and_fix() {
    let installation = Installation::empty();
    installation.write("latchkey.toml", "isuer = \"x\"\n[http]\nworkers = \"many\"\n");
    let ended = installation.run(&["serve"]);
    let words = ["latchkey.toml:1: ", "latchkey.toml:3: ", "workers", "fix: ", "issuer"];
    ended.refused(5, &words);

    let ended = installation.run(&["serve", "--json"]).refused(5, &[]);
    let error: Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!(error["error"]["code"], "configuration");
    let problems = error["error"]["problems"].as_array().unwrap();
    assert!(problems.iter().any(|problem| problem["place"] == "latchkey.toml:1"), "{problems:?}");
}

#[test]
fn a_private_database_is_set_up_and_used() {
    let installation = Installation::private();
    installation.run(&["user", "list"]).refused(3, &["latchkey migrate"]);
    let ran = installation.json(&["migrate"]);
    assert!(!ran["ran"].as_array().unwrap().is_empty());
    assert_eq!(installation.json(&["migrate"])["ran"].as_array().unwrap().len(), 0);

    installation.run(&["keys", "init"]).ok();
    let line = ["client", "add", "notes", "--redirect-uri", "https://notes.example/callback"];
    installation.run(&line).ok();
    let listed = installation.json(&["client", "list"]);
    assert_eq!(listed["clients"][0]["client_id"], "notes");
}

#[test]
fn keys_are_made_once_and_never_replaced() {
    let installation = Installation::migrated();
    let first = installation.json(&["keys", "init"]);
    assert_eq!(
        (&first["master_key"]["created"], &first["signing_key"]["created"]),
        (&true.into(), &true.into())
    );
    let key = fs::read(installation.master_key()).unwrap();
    let mode = fs::metadata(installation.master_key()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let again = installation.json(&["keys", "init"]);
    assert_eq!(
        (&again["master_key"]["created"], &again["signing_key"]["created"]),
        (&false.into(), &false.into())
    );
    assert_eq!(again["signing_key"]["kid"], first["signing_key"]["kid"]);
    assert_eq!(fs::read(installation.master_key()).unwrap(), key);
    let keys = installation.json(&["keys", "list"]);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert_eq!(keys["keys"][0]["state"], "active");
    assert_eq!(keys["keys"][1]["state"], "next");
}

#[test]
fn a_lost_master_key_is_not_replaced_by_a_new_one() {
    let installation = Installation::with_own_keys();
    fs::remove_file(installation.master_key()).unwrap();
    let words = ["put the key back that was used before"];
    installation.run(&["keys", "init"]).refused(5, &words);
    assert!(!installation.master_key().exists());

    // Another one was put there.
    let other = Installation::with_own_keys();
    fs::copy(other.master_key(), installation.master_key()).unwrap();
    installation.run(&["keys", "init"]).refused(5, &["is sealed with the master key"]);
}

/// Sets an otherwise complete installation up, spoils the key file, and tries to start.
fn serve_with(spoil: impl FnOnce(&Installation)) -> (Installation, Ended) {
    let installation = Installation::with_own_keys();
    spoil(&installation);
    let ended = serve(&installation, &[]);
    (installation, ended)
}

/// `latchkey serve` where everything but what a test is about is right.
fn serve(installation: &Installation, env: &[(&str, &str)]) -> Ended {
    let mut command = installation.command(&["serve"]);
    command
        .env("LATCHKEY_ISSUER", "https://id.example.test")
        .env("LATCHKEY_HTTP__BIND", "127.0.0.1:0")
        .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
        .env_remove("LATCHKEY_HASHING__ITERATIONS");
    command.envs(env.iter().copied()).output().unwrap().into()
}

#[test]
fn case_f23_a_missing_key_file_is_refused_and_not_made_anew() {
    let (installation, ended) =
        serve_with(|installation| fs::remove_file(installation.master_key()).unwrap());
    ended.refused(5, &["keys/master.key is missing", "latchkey keys init"]);
    assert!(!installation.master_key().exists());
}

#[test]
fn case_f23_a_truncated_key_file_is_refused() {
    let (_, ended) = serve_with(|installation| {
        let text = fs::read_to_string(installation.master_key()).unwrap();
        fs::write(installation.master_key(), &text[..20]).unwrap();
    });
    ended.refused(
        5,
        &["keys/master.key is unusable", "Put the key back", "32 bytes in base64, but is 15"],
    );
}

#[test]
fn case_f23_an_empty_key_file_is_refused() {
    let (installation, ended) =
        serve_with(|installation| fs::write(installation.master_key(), "").unwrap());
    ended.refused(5, &["keys/master.key is unusable", "empty"]);
    assert_eq!(fs::read(installation.master_key()).unwrap(), b"");
}

#[test]
fn case_f23_a_key_file_that_others_can_read_is_refused() {
    let (_, ended) = serve_with(|installation| {
        fs::set_permissions(installation.master_key(), Permissions::from_mode(0o644)).unwrap();
    });
    ended.refused(5, &["keys/master.key can be reached by others", "chmod 600"]);
}

#[test]
fn case_f23_a_directory_in_the_place_of_the_key_file_is_refused() {
    let (_, ended) = serve_with(|installation| {
        fs::remove_file(installation.master_key()).unwrap();
        fs::create_dir(installation.master_key()).unwrap();
    });
    ended.refused(5, &["keys/master.key is not a regular file"]);
}

#[test]
fn case_f23_a_database_without_a_signing_key_is_refused() {
    let installation = Installation::with_own_keys();
    installation.execute("DELETE FROM signing_keys");
    serve(&installation, &[]).refused(3, &["no signing key is active", "latchkey keys init"]);
    assert!(installation.json(&["keys", "list"])["keys"].as_array().unwrap().is_empty());
}

#[test]
fn case_f29_another_schema_is_refused_with_the_command_that_helps() {
    let installation = Installation::empty();
    // 32 bytes as `openssl rand` gives them.
    let key = ("LATCHKEY_KEYS__MASTER_KEY", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    serve(&installation, &[key]).refused(3, &["lacks migrations", "latchkey migrate"]);
    installation.run(&["client", "list"]).refused(3, &["latchkey migrate"]);

    let installation = Installation::with_own_keys();
    installation
        .execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    serve(&installation, &[]).refused(3, &["a newer release has migrated the database"]);
    installation.run(&["migrate"]).refused(3, &["a newer release has migrated the database"]);
}

#[test]
fn the_database_of_another_issuer_is_refused() {
    let installation = Installation::migrated();
    let mut command = installation.command(&["keys", "init"]);
    let made = command.env("LATCHKEY_ISSUER", "https://first.example.test").output().unwrap();
    Ended::from(made).ok();
    let words = ["belongs to the issuer https://first.example.test", "https://id.example.test"];
    serve(&installation, &[]).refused(5, &words);

    // A command without an issuer of its own takes the recorded one.
    let line = ["client", "add", "notes", "--redirect-uri", "https://notes.example/callback"];
    assert_eq!(installation.json(&line)["issuer"], "https://first.example.test");
}

#[test]
fn a_wrong_command_line_is_told_in_json_where_that_was_asked_for() {
    let installation = Installation::empty();
    let ended = installation.run(&["user", "list", "--limit", "none", "--json"]).refused(2, &[]);
    let error: Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!(error["error"]["code"], "usage");
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("invalid value 'none' for '--limit"), "{message}");
    installation.run(&["user", "frobnicate"]).refused(2, &["error: ", "frobnicate"]);
    assert!(installation.run(&["--help", "--json"]).ok().out.contains("Exit codes:"));
}

#[test]
fn a_database_that_is_not_there_has_an_exit_code_of_its_own() {
    let installation = Installation::empty();
    let mut command = installation.command(&["client", "list"]);
    command.env("DATABASE_URL", "postgres:///latchkey?host=/nowhere");
    Ended::from(command.output().unwrap()).refused(4, &["cannot be reached", "DATABASE_URL"]);
}

#[test]
fn case_190_a_fresh_database_has_no_account_and_one_setup_link_at_a_time() {
    let installation = Installation::with_own_keys();
    let users = installation.json(&["user", "list"]);
    assert!(users["users"].as_array().unwrap().is_empty());

    let ended = installation.run_on_terminal(&["admin", "setup-link"]).ok();
    assert!(ended.out.contains("http://localhost:8080/setup?token="), "{}", ended.out);
    assert!(!ended.err.contains("token="));
}

#[test]
fn case_190_the_setup_link_is_for_a_terminal() {
    let installation = Installation::with_own_keys();
    let ended = installation.run(&["admin", "setup-link"]).refused(3, &["terminal only"]);
    assert!(!ended.out.contains("token="));
    let ended = installation.run(&["admin", "setup-link", "--json"]).refused(3, &[]);
    assert!(ended.out.is_empty());
}

#[test]
fn case_190_there_is_no_setup_link_once_there_was_an_administrator() {
    let installation = Installation::with_own_keys();
    // As the link leaves it, and as it stays when the administrator is gone.
    installation.execute(
        "INSERT INTO instance (issuer, master_key_id, created_at, administrator_at) \
         SELECT 'http://localhost:8080', seal_key_id, now(), now() FROM signing_keys LIMIT 1",
    );
    let ended = installation.run_on_terminal(&["admin", "setup-link"]);
    let ended = ended.refused(3, &["an administrator was made before"]);
    assert!(!ended.out.contains("token="));
}

#[test]
fn doctor_finds_what_is_wrong_and_tells_the_remedy() {
    let installation = Installation::with_own_keys();
    let report = installation.json(&["doctor"]);
    assert_eq!(report["healthy"], true);
    let levels: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["check"].as_str().unwrap(), finding["level"].as_str().unwrap()))
        .collect();
    for check in ["database", "Postgres version", "clock", "schema", "master key", "signing keys"] {
        assert!(levels.contains(&(check, "ok")), "{check}: {levels:?}");
    }

    fs::set_permissions(installation.master_key(), Permissions::from_mode(0o640)).unwrap();
    let ended = installation.run(&["doctor"]).refused(1, &["a check failed"]);
    assert!(ended.out.contains("FAIL  master key"), "{}", ended.out);
    assert!(ended.out.contains("chmod 600"), "{}", ended.out);

    let ended = Installation::empty().run(&["doctor", "--json"]).refused(1, &[]);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    let schema = report["findings"].as_array().unwrap().iter().find(|it| it["check"] == "schema");
    assert!(schema.unwrap()["fix"].as_str().unwrap().contains("`latchkey migrate`"));
}
