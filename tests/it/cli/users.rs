//! `latchkey user`.

use super::installation::Installation;

#[test]
fn a_person_is_added_with_a_link_and_found_by_every_name() {
    let installation = Installation::ready();
    let ada = ["user", "add", "Ada@Example.com", "--username", "ada", "--name", "Ada Lovelace"];
    let added = installation.json(&[&ada[..], &["--role", "administrator"]].concat());
    assert_eq!(added["email"], "Ada@Example.com");
    assert_eq!((&added["email_verified"], &added["status"]), (&false.into(), &"active".into()));
    assert_eq!(added["roles"][0], "administrator");
    let address = added["link"].as_str().unwrap();
    assert!(address.starts_with("http://localhost:8080/set-password?token="), "{address}");

    let operator = "actor_kind = 'operator' AND action = 'user.registered'";
    assert_eq!(installation.audited(operator), 1);
    let (subject, id) = (added["subject"].as_str().unwrap(), added["id"].as_str().unwrap());
    for who in ["ada@example.com", "ADA", subject, id] {
        assert_eq!(installation.json(&["user", "show", who])["subject"], subject, "{who}");
    }
    let listed = installation.run(&["user", "list", "--search", "ada"]).ok();
    assert!(listed.out.contains("Ada Lovelace"), "{}", listed.out);
    let nobody = installation.json(&["user", "list", "--search", "bob"]);
    assert!(nobody["users"].as_array().unwrap().is_empty());
}

#[test]
fn a_person_is_disabled_enabled_signed_out_and_deleted() {
    let installation = Installation::ready();
    installation
        .run_with(&["user", "add", "ada@example.com", "--password-stdin"], "a fine long one\n")
        .ok();
    let ada = |command: &str| installation.json(&["user", command, "ada@example.com"]);
    assert_eq!(ada("disable")["status"], "disabled");
    assert_eq!(ada("disable")["status"], "disabled", "twice is no harm");
    let disabled = installation.json(&["user", "list", "--disabled"]);
    assert_eq!(disabled["users"].as_array().unwrap().len(), 1);
    let link = ["user", "set-password", "ada@example.com", "--link"];
    installation.run(&link).refused(3, &["not active", "latchkey user enable"]);
    assert_eq!(ada("enable")["status"], "active");
    assert_eq!(ada("sign-out")["sessions_ended"], 0);
    let disabled = installation.json(&["user", "list", "--disabled"]);
    assert!(disabled["users"].as_array().unwrap().is_empty());

    installation.run(&["user", "delete", "ada@example.com"]).refused(2, &["--yes"]);
    let gone = installation.json(&["user", "delete", "ada@example.com", "--yes"]);
    assert_eq!(gone["status"], "deleting");
    assert!(gone["gone_after"].is_string());
    assert_eq!(ada("enable")["status"], "active", "it can be undone");
}

#[test]
fn case_179_an_operator_sees_and_ends_a_lock() {
    let installation = Installation::ready();
    installation.run(&["user", "add", "ada@example.com"]).ok();
    let shown = installation.json(&["user", "show", "ada@example.com"]);
    assert_eq!(shown["lock"]["locked"], false, "{shown:#}");
    assert_eq!(shown["lock"]["failures_in_a_row"], 0);
    let unlocked = installation.run(&["user", "unlock", "ada@example.com"]).ok();
    assert!(unlocked.out.contains("was not locked"), "{}", unlocked.out);
    assert_eq!(installation.audited("actor_kind = 'operator' AND action = 'user.unlocked'"), 1);
    installation.run(&["user", "unlock", "nobody"]).refused(3, &["no user nobody"]);
}

#[test]
fn a_password_is_set_from_standard_input_or_by_link() {
    let installation = Installation::ready();
    installation.run(&["user", "add", "ada@example.com"]).ok();
    let set = ["user", "set-password", "ada@example.com", "--password-stdin"];
    installation.run_with(&set, "a fine long one\n").ok();
    installation.run_with(&set, "short\n").refused(2, &["at least 8 characters"]);
    installation.run_with(&set, "ada@example.com\n").refused(2, &["more than your address"]);
    installation.run_with(&set, "").refused(2, &["no password on standard input"]);
    let link = installation.json(&["user", "set-password", "ada@example.com", "--link"]);
    assert!(link["link"].as_str().unwrap().contains("/set-password?token="));
    let prompt = ["user", "set-password", "ada@example.com", "--prompt"];
    installation.run(&prompt).refused(2, &["on a terminal"]);
}

#[test]
fn what_cannot_be_is_refused() {
    let installation = Installation::ready();
    let ended = installation.run(&["user", "add", "ada", "--username", "a b"]);
    ended.refused(2, &["not an email address", "--username"]);
    let unknown = ["user", "add", "ada@example.com", "--role", "emperor"];
    installation.run(&unknown).refused(2, &["emperor", "role list"]);
    installation.run(&["user", "add", "ada@example.com", "--username", "ada"]).ok();
    let ended = installation.run(&["user", "add", "ADA@example.com", "--username", "Ada"]);
    ended.refused(2, &["an account with this address", "username is taken"]);
    for command in ["show", "disable", "enable", "sign-out"] {
        let ended = installation.run(&["user", command, "bob@example.com"]);
        ended.refused(3, &["there is no user bob@example.com"]);
    }
}

#[test]
fn the_last_administrator_stays() {
    let installation = Installation::ready();
    let administrator = |email| ["user", "add", email, "--role", "administrator"];
    installation.run(&administrator("ada@example.com")).ok();
    installation
        .run(&["user", "disable", "ada@example.com"])
        .refused(3, &["last active administrator"]);
    installation.run(&administrator("bob@example.com")).ok();
    installation.run(&["user", "disable", "ada@example.com"]).ok();
}

#[test]
fn what_is_known_about_a_person_is_added_and_changed() {
    let installation = Installation::ready();
    let ada = ["user", "add", "ada@example.com", "--username", "ada", "--given-name", "Ada"];
    let phone = ["--phone-number", "+44 20 7946 0000", "--phone-verified", "true"];
    let added = installation.json(&[&ada[..], &phone].concat());
    assert_eq!(added["given_name"], "Ada");
    assert_eq!(added["phone_number"], "+442079460000");
    assert_eq!(added["phone_number_verified"], true);

    let update = ["user", "update", "ada"];
    let change = ["--given-name", "", "--name", "Ada Lovelace", "--phone-number", "+442079460001"];
    let changed = installation.json(&[&update[..], &change].concat());
    assert_eq!((&changed["given_name"], &changed["name"]), (&().into(), &"Ada Lovelace".into()));
    assert_eq!(changed["phone_number_verified"], false, "another number is not a verified one");
    let shown = installation.run(&["user", "show", "ada"]).ok();
    assert!(shown.out.contains("+442079460001 (not verified)"), "{}", shown.out);
    let operator = "actor_kind = 'operator' AND action = 'user.changed'";
    assert_eq!(installation.audited(operator), 2);

    // Whatever stands there now need not be what somebody has verified.
    for number in [&[][..], &["--phone-number", ""]] {
        let ended = installation.run(&[&update, number, &["--phone-verified", "true"]].concat());
        ended.refused(2, &["--phone-number"]);
    }
    installation.json(&[&update[..], &phone].concat());
    let taken_back = installation.json(&[&update[..], &["--phone-verified", "false"]].concat());
    assert_eq!(taken_back["phone_number_verified"], false);

    let wrong = ["--birthdate", "soon", "--website", "x"];
    let ended = installation.run(&[&update[..], &wrong].concat());
    ended.refused(2, &["--birthdate", "--website"]);
    installation.run(&update).refused(2, &["nothing to change"]);
    let nobody = ["user", "update", "bob", "--nickname", "Bob"];
    installation.run(&nobody).refused(3, &["there is no user bob"]);
    let ended = installation.run(&["user", "add", "bob@example.com", "--phone-number", "030 1"]);
    ended.refused(2, &["--phone-number"]);
    installation.run(&["user", "show", "bob@example.com"]).refused(3, &["there is no user"]);
}

#[test]
fn who_has_lost_their_second_factor_is_helped_by_an_operator() {
    let installation = Installation::ready();
    let add = ["user", "add", "ada@example.com", "--password-stdin"];
    installation.run_with(&add, "a fine long one\n").ok();
    let remove = ["user", "remove-factors", "ada@example.com"];
    let none = installation.run(&[&remove[..], &["--yes"]].concat()).ok();
    assert!(none.out.contains("none of these"), "{}", none.out);
    installation.execute(
        "INSERT INTO authenticators SELECT gen_random_uuid(), id, 'Phone', '', 'k', \
         decode(repeat('00', 12), 'hex'), NULL, now(), now() FROM users",
    );
    installation.execute(
        "INSERT INTO recovery_codes SELECT gen_random_uuid(), id, decode(repeat('00', 32), 'hex'), \
         now() FROM users",
    );
    installation.run(&remove).refused(2, &["--yes"]);
    let removed = installation.json(&[&remove[..], &["--yes"]].concat());
    for (name, count) in [("passkeys", 0), ("authenticators", 1), ("recovery_codes", 1)] {
        assert_eq!(removed[name], count, "{removed:#}");
    }
    let shown = installation.json(&["user", "show", "ada@example.com"]);
    assert_eq!(shown["factors"]["passkeys"].as_array().unwrap().len(), 0);
    assert_eq!(shown["factors"]["authenticators"].as_array().unwrap().len(), 0);
    assert_eq!(
        (&shown["factors"]["recovery_codes_left"], &shown["factors"]["password"]),
        (&0.into(), &true.into())
    );
    let operator = |action: &str| {
        installation.audited(&format!("actor_kind = 'operator' AND action = '{action}'"))
    };
    assert_eq!(operator("user.factor_removed"), 2);
}

#[test]
fn a_role_is_given_and_taken_and_the_last_administrator_stays() {
    let installation = Installation::ready();
    installation.run(&["user", "add", "ada@example.com", "--role", "administrator"]).ok();
    installation.run(&["user", "add", "bob@example.com"]).ok();
    let role =
        |command: &str, who: &str| installation.run(&["user", command, who, "administrator"]);
    role("take-role", "ada@example.com").refused(3, &["last active administrator"]);
    role("give-role", "bob@example.com").ok();
    assert!(role("give-role", "bob@example.com").ok().out.contains("as before"));
    role("take-role", "ada@example.com").ok();
    assert_eq!(
        installation.json(&["user", "show", "ada@example.com"])["roles"],
        serde_json::json!([])
    );
    installation.run(&["user", "give-role", "ada@example.com", "nobody"]).refused(2, &["no role"]);
    assert_eq!(installation.audited("actor_kind = 'operator' AND action = 'user.changed'"), 2);
}
