//! What is kept about a person, for themselves (cases 295, 309).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use diesel::sql_types::{Bytea, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::domain::audit::RequestContext;
use latchkey::domain::details::Detail;
use latchkey::identity::export::ExportError;
use serde_json::Value;

use super::{ALICE, BOB, Home, NEW};
use crate::support::agent::{Agent, Page};

async fn export(home: &Home, agent: &Agent) -> Page {
    let page = agent.get(&home.at("/account/data")).await;
    page.form("#export-form").submit().await
}

/// Every key of a document.
fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                into.insert(key.clone());
                keys(value, into);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

async fn full() -> (Home, Agent) {
    let home = Home::new().await;
    home.app.person(BOB).await;
    home.app.tell(home.alice, &[(Detail::Name, "=cmd()"), (Detail::Nickname, "Al")]).await;
    let client = home.app.confidential_client("notes").await;
    home.app.tokens_in(&Agent::new(), &client, ALICE, "openid profile offline_access").await;
    home.app.tokens_in(&Agent::new(), &client, BOB, "openid offline_access").await;
    let agent = home.browser(ALICE).await;
    home.asks(&agent, NEW, true).await;
    home.run(
        "INSERT INTO authenticators (id, user_id, name, sealed_secret, seal_key_id, seal_nonce, \
         created_at, confirmed_at) SELECT gen_random_uuid(), id, 'My phone', '\\x5ea1ed', 'key', \
         '\\x00112233445566778899aabb', created_at, NULL FROM users \
         WHERE id IN (SELECT user_id FROM addresses WHERE email = 'alice@example.com')",
    );
    home.run(
        "INSERT INTO recovery_codes (id, user_id, code_hash, created_at) \
         SELECT gen_random_uuid(), id, sha256('one'::bytea), created_at FROM users",
    );
    (home, agent)
}

#[tokio::test]
async fn everything_about_a_person_is_in_one_file() {
    let (home, agent) = full().await;
    // So that the order of the trail is known.
    home.pass(TimeDelta::milliseconds(1));
    let page = export(&home, &agent).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert_eq!(page.header("content-type"), Some("application/json; charset=utf-8"));
    let disposition = page.header("content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"account.json\""));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let document = page.json();
    assert_eq!(document["version"], 1);
    let data = &document["data"];
    // A cell of JSON is a text in quotation marks: what looks like a formula is none (case 309).
    assert_eq!(data["account"]["name"], "=cmd()");
    assert_eq!(data["account"]["details"]["nickname"], "Al");
    assert_eq!(data["addresses"][0]["email"], ALICE);
    let links: Vec<_> = data["links"].as_array().unwrap().iter().map(|it| &it["email"]).collect();
    assert!(links.contains(&&Value::from(NEW)), "{links:?}");
    assert_eq!(data["factors"]["authenticator_apps"][0]["name"], "My phone");
    assert!(data["factors"]["password"]["changed_at"].is_string());
    assert_eq!(data["factors"]["recovery_codes"].as_array().unwrap().len(), 1);
    assert_eq!(data["apps"][0]["app"], "notes");
    for list in ["sessions", "browsers", "authorizations", "mails", "activity"] {
        assert!(!data[list].as_array().unwrap().is_empty(), "{list}");
    }
    let first = &data["activity"][0];
    assert_eq!((&first["action"], &first["by"]), (&"user.data_exported".into(), &"you".into()));
    assert_eq!(home.trail("user.data_exported"), 1);
}

#[tokio::test]
async fn case_295_nothing_of_anybody_else_is_in_it() {
    let (home, agent) = full().await;
    let bob = home.app.node().identity().find_user(BOB).await.unwrap().unwrap().user;
    // What an administrator of flesh and blood does to her, from where he sits.
    let by = latchkey::domain::audit::Actor::User(bob.id);
    let ctx = RequestContext {
        ip: Some("198.51.100.99".to_owned()),
        user_agent: Some("bobs-browser".to_owned()),
        ..RequestContext::default()
    };
    home.app.node().identity().sign_out_user(by, home.alice, &ctx).await.unwrap();
    let again = home.browser(ALICE).await;
    assert!(!home.is_signed_in(&agent).await);
    let text = export(&home, &again).await.body;
    for foreign in [BOB, &bob.id.to_string(), &bob.subject, "198.51.100.99", "bobs-browser"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    assert!(text.contains("grant.revoked"));
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = Bytea)]
    value: Vec<u8>,
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Text)]
    value: String,
}

#[tokio::test]
async fn no_hash_and_no_secret_is_in_it() {
    let (home, agent) = full().await;
    let page = export(&home, &agent).await;
    let text = page.body.to_lowercase();
    let mut named = BTreeSet::new();
    keys(&page.json(), &mut named);
    for word in ["hash", "secret", "sealed", "nonce", "phc", "credential_id", "last_step"] {
        let found: Vec<_> = named.iter().filter(|key| key.contains(word)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
    // Whatever the database holds as bytes, in none of the ways to write it down.
    let mut raw = home.app.raw();
    let columns: Vec<Column> = sql_query(
        "SELECT table_name::text, column_name::text FROM information_schema.columns \
         WHERE table_schema = 'public' AND data_type = 'bytea'",
    )
    .load(&mut raw)
    .unwrap();
    assert!(columns.len() > 10);
    let mut seen = 0;
    for Column { table_name, column_name } in columns {
        let query = format!(
            "SELECT {column_name}::bytea AS value FROM {table_name} \
                             WHERE octet_length({column_name}) > 2"
        );
        for Bytes { value } in sql_query(query).load::<Bytes>(&mut raw).unwrap() {
            let hex = hex(&value);
            for written in [hex, STANDARD.encode(&value), URL_SAFE_NO_PAD.encode(&value)] {
                assert!(!text.contains(&written.to_lowercase()), "{table_name}.{column_name}");
            }
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen}");
    let phc = "SELECT phc AS value FROM password_credentials";
    for Words { value } in sql_query(phc).load::<Words>(&mut raw).unwrap() {
        assert!(!page.body.contains(&value));
    }
    assert!(!page.body.contains("$argon2"));
}

#[tokio::test]
async fn case_266_it_takes_a_fresh_sign_in_and_the_form_of_the_page() {
    let (home, agent) = full().await;
    let form = agent.get(&home.at("/account/data")).await.form("#export-form");
    assert_eq!(form.clone().without("csrf").submit().await.status, 403);
    assert_eq!(agent.get(&home.at("/account/data/export")).await.status, 405);
    let session = home.session(&agent);
    home.pass(TimeDelta::minutes(16));
    assert_eq!(form.submit().await.location().path(), "/login");
    let refused = home.app.node().identity().export(session, &RequestContext::default()).await;
    assert!(matches!(refused, Err(ExportError::NotFresh)), "{refused:?}");
    assert_eq!(home.trail("user.data_exported"), 0);
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
