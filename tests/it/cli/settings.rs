//! `latchkey settings`.

use super::installation::Installation;

#[test]
fn a_setting_is_listed_changed_and_put_back() {
    let installation = Installation::ready();
    let listed = installation.json(&["settings", "list"]);
    let all = listed["settings"].as_array().unwrap();
    assert!(all.len() >= 16 && all.iter().all(|setting| setting["changed"] == false), "{listed}");

    let ended = installation.run(&["settings", "set", "access-token-lifetime", "10m"]).ok();
    assert!(ended.out.contains("is 10m (was 15m)"), "{}", ended.out);
    let got = installation.json(&["settings", "get", "access_token_lifetime"]);
    assert_eq!((&got["value"], &got["default"]), (&600.into(), &900.into()));
    assert_eq!((&got["unit"], &got["text"]), (&"seconds".into(), &"10m".into()));
    assert_eq!(got["changed_by"], "operator");
    let ended = installation.run(&["settings", "list"]).ok();
    let line = ended.out.lines().find(|line| line.starts_with("access_token_lifetime")).unwrap();
    assert!(line.contains(" 10m ") && line.ends_with("Z, by operator"), "{line}");
    let details = "action = 'setting.changed' AND actor_kind = 'operator' \
                   AND target_id = 'access_token_lifetime' \
                   AND details @> '{\"from\": 900, \"to\": 600}'";
    assert_eq!(installation.audited(details), 1);

    let reset = installation.json(&["settings", "reset", "access_token_lifetime"]);
    assert_eq!((&reset["from"], &reset["to"]), (&600.into(), &900.into()));
    let got = installation.json(&["settings", "get", "access_token_lifetime"]);
    assert_eq!(got["changed"], false);
    assert_eq!(installation.audited("action = 'setting.changed'"), 2);
}

#[test]
fn a_bad_value_is_refused_with_what_is_allowed() {
    let installation = Installation::ready();
    let set = |name: &str, value: &str| installation.run(&["settings", "set", name, value]);
    set("code_lifetime", "61").refused(2, &["code_lifetime must be from 5s to 1m"]);
    set("code_lifetime", "soon").refused(2, &["write a time like", "from 5s to 1m"]);
    set("max_failed_logins", "-1").refused(2, &["whole number", "from 1 to 100"]);
    set("max_failed_logins", "0").refused(2, &["must be from 1 to 100"]);
    let words = ["must be at most refresh_absolute_lifetime, which is 30d"];
    set("refresh_idle_lifetime", "31d").refused(2, &words);
    set("acess_token_lifetime", "1h").refused(3, &["did you mean access_token_lifetime?"]);
    set("\u{1b}[2J", "1h").refused(3, &["\\u{1b}[2J", "latchkey settings list"]);
    assert_eq!(installation.audited("action = 'setting.changed'"), 0);
}

#[test]
fn doctor_tells_what_is_stored_and_not_used() {
    let installation = Installation::ready();
    let finding = || {
        let report = installation.json(&["doctor"]);
        let findings = report["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|finding| finding["check"] == "settings").unwrap()
    };
    assert_eq!(finding()["level"], "ok");
    installation.execute("INSERT INTO settings VALUES ('lockout', '-1', now(), 'a hand')");
    let found = finding();
    assert_eq!(found["level"], "warn");
    assert!(found["message"].as_str().unwrap().contains("lockout: "), "{found}");
    let got = installation.json(&["settings", "get", "lockout"]);
    assert_eq!(got["value"], 900);
    assert!(got["problem"].as_str().unwrap().contains("from 1m to 1d"), "{got}");
    installation.run(&["settings", "set", "lockout", "5m"]).ok();
    assert_eq!(finding()["level"], "ok");
}
