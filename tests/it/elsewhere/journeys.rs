//! The login page with other providers.

use serde_json::json;

use super::{ALICE, Home, ada};
use crate::support::agent::Agent;

#[tokio::test]
async fn an_address_leads_to_the_provider_that_owns_its_domain() {
    let home = Home::with(|policy| policy.login_domains = vec!["corp.example".to_owned()]).await;
    home.app.person(ALICE).await;
    let agent = Agent::new();
    let page = agent.get(&home.at("/login")).await.follow_all().await;
    let form = page.form("#login-form").fill("identifier", "Ada@Corp.example");
    let gone = form.fill("password", "typed all the same").submit().await.follow().await;
    assert_eq!(gone.status, 303, "{}", gone.summary());
    assert!(gone.location().as_str().starts_with(&home.up.issuer()));
    let hint = gone.location_param("login_hint");
    assert_eq!(hint.as_deref(), Some("Ada@Corp.example"));
    assert!(!gone.location().as_str().contains("typed"));
    // Anybody else signs in here.
    let page = home.app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
}

#[tokio::test]
async fn the_provider_that_was_used_last_is_marked() {
    let home = Home::new().await;
    let agent = Agent::new();
    home.signs_in(&agent, ada()).await;
    home.app.sign_out(&agent).await;
    let page = agent.get(&home.at("/login")).await.follow_all().await;
    assert!(page.has("#provider-up small"), "{}", page.summary());
    assert!(
        !Agent::new().get(&home.at("/login")).await.follow_all().await.has("#provider-up small")
    );
}

#[tokio::test]
async fn a_hidden_provider_has_no_button_and_works() {
    let home = Home::new().await;
    let statement = diesel::sql_query("UPDATE providers SET hidden = true");
    diesel::RunQueryDsl::execute(statement, &mut home.app.raw()).unwrap();
    home.app.refresh().await;
    let agent = Agent::new();
    let page = agent.get(&home.at("/login")).await.follow_all().await;
    assert!(!page.has("#provider-up"));
    let gone = agent.get(&home.at("/api/auth/up")).await;
    assert_eq!(gone.status, 303, "{}", gone.summary());
    assert!(gone.location().as_str().starts_with(&home.up.issuer()));
}

#[tokio::test]
async fn what_the_provider_tells_is_kept_at_each_sign_in() {
    let home = Home::new().await;
    let agent = Agent::new();
    home.signs_in(&agent, ada()).await;
    home.app.sign_out(&agent).await;
    home.signs_in(&agent, json!({ "sub": "ada", "email": "new@example.com" })).await;
    let page = agent.get(&home.at("/account/providers")).await;
    assert!(page.body.contains("new@example.com"), "{}", page.summary());
    assert_eq!(home.count("federation_links"), 1);
}
