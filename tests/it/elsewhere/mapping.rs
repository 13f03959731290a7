//! What a provider says becomes roles and details.

use serde_json::json;

use super::Home;
use crate::support::agent::Agent;

#[tokio::test]
async fn what_is_no_longer_said_is_taken_away_where_the_rule_says_each() {
    let home = Home::with(|policy| {
        policy.rules = vec![
            "groups contains staff -> role staff at each sign-in".parse().unwrap(),
            "groups contains founders -> role founder at first sign-in".parse().unwrap(),
            "groups contains staff -> role not-there at each sign-in".parse().unwrap(),
            "nickname exists -> profile nickname at each sign-in".parse().unwrap(),
        ];
    })
    .await;
    for role in ["staff", "founder"] {
        home.run(&format!(
            "INSERT INTO roles (id, name, description, created_at) \
             VALUES (gen_random_uuid(), '{role}', '', now())"
        ));
    }
    let agent = Agent::new();
    let all = json!({ "sub": "ada", "groups": ["staff", "founders"], "nickname": "Countess" });
    home.signs_in(&agent, all).await;
    assert_eq!(home.count("user_roles"), 2);
    assert_eq!(home.app.trail_of("user.changed"), 1, "it is on the trail");
    assert!(agent.get(&home.at("/account")).await.body.contains("Countess"));
    home.app.sign_out(&agent).await;
    home.signs_in(&agent, json!({ "sub": "ada" })).await;
    assert_eq!(home.count("user_roles"), 1, "what was given once stays");
    assert!(!agent.get(&home.at("/account")).await.body.contains("Countess"));
}

#[tokio::test]
async fn whoever_is_not_admitted_gets_no_account() {
    let home = Home::with(|policy| {
        policy.allowed_domains = vec!["example.com".to_owned()];
        policy.required_claims = vec!["groups contains staff".parse().unwrap()];
    })
    .await;
    for who in [
        json!({ "sub": "a", "email": "a@other.example", "email_verified": true, "groups": ["staff"] }),
        json!({ "sub": "a", "email": "a@example.com", "email_verified": false, "groups": ["staff"] }),
        json!({ "sub": "a", "email": "a@example.com", "email_verified": true }),
    ] {
        let page = home.signs_in(&Agent::new(), who.clone()).await;
        assert_eq!(page.status, 403, "{who}: {}", page.summary());
    }
    assert_eq!(home.count("users"), 0);
    let right = json!({ "sub": "a", "email": "a@example.com", "email_verified": true,
        "groups": ["staff"] });
    home.signs_in(&Agent::new(), right).await;
    assert_eq!(home.count("users"), 1);
}

#[tokio::test]
async fn a_role_that_a_rule_gives_asks_for_its_second_factor_at_once() {
    let home = Home::with(|policy| {
        policy.rules = vec!["groups contains staff -> role staff at each sign-in".parse().unwrap()];
    })
    .await;
    home.run(
        "INSERT INTO roles (id, name, description, created_at, needs_second_factor) \
         VALUES (gen_random_uuid(), 'staff', '', now(), true)",
    );
    let agent = Agent::new();
    let page = home.signs_in(&agent, json!({ "sub": "ada", "groups": ["staff"] })).await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    assert!(!home.is_signed_in(&agent).await);
}

/// Whoever foresees that they lose a group does not keep its role by disconnecting.
#[tokio::test]
async fn what_is_said_at_each_sign_in_goes_with_the_connection() {
    let home = Home::with(|policy| {
        policy.trusts_email = true;
        policy.rules = vec![
            "groups contains staff -> role staff at each sign-in".parse().unwrap(),
            "groups contains founders -> role founder at first sign-in".parse().unwrap(),
            "nickname exists -> profile nickname at each sign-in".parse().unwrap(),
        ];
    })
    .await;
    for role in ["staff", "founder"] {
        home.run(&format!(
            "INSERT INTO roles (id, name, description, created_at) \
             VALUES (gen_random_uuid(), '{role}', '', now())"
        ));
    }
    let all = |sub: &str| {
        json!({ "sub": sub, "groups": ["staff", "founders"], "nickname": "Countess",
            "email": "ada@example.com", "email_verified": true,
            "auth_time": home.app.now().timestamp() })
    };
    let agent = Agent::new();
    home.signs_in(&agent, all("one")).await;
    home.app.sign_out(&agent).await;
    home.app.clock.advance(chrono::TimeDelta::seconds(1));
    home.signs_in(&agent, all("two")).await;
    assert_eq!((home.count("federation_links"), home.count("user_roles")), (2, 2));
    let disconnect = || async {
        let page = agent.get(&home.at("/account/providers")).await;
        let page = page.click("#providers a.button").await;
        page.form("#disconnect-form").submit().await.follow_all().await
    };
    disconnect().await;
    assert_eq!((home.count("federation_links"), home.count("user_roles")), (1, 2));
    let page = disconnect().await;
    assert_eq!(home.count("federation_links"), 0, "{}", page.summary());
    assert_eq!(home.count("user_roles"), 1, "what was given once stays");
    assert!(!agent.get(&home.at("/account")).await.body.contains("Countess"));
}
