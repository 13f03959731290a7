//! The ID token (OIDC Core §2, §3.1.3.6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{authorization_request, claims, code_request, header, refresh_request};

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn case_133_what_an_id_token_says() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let nonce = "n \"<>&%2B+\u{1f511}\\";
    let params = authorization_request(&client).with("nonce", nonce);
    let code = app.code_for(&agent, &params, ALICE).await;
    let signed_in_at = app.now().timestamp();
    app.clock.advance(chrono::TimeDelta::seconds(7));
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let token = tokens["id_token"].as_str().unwrap();
    let keys = Agent::new().get(&app.at("/oauth2/jwks")).await.json();
    let head = header(token);
    assert_eq!(head["alg"], "RS256");
    assert_eq!(keys["keys"][0]["kid"], head["kid"]);

    let said = claims(token);
    assert_eq!(said["iss"], app.issuer());
    assert_eq!(said["sub"], *app.subject(ALICE).await);
    assert_eq!(said["aud"], "notes", "one audience, as a text");
    assert!(said.get("azp").is_none(), "the audience is the party it was issued to");
    assert_eq!(said["iat"], app.now().timestamp());
    assert_eq!(said["auth_time"], signed_in_at);
    assert_eq!(said["nonce"], nonce);
    assert_eq!(said["exp"], app.now().timestamp() + 3600);
    let digest = Sha256::digest(tokens["access_token"].as_str().unwrap());
    assert_eq!(said["at_hash"], URL_SAFE_NO_PAD.encode(&digest[..16]));

    // A refresh tells the same sign-in, of the new access token, without the nonce.
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let tokens = app.token(&client, &refresh).await.json();
    let again = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(again["auth_time"], said["auth_time"]);
    assert_ne!(again["at_hash"], said["at_hash"]);
    assert_eq!((again.get("nonce"), again.get("azp")), (None, None));
}

#[tokio::test]
async fn case_133_lifetimes_are_the_clients_own_and_an_hour_at_most() {
    let mut app = TestApp::start();
    app.person(ALICE).await;
    // An operator would have it a week.
    let setting = "INSERT INTO settings (key, value, updated_at, updated_by) \
                   VALUES ('id_token_lifetime', '604800', '2026-01-01', 'test')";
    diesel::RunQueryDsl::execute(diesel::sql_query(setting), &mut app.raw()).unwrap();
    app.restart();
    for (id, own, lives) in [("short", Some(60), 60), ("long", None, 3600)] {
        let registration = app.registration(id).with(|client| client.lifetimes.id_token = own);
        let client = app.client(registration).await;
        let tokens = app.tokens_for(&client, ALICE).await;
        let said = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), lives, "{id}");
    }
}
