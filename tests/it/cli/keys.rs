//! `latchkey keys`: rotations, revocations and another master key, as an operator does them.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use super::installation::{Ended, Installation};

impl Installation {
    fn keys(&self) -> Vec<Value> {
        self.json(&["keys", "list"])["keys"].as_array().unwrap().clone()
    }

    /// The `kid` of the one key in this state.
    fn key(&self, state: &str) -> String {
        let keys = self.keys();
        let found: Vec<_> = keys.iter().filter(|key| key["state"] == state).collect();
        assert_eq!(found.len(), 1, "{state}: {keys:?}");
        found[0]["kid"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_rotation_waits_until_the_next_key_is_known() {
    let installation = Installation::with_own_keys();
    let (active, next) = (installation.key("active"), installation.key("next"));
    let rotation = installation.json(&["keys", "rotate"]);
    assert_eq!(
        (&rotation["signing_key"], &rotation["next_key"]),
        (&active[..].into(), &next[..].into())
    );
    assert_eq!(rotation["was_published_long_enough"], true);
    let listed = installation.keys().into_iter().find(|key| key["kid"] == next[..]).unwrap();
    assert_eq!(listed["then"]["state"], "active");
    assert_eq!(listed["then"]["at"], rotation["changes_over_at"]);
    let again = installation.json(&["keys", "rotate"]);
    assert_eq!(again, rotation, "asking again puts nothing off");
    assert_eq!(installation.key("active"), active);
    assert_eq!(installation.audited("action = 'key.scheduled' AND actor_kind = 'operator'"), 1);

    let text = installation.run(&["keys", "list"]).ok().out;
    assert!(text.contains("signs until ") && text.contains("signs from "), "{text}");
}

#[test]
fn a_rotation_in_a_hurry_tells_what_it_breaks() {
    let installation = Installation::with_own_keys();
    let (active, next) = (installation.key("active"), installation.key("next"));
    let ended = installation.run(&["keys", "rotate", "--now"]).ok();
    assert!(ended.err.contains("Warning: ") && ended.err.contains(&next), "{}", ended.err);
    assert!(ended.out.contains(&format!("{next} signs from now on")), "{}", ended.out);
    assert_eq!((installation.key("active"), installation.key("retiring")), (next, active));
    assert_ne!(installation.key("next"), "", "there is a key after it");

    // Once it was published for long enough there is nothing to warn of.
    installation.execute("UPDATE signing_keys SET created_at = created_at - interval '2 hours'");
    let ended = installation.run(&["keys", "rotate", "--now"]).ok();
    assert!(ended.err.is_empty(), "{}", ended.err);
    for action in ["key.activated", "key.retired"] {
        assert_eq!(installation.audited(&format!("action = '{action}'")), 2, "{action}");
    }
}

#[test]
fn case_f39_rotations_by_two_operators_at_once() {
    let installation = Installation::with_own_keys();
    let start = || {
        let mut command = installation.command(&["keys", "rotate", "--now"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let started = [start(), start(), start()];
    let ended = started.map(|child| Ended::from(child.wait_with_output().unwrap()));
    assert!(ended.iter().any(|ended| ended.code == 0));
    for ended in ended.into_iter().filter(|ended| ended.code != 0) {
        ended.refused(3, &["somebody else has just changed the keys"]);
    }
    let (active, next) = (installation.key("active"), installation.key("next"));
    assert_ne!(active, next);
}

#[test]
fn revoking_asks_first_and_leaves_a_key_that_signs() {
    let installation = Installation::with_own_keys();
    let (active, next) = (installation.key("active"), installation.key("next"));
    installation.run(&["keys", "revoke", &active]).refused(2, &["--yes"]);
    assert_eq!(installation.key("active"), active);
    let done = installation.json(&["keys", "revoke", &active, "--yes"]);
    assert_eq!((&done["revoked"], &done["signing_key"]), (&active[..].into(), &next[..].into()));
    assert_eq!(installation.key("active"), next);
    assert_ne!(installation.key("next"), next);
    let text = installation.run(&["keys", "list"]).ok().out;
    assert!(text.contains("revoked"), "{text}");
    installation
        .run(&["keys", "revoke", &active, "--yes"])
        .refused(3, &["was revoked before", "keys list"]);
    installation.run(&["keys", "revoke", "-none", "--yes"]).refused(3, &["no such signing key"]);
    assert_eq!(installation.audited("action = 'key.revoked'"), 1);
}

/// A new master key in place of the present one, which is kept beside it.
fn exchange(installation: &Installation) -> String {
    let previous = installation.path().join("keys/previous.key");
    fs::rename(installation.master_key(), &previous).unwrap();
    // Made by the command for another, empty database, so that nothing has to be written here.
    let other = Installation::with_own_keys();
    fs::copy(other.master_key(), installation.master_key()).unwrap();
    previous.to_str().unwrap().to_owned()
}

#[test]
fn a_master_key_is_exchanged_in_steps_that_doctor_follows() {
    let installation = Installation::with_own_keys();
    installation.run(&["keys", "reseal", "--yes"]).refused(5, &["keys.previous_master_key_file"]);
    let active = installation.key("active");
    let before = installation.keys()[0]["master_key_id"].clone();
    let previous = exchange(&installation);
    installation
        .run(&["keys", "rotate"])
        .refused(5, &["is sealed with the master key", "previous_master_key_file"]);

    let settings = format!("[keys]\nprevious_master_key_file = \"{previous}\"\n");
    installation.write("latchkey.toml", &settings);
    // Claimed, as a server leaves it.
    installation.execute(&format!(
        "INSERT INTO instance (issuer, master_key_id, created_at) \
         VALUES ('http://localhost:8080', {}, now())",
        before.to_string().replace('"', "'")
    ));
    let finding = |words: &str| {
        let report = installation.json(&["doctor"]);
        let findings = report["findings"].as_array().unwrap().clone();
        let found = findings.iter().find(|it| it["check"] == "previous master key").unwrap();
        assert_eq!(found["level"], "warn");
        assert!(found["message"].as_str().unwrap().contains(words), "{found}");
        assert!(findings.iter().any(|it| it["check"] == "signing keys" && it["level"] == "ok"));
    };
    finding("still sealed under");
    installation.execute(
        "INSERT INTO providers (id, slug, kind, label, issuer, client_id, auth, sealed_secret, \
         seal_key_id, seal_nonce, policy, position, hidden, created_at, updated_at) VALUES \
         (gen_random_uuid(), 'lost', 'oidc', 'Lost', 'https://up.example', 'a', \
         'client_secret_basic', '\\x00', 'gone', '\\x00', '{}', 1, false, now(), now())",
    );
    installation.run(&["keys", "reseal"]).refused(2, &["--yes"]);
    assert_eq!(installation.keys()[0]["master_key_id"], before);
    let done = installation.json(&["keys", "reseal", "--yes"]);
    assert_eq!(done["resealed"]["signing_keys"], 2);
    let again = installation.json(&["keys", "reseal", "--yes"]);
    assert_eq!(again["resealed"]["signing_keys"], 0);
    assert_eq!(again["providers_left"], serde_json::json!(["lost"]));
    let told = installation.run(&["keys", "reseal", "--yes"]).ok().out;
    assert!(told.contains("the secrets of lost.") && told.contains("provider remove"), "{told}");
    installation.run(&["provider", "remove", "lost", "--yes"]).ok();
    let told = installation.run(&["keys", "reseal", "--yes"]).ok().out;
    assert!(!told.contains("Left as they were"), "{told}");
    finding("still set");
    assert_eq!(installation.audited("action = 'keys.resealed'"), 1);

    installation.write("latchkey.toml", "");
    fs::remove_file(previous).unwrap();
    let report = installation.json(&["doctor"]);
    assert_eq!(report["healthy"], true, "{report}");
    assert_eq!(installation.key("active"), active);
    installation.run(&["user", "add", "ada@example.com"]).ok();
}

#[test]
fn case_f23_a_previous_master_key_that_is_missing_is_refused() {
    let installation = Installation::with_own_keys();
    installation.write("latchkey.toml", "[keys]\nprevious_master_key_file = \"gone.key\"\n");
    let words = ["gone.key is missing", "put the key back"];
    installation.run(&["keys", "rotate"]).refused(5, &words);
    let fresh = Installation::migrated();
    fresh.write("latchkey.toml", "[keys]\nprevious_master_key_file = \"gone.key\"\n");
    fs::create_dir(fresh.path().join("keys")).unwrap();
    fs::copy(installation.master_key(), fresh.master_key()).unwrap();
    fresh.run(&["keys", "init"]).refused(5, &words);
    assert!(!fresh.path().join("gone.key").exists(), "only the master key itself is ever made");
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let settings = format!("[keys]\nprevious_master_key = \"{zeros}\"\n");
    installation.write("latchkey.toml", &settings);
    let ended = installation.run(&["keys", "list"]);
    let ended = ended.refused(5, &["latchkey.toml:2: the master key is not random"]);
    assert!(!ended.err.contains(zeros));
}

#[test]
fn case_f23_a_key_without_its_private_half_is_refused() {
    for state in ["next", "active"] {
        let installation = Installation::with_own_keys();
        let erase = format!("UPDATE signing_keys SET sealed_key = NULL WHERE state = '{state}'");
        installation.execute(&erase);
        let ended = installation.run(&["doctor", "--json"]).refused(1, &[]);
        assert!(ended.out.contains("cannot be opened"), "{state}: {}", ended.out);
        installation.run(&["keys", "init"]).refused(5, &["cannot be opened", "backup"]);
    }
}

#[test]
fn doctor_tells_of_a_schedule_that_stands_still() {
    let installation = Installation::with_own_keys();
    installation.execute(
        "UPDATE signing_keys SET created_at = created_at - interval '100 days', \
         activated_at = activated_at - interval '100 days', \
         activates_at = activates_at - interval '100 days'",
    );
    let report = installation.json(&["doctor"]);
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|it| it["check"] == "signing keys").unwrap();
    assert_eq!(found["level"], "warn");
    assert!(found["message"].as_str().unwrap().contains("stands still"), "{found}");
    installation.run(&["keys", "rotate"]).ok();
    let report = installation.json(&["doctor"]);
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|it| it["check"] == "signing keys").unwrap();
    assert_eq!(found["level"], "ok", "{found}");
}
