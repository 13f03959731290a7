//! Machines whose clocks are minutes apart, with the database's in between (F16).

use chrono::TimeDelta;
use latchkey::kernel::env::Env;

use super::{ALICE, becomes_unready};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{assert_error, authorization_request, claims, code_request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f16_nodes_minutes_apart_go_by_the_databases_clock_and_say_so() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    app.person(ALICE).await;
    let machine = |minutes| {
        let env = Env::system();
        env.clock().correct(TimeDelta::minutes(minutes));
        env
    };
    let (ahead, behind) = (machine(5), machine(-5));
    let nodes = [app.node_in(&ahead, |_| {}), app.node_in(&behind, |_| {})];
    for node in &nodes {
        becomes_unready(&node.at("")).await;
    }
    // They are out of service, and what they are asked all the same is decided by one clock.
    let true_time = Env::system();
    for env in [&ahead, &behind] {
        assert_eq!((env.now() - true_time.now()).num_seconds(), 0);
    }
    for (one, two) in [(0, 1), (1, 0)] {
        let code = app.code_for(&Agent::new(), &authorization_request(&client), ALICE).await;
        let request = code_request(&client, &code);
        let page = app.token_at(&nodes[one].at("/oauth2/token"), &client, &request).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        let access_token = page.json()["access_token"].as_str().unwrap().to_owned();
        let issued = claims(&access_token)["iat"].as_i64().unwrap();
        assert!((issued - true_time.now().timestamp()).abs() <= 2, "{issued}");
        let userinfo = nodes[two].at("/oauth2/userinfo");
        assert_eq!(app.userinfo_at(&userinfo, &access_token).await.status, 200);
        let again = app.token_at(&nodes[two].at("/oauth2/token"), &client, &request).await;
        assert_error(&again, 400, "invalid_grant");
    }
}
