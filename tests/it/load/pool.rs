//! More requests than connections to the database.

use diesel::{RunQueryDsl as _, sql_query};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::ALICE;
use crate::identity::world::until;
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::faults;
use crate::support::flow::{Params, authorization_request, code_request, refresh_request};

const POOL: usize = 5;
const REQUESTS: usize = 500;

#[tokio::test(flavor = "multi_thread")]
async fn case_f04_500_requests_on_5_connections_are_served_or_told_to_come_back() {
    let app = TestApp::start_configured(|config| {
        config.database.pool_size = u32::try_from(POOL).unwrap();
        // Nobody is told so by Postgres.
        config.database.statement_timeout = std::time::Duration::from_secs(120);
    });
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let request = authorization_request(&client);
    let mut holder = app.raw();
    faults::hold_table(&mut holder, "flows");

    let agent = Agent::new();
    let asked = (0..REQUESTS).map(|_| async { app.authorize(&agent.fresh(), &request).await });
    let asked: FuturesUnordered<_> = asked.collect();
    let mut answers =
        asked.map(|page| (page.status.as_u16(), page.header("retry-after").is_some()));
    // All but those who hold a connection are told, while these still wait.
    for _ in 0..REQUESTS - POOL {
        let answer = answers.next().await.unwrap();
        assert_eq!(answer, (503, true));
    }
    let mut watcher = app.raw();
    assert_eq!(faults::waiting(&mut watcher), POOL);
    // The holder is not of the pool.
    assert!(faults::others(&mut watcher) <= POOL + 1, "more connections than the pool has");
    for path in ["/oauth2/jwks", "/.well-known/openid-configuration", "/health/live"] {
        let page = Agent::new().get(&app.at(path)).await;
        assert_eq!(page.status, 200, "{}", page.summary());
    }

    faults::let_go(&mut holder);
    for _ in 0..POOL {
        let (status, has_time) = answers.next().await.unwrap();
        // On a slow machine their own patience may have ended by now.
        let is_told = status == 503 && has_time;
        assert!(is_told || (300..400).contains(&status), "who had waited is served: {status}");
    }
    assert!(answers.next().await.is_none());
    app.refresh().await;
    assert_eq!(Agent::new().get(&app.at("/health/ready")).await.status, 200);
    app.tokens_for(&client, ALICE).await;
}

/// A request that took a second connection while it had one would wait for itself here.
#[tokio::test]
async fn case_f04_no_request_holds_two_connections() {
    let app = TestApp::start_configured(|config| {
        config.database.pool_size = 1;
        config.registration.open = true;
    });
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let agent = Agent::new();
    // Sign-in, consent, code, refresh.
    let request = authorization_request(&client).with("scope", "openid offline_access");
    let request = request.with("prompt", "consent");
    let code = app.code_for(&agent, &request, ALICE).await;
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let replayed = app.token(&client, &code_request(&client, &code)).await;
    assert_eq!(replayed.status, 400, "a refusal, which is kept: {}", replayed.summary());
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let refused = app.token(&client, &refresh).await;
    assert_eq!(refused.status, 400, "the replay has ended it: {}", refused.summary());
    let tokens = app.tokens_in(&agent, &client, ALICE, "openid offline_access").await;
    let refresh = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let tokens = app.token(&client, &refresh).await.json();
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(app.userinfo(access_token).await.status, 200);
    let (introspect, token) =
        (app.at("/oauth2/introspect"), Params::new(&[("token", access_token)]));
    let page = app.token_at(&introspect, &client, &token).await;
    assert_eq!(page.json()["active"], true);
    // The pages.
    for path in ["/account", "/account/sessions", "/account/apps", "/account/details", "/sign-out"]
    {
        let page = agent.get(&app.at(path)).await;
        assert_eq!(page.status, 200, "{}", page.summary());
    }
    let details = agent.get(&app.at("/account/details")).await;
    assert!(details.form("#details-form").submit().await.status.is_redirection());
    let missing = agent.get(&app.at("/nowhere")).await;
    assert_eq!(missing.status, 404);
    app.sign_out(&agent).await;
    let fresh = Agent::new().get(&app.at("/register")).await;
    assert!(!fresh.status.is_server_error(), "{}", fresh.summary());
    // What the node does by itself.
    app.refresh().await;
    app.node().keep_keys().await.unwrap();
}

/// Who leaves while waiting, or while Postgres works, takes nothing along.
#[tokio::test(flavor = "multi_thread")]
async fn case_f04_clients_who_leave_give_back_what_they_held() {
    let app = TestApp::start_configured(|config| config.database.pool_size = 2);
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let request = authorization_request(&client);
    let mut holder = app.raw();
    faults::hold_table(&mut holder, "flows");
    let agent = Agent::new();
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let (agent, url) =
                (agent.fresh(), app.at(&format!("/oauth2/authorize?{}", request.encoded())));
            tokio::spawn(async move { agent.get(&url).await.status })
        })
        .collect();
    let mut watcher = app.raw();
    until("two wait in Postgres", || faults::waiting(&mut watcher) == 2).await;
    for client in &clients {
        client.abort();
    }
    faults::let_go(&mut holder);
    until("nobody waits", || faults::waiting(&mut watcher) == 0).await;
    app.tokens_for(&client, ALICE).await;
    sql_query("SELECT 1").execute(&mut watcher).unwrap();
}
