//! `latchkey user import`.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::cli::installation::{Ended, Installation};

const HASH: &str = "$2b$04$abcdefghijklmnopqrstuutjZ01g7uxY6bR.zn.a1.XjNS3vb.X0i";

fn file() -> String {
    let lines = [
        json!({
            "email": "Ada@example.com", "verified": true, "username": "ada", "name": "Ada Lovelace",
            "subject": "f:1:ada", "password_hash": HASH, "roles": ["administrator"],
            "created_at": "2020-02-03T04:05:06Z",
        }),
        json!({ "email": "bob@example.com" }),
        json!({ "email": "ADA@example.com", "name": "Somebody else" }),
        json!({ "email": "other@example.com", "subject": "f:1:ada" }),
        json!({ "email": "eve@example.com", "password_hash": format!("{HASH}x"), "mfa": true }),
        json!({ "email": "eve@example.com", "roles": ["gardener"] }),
        json!({ "email": "ada2@example.com", "username": "ada" }),
    ];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    format!("{}\n\nnot json {HASH}\n", lines.join("\n"))
}

/// What the command tells, a value for each line.
fn told(ended: &Ended) -> Vec<Value> {
    ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn assert_silent(ended: &Ended) {
    for text in [&ended.out, &ended.err] {
        assert!(!text.contains("abcdefghij") && !text.contains("XjNS3vb"), "{text}");
    }
}

#[test]
fn people_are_imported_line_by_line() {
    let installation = Installation::ready();
    installation.write("people.jsonl", &file());
    let import = |more: &[&str]| {
        installation.run(&[&["user", "import", "people.jsonl", "--json"], more].concat())
    };
    let tried = import(&["--dry-run"]).refused(1, &["4 of 8 lines were refused"]);
    assert_silent(&tried);
    let outcome = |told: &[Value], line: u64| -> Value {
        let found = told.iter().find(|value| value["line"] == line);
        found.map_or(Value::Null, |value| value["outcome"].clone())
    };
    let tried = told(&tried);
    for (line, expected) in [(3, "existing"), (4, "existing"), (5, "refused"), (6, "refused")] {
        assert_eq!(outcome(&tried, line), expected, "{line}: {tried:#?}");
    }
    let last = tried.last().unwrap();
    assert_eq!((&last["dry_run"], &last["lines"]), (&json!(true), &json!(8)), "{last}");
    let nobody = installation.json(&["user", "list"]);
    assert!(nobody["users"].as_array().unwrap().is_empty(), "{nobody}");
    assert_eq!(installation.audited("true"), installation.audited("action LIKE 'key%'"));

    let done = import(&[]).refused(1, &["4 of 8 lines were refused"]);
    assert_silent(&done);
    let done = told(&done);
    for (line, expected) in [
        (3, "existing"),
        (4, "existing"),
        (5, "refused"),
        (6, "refused"),
        (7, "refused"),
        (9, "refused"),
    ] {
        assert_eq!(outcome(&done, line), expected, "{line}: {done:#?}");
    }
    let five = done.iter().find(|value| value["line"] == 5).unwrap()["problems"].to_string();
    assert!(five.contains("password_hash: ") && five.contains("mfa: "), "{five}");
    let last = done.last().unwrap();
    assert_eq!((&last["imported"], &last["existing"]), (&json!(2), &json!(2)), "{last}");

    let ada = installation.json(&["user", "show", "ada"]);
    assert_eq!((&ada["email"], &ada["name"]), (&json!("Ada@example.com"), &json!("Ada Lovelace")));
    assert_eq!((&ada["subject"], &ada["email_verified"]), (&json!("f:1:ada"), &json!(true)));
    assert_eq!(ada["roles"], json!(["administrator"]));
    assert!(ada["created_at"].as_str().unwrap().starts_with("2020-02-03T04:05:06"), "{ada}");
    let imported = "action = 'user.registered' AND actor_kind = 'operator' \
                    AND details @> '{\"imported\": true}'";
    assert_eq!(installation.audited(imported), 2);
    assert_eq!(installation.audited("details::text LIKE '%XjNS3vb%'"), 0);
    assert_eq!(installation.audited("details @> '{\"password_hash\": \"bcrypt\"}'"), 1);

    // Again, and with another hash: nobody is made twice or changed.
    let again = import(&[]).refused(1, &[]);
    let last = told(&again).pop().unwrap();
    assert_eq!((&last["imported"], &last["existing"]), (&json!(0), &json!(4)), "{last}");
    let other = json!({ "email": "ada@example.com", "name": "Mallory", "verified": false });
    installation.run_with(&["user", "import", "-"], &other.to_string()).ok();
    assert_eq!(installation.json(&["user", "show", "ada"])["name"], "Ada Lovelace");
    assert_eq!(installation.audited(imported), 2);
}

#[test]
fn a_clean_import_says_so_and_a_missing_file_is_told() {
    let installation = Installation::ready();
    let line = json!({ "email": "ada@example.com", "password_hash": HASH });
    let ended =
        installation.run_with(&["user", "import", "-", "--dry-run"], &line.to_string()).ok();
    assert_eq!(ended.out, "1 lines: 1 would be imported, 0 there already, 0 refused\n");
    let ended = installation.run_with(&["user", "import", "-"], &line.to_string()).ok();
    assert_eq!(ended.out, "1 lines: 1 imported, 0 there already, 0 refused\n");
    installation.run(&["user", "import", "nowhere.jsonl"]).refused(2, &["nowhere.jsonl"]);
    // Of a Firebase project only with its key.
    let firebase = json!({
        "email": "f@example.com",
        "password_hash": {
            "hash": "gz9QdSb2R_cgRuL6RqxANlC5BsIWfNa2x5IrXx3bukgxzHoQda4QxCIIiKVwgsrRn8ENoeltBRhmrITaFo6iVw==",
            "salt": "AAECAwQFBgcICQ==", "rounds": 8, "mem_cost": 10,
        },
    });
    let ended = installation.run_with(&["user", "import", "-"], &firebase.to_string());
    assert!(ended.refused(1, &[]).out.contains("[hashing.firebase]"));
    installation.write("signer.key", "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wg=\n");
    installation.write(
        "latchkey.toml",
        "[hashing.firebase]\nsigner_key_file = \"signer.key\"\nsalt_separator = \"Bw==\"\n",
    );
    installation.run_with(&["user", "import", "-"], &firebase.to_string()).ok();
    let printed = installation.run(&["config", "print", "--for", "tool"]).ok();
    assert!(printed.out.contains("signer_key = \"[redacted]\""), "{}", printed.out);
    assert!(!printed.out.contains("jxspr8Ki"), "{}", printed.out);
}

/// Each lane is work for whoever signs in.
#[test]
fn a_hash_of_too_many_lanes_is_not_imported() {
    let installation = Installation::ready();
    let hash = |lanes: u32| {
        format!(
            "$argon2id$v=19$m=520,t=1,p={lanes}$AAECAwQFBgcICQoLDA0ODw$\
             UWq0bRCfdqVeTfMpVXur367xD/WH2Zgo5n9PbBDR0tU"
        )
    };
    let line = |n: u32| {
        json!({ "email": format!("lanes-{n}@example.com"), "password_hash": hash(n) }).to_string()
    };
    installation.write("people.jsonl", &format!("{}\n{}\n", line(64), line(65)));
    let ended = installation.run(&["user", "import", "people.jsonl", "--json"]);
    let told = told(&ended.refused(1, &["1 of 2 lines were refused"]));
    let refused: Vec<_> = told.iter().filter(|value| value["outcome"] == "refused").collect();
    assert_eq!((refused.len(), &refused[0]["line"]), (1, &json!(2)), "{told:#?}");
    assert!(!refused[0].to_string().contains("UWq0bRCf"), "{}", refused[0]);
}

/// Whoever starts a reset, or makes the account, neither sees nor sets the password that lasts.
#[test]
fn case_206_an_operator_passes_on_a_link_that_is_short_and_works_once() {
    let installation = Installation::ready();
    let added = installation.json(&["user", "add", "ada@example.com"]);
    let reset = installation.json(&["user", "set-password", "ada@example.com", "--link"]);
    for made in [&added, &reset] {
        assert!(made["link"].as_str().unwrap().contains("/set-password?token="), "{made}");
        let ends: chrono::DateTime<chrono::Utc> =
            made["link_expires_at"].as_str().unwrap().parse().unwrap();
        let lives = installation.json(&["settings", "get", "one_time_link_lifetime"]);
        assert_eq!(lives["value"], 1800);
        let begun: chrono::DateTime<chrono::Utc> =
            added["created_at"].as_str().unwrap().parse().unwrap();
        assert!((ends - begun).num_minutes() <= 31, "{made}");
        assert!(made.get("password").is_none(), "{made}");
    }
    assert_ne!(added["link"], reset["link"]);
    assert_eq!(installation.audited("action = 'user.password_set'"), 0);
}

/// A password that an operator chose is one of the rules, ends what was there, and is told by mail.
#[test]
fn case_206_a_password_that_an_operator_sets_is_judged_ends_all_and_is_told() {
    let installation = Installation::ready();
    let run = |arguments: &[&str], input: &str| -> Ended {
        let mut command = installation.command(arguments);
        command
            .env("LATCHKEY_MAIL__HOST", "127.0.0.1")
            .env("LATCHKEY_MAIL__ENCRYPTION", "none")
            .env("LATCHKEY_MAIL__FROM", "no-reply@id.example")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    };
    let add = ["user", "add", "ada@example.com", "--name", "Ada Lovelace", "--password-stdin"];
    let set = ["user", "set-password", "ada@example.com", "--password-stdin"];
    let weak = [
        ("short", "at least 8 characters"),
        ("ada@example.com", "more than your address"),
        ("sunshine1", "Many people use"),
    ];
    let refused_all = |command: &[&str]| {
        for (password, words) in weak {
            let ended = run(command, &format!("{password}\n"));
            let told = format!("{}{}", ended.out, ended.err).to_lowercase();
            assert_eq!(ended.code, 2, "{password}: {told}");
            assert!(told.contains(&words.to_lowercase()), "{password}: {told}");
            assert!(!told.contains("sunshine"), "{told}");
        }
    };
    let kinds = || -> Vec<String> {
        let mails = installation.json(&["mail", "list"])["mails"].take();
        mails.as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect()
    };
    refused_all(&add);
    assert_eq!(installation.audited("action = 'user.registered'"), 0);
    assert!(kinds().is_empty());
    run(&add, "a fine long one\n").ok();
    assert_eq!(kinds(), ["password-changed"], "whose account it is learns of it");

    installation.execute(
        "INSERT INTO sessions (id, sid, secret_hash, user_id, auth_time, acr, amr, remember, \
         created_at, last_used_at, expires_at) SELECT gen_random_uuid(), 'sid', sha256('x'), id, \
         now(), '0', '{pwd}', false, now(), now(), now() + interval '1 day' FROM users",
    );
    let show = || installation.json(&["user", "show", "ada@example.com"]);
    assert_eq!(show()["sessions"].as_array().unwrap().len(), 1);
    refused_all(&set);
    assert_eq!(show()["sessions"].as_array().unwrap().len(), 1, "nothing was set");
    run(&set, "another fine long one\n").ok();
    assert_eq!(show()["sessions"].as_array().unwrap().len(), 0);
    assert_eq!(kinds(), ["password-changed", "password-changed"]);
    assert_eq!(installation.audited("action = 'user.password_set'"), 1);
    assert_eq!(installation.audited("details::text LIKE '%fine long%'"), 0);
}
