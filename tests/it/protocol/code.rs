//! Section B of the security cases: PKCE and the redemption of codes.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use latchkey::kernel::env::Env;
use sha2::{Digest as _, Sha256};

use crate::identity::world::until;
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::faults;
use crate::support::flow::{
    Params, VERIFIER, assert_error, assert_redirect_error, authorization_request, claims,
    code_request, header, refresh_request,
};

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn a_code_becomes_tokens() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let tokens = app.tokens_for(&client, ALICE).await;

    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 900);
    assert_eq!(tokens["scope"], "email openid profile");
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    let access_token = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(id_token["iss"], app.issuer());
    assert_eq!(id_token["aud"], "notes");
    assert_eq!(id_token["nonce"], "the-nonce");
    assert_eq!(id_token["sub"], access_token["sub"]);
    assert_eq!(id_token["amr"], serde_json::json!(["pwd"]));
    assert!(id_token["exp"].as_i64().unwrap() - id_token["iat"].as_i64().unwrap() <= 3600);
    assert!(id_token["at_hash"].is_string() && id_token["sid"].is_string());
    assert_eq!(access_token["aud"], app.issuer());
    assert_eq!(access_token["client_id"], "notes");
    for (token, typ) in
        [("id_token", "JWT"), ("access_token", "at+jwt"), ("refresh_token", "rt+jwt")]
    {
        let header = header(tokens[token].as_str().unwrap());
        assert_eq!((&header["typ"], &header["alg"]), (&typ.into(), &"RS256".into()), "{token}");
    }
}

#[tokio::test]
async fn case_025_public_client_without_challenge_is_refused() {
    let app = TestApp::start();
    let client = app.public_client("spa").await;
    let params =
        authorization_request(&client).without("code_challenge").without("code_challenge_method");
    let page = app.authorize(&Agent::new(), &params).await;
    assert_redirect_error(&page, &app, &client, "invalid_request");
}

#[tokio::test]
async fn case_026_only_s256_is_taken() {
    let app = TestApp::start();
    let client = app.public_client("spa").await;
    let usual = authorization_request(&client);
    for params in [
        usual.clone().with("code_challenge_method", "plain"),
        usual.clone().without("code_challenge_method"),
        usual.clone().with("code_challenge_method", "s256"),
        usual.clone().with("code_challenge_method", "S512"),
        usual.clone().with("code_challenge", "too-short"),
        usual.clone().with("code_challenge", &format!("{}=", "A".repeat(42))),
        usual.without("code_challenge"),
    ] {
        let page = app.authorize(&Agent::new(), &params).await;
        assert_redirect_error(&page, &app, &client, "invalid_request");
    }
}

#[tokio::test]
async fn case_027_wrong_missing_or_foreign_verifier_gets_no_token() {
    let app = TestApp::start();
    let client = app.public_client("spa").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let usual = authorization_request(&client);
    for bend in [
        |p: Params| p.with("code_verifier", &"x".repeat(43)),
        |p: Params| p.without("code_verifier"),
        |p: Params| p.with("code_verifier", ""),
        |p: Params| p.with("code_verifier", &VERIFIER[..42]),
        |p: Params| p.with("code_verifier", &"é".repeat(30)),
    ] {
        let code = app.code_for(&agent, &usual, ALICE).await;
        let page = app.token(&client, &bend(code_request(&client, &code))).await;
        assert_error(&page, 400, "invalid_grant");
    }
    // Two flows of one browser with a verifier each: neither is good for the other's code.
    let verifiers = ["a".repeat(43), "b".repeat(128)];
    let mut codes = Vec::new();
    for verifier in &verifiers {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let request = usual.clone().with("code_challenge", &challenge);
        codes.push(app.code_for(&agent, &request, ALICE).await);
    }
    let redeem = async |code: usize, verifier: usize| {
        let request = code_request(&client, &codes[code]);
        app.token(&client, &request.with("code_verifier", &verifiers[verifier])).await
    };
    for (code, verifier) in [(0, 1), (1, 0)] {
        assert_error(&redeem(code, verifier).await, 400, "invalid_grant");
    }
    for index in [0, 1] {
        let page = redeem(index, index).await;
        assert_eq!(page.status, 200, "{}", page.summary());
    }
}

#[tokio::test]
async fn case_028_a_verifier_without_a_challenge_is_a_downgrade() {
    let app = TestApp::start();
    let client = app.client(app.registration("legacy").nonce_suffices()).await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let bare =
        authorization_request(&client).without("code_challenge").without("code_challenge_method");

    let code = app.code_for(&agent, &bare, ALICE).await;
    let page = app.token(&client, &code_request(&client, &code)).await;
    assert_error(&page, 400, "invalid_grant");

    let code = app.code_for(&agent, &bare, ALICE).await;
    let page = app.token(&client, &code_request(&client, &code).without("code_verifier")).await;
    assert_eq!(page.status, 200, "{}", page.summary());

    // Without `openid` no ID token brings the nonce back.
    for neither in [bare.clone().without("nonce"), bare.with("scope", "profile email")] {
        let page = app.authorize(&agent, &neither).await;
        assert_redirect_error(&page, &app, &client, "invalid_request");
    }

    // A challenge that was sent is kept, whatever the policy.
    let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
    let page = app.token(&client, &code_request(&client, &code).without("code_verifier")).await;
    assert_error(&page, 400, "invalid_grant");
}

/// A scope that the client may not ask for is dropped, and with it the ID token that would hold the
/// nonce.
#[tokio::test]
async fn case_028_a_nonce_that_no_id_token_brings_back_is_no_protection() {
    let app = TestApp::start();
    let registration = app.registration("api-only").scopes("profile email").nonce_suffices();
    let client = app.client(registration).await;
    app.person(ALICE).await;
    let challenged = authorization_request(&client).with("scope", "openid profile");
    let bare = challenged.clone().without("code_challenge").without("code_challenge_method");
    let page = app.authorize(&Agent::new(), &bare).await;
    assert_redirect_error(&page, &app, &client, "invalid_request");
    app.code_for(&Agent::new(), &challenged, ALICE).await;
}

#[tokio::test]
async fn a_client_without_a_policy_may_send_neither_challenge_nor_nonce() {
    let app = TestApp::start();
    let client = app.client(app.registration("certified").pkce_optional()).await;
    app.person(ALICE).await;
    let bare = authorization_request(&client)
        .without("code_challenge")
        .without("code_challenge_method")
        .without("nonce");
    let code = app.code_for(&Agent::new(), &bare, ALICE).await;
    let page = app.token(&client, &code_request(&client, &code).without("code_verifier")).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(claims(page.json()["id_token"].as_str().unwrap()).get("nonce").is_none());
}

#[tokio::test]
async fn case_028_a_link_without_its_challenge_gets_no_code() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    // Even for a person who is signed in and has allowed everything.
    let strict = app.confidential_client("notes").await;
    app.code_for(&agent, &authorization_request(&strict), ALICE).await;
    let public = app.client(app.registration("spa").public().nonce_suffices()).await;
    let free = app.client(app.registration("phone").public().pkce_optional()).await;
    for client in [strict, public, free] {
        let stripped = authorization_request(&client)
            .without("code_challenge")
            .without("code_challenge_method");
        let page = app.authorize(&agent, &stripped).await;
        assert_redirect_error(&page, &app, &client, "invalid_request");
    }
}

#[tokio::test]
async fn case_030_code_reuse_revokes_tokens() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    let first = app.token(&client, &code_request(&client, &code)).await.json();
    let access_token = first["access_token"].as_str().unwrap();
    assert_eq!(app.userinfo(access_token).await.status, 200);

    assert_error(&app.token(&client, &code_request(&client, &code)).await, 400, "invalid_grant");

    assert_error(&app.userinfo(access_token).await, 401, "invalid_token");
    for token in [access_token, first["refresh_token"].as_str().unwrap()] {
        assert_eq!(app.introspect(&client, token).await.json()["active"], false);
    }
    let refresh = refresh_request(first["refresh_token"].as_str().unwrap());
    assert_error(&app.token(&client, &refresh).await, 400, "invalid_grant");
}

#[tokio::test]
async fn case_030_concurrent_redemption_over_two_nodes_has_one_winner() {
    let app = TestApp::start();
    let other = app.second_node();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    let request = code_request(&client, &code);
    let urls = [app.at("/oauth2/token"), other.at("/oauth2/token")];
    // All of them are in their transactions before the first gets any further.
    let mut holder = app.raw();
    faults::hold_rows(&mut holder, "grants");
    let attempts = (0..8).map(|i| app.token_at(&urls[i % 2], &client, &request));
    let start = async {
        until("both nodes are at work", || app.waiting() > 4).await;
        faults::let_go(&mut holder);
    };
    let (pages, ()) = tokio::join!(futures_util::future::join_all(attempts), start);
    let (winners, losers): (Vec<_>, Vec<_>) = pages.iter().partition(|page| page.status == 200);
    assert_eq!(winners.len(), 1);
    for page in losers {
        assert_error(page, 400, "invalid_grant");
    }
    let access_token = winners[0].json()["access_token"].as_str().unwrap().to_owned();
    assert_error(&app.userinfo(&access_token).await, 401, "invalid_token");
}

#[tokio::test]
async fn case_032_a_code_belongs_to_its_client() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let confidential = app.confidential_client("notes").await;
    let other = app.confidential_client("other").await;
    let public = app.public_client("spa").await;
    let agent = Agent::new();
    for (owner, thief) in
        [(&confidential, &other), (&public, &confidential), (&confidential, &public)]
    {
        let code = app.code_for(&agent, &authorization_request(owner), ALICE).await;
        let stolen = code_request(owner, &code);
        assert_error(&app.token(thief, &stolen).await, 400, "invalid_grant");
        let page = app.token(owner, &stolen).await;
        assert_eq!(page.status, 200, "the thief spent nothing: {}", page.summary());
    }
}

#[tokio::test]
async fn case_033_redirect_uri_is_repeated_exactly() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let upper = client.redirect_uri.to_uppercase();
    for bend in [
        code_request(&client, "").without("redirect_uri"),
        code_request(&client, "").with("redirect_uri", "https://other.example/cb"),
        code_request(&client, "").with("redirect_uri", &upper),
        code_request(&client, "").with("redirect_uri", &format!("{}/", client.redirect_uri)),
        // The same address to a browser, but not the same text.
        code_request(&client, "").with("redirect_uri", "https://APP.example/cb"),
        code_request(&client, "").with("redirect_uri", "https://app.example:443/cb"),
    ] {
        let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
        let page = app.token(&client, &bend.with("code", &code)).await;
        assert_error(&page, 400, "invalid_grant");
    }
}

#[tokio::test]
async fn case_034_a_code_lives_for_a_minute() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();

    let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
    app.clock.advance(TimeDelta::seconds(60));
    assert_error(&app.token(&client, &code_request(&client, &code)).await, 400, "invalid_grant");

    let code = app.code_for(&agent, &authorization_request(&client), ALICE).await;
    app.clock.advance(TimeDelta::seconds(59));
    assert_eq!(app.token(&client, &code_request(&client, &code)).await.status, 200);
}

#[tokio::test]
async fn case_037_a_bent_code_is_no_code() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
    let flipped: String =
        code.chars()
            .map(|c| {
                if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
            })
            .collect();
    for bent in [
        code[..code.len() - 1].to_owned(),
        format!("{code}A"),
        flipped,
        format!("%{:02X}{}", code.as_bytes()[0], &code[1..]),
        format!("{code} "),
        "x".repeat(10_000),
    ] {
        assert_ne!(bent, code);
        assert_error(
            &app.token(&client, &code_request(&client, &bent)).await,
            400,
            "invalid_grant",
        );
    }
    let nul = app.token(&client, &code_request(&client, &format!("{code}\0"))).await;
    assert_error(&nul, 400, "invalid_request");
    let page = app.token(&client, &code_request(&client, &code)).await;
    assert_eq!(page.status, 200, "the true code still works: {}", page.summary());
}

#[tokio::test]
async fn case_038_codes_are_random() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(app.code_for(&agent, &authorization_request(&client), ALICE).await);
    }
    assert!(codes.iter().all(|code| code.len() == 43), "256 bits in base64url");
    let prefixes: HashSet<_> = codes.iter().map(|code| &code[..6]).collect();
    assert_eq!(prefixes.len(), codes.len(), "no common prefix, no order in time");
    let dump = app.dump();
    assert!(codes.iter().all(|code| !dump.contains(code)), "only a hash is stored");
}

/// What codes are made of, from the system's generator.
#[test]
fn case_038_ten_thousand_secrets_have_nothing_in_common() {
    let env = Env::system();
    let secrets: Vec<_> = (0..10_000).map(|_| env.random_token("").expose().clone()).collect();
    assert!(secrets.iter().all(|secret| secret.len() == 43), "256 bits in base64url");
    let prefixes: HashSet<_> = secrets.iter().map(|secret| &secret[..10]).collect();
    assert_eq!(prefixes.len(), secrets.len());
    let rising = secrets.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((4_000..6_000).contains(&rising), "no order in time: {rising}");
}
