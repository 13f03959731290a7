//! A passkey as the second factor that is set up on the way in.

use futures_util::future::join_all;

use super::{ALICE, AS_IT_IS, BOB, World};
use crate::support::agent::{Agent, Form, Page};
use crate::support::authenticator::{Authenticator, Bent, PRESENT};
use crate::support::flow::{authorization_request, claims, code_request};
use crate::support::second_factor::recovery_codes_of;

async fn requiring() -> World {
    let world = World::new().await;
    world.app.change_setting("second_factor", Some("required")).await.unwrap();
    world.app.refresh().await;
    world
}

impl World {
    async fn set_up_page(&self, agent: &Agent, email: &str) -> Page {
        let page = self.password_only(agent, email).await;
        assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
        page
    }
}

fn assert_refused(page: &Page, what: &str) {
    assert_eq!(page.status, 400, "{what}: {}", page.summary());
    assert!(page.text("#error-summary").contains("not added"), "{what}: {}", page.summary());
    assert!(page.has("#set-up-form") && page.has("#passkey-form"), "{what}: both are offered");
    assert!(page.set_cookies().is_empty(), "{what}");
}

#[tokio::test]
async fn whoever_must_have_a_second_factor_sets_a_passkey_up_on_the_way_in() {
    let world = requiring().await;
    let app = &world.app;
    let client = app.confidential_client("notes").await;
    let agent = app.machine();
    let page = app.authorize(&agent, &authorization_request(&client)).await;
    let page = app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    assert!(page.has("#set-up-form"), "an app will do as well");
    let question = world.ask(&page).await;
    assert_eq!(question.options["user"]["name"], ALICE);
    assert!(!world.is_signed_in(&agent).await);
    let mut key = Authenticator::new();
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    let done = question.answer(&credential).submit().await;
    assert_eq!(done.status, 200, "{}", done.summary());
    let codes = recovery_codes_of(&done);
    assert!(world.is_signed_in(&agent).await);
    let onward = app.to_relying_party(done.click("#kept").await).await;
    let code = onward.location_param("code").unwrap();
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(token["amr"], serde_json::json!(["pwd", "pop", "user", "mfa"]));
    assert_eq!((world.mails("factor-added"), world.trail("user.passkey_added").len()), (1, 1));
    // From now on it is asked for, and the codes stand in for it.
    let page = world.password_only(&app.machine(), ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
    let page = page.click("#way-recovery_code").await;
    let page = page.form("#second-factor-form").fill("code", &codes[0]).submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert_eq!(world.sign_in(&app.machine(), &mut key, &AS_IT_IS).await.status, 303);
}

#[tokio::test]
async fn case_229_the_challenge_of_a_set_up_is_answered_once_and_only_where_it_was_asked() {
    let world = requiring().await;
    world.app.person(BOB).await;
    let agent = world.app.machine();
    let page = world.set_up_page(&agent, ALICE).await;
    let question = world.ask(&page).await;
    let mut key = Authenticator::new();
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    let ceremony = question.form.value("ceremony").unwrap();
    let thief = world.app.machine();
    let own = world.ask(&world.set_up_page(&thief, BOB).await).await;
    let stolen = own.answer(&credential).set("ceremony", ceremony).submit().await;
    assert_refused(&stolen, "another browser");
    // Somebody else goes on with the same sign-in: what was asked of the one is not the other's.
    let login = agent.get(&page.url.as_str().replace("/second-factor/set-up", "/login")).await;
    let form = login.form("#login-form").fill("identifier", BOB);
    let bobs = form.fill("password", crate::support::people::PASSWORD).submit().await;
    assert_eq!(bobs.follow_all().await.url.path(), "/second-factor/set-up");
    assert_refused(&question.answer(&credential).submit().await, "another person");
    assert!(world.trail("user.passkey_added").is_empty());

    let agent = world.app.machine();
    let page = world.set_up_page(&agent, ALICE).await;
    let question = world.ask(&page).await;
    let bent = Bent { flags: Some(PRESENT), ..Bent::default() };
    let unverified = key.create(&question.options, world.origin(), &bent);
    assert_refused(&question.answer(&unverified).submit().await, "nobody verified");
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    assert_refused(&question.answer(&credential).submit().await, "after a failure");
    let question = world.ask(&page).await;
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    world.app.clock.advance(chrono::TimeDelta::minutes(5));
    assert_refused(&question.answer(&credential).submit().await, "too late");
    let question = world.ask(&page).await;
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    assert_eq!(question.answer(&credential).submit().await.status, 200);
}

#[tokio::test]
async fn of_twenty_passkeys_at_once_on_two_nodes_one_is_set_up() {
    let world = requiring().await;
    let agent = world.app.machine();
    let page = world.set_up_page(&agent, ALICE).await;
    let flow = page.url.query().unwrap().to_owned();
    let there = agent.get(&world.other.at(&format!("/second-factor/set-up?{flow}"))).await;
    let mut forms = vec![];
    for n in 0..20 {
        let question = world.ask(if n % 2 == 0 { &page } else { &there }).await;
        let credential = Authenticator::new().create(&question.options, world.origin(), &AS_IT_IS);
        forms.push(question.answer(&credential));
    }
    let answers = join_all(forms.iter().map(Form::submit)).await;
    assert_eq!(answers.iter().filter(|page| page.has("#codes")).count(), 1);
    assert!(answers.iter().all(|page| !page.status.is_server_error()));
    assert_eq!(world.trail("user.passkey_added").len(), 1);
    assert_eq!(world.app.sessions(ALICE).await, 1);
}

#[tokio::test]
async fn nobody_sets_a_passkey_up_who_is_not_to() {
    let world = World::new().await;
    let agent = world.app.machine();
    let login = world.login_page(&agent).await;
    let flow = login.url.query().unwrap();
    let options = world.app.at(&format!("/second-factor/set-up/passkey/options?{flow}"));
    assert_eq!(login.form("#passkey-form").to(&options).submit().await.status, 400);
    // Nor beside a passkey that there is: with the password alone none is added.
    world.passkey_of(ALICE).await;
    world.app.change_setting("second_factor", Some("required")).await.unwrap();
    world.app.refresh().await;
    let page = world.password_only(&agent, ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/passkey");
    let flow = page.url.query().unwrap();
    let options = world.app.at(&format!("/second-factor/set-up/passkey/options?{flow}"));
    assert_eq!(page.form("#passkey-form").to(&options).submit().await.status, 400);
}

/// The browsers that accounts know, by their rows.
fn known(world: &World) -> Vec<String> {
    let rows = world.app.dump_without(&[]).into_iter().filter(|row| row.starts_with("devices "));
    rows.map(|row| row.split(',').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_browser_stays_known_in_which_a_passkey_is_set_up() {
    let world = World::new().await;
    let app = &world.app;
    let client = app.confidential_client("notes").await;
    let agent = app.machine();
    assert_eq!(world.password_only(&agent, ALICE).await.url.path(), "/account");
    let before = known(&world);
    assert_eq!(before.len(), 1);
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"urn:latchkey:acr:2fa"}}}"#;
    let request = authorization_request(&client).with("claims", essential);
    let page = app.authorize(&agent, &request).await.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    let question = world.ask(&page).await;
    let credential = Authenticator::new().create(&question.options, world.origin(), &AS_IT_IS);
    let done = question.answer(&credential).submit().await;
    assert_eq!(done.status, 200, "{}", done.summary());
    assert_eq!(known(&world), before);
}
