//! Flows for relying parties: tabs, proofs, account picking and consent.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::authorization::Prompts;
use latchkey::identity::login::{FlowError, Input, Next};

use super::world::{Browser, PASSWORD, World, scopes, until};

fn asks(asked: &str, new: &str) -> Next {
    Next::Consent { asked: scopes(asked).into(), new: scopes(new).into() }
}

#[tokio::test]
async fn a_flow_asks_for_login_then_consent_and_then_nothing() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let flow = world.flow(&browser, &client, |_| {}).await;
    let shown = world.identity.show(browser.at(flow)).await.unwrap();
    assert_eq!(shown.next, Next::Login { again: false });
    assert_eq!(shown.client.unwrap().name, "ACME Notes");
    let advanced = world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    assert_eq!(advanced.next, asks("openid email", "openid email"));
    let shown = world.identity.show(browser.at(flow)).await.unwrap();
    assert_eq!(shown.next, advanced.next);
    assert_eq!(shown.signed_in.unwrap().profile.user.id, person);
    let advanced = world.advance(&mut browser, flow, Input::Allow).await.unwrap();
    assert_eq!(advanced.next, Next::Done);

    // The next request finds both, and a wider one asks for what is new.
    let flow = world.flow(&browser, &client, |_| {}).await;
    assert_eq!(world.identity.show(browser.at(flow)).await.unwrap().next, Next::Done);
    let wider = world.flow(&browser, &client, |r| r.scopes = scopes("openid profile")).await;
    let shown = world.identity.show(browser.at(wider)).await.unwrap();
    assert_eq!(shown.next, asks("openid profile", "profile"));
    world.advance(&mut browser, wider, Input::Allow).await.unwrap();
    let apps = world.identity.apps(person).await.unwrap();
    assert_eq!(apps.len(), 1);
    assert_eq!(apps[0].0.scopes, scopes("openid email profile"), "nothing allowed is lost");
}

/// What was allowed in two tabs at once is allowed, and nothing that is taken back at that moment.
#[tokio::test]
async fn case_290_what_is_taken_back_meanwhile_does_not_come_back() {
    let world = World::new().await;
    let alice = world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = world.signed_in_browser("alice@example.org").await;
    let flow = world.flow(&browser, &client, |_| {}).await;
    world.identity.show(browser.at(flow)).await.unwrap();
    world.advance(&mut browser, flow, Input::Allow).await.unwrap();
    // The removal of the app, not committed yet.
    let mut removing = world.raw();
    for statement in ["BEGIN", "DELETE FROM consents"] {
        sql_query(statement).execute(&mut removing).unwrap();
    }
    let mut tabs = Vec::new();
    for scope in ["openid profile", "openid offline_access"] {
        let flow = world.flow(&browser, &client, |r| r.scopes = scopes(scope)).await;
        world.identity.show(browser.at(flow)).await.unwrap();
        let (identity, browser) = (world.identity.clone(), browser.clone());
        tabs.push(tokio::spawn(async move {
            identity.advance(browser.at(flow), Input::Allow, &browser.context()).await.unwrap();
        }));
    }
    let mut watcher = world.raw();
    until("both wait", || {
        let waiting = "SELECT 1 FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waiting = sql_query(waiting).execute(&mut watcher).unwrap();
        waiting == tabs.len() || tabs.iter().all(tokio::task::JoinHandle::is_finished)
    })
    .await;
    sql_query("COMMIT").execute(&mut removing).unwrap();
    for tab in tabs {
        tab.await.unwrap();
    }
    let apps = world.identity.apps(alice).await.unwrap();
    assert_eq!(apps[0].0.allowance(), scopes("openid profile offline_access").into());
}

#[tokio::test]
async fn case_163_a_proof_counts_only_in_its_own_flow() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = world.signed_in_browser("alice@example.org").await;
    let login = Prompts { login: true, ..Prompts::default() };
    let flow = world.flow(&browser, &client, |r| r.prompt = login).await;
    let again = Next::Login { again: true };
    assert_eq!(world.identity.show(browser.at(flow)).await.unwrap().next, again);
    for input in [Input::ContinueAs, Input::Allow] {
        assert_eq!(world.advance(&mut browser, flow, input).await.unwrap().next, again);
    }
    // A second tab proves the password in a flow of its own.
    let tab = world.account_flow(&browser).await;
    world.login(&mut browser, tab, "alice@example.org", PASSWORD).await.unwrap();
    assert_eq!(world.identity.show(browser.at(flow)).await.unwrap().next, again);
    world.pass(TimeDelta::minutes(1));
    let advanced = world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    assert_eq!(advanced.next, asks("openid email", "openid email"));
    let session = world.who(&browser).await.unwrap().session;
    assert_eq!(session.auth_time, world.env.now());
}

#[tokio::test]
async fn case_018_two_tabs_share_the_session_and_keep_their_requests() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let (notes, mail) = (world.client("acme-notes").await, world.client("acme-mail").await);
    let mut browser = Browser::new();
    let first = world.flow(&browser, &notes, |_| {}).await;
    let second = world.flow(&browser, &mail, |r| r.scopes = scopes("openid profile")).await;
    world.login(&mut browser, first, "alice@example.org", PASSWORD).await.unwrap();
    // The login page of the second tab was open already.
    let advanced = world.login(&mut browser, second, "alice@example.org", PASSWORD).await.unwrap();
    assert_eq!(advanced.next, asks("openid profile", "openid profile"));
    let advanced = world.advance(&mut browser, first, Input::Allow).await.unwrap();
    assert_eq!(advanced.next, Next::Done);
    assert_eq!(advanced.flow.request().unwrap().client_id, notes.id);
    assert_eq!(advanced.flow.consented, Some(scopes("openid email").into()));
    let advanced = world.advance(&mut browser, second, Input::Allow).await.unwrap();
    assert_eq!(advanced.flow.consented, Some(scopes("openid profile").into()));
    assert_eq!(advanced.flow.request().unwrap().client_id, mail.id);
}

#[tokio::test]
async fn case_018_a_flow_of_one_person_does_not_become_anothers() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let bob = world.person("bob@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let login = Prompts { login: true, ..Prompts::default() };
    let strict = world.flow(&browser, &client, |r| r.prompt = login).await;
    let plain = world.flow(&browser, &client, |_| {}).await;
    world.login(&mut browser, strict, "alice@example.org", PASSWORD).await.unwrap();
    world.advance(&mut browser, strict, Input::Allow).await.unwrap();
    // Shown as Alice's, answered after Bob has signed in.
    let shown = world.identity.show(browser.at(plain)).await.unwrap();
    assert_eq!(shown.next, Next::Done, "Alice has allowed it");
    let wider = world.flow(&browser, &client, |r| r.scopes = scopes("openid profile")).await;
    world.identity.show(browser.at(wider)).await.unwrap();
    let tab = world.account_flow(&browser).await;
    world.login(&mut browser, tab, "bob@example.org", PASSWORD).await.unwrap();

    let advanced = world.advance(&mut browser, wider, Input::Allow).await.unwrap();
    assert_eq!(advanced.next, Next::SelectAccount);
    assert!(world.identity.apps(bob).await.unwrap().is_empty(), "Bob was not asked");
    let again = Next::Login { again: true };
    assert_eq!(world.identity.show(browser.at(strict)).await.unwrap().next, again);

    let advanced = world.advance(&mut browser, wider, Input::ContinueAs).await.unwrap();
    assert_eq!(advanced.next, asks("openid profile", "openid profile"));
    assert_eq!(world.advance(&mut browser, wider, Input::Allow).await.unwrap().next, Next::Done);
    assert_eq!(world.identity.apps(bob).await.unwrap()[0].0.scopes, scopes("openid profile"));
    // Alice's proof and consent are nothing to Bob's session.
    let advanced = world.login(&mut browser, strict, "bob@example.org", PASSWORD).await.unwrap();
    assert_eq!(advanced.next, asks("openid email", "email"));
    assert_eq!(advanced.flow.consented, None);
}

#[tokio::test]
async fn a_flow_that_goes_on_as_somebody_else_forgets_proof_and_consent() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    world.person("bob@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let select = Prompts { select_account: true, ..Prompts::default() };
    let flow = world.flow(&browser, &client, |r| r.prompt = select).await;
    world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    world.advance(&mut browser, flow, Input::Allow).await.unwrap();
    let tab = world.account_flow(&browser).await;
    world.login(&mut browser, tab, "bob@example.org", PASSWORD).await.unwrap();
    world.advance(&mut browser, flow, Input::ContinueAs).await.unwrap();
    let shown = world.identity.show(browser.at(flow)).await.unwrap();
    assert_eq!(shown.flow.authenticated_at, None);
    assert_eq!(shown.flow.consented, None);
    assert_eq!(shown.next, asks("openid email", "openid email"));
}

#[tokio::test]
async fn case_288_an_answer_that_was_never_asked_for_changes_nothing() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let flow = world.flow(&browser, &client, |_| {}).await;
    let login = Next::Login { again: false };
    for input in [Input::Allow, Input::ContinueAs] {
        assert_eq!(world.advance(&mut browser, flow, input).await.unwrap().next, login);
    }
    // Somebody signed in in another tab, and this flow's consent page was never shown.
    let tab = world.account_flow(&browser).await;
    world.login(&mut browser, tab, "alice@example.org", PASSWORD).await.unwrap();
    let advanced = world.advance(&mut browser, flow, Input::Allow).await.unwrap();
    assert_eq!(advanced.next, asks("openid email", "openid email"));
    assert!(world.identity.apps(person).await.unwrap().is_empty());
    let mut thief = Browser { cookie: Browser::new().cookie, ..browser.clone() };
    let other = world.advance(&mut thief, flow, Input::Allow).await;
    assert!(matches!(other, Err(FlowError::OtherBrowser)), "{other:?}");
}

#[tokio::test]
async fn case_288_twenty_yeses_at_once_are_one() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let flow = world.flow(&browser, &client, |_| {}).await;
    world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    let answers = (0..20).map(|_| {
        let (identity, at, ctx) = (world.identity.clone(), browser.at(flow), browser.context());
        tokio::spawn(async move { identity.advance(at, Input::Allow, &ctx).await })
    });
    for answer in answers.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap().unwrap().next, Next::Done);
    }
    assert_eq!(world.trail("consent.given").await, 1);
}

#[tokio::test]
async fn a_refusal_is_noted_and_gives_nothing() {
    let world = World::new().await;
    let person = world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let flow = world.flow(&browser, &client, |_| {}).await;
    world.login(&mut browser, flow, "alice@example.org", PASSWORD).await.unwrap();
    let advanced = world.advance(&mut browser, flow, Input::Deny).await.unwrap();
    assert_eq!(advanced.next, Next::Denied);
    assert_eq!(world.trail("consent.refused").await, 1);
    assert!(world.identity.apps(person).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_removed_app_gets_nobody_any_further() {
    let world = World::new().await;
    world.person("alice@example.org").await;
    let client = world.client("acme-notes").await;
    let mut browser = Browser::new();
    let flow = world.flow(&browser, &client, |_| {}).await;
    let id = client.id.clone();
    assert!(world.change(move |tx, env| tx.clients().remove(&id, env.now())).await);
    let shown = world.identity.show(browser.at(flow)).await;
    assert!(matches!(shown, Err(FlowError::ClientRemoved)), "{shown:?}");
    let refused = world.advance(&mut browser, flow, Input::Allow).await;
    assert!(matches!(refused, Err(FlowError::ClientRemoved)), "{refused:?}");
}
