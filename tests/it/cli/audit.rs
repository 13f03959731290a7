//! `latchkey audit`: the trail as an operator reads it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use latchkey::domain::audit::Action;
use serde_json::Value;

use super::installation::{Ended, Installation, LATCHKEY};
use super::servers::Server;
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{assert_error, authorization_request, code_request};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

fn command(app: &TestApp, arguments: &[&str]) -> Command {
    let mut command = Command::new(LATCHKEY);
    command.arg("audit").args(arguments).env_clear().env("DATABASE_URL", app.database_url());
    command
}

fn audit(app: &TestApp, arguments: &[&str]) -> Ended {
    command(app, arguments).output().unwrap().into()
}

fn search(app: &TestApp, arguments: &[&str]) -> Vec<Value> {
    let ended = audit(app, &[&["search", "--json"], arguments].concat()).ok();
    let found: Value = serde_json::from_str(&ended.out).unwrap();
    found["events"].as_array().unwrap().clone()
}

fn actions(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["action"].as_str().unwrap()).collect()
}

/// Two people sign in to two apps, one of them after a slip; a code is used twice.
async fn busy() -> TestApp {
    let app = TestApp::start();
    let notes = app.confidential_client("notes").await;
    let mail = app.confidential_client("mail").await;
    app.person(ALICE).await;
    app.person(BOB).await;
    let agent = Agent::new();
    let page = app.authorize(&agent, &authorization_request(&notes)).await.follow_all().await;
    page.form("#login-form").fill("identifier", ALICE).fill("password", "not it").submit().await;
    let code = app.code_for(&agent, &authorization_request(&notes), ALICE).await;
    assert_eq!(app.token(&notes, &code_request(&notes, &code)).await.status, 200);
    app.clock.advance(TimeDelta::hours(1));
    let code = app.code_for(&Agent::new(), &authorization_request(&mail), BOB).await;
    assert_eq!(app.token(&mail, &code_request(&mail, &code)).await.status, 200);
    app.clock.advance(TimeDelta::seconds(1));
    assert_error(&app.token(&mail, &code_request(&mail, &code)).await, 400, "invalid_grant");
    app
}

#[tokio::test]
async fn the_trail_is_searched_by_person_client_action_request_and_time() {
    let app = busy().await;
    let all = search(&app, &[]);
    let at = |event: &Value| event["at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!(all.windows(2).all(|pair| at(&pair[0]) >= at(&pair[1])), "the newest first");

    // What Alice did, and what was done to her, under her address as under her id.
    let hers = search(&app, &["--person", ALICE]);
    let expected = [
        "consent.given",
        "session.sign_in",
        "session.sign_in_refused",
        "token.issued",
        "user.registered",
    ];
    let mut told = actions(&hers);
    told.sort_unstable();
    assert_eq!(told, expected);
    let registered = hers.iter().find(|event| event["action"] == "user.registered").unwrap();
    let id = registered["target_id"].as_str().unwrap();
    assert_eq!(search(&app, &["--person", id]), hers);
    let refused = search(&app, &["--person", ALICE, "--refused"]);
    assert_eq!(actions(&refused), ["session.sign_in_refused"]);
    assert_eq!(refused[0]["details"]["reason"], "wrong_password");
    assert_eq!(search(&app, &["--person", ALICE, "--done"]).len(), hers.len() - 1);

    let theirs = search(&app, &["--client", "mail"]);
    assert!(theirs.len() >= 4 && theirs.iter().all(|event| event["client_id"] == "mail"));
    assert_eq!(search(&app, &["--client", "nobody"]), [] as [Value; 0]);

    // An action by name, several, and a group.
    let signed_in = search(&app, &["--action", "session.sign_in"]);
    assert_eq!(actions(&signed_in), ["session.sign_in"; 2]);
    let group = search(&app, &["--action", "session"]);
    assert_eq!(group.len(), 3);
    assert_eq!(search(&app, &["--action", "session.*"]), group);
    let several = ["--action", "token.refused", "--action", "consent"];
    assert_eq!(search(&app, &several).len(), 3);

    let request = signed_in[0]["request_id"].as_str().unwrap();
    let together = search(&app, &["--request", request]);
    assert!(together.contains(&signed_in[0]));
    assert!(together.iter().all(|event| event["request_id"] == request), "{together:?}");

    // From a moment on, and up to it.
    let moment = at(&group[0]).to_rfc3339();
    let (later, sooner) =
        (search(&app, &["--since", &moment]), search(&app, &["--until", &moment]));
    assert!(later.contains(&group[0]) && !sooner.contains(&group[0]));
    assert_eq!(later.len() + sooner.len(), all.len());
    assert_eq!(search(&app, &["--limit", "2"]), all[..2]);
}

#[tokio::test]
async fn the_trail_in_words_names_people_and_reasons() {
    let app = busy().await;
    let text = audit(&app, &["search", "--person", ALICE]).ok().out;
    let line = text.lines().find(|line| line.contains("sign_in_refused")).unwrap();
    for word in
        ["wrong_credentials (wrong_password)", "anonymous", "user alice@example.com", "notes"]
    {
        assert!(line.contains(word), "{word}: {line}");
    }
    assert!(text.lines().next().unwrap().starts_with("TIME "), "{text}");
    let nothing = audit(&app, &["search", "--client", "nobody"]).ok().out;
    assert_eq!(nothing, "Nothing on the trail fits that.\n");
    let few = audit(&app, &["search", "--limit", "1"]).ok();
    assert!(few.err.contains("--limit"), "{}", few.err);
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let app = busy().await;
    audit(&app, &["search", "--action", "session.signin"])
        .refused(2, &["session.signin", "session.sign_in_refused"]);
    audit(&app, &["search", "--person", "nobody@example.com"]).refused(3, &["nobody@example.com"]);
    audit(&app, &["search", "--since", "yesterday"]).refused(2, &["2026-01-31"]);
    audit(&app, &["search", "--refused", "--done"]).refused(2, &["--done"]);
    // Somebody whose account is gone is known by the id.
    let gone = "0199f3a0-0000-7000-8000-000000000000";
    assert_eq!(search(&app, &["--person", gone]), [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tail_goes_on_with_what_comes() {
    let app = busy().await;
    let text = audit(&app, &["tail", "-n", "2"]).ok().out;
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[1].contains("token.refused  invalid_grant (check_code_unused)"), "{text}");

    let mut follow =
        command(&app, &["tail", "--json", "--follow", "--lines", "1", "--person", ALICE]);
    let mut tail = Server(follow.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut out = BufReader::new(tail.0.stdout.take().unwrap());
    let mut next = || {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
        serde_json::from_str::<Value>(&line).unwrap()
    };
    assert_ne!(next()["client_id"], "other", "what was there already");
    let agent = Agent::new();
    let notes = app.confidential_client("other").await;
    app.code_for(&agent, &authorization_request(&notes), BOB).await;
    app.code_for(&Agent::new(), &authorization_request(&notes), ALICE).await;
    let came = [next(), next()];
    assert!(came.iter().all(|event| event["client_id"] == "other"), "{came:?}");
    let mut told = actions(&came);
    told.sort_unstable();
    assert_eq!(told, ["consent.given", "session.sign_in"], "each once, and nothing of Bob");
    // A reader that goes away ends it without a complaint.
    drop(out);
    app.code_for(&Agent::new(), &authorization_request(&notes).with("prompt", "login"), ALICE)
        .await;
    let ended = tail.0.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
}

/// More than is read at once comes within a second, and each entry is told once.
#[tokio::test(flavor = "multi_thread")]
async fn the_tail_keeps_up_with_ten_thousands() {
    const MANY: usize = 25_000;
    let installation = Installation::ready();
    let follow = ["audit", "tail", "--json", "--follow", "--lines", "1"];
    let mut command = installation.command(&follow);
    let mut tail = Server(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut out = BufReader::new(tail.0.stdout.take().unwrap());
    let mut line = String::new();
    assert_ne!(out.read_line(&mut line).unwrap(), 0);
    let write = |from: usize, to: usize| {
        installation.execute(&format!(
            "INSERT INTO audit_events (id, at, action, actor_kind, success, details) \
             SELECT gen_random_uuid(), now(), 'user.registered', 'system', true, \
             jsonb_build_object('n', n) FROM generate_series({from}, {to}) AS n"
        ));
    };
    let mut next = || -> usize {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
        let event: Value = serde_json::from_str(&line).unwrap();
        event["details"]["n"].as_u64().unwrap().try_into().unwrap()
    };
    write(1, MANY);
    let mut told = BTreeSet::from([next()]);
    // What comes after them ends the wait for those that do not come.
    write(0, 0);
    loop {
        match next() {
            0 => break,
            n => assert!(told.insert(n), "{n} came twice"),
        }
    }
    assert_eq!(told.len(), MANY);
}

/// However much came in the minute before, none of it is news.
#[tokio::test(flavor = "multi_thread")]
async fn the_tail_begins_with_what_comes_after_it() {
    let installation = Installation::ready();
    let write = |what: &str| {
        installation.execute(&format!(
            "INSERT INTO audit_events (id, at, action, actor_kind, success, details) \
             SELECT gen_random_uuid(), now(), 'user.registered', 'system', true, \
             jsonb_build_object('n', n) FROM {what}"
        ));
    };
    write("generate_series(1, 12000) AS n");
    let follow = ["audit", "tail", "--json", "--follow", "--lines", "1"];
    let mut command = installation.command(&follow);
    let mut tail = Server(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut out = BufReader::new(tail.0.stdout.take().unwrap());
    let mut next = || -> Value {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
        serde_json::from_str(&line).unwrap()
    };
    assert!(next()["details"]["n"].as_u64().unwrap() > 0, "the newest of them");
    write("(VALUES (0)) AS added (n)");
    assert_eq!(next()["details"]["n"], 0);
}

#[test]
fn case_329_what_operators_do_is_on_the_trail() {
    let installation = Installation::ready();
    let person = ["user", "add", ALICE, "--password-stdin"];
    installation.run_with(&person, &format!("{PASSWORD}\n")).ok();
    let registration = ["client", "add", "notes", "--redirect-uri", "https://app.example/cb"];
    for arguments in [
        &registration[..],
        &["client", "update", "notes", "--name", "Notes"],
        &["client", "rotate-secret", "notes"],
        &["client", "disable", "notes"],
        &["client", "enable", "notes"],
        &["client", "remove", "notes", "--yes"],
        &["settings", "set", "code_lifetime", "30s"],
        &["keys", "rotate"],
        &["user", "set-password", ALICE, "--link"],
        &["user", "disable", ALICE],
        &["user", "enable", ALICE],
        &["user", "delete", ALICE, "--yes"],
    ] {
        installation.run(arguments).ok();
    }
    let found = installation.json(&["audit", "search"]);
    let events = found["events"].as_array().unwrap();
    let actions: BTreeSet<_> =
        events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    for action in [
        Action::UserRegistered,
        Action::ClientCreated,
        Action::ClientChanged,
        Action::ClientSecretRotated,
        Action::ClientDisabled,
        Action::ClientEnabled,
        Action::ClientRemoved,
        Action::SettingChanged,
        Action::KeyCreated,
        Action::KeyScheduled,
        Action::LinkCreated,
        Action::UserDisabled,
        Action::UserEnabled,
        Action::UserDeleted,
    ] {
        assert!(actions.contains(action.as_str()), "{action} is not in {actions:?}");
    }
    for event in events {
        assert_eq!(event["actor_kind"], "operator", "{event}");
        assert!(event["at"].as_str().unwrap().ends_with('Z'), "{event}");
        assert!(event["target_id"].is_string(), "{event}");
    }
    // Who changed what, with the value before and after.
    let changed = installation.json(&["audit", "search", "--action", "client.changed"]);
    assert_eq!(
        changed["events"][0]["details"]["changed"]["client_name"]["to"], "Notes",
        "{changed}"
    );
}
