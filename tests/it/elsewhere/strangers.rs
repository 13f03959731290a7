//! Somebody whom no account is known by.

use diesel::{RunQueryDsl as _, sql_query};
use serde_json::{Value, json};

use super::{ALICE, Home, Trip, ada};
use crate::identity::world::until;
use crate::support::agent::Agent;
use crate::support::flow::{assert_page, authorization_request, claims, code_request};
use crate::support::people::PASSWORD;
use crate::support::upstream::object;

#[tokio::test]
async fn a_stranger_gets_an_account_and_finds_it_again() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let agent = Agent::new();
    let page = home.signs_in(&agent, ada()).await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert!(page.body.contains("ada@example.com"));
    let first = home.account_of(&agent).await;
    let another = Agent::new();
    home.signs_in(&another, ada()).await;
    assert_eq!(home.account_of(&another).await, first);
    assert_eq!((home.count("users"), home.count("federation_links")), (1, 1));
}

#[tokio::test]
async fn an_app_gets_its_tokens_as_after_any_other_sign_in() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let client = home.app.confidential_client("shop").await;
    let agent = Agent::new();
    let page = home.app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
    let trip = home.leaves_from(&agent, &page).await;
    home.knows(
        &trip,
        json!({ "sub": "ada", "email": "ada@example.com", "email_verified": true,
        "amr": ["pwd", "mfa", "made-up"], "auth_time": home.app.now().timestamp() - 120 }),
    );
    let page = home.returns(&trip).await.follow_all().await;
    let answer = home.app.to_relying_party(page).await;
    let code = answer.location_param("code").expect("a code");
    let tokens = home.app.token(&client, &code_request(&client, &code)).await.json();
    let told = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(told["auth_time"], json!(home.app.now().timestamp() - 120));
    assert_eq!(told["amr"], json!(["pwd"]), "how many factors there were is decided here");
    assert_eq!(told["acr"], "urn:latchkey:acr:1fa");
}

#[tokio::test]
async fn case_243_the_same_address_is_not_the_same_person() {
    let home = Home::with(|policy| policy.registration = true).await;
    let (ada_, eve) = (Agent::new(), Agent::new());
    home.signs_in(&ada_, ada()).await;
    let mut other = ada();
    other["sub"] = json!("eve");
    let page = home.signs_in(&eve, other).await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_ne!(home.account_of(&ada_).await, home.account_of(&eve).await);
    assert_eq!(home.count("federation_links"), 2);
}

#[tokio::test]
async fn case_244_245_an_account_with_the_address_is_not_taken_over() {
    for verified in [json!(true), json!(false), json!("true"), json!("false"), Value::Null] {
        let home = Home::new().await;
        home.app.person(ALICE).await;
        let agent = Agent::new();
        let who = json!({ "sub": "a", "email": ALICE, "email_verified": verified });
        let page = home.signs_in(&agent, who).await;
        if verified == json!(true) {
            // The page leads through it.
            assert_eq!(page.url.path(), "/login", "{}", page.summary());
            assert!(page.has("#arrival"));
            assert!(!home.is_signed_in(&agent).await);
            assert_eq!((home.count("users"), home.count("federation_links")), (1, 0));
        } else {
            // Nothing about the account shows: somebody else gets an account without an address.
            assert_eq!(page.url.path(), "/account", "{}", page.summary());
            assert!(
                page.has("#email-waiting"),
                "it may be theirs once it is confirmed: {verified}"
            );
            assert_eq!((home.count("users"), home.count("addresses")), (2, 1));
        }
    }
}

#[tokio::test]
async fn case_245_an_address_that_nobody_confirmed_makes_no_account_theirs() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    home.app.person(ALICE).await;
    diesel::RunQueryDsl::execute(
        diesel::sql_query("UPDATE addresses SET verified_at = NULL"),
        &mut home.app.raw(),
    )
    .unwrap();
    let agent = Agent::new();
    let page =
        home.signs_in(&agent, json!({ "sub": "a", "email": ALICE, "email_verified": true })).await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_eq!(home.count("users"), 2);
    // Whoever made the first account with a password is not in the owner's.
    let page = Agent::new().get(&home.at("/login")).await.follow_all().await;
    let form = page.form("#login-form").fill("identifier", ALICE).fill("password", PASSWORD);
    assert_page(&form.submit().await, 401);
}

#[tokio::test]
async fn an_operator_may_trust_a_providers_addresses() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    home.app.person(ALICE).await;
    let agent = Agent::new();
    let page =
        home.signs_in(&agent, json!({ "sub": "a", "email": ALICE, "email_verified": true })).await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_eq!((home.count("users"), home.count("federation_links")), (1, 1));
    assert_eq!(home.app.mails_of("factor-added"), 1);
    assert_eq!(home.app.trail_of("user.provider_connected"), 1);
}

#[tokio::test]
async fn where_nobody_may_register_a_stranger_is_asked_for_an_account() {
    let home = Home::with(|policy| policy.registration = false).await;
    let agent = Agent::new();
    let page = home.signs_in(&agent, ada()).await;
    assert_eq!(page.url.path(), "/login", "{}", page.summary());
    assert!(page.has("#arrival") && page.has("#login-form"));
    assert_eq!(home.count("users"), 0);
}

#[tokio::test]
async fn two_first_sign_ins_of_one_person_on_two_nodes_make_one_account() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let node = home.app.second_node();
    for round in 0..8 {
        let (a, b) = (Agent::new(), home.app.machine());
        let (first, second) = (home.leaves(&a).await, home.leaves(&b).await);
        let who = json!({ "sub": format!("p{round}"), "email": format!("p{round}@example.com"),
            "email_verified": true });
        home.knows(&first, who);
        for (code, trip) in [("one", &first), ("two", &second)] {
            let nonce = object(json!({ "nonce": trip.param("nonce") }));
            home.up.says(|script| drop(script.by_code.insert(code.to_owned(), nonce)));
        }
        let back = |code: &str, trip: &Trip| {
            format!("/auth/up/callback?code={code}&state={}", trip.param("state"))
        };
        let (one, two) = (home.at(&back("one", &first)), node.at(&back("two", &second)));
        let (one, two) = tokio::join!(a.get(&one), b.get(&two));
        for page in [one, two] {
            assert_eq!(page.status, 303, "{}", page.summary());
        }
        assert_eq!(home.account_of(&a).await, home.account_of(&b).await);
        assert_eq!(home.count("users"), round + 1);
    }
}

#[tokio::test]
async fn who_is_connected_on_one_node_gets_no_second_account_on_another() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let node = home.app.second_node();
    home.app.person(ALICE).await;
    let (alice, stranger) = (home.alice().await, home.app.machine());
    let (connecting, coming) = (home.sets_out(&alice).await, home.leaves(&stranger).await);
    home.knows(&connecting, ada());
    for (code, trip) in [("one", &connecting), ("two", &coming)] {
        let nonce = object(json!({ "nonce": trip.param("nonce") }));
        home.up.says(|script| drop(script.by_code.insert(code.to_owned(), nonce)));
    }
    let back = |code: &str, trip: &Trip| {
        format!("/auth/up/callback?code={code}&state={}", trip.param("state"))
    };
    let one = home.at(&back("one", &connecting));
    let two = node.at(&back("two", &coming));
    // The connection is written, and not yet everything that goes with it.
    let mut gate = home.app.raw();
    let mut run = |statement| sql_query(statement).execute(&mut gate).unwrap();
    run("BEGIN");
    run("LOCK TABLE audit_events IN EXCLUSIVE MODE");
    let connected = tokio::spawn(async move { alice.get(&one).await });
    until("it waits for the trail", || home.app.waiting() >= 1).await;
    let come = tokio::spawn(async move { (stranger.get(&two).await, stranger) });
    until("whoever comes waits for who connects", || home.app.waiting() >= 2).await;
    run("COMMIT");
    let connected = connected.await.unwrap();
    assert_eq!(connected.location().path(), "/account/providers", "{}", connected.summary());
    let (page, stranger) = come.await.unwrap();
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(home.is_signed_in(&stranger).await);
    assert_eq!((home.count("users"), home.count("federation_links")), (1, 1));
    assert_eq!(home.count("addresses"), 1, "nobody has lost one by that");
}

#[tokio::test]
async fn case_307_who_deleted_their_account_comes_back_as_somebody_new() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let agent = Agent::new();
    let mut anew = ada();
    anew["auth_time"] = json!(home.app.now().timestamp());
    home.signs_in(&agent, anew).await;
    let first = home.account_of(&agent).await;
    let page = agent.get(&home.at("/account/data/delete")).await;
    page.form("#delete-form").submit().await;
    let page = home.signs_in(&Agent::new(), ada()).await;
    assert!(page.has(".summary"), "{}", page.summary());
    home.app.clock.advance(chrono::TimeDelta::days(15));
    let runner = home.app.node().jobs();
    runner.run_now("purge", &latchkey::jobs::Stopping::never()).await.unwrap();
    let again = Agent::new();
    home.signs_in(&again, ada()).await;
    assert_ne!(home.account_of(&again).await, first);
}
