//! Which logout tokens count, and how often.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::claims;
use crate::elsewhere::Home;
use crate::support::upstream::{Page as Said, Sign, object};

#[tokio::test]
async fn case_156_a_token_with_anything_wrong_ends_nothing() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let now = home.app.now().timestamp();
    for changed in [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "another" }),
        json!({ "aud": [crate::support::providers::CLIENT_ID, "another"] }),
        json!({ "iat": now + 61 }),
        json!({ "iat": now - 3601 }),
        json!({ "exp": now - 60 }),
        json!({ "exp": null }),
        json!({ "events": null }),
        json!({ "events": { "http://schemas.openid.net/event/other": {} } }),
        json!({ "nonce": "n" }),
        json!({ "jti": null }),
        json!({ "sid": null }),
        json!({ "sid": 7 }),
    ] {
        let mut all = object(json!({ "sid": "one" }));
        all.extend(object(changed.clone()));
        let token = home.logout_token(Value::Object(all));
        home.refuses(&agent, &token, &changed.to_string()).await;
    }
    let right = || claims(&home, &home.up, json!({ "sid": "one" }));
    for header in [
        json!({ "typ": "at+jwt" }),
        json!({ "crit": ["exp"], "exp": 1 }),
        json!({ "kid": "unknown" }),
        json!({ "kid": 7 }),
        json!({ "alg": "nOnE" }),
        json!({ "cty": "JWT" }),
    ] {
        let token = home.up.signs(header.clone(), right());
        home.refuses(&agent, &token, &header.to_string()).await;
    }
    for sign in [Sign::Nothing, Sign::PublicKeyAsSecret, Sign::Forged, Sign::Broken, Sign::Weak] {
        home.up.says(|script| script.sign = sign);
        let token = home.logout_token(json!({ "sid": "one" }));
        home.refuses(&agent, &token, &format!("{sign:?}")).await;
    }
    home.up.says(|script| script.sign = Sign::Rs256);
    for token in ["", "x", "a.b", "a.b.c", "....", "eyJhbGciOiJub25lIn0.e30."] {
        home.refuses(&agent, token, token).await;
    }
    let page = home.app.machine().post(&home.at("/auth/up/backchannel-logout"), &[]).await;
    assert_eq!(
        (page.status.as_u16(), page.json()["error"].as_str()),
        (400, Some("invalid_request"))
    );
    assert_eq!(home.count("upstream_logouts"), 0, "nothing is kept of them");
    for sign in [Sign::Rs256, Sign::Ps256, Sign::Es256, Sign::EdDsa] {
        home.up.says(|script| script.sign = sign);
        let token = home.logout_token(json!({ "sid": "another" }));
        assert_eq!(home.tells(&token).await.status, 200, "{sign:?}");
    }
}

/// Whoever has got hold of an ID token signs nobody out with it.
#[tokio::test]
async fn case_156_an_id_token_is_no_logout_token() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let now = home.app.now().timestamp();
    let id_token = json!({
        "iss": home.up.issuer(), "aud": crate::support::providers::CLIENT_ID, "iat": now,
        "exp": now + 300, "sub": "ada", "sid": "one", "jti": "1",
    });
    let token = home.up.signs(json!({ "typ": "JWT" }), id_token);
    home.refuses(&agent, &token, "an ID token").await;
}

#[tokio::test]
async fn nobody_learns_who_is_signed_in_here() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let mut answers = Vec::new();
    for who in [json!({ "sid": "one" }), json!({ "sid": "unknown" }), json!({ "sub": "nobody" })] {
        let page = home.tells(&home.logout_token(who)).await;
        let mut names: Vec<String> =
            ["cache-control", "content-type", "content-length", "set-cookie", "vary"]
                .iter()
                .map(|name| format!("{name}: {:?}", page.header(name)))
                .collect();
        names.push(page.body.clone());
        answers.push((page.status, names));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(!home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn a_logout_token_counts_once_whichever_nodes_it_comes_to() {
    let home = Home::new().await;
    let node = home.app.second_node();
    let urls = [home.at("/auth/up/backchannel-logout"), node.at("/auth/up/backchannel-logout")];
    for round in 0..8 {
        let sid = format!("s{round}");
        let agent = home.ada_in(json!(sid)).await;
        let token = home.logout_token(json!({ "sid": sid }));
        let (one, other) =
            tokio::join!(home.tells_at(&urls[0], &token), home.tells_at(&urls[1], &token));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{} {}", one.summary(), other.summary());
        assert!(!home.is_signed_in(&agent).await);
        // Whoever signs in again is not signed out by the old one.
        let agent = home.ada_in(json!(format!("again{round}"))).await;
        for url in &urls {
            assert_eq!(home.tells_at(url, &token).await.status, 400);
        }
        assert!(home.is_signed_in(&agent).await);
    }
    assert_eq!(home.app.trail_of("session.provider_signed_out"), 8);
}

/// To the last moment at which it would be taken, and not only until the purge has come by.
#[tokio::test]
async fn a_logout_token_is_known_again_for_as_long_as_it_is_good() {
    let home = Home::new().await;
    let token = home.logout_token(json!({ "sid": "s" }));
    assert_eq!(home.tells(&token).await.status, 200);
    home.app.clock.advance(TimeDelta::seconds(179));
    let runner = home.app.node().jobs();
    runner.run_now("purge", &latchkey::jobs::Stopping::never()).await.unwrap();
    assert_eq!(home.count("upstream_logouts"), 1);
    assert_eq!(home.tells(&token).await.status, 400);
    home.app.clock.advance(TimeDelta::days(2));
    runner.run_now("purge", &latchkey::jobs::Stopping::never()).await.unwrap();
    assert_eq!(home.count("upstream_logouts"), 0);
}

#[tokio::test]
async fn f14_a_new_key_is_fetched_once_and_a_provider_that_is_away_asks_again() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    home.up.heard();
    home.up.says(|script| {
        script.generation = 2;
        script.jwks = Said::Json(503, json!({}));
    });
    let token = home.logout_token(json!({ "sid": "one" }));
    let page = home.tells(&token).await;
    assert_eq!(page.status, 503, "{}", page.summary());
    assert_eq!(page.json()["error"], "temporarily_unavailable");
    assert!(page.header("retry-after").is_some());
    assert!(home.is_signed_in(&agent).await);
    home.up.says(|script| script.jwks = Said::Right);
    // Forged names make nobody ask again and again.
    for _ in 0..5 {
        assert_eq!(home.tells(&token).await.status, 400);
    }
    assert_eq!(home.up.count("/jwks"), 1);
    home.app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(home.tells(&token).await.status, 200);
    assert_eq!(home.up.count("/jwks"), 2);
    assert!(!home.is_signed_in(&agent).await);
}

/// The address is for providers, and takes nothing of a browser's.
#[tokio::test]
async fn only_a_form_is_taken_and_no_cookie_looked_at() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let url = home.at("/auth/up/backchannel-logout");
    let token = home.logout_token(json!({ "sid": "one" }));
    assert_eq!(agent.get(&format!("{url}?logout_token={token}")).await.status, 405);
    let page = agent.post_body(&url, "application/json", "{}").await;
    assert_eq!(
        (page.status.as_u16(), page.json()["error"].as_str()),
        (415, Some("invalid_request"))
    );
    let twice = [("logout_token", token.as_str()), ("logout_token", "x")];
    assert_eq!(agent.post(&url, &twice).await.status, 400);
    let long = "x".repeat(100_000);
    assert!(matches!(
        agent.post(&url, &[("logout_token", &long)]).await.status.as_u16(),
        400 | 413
    ));
    assert!(home.is_signed_in(&agent).await);
    // From wherever it comes: there is no form of ours that it would have to be of.
    let page = agent.post_from("https://up.example", &url, &[("logout_token", &token)]).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(page.set_cookies().is_empty());
    assert!(!home.is_signed_in(&agent).await);
}
