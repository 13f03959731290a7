//! How many statements a request costs. A budget, so that nobody spends one without noticing.

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{Client, authorization_request, code_request, refresh_request};

#[tokio::test]
async fn statements_per_request() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person("alice@example.com").await;
    let agent = Agent::new();
    app.code_for(&agent, &authorization_request(&client), "alice@example.com").await;
    app.refresh().await;

    // The node looks for new settings now and then; what only one round spent was that.
    let rounds = [round(&app, &client, &agent).await, round(&app, &client, &agent).await];
    let [first, second] = rounds;
    let spent: Vec<_> =
        first.into_iter().zip(second).map(|((name, a), (_, b))| (name, a.min(b))).collect();
    assert_eq!(
        spent,
        [
            ("authorize with a live session and consent", 3),
            ("code exchange", 4),
            ("refresh", 4),
            ("userinfo", 1),
            ("introspection", 1),
            ("preflight and answer to a script", 1),
            ("key set and discovery", 0),
        ]
    );
}

/// What each request of a sign-in spends.
async fn round(app: &TestApp, client: &Client, agent: &Agent) -> Vec<(&'static str, u64)> {
    let mut spent = Vec::new();
    let mut before = app.statements();
    let mut note = |name: &'static str| {
        let now = app.statements();
        spent.push((name, now - before));
        before = now;
    };
    let page = app.authorize(agent, &authorization_request(client)).await;
    note("authorize with a live session and consent");
    let code = page.location_param("code").unwrap();
    let tokens = app.token(client, &code_request(client, &code)).await.json();
    note("code exchange");
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let tokens = app.token(client, &refresh).await.json();
    note("refresh");
    let page = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(page.status, 200);
    note("userinfo");
    let page = app.introspect(client, tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(page.json()["active"], true);
    note("introspection");
    let script = Agent::new().with_header("origin", "https://app.example");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let script = script.with_header("authorization", &bearer);
    let asking = script.clone().with_header("access-control-request-method", "GET");
    let page = asking.request("OPTIONS", &app.at("/oauth2/userinfo")).await;
    assert_eq!(page.status, 204, "{}", page.summary());
    let page = script.get(&app.at("/oauth2/userinfo")).await;
    assert_eq!(page.header("access-control-allow-origin"), Some("https://app.example"));
    note("preflight and answer to a script");
    Agent::new().get(&app.at("/oauth2/jwks")).await;
    Agent::new().get(&app.at("/.well-known/openid-configuration")).await;
    note("key set and discovery");
    spent
}

#[tokio::test]
async fn ending_many_sessions_costs_no_more_than_ending_one() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let mut spent = Vec::new();
    for (person, browsers) in [("one@example.com", 1), ("many@example.com", 6)] {
        let user = app.person(person).await;
        let mut tokens = Vec::new();
        for _ in 0..browsers {
            tokens.push(app.tokens_in(&Agent::new(), &client, person, "openid").await);
        }
        let before = app.statements();
        app.sign_out_everywhere(user).await;
        spent.push(app.statements() - before);
        for tokens in tokens {
            let access_token = tokens["access_token"].as_str().unwrap();
            assert_eq!(app.userinfo(access_token).await.status, 401);
        }
    }
    assert_eq!(spent[0], spent[1]);
    let ended = |row: &&str| row.contains("session.ended");
    assert_eq!(app.dump().lines().filter(ended).count(), 1 + 6, "each is on the trail");
}
