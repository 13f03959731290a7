//! `latchkey role add`.

use serde_json::json;

use super::installation::Installation;

#[test]
fn a_role_of_ones_own_is_made_and_given() {
    let installation = Installation::ready();
    let add = ["role", "add", "support", "--description", "Helps people", "--permission"];
    let add = [&add[..], &["users.read", "--permission", "audit.read"]].concat();
    let role = installation.json(&add);
    assert_eq!(role["permissions"], json!(["audit.read", "users.read"]));
    assert_eq!((&role["people"], &role["description"]), (&json!(0), &json!("Helps people")));
    let made = "action = 'role.created' AND target_id = 'support' AND actor_kind = 'operator'";
    assert_eq!(installation.audited(made), 1);
    let added = installation.json(&["user", "add", "ada@example.com", "--role", "support"]);
    assert_eq!(added["roles"], json!(["support"]));
    let roles = installation.json(&["role", "list"])["roles"].clone();
    let support = roles.as_array().unwrap().iter().find(|role| role["name"] == "support");
    assert_eq!(support.unwrap()["people"], 1, "{roles}");

    installation.run(&add).refused(3, &["there is a role support already", "role list"]);
    installation.run(&["role", "add", "Support"]).refused(2, &["lower-case"]);
    let unknown = ["role", "add", "gardener", "--permission", "plants.water"];
    installation.run(&unknown).refused(2, &["plants.water", "users.read"]);
    let strict = ["role", "add", "auditor", "--second-factor", "required"];
    assert_eq!(installation.json(&strict)["second_factor"], "required");
    assert_eq!(installation.audited("action = 'role.created'"), 2);
}
