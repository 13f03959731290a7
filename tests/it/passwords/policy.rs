//! Who is asked for a second factor, by command.

use serde_json::json;

use crate::cli::installation::Installation;

#[test]
fn an_app_asks_for_a_second_factor_by_command() {
    let installation = Installation::ready();
    let add = ["client", "add", "bank", "--redirect-uri", "https://bank.example/cb"];
    let added = installation.json(&[&add[..], &["--second-factor", "required"]].concat());
    assert_eq!(added["second_factor"], "required");
    let shown = installation.run(&["client", "show", "bank"]).ok();
    assert!(shown.out.contains("second factor     required"), "{}", shown.out);
    let update = |rule: &str| {
        installation.json(&["client", "update", "bank", "--second-factor", rule])["second_factor"]
            .clone()
    };
    assert_eq!(update("as-configured"), "as-configured");
    let changed = "action = 'client.changed' AND details @> '{\"changed\": {\"second_factor\": \
                   {\"from\": \"required\", \"to\": \"as-configured\"}}}'";
    assert_eq!(installation.audited(changed), 1);
    // What is not named stays.
    assert_eq!(update("required"), "required");
    let renamed = installation.json(&["client", "update", "bank", "--name", "Bank"]);
    assert_eq!(renamed["second_factor"], "required");
    installation
        .run(&["client", "update", "bank", "--second-factor", "sometimes"])
        .refused(2, &["sometimes"]);
    let plain = ["client", "add", "notes", "--redirect-uri", "https://notes.example/cb"];
    assert_eq!(installation.json(&plain)["second_factor"], "as-configured");
}

#[test]
fn a_role_asks_for_a_second_factor_by_command() {
    let installation = Installation::ready();
    assert_eq!(installation.json(&["role", "list"]), json!({ "roles": [] }));
    installation.run(&["user", "add", "ada@example.com", "--role", "administrator"]).ok();
    let listed = installation.json(&["role", "list"]);
    let role = &listed["roles"][0];
    assert_eq!((&role["name"], &role["people"]), (&json!("administrator"), &json!(1)));
    assert_eq!(role["second_factor"], "as-configured");
    assert!(role["permissions"].as_array().unwrap().contains(&json!("users.write")), "{role}");
    let update = ["role", "update", "administrator", "--second-factor", "required"];
    assert_eq!(installation.json(&update)["second_factor"], "required");
    let text = installation.run(&["role", "list"]).ok();
    assert!(text.out.contains("required"), "{}", text.out);
    // Twice is no harm, and no entry of the trail.
    installation.run(&update).ok();
    let changed = "action = 'role.changed' AND target_id = 'administrator' \
                   AND actor_kind = 'operator' AND details @> '{\"changed\": {\"second_factor\": \
                   {\"from\": \"as-configured\", \"to\": \"required\"}}}'";
    assert_eq!(installation.audited(changed), 1);
    assert_eq!(installation.audited("action = 'role.changed'"), 1);
    installation
        .run(&["role", "update", "gardener", "--second-factor", "required"])
        .refused(3, &["there is no role gardener", "latchkey role list"]);
    installation.run(&["role", "update", "administrator"]).refused(2, &["--second-factor"]);
}

#[test]
fn doctor_tells_that_nobody_mails_the_second_factor() {
    let installation = Installation::ready();
    let report = || installation.json(&["doctor"])["findings"].to_string();
    assert!(!report().contains("second_factor_by_mail"));
    installation.run(&["settings", "set", "second_factor_by_mail", "on"]).ok();
    let report = report();
    assert!(report.contains("second_factor_by_mail is on, but no mail is sent"), "{report}");
}
