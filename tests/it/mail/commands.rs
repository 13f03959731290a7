//! `latchkey mail`, and what `latchkey doctor` says of mail.

use serde_json::{Value, json};

use super::server::{MailServer, closed_port};
use crate::cli::installation::{Ended, Installation};

const FIRST: &str = "01939000-0000-7000-8000-000000000001";
const SECOND: &str = "01939000-0000-7000-8000-000000000002";

fn installed() -> Installation {
    let installation = Installation::ready();
    for (id, state, finished) in [(FIRST, "dead", "now()"), (SECOND, "queued", "NULL")] {
        installation.execute(&format!(
            "INSERT INTO mails (id, recipient, kind, language, sealed_letter, seal_key_id, \
             seal_nonce, created_at, expires_at, state, attempts, due_at, last_error, finished_at) \
             VALUES ('{id}', 'ada@example.com', 'sign-in-code', 'en', 'canary-4711', 'k', '0', \
             now(), now() + interval '1 hour', '{state}', 1, now() + interval '10 minutes', \
             'the mail server answered 550', {finished})"
        ));
    }
    installation
}

fn run_with_mail(installation: &Installation, port: u16, arguments: &[&str]) -> Ended {
    let mut command = installation.command(arguments);
    command
        .env("LATCHKEY_MAIL__HOST", "127.0.0.1")
        .env("LATCHKEY_MAIL__PORT", port.to_string())
        .env("LATCHKEY_MAIL__ENCRYPTION", "none")
        .env("LATCHKEY_MAIL__FROM", "Example ID <no-reply@id.example>")
        .env("LATCHKEY_MAIL__COMMAND_TIMEOUT_SECONDS", "5");
    command.output().unwrap().into()
}

#[test]
fn mail_is_listed_shown_retried_and_dropped() {
    let installation = installed();
    let listed = installation.json(&["mail", "list"]);
    assert_eq!(listed["mails"].as_array().unwrap().len(), 2);
    assert_eq!((&listed["waiting"], &listed["dead"]), (&json!(1), &json!(1)));
    let dead = installation.json(&["mail", "list", "--state", "dead"]);
    assert_eq!(dead["mails"][0]["id"], FIRST);
    assert_eq!(dead["mails"][0]["last_error"], "the mail server answered 550");
    let shown = installation.run(&["mail", "show", FIRST]).ok().out;
    assert!(shown.contains("ada@example.com") && shown.contains("sign-in-code"), "{shown}");
    let all = installation.json(&["mail", "show", FIRST]);
    assert!(!format!("{shown}{all}{listed}").contains("canary"), "what it says is shown");

    installation.run(&["mail", "retry", FIRST]).ok();
    let retried = installation.json(&["mail", "show", FIRST]);
    assert_eq!((&retried["state"], &retried["attempts"]), (&json!("queued"), &json!(0)));
    for id in [FIRST, SECOND] {
        installation.run(&["mail", "drop", id]).ok();
        let dropped = installation.json(&["mail", "show", id]);
        assert_eq!(dropped["state"], "dropped");
        installation.run(&["mail", "drop", id]).refused(3, &["is dropped"]);
        installation.run(&["mail", "retry", id]).refused(3, &["is dropped"]);
    }
    assert_eq!(installation.audited("action = 'mail.retried'"), 1);
    assert_eq!(installation.audited("action = 'mail.dropped'"), 2);
    for unknown in ["01939000-0000-7000-8000-00000000000f", "x"] {
        installation.run(&["mail", "show", unknown]).refused(3, &["there is no mail", "mail list"]);
    }
}

#[test]
fn a_test_mail_tells_what_the_server_answers() {
    let installation = Installation::ready();
    let nothing = installation.run(&["mail", "test", "ada@example.com"]);
    nothing.refused(5, &["mail is not configured", "[mail]"]);

    let server = MailServer::answering(&json!({ "RCPT": ["", "550 5.1.1 nobody \u{1b}[2J here"] }));
    let test = ["mail", "test", "ada@example.com"];
    let sent = run_with_mail(&installation, server.port(), &test).ok();
    assert!(sent.out.contains("250 2.0.0 taken as 4711"), "{}", sent.out);
    let taken = server.taken();
    assert_eq!(taken.recipients, ["ada@example.com"]);
    assert_eq!(taken.header("From"), ["\"Example ID\" <no-reply@id.example>"]);
    let refused = run_with_mail(&installation, server.port(), &test);
    let refused = refused.refused(1, &["the mail server answered 550", "nobody", "fix:"]);
    assert!(!refused.err.contains('\u{1b}'), "{:?}", refused.err);
    let wrong = run_with_mail(&installation, server.port(), &["mail", "test", "a@b\r\nBcc: c@d.e"]);
    wrong.refused(2, &["not an email address"]);
    let down = run_with_mail(&installation, closed_port(), &test);
    down.refused(1, &["cannot be reached", "mail.host"]);
}

/// What the doctor found about mail.
fn findings(ended: &Ended) -> Vec<Value> {
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    let all = report["findings"].as_array().unwrap().clone();
    all.into_iter().filter(|it| it["check"] == "mail").collect()
}

#[test]
fn the_doctor_looks_after_mail() {
    let installation = installed();
    let doctor = ["doctor", "--json"];
    let found = findings(&installation.run(&doctor));
    assert_eq!(found[0]["level"], "warn");
    assert!(found[0]["message"].as_str().unwrap().contains("self-registration stays closed"));
    assert!(found[1]["message"].as_str().unwrap().contains("1 mails were given up"));

    let server = MailServer::start();
    let found = findings(&run_with_mail(&installation, server.port(), &doctor));
    assert_eq!(found[0]["level"], "ok", "{found:?}");
    let found = findings(&run_with_mail(&installation, closed_port(), &doctor));
    assert_eq!(found[0]["level"], "fail", "{found:?}");
    assert!(server.told().iter().all(|it| it["event"] != "MAIL"));
}
