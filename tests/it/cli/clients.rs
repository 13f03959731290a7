//! `latchkey client`.

use std::time::{Duration, Instant};

use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};

use super::installation::{Ended, Installation};

const CALLBACK: &str = "https://notes.example/callback";

#[test]
fn a_client_is_added_shown_changed_and_removed() {
    let installation = Installation::ready();
    let line = ["client", "add", "notes", "--name", "ACME Notes", "--redirect-uri", CALLBACK];
    let ended = installation.run(&line).ok();
    for setting in
        ["OIDC_ISSUER=http://localhost:8080", "OIDC_CLIENT_ID=notes", "OIDC_CLIENT_SECRET=lk_cs_"]
    {
        assert!(ended.out.contains(setting), "{}", ended.out);
    }
    let operator = "actor_kind = 'operator' AND action = 'client.created' AND client_id = 'notes'";
    assert_eq!(installation.audited(operator), 1);
    let shown = installation.json(&["client", "show", "notes"]);
    assert_eq!(shown["client_name"], "ACME Notes");
    assert_eq!(shown["redirect_uris"][0], CALLBACK);
    assert_eq!(shown["scope"], "email openid profile");
    assert!(shown.get("client_secret").is_none(), "it is shown once");

    let line = ["client", "update", "notes", "--first-party", "--access-token-lifetime", "5m"];
    let changed = installation.json(&line);
    assert_eq!(
        (&changed["first_party"], &changed["access_token_lifetime"]),
        (&true.into(), &300.into())
    );
    assert_eq!(changed["client_name"], "ACME Notes");
    let told = "action = 'client.changed' AND details = '{\"changed\": { \
                \"first_party\": {\"from\": false, \"to\": true}, \
                \"access_token_lifetime\": {\"from\": null, \"to\": 300}}}'";
    assert_eq!(installation.audited(told), 1);

    installation.run(&["client", "remove", "notes"]).refused(2, &["--yes"]);
    installation.run(&["client", "remove", "notes", "--yes"]).ok();
    assert_eq!(installation.audited("action IN ('client.changed', 'client.removed')"), 2);
    installation.run(&["client", "show", "notes"]).refused(3, &["there is no client notes"]);
    let line = ["client", "add", "notes", "--redirect-uri", CALLBACK];
    installation.run(&line).refused(3, &["is taken, or was in the past"]);
}

#[test]
fn case_008_a_client_is_disabled_and_enabled_again() {
    let installation = Installation::ready();
    installation.run(&["client", "add", "notes", "--redirect-uri", CALLBACK]).ok();
    let disabled = installation.json(&["client", "disable", "notes"]);
    assert_eq!((&disabled["disabled"], &disabled["changed"]), (&true.into(), &true.into()));
    let again = installation.json(&["client", "disable", "notes"]);
    assert_eq!(again["changed"], false);
    assert!(installation.json(&["client", "show", "notes"])["disabled_at"].is_string());
    assert!(installation.run(&["client", "list"]).ok().out.contains("disabled"));
    // It can be changed meanwhile, and stays disabled.
    installation.run(&["client", "update", "notes", "--name", "Notes"]).ok();
    assert!(installation.json(&["client", "show", "notes"])["disabled_at"].is_string());

    let enabled = installation.json(&["client", "enable", "notes"]);
    assert_eq!((&enabled["disabled"], &enabled["changed"]), (&false.into(), &true.into()));
    assert!(installation.json(&["client", "show", "notes"])["disabled_at"].is_null());
    let switched = "action IN ('client.disabled', 'client.enabled') AND client_id = 'notes'";
    assert_eq!(installation.audited(switched), 2);
    installation.run(&["client", "disable", "nobody"]).refused(3, &["there is no client nobody"]);
}

#[test]
fn case_008_a_change_at_the_same_moment_does_not_enable_a_client_again() {
    let installation = Installation::ready();
    installation.run(&["client", "add", "notes", "--redirect-uri", CALLBACK]).ok();
    let connection = || PgConnection::establish(&installation.url()).unwrap();
    let mut other = connection();
    let mut run = |statement: &str| sql_query(statement).execute(&mut other).unwrap();
    run("BEGIN");
    run("UPDATE clients SET disabled_at = now()");
    let mut update = installation.command(&["client", "update", "notes", "--name", "Notes"]);
    let mut update = update.spawn().unwrap();
    let waiting = "SELECT 1 FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut observer = connection();
    while sql_query(waiting).execute(&mut observer).unwrap() == 0 {
        assert!(Instant::now() < deadline, "the change does not wait");
    }
    run("COMMIT");
    assert!(update.wait().unwrap().success());
    let shown = installation.json(&["client", "show", "notes"]);
    assert_eq!(shown["client_name"], "Notes");
    assert!(shown["disabled_at"].is_string(), "{shown}");
}

#[test]
fn a_secret_is_rotated_with_an_overlap() {
    let installation = Installation::ready();
    let line = ["client", "add", "notes", "--redirect-uri", CALLBACK];
    let first = installation.json(&line);
    let second = installation.json(&["client", "rotate-secret", "notes"]);
    assert_ne!(first["client_secret"], second["client_secret"]);
    let shown = installation.json(&["client", "show", "notes"]);
    let secrets = shown["secrets"].as_array().unwrap();
    assert_eq!(secrets.len(), 2);
    assert!(secrets[0]["expires_at"].is_null());
    assert_eq!(secrets[1]["expires_at"], second["earlier_secrets_end_at"]);

    installation.run(&["client", "rotate-secret", "notes", "--keep-old", "0"]).ok();
    let listed = installation.run(&["client", "list"]).ok();
    let line = listed.out.lines().find(|line| line.starts_with("notes ")).unwrap();
    assert!(line.contains("confidential  enabled  1 "), "only the newest is live: {line}");
}

#[test]
fn case_054_two_rotations_at_once_leave_one_secret() {
    let installation = Installation::ready();
    installation.run(&["client", "add", "notes", "--redirect-uri", CALLBACK]).ok();
    let connection = || PgConnection::establish(&installation.url()).unwrap();
    let mut other = connection();
    let mut run = |statement: &str| sql_query(statement).execute(&mut other).unwrap();
    run("BEGIN");
    run("SELECT 1 FROM client_secrets FOR UPDATE");
    let line = ["client", "rotate-secret", "notes", "--keep-old", "0"];
    let mut rotations = [(); 2].map(|()| installation.command(&line).spawn().unwrap());
    let waiting = "SELECT 1 FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut observer = connection();
    while sql_query(waiting).execute(&mut observer).unwrap() < 2 {
        assert!(Instant::now() < deadline, "they do not wait");
    }
    run("COMMIT");
    for rotation in &mut rotations {
        assert!(rotation.wait().unwrap().success());
    }
    let listed = installation.run(&["client", "list"]).ok();
    let line = listed.out.lines().find(|line| line.starts_with("notes ")).unwrap();
    assert!(line.contains("confidential  enabled  1 "), "only the newest is live: {line}");
}

#[test]
fn a_client_that_becomes_public_loses_its_secrets() {
    let installation = Installation::ready();
    installation.run(&["client", "add", "notes", "--redirect-uri", CALLBACK]).ok();
    installation.run(&["client", "update", "notes", "--public"]).ok();
    installation.run(&["client", "rotate-secret", "notes"]).refused(3, &["is a public client"]);
    let back = installation.json(&["client", "update", "notes", "--confidential"]);
    assert!(back["client_secret"].as_str().unwrap().starts_with("lk_cs_"));
    let shown = installation.run(&["client", "show", "notes"]).ok();
    assert_eq!(shown.out.matches("\nsecret ").count(), 1, "{}", shown.out);
}

#[test]
fn a_wrong_registration_names_each_problem() {
    let installation = Installation::ready();
    let ended = installation.run(&[
        "client",
        "add",
        "notes",
        "--redirect-uri",
        "http://notes.example/a",
        "--redirect-uri",
        "https://notes.example/*",
        "--logo-uri",
        "ftp://notes.example",
    ]);
    let words =
        ["http://notes.example/a: its scheme", "/*: it must not have a wildcard", "--logo-uri"];
    ended.refused(2, &words);
    installation
        .run(&["client", "add", "No", "--redirect-uri", CALLBACK])
        .refused(2, &["client id"]);
    installation.run(&["client", "update", "notes"]).refused(2, &["nothing to change"]);
    installation.run(&["client", "update", "notes", "--web"]).refused(3, &["there is no client"]);
}

#[test]
fn case_005_nothing_is_stored_for_an_address_that_cannot_be_registered() {
    let installation = Installation::ready();
    installation.run(&["client", "add", "kept", "--redirect-uri", CALLBACK]).ok();
    for uri in [
        "https://*.example/cb",
        "https://a.example/cb#x",
        "/cb",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        " https://a.example/",
        "\thttps://a.example/",
    ] {
        for line in [["client", "add", "new"], ["client", "update", "kept"]] {
            let ended = installation.run(&[&line[..], &["--redirect-uri", uri]].concat());
            ended.refused(2, &["--redirect-uri"]);
        }
    }
    let list = installation.run(&["client", "list"]).ok();
    assert!(list.out.contains("kept") && !list.out.contains("new"), "{}", list.out);
    let kept = installation.json(&["client", "show", "kept"]);
    assert_eq!(kept["redirect_uris"], serde_json::json!([CALLBACK]));
}

#[test]
fn the_doctor_looks_after_the_client_of_the_front_end() {
    let installation = Installation::ready();
    let found = || -> Vec<(String, String)> {
        let mut command = installation.command(&["doctor", "--json"]);
        command.env("LATCHKEY_API__CLIENT_ID", "app");
        command.env("LATCHKEY_API__ORIGINS", "https://app.acme.test");
        let ended: Ended = command.output().unwrap().into();
        let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let own = findings.filter(|it| it["check"] == "front end");
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        own.map(|it| (text(&it["level"]), text(&it["fix"]))).collect()
    };
    let [(level, fix)] = &found()[..] else { panic!("one finding") };
    assert_eq!(level, "fail");
    assert!(fix.contains("latchkey client add app"), "{fix}");
    let line = ["client", "add", "app", "--public", "--redirect-uri", "https://app.acme.test/"];
    let scopes = ["--scope", "openid", "--scope", "offline_access"];
    installation.run(&[&line[..], &scopes].concat()).ok();
    let [(level, fix)] = &found()[..] else { panic!("one finding") };
    assert_eq!((level.as_str(), fix.contains("--first-party")), ("fail", true), "{fix}");
    installation.run(&["client", "update", "app", "--first-party"]).ok();
    assert_eq!(found(), [("ok".to_owned(), String::new())]);
    installation.run(&["client", "disable", "app"]).ok();
    let [(level, fix)] = &found()[..] else { panic!("one finding") };
    assert_eq!((level.as_str(), fix.as_str()), ("fail", "`latchkey client enable app`"));
}
