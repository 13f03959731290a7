//! A passkey after another factor, and to prove anew who one is.

use chrono::TimeDelta;
use latchkey::domain::audit::{Actor, RequestContext};

use super::{ALICE, AS_IT_IS, BOB, World};
use crate::support::authenticator::{Authenticator, Bent, PRESENT};
use crate::support::flow::authorization_request;

#[tokio::test]
async fn case_218_after_the_password_alone_nobody_is_signed_in() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let agent = world.app.machine();
    let page = world.password_only(&agent, ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
    assert!(!world.is_signed_in(&agent).await);
    let question = world.ask(&page).await;
    let allowed = &question.options["allowCredentials"];
    assert_eq!(allowed.as_array().unwrap().len(), 1);
    // An authenticator that was told which passkey need not tell whose it is.
    key.handle = None;
    let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
    let page = question.answer(&credential).submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(world.is_signed_in(&agent).await);
}

#[tokio::test]
async fn case_231_the_passkey_of_somebody_else_is_no_second_factor() {
    let world = World::new().await;
    world.passkey_of(ALICE).await;
    world.app.person(BOB).await;
    let mut bobs = world.passkey_of(BOB).await;
    let agent = world.app.machine();
    let page = world.password_only(&agent, ALICE).await;
    for handle in [bobs.handle.clone(), None] {
        bobs.handle = handle;
        let question = world.ask(&page).await;
        let credential = bobs.get(&question.options, world.origin(), &AS_IT_IS);
        World::assert_refused(&question.answer(&credential).submit().await, "another person's");
    }
    assert!(!world.is_signed_in(&agent).await);
}

#[tokio::test]
async fn case_229_a_challenge_of_a_sign_in_is_no_second_factor() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let agent = world.app.machine();
    let page = world.password_only(&agent, ALICE).await;
    let flow = page.url.query().unwrap().to_owned();
    let login = agent.get(&world.app.at(&format!("/login?{flow}"))).await;
    let first = world.ask(&login).await;
    let second = world.ask(&page).await;
    let credential = key.get(&first.options, world.origin(), &AS_IT_IS);
    let ceremony = first.form.value("ceremony").unwrap();
    let page = second.answer(&credential).set("ceremony", ceremony).submit().await;
    World::assert_refused(&page, "of another kind");
    let bent = Bent { flags: Some(PRESENT), ..Bent::default() };
    let credential = key.get(&second.options, world.origin(), &bent);
    World::assert_refused(&second.answer(&credential).submit().await, "not verified");
}

#[tokio::test]
async fn nobody_is_asked_for_a_passkey_that_no_flow_waits_for() {
    let world = World::new().await;
    let agent = world.app.machine();
    let page = world.login_page(&agent).await;
    let flow = page.url.query().unwrap();
    let form = page.form("#passkey-form");
    let there = world.app.at(&format!("/second-factor/passkey/options?{flow}"));
    let refused = form.to(&there).submit().await;
    assert_eq!(refused.status, 400, "{}", refused.summary());
    let show = agent.get(&world.app.at(&format!("/second-factor/passkey?{flow}"))).await;
    assert_eq!(show.location().path(), "/login");
}

#[tokio::test]
async fn a_stale_session_is_made_fresh_by_a_passkey() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let agent = world.browser_with(&mut key).await;
    world.app.clock.advance(TimeDelta::minutes(16));
    let login = world.add_page(&agent).await.follow_all().await;
    assert_eq!(login.url.path(), "/login", "{}", login.summary());
    let question = world.ask(&login).await;
    let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
    let back = question.answer(&credential).submit().await.follow_all().await;
    assert_eq!(back.url.path(), "/account/security/passkeys/add", "{}", back.summary());
}

#[tokio::test]
async fn case_225_a_browser_is_trusted_after_the_passkey_where_its_person_says_so_and_where_that_may_be()
 {
    let world = World::new().await;
    let app = &world.app;
    let mut key = world.passkey_of(ALICE).await;
    let client = app.confidential_client("notes").await;
    let insisting = authorization_request(&client).with(
        "claims",
        r#"{"id_token":{"acr":{"essential":true,"value":"urn:latchkey:acr:2fa"}}}"#,
    );
    for (insists, ticked, next) in [
        (false, false, "/second-factor/passkey"),
        (false, true, "/account"),
        // A box that was not offered does nothing.
        (true, true, "/second-factor/passkey"),
    ] {
        let agent = app.machine();
        let page = if insists {
            let page = app.authorize(&agent, &insisting).await;
            app.sign_in(page, ALICE).await.follow_all().await
        } else {
            world.password_only(&agent, ALICE).await
        };
        assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
        assert_eq!(page.has("#trust"), !insists, "offered where it may be");
        let wrong = world.ask(&page).await.form.set("trust", "on").submit().await;
        assert_eq!(wrong.has("#trust[checked]"), !insists, "it stays ticked: {}", wrong.summary());
        let question = world.ask(&page).await;
        let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
        let form = question.answer(&credential);
        let form = if ticked { form.set("trust", "on") } else { form };
        assert_eq!(form.submit().await.status, 303);
        assert!(world.is_signed_in(&agent).await);
        app.sign_out(&agent).await;
        let page = world.password_only(&agent, ALICE).await;
        assert_eq!(page.url.path(), next, "{insists} {ticked}: {}", page.summary());
    }
    // On the login page there is nothing to be trusted for.
    let agent = app.machine();
    let question = world.challenge(&agent).await;
    let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
    assert_eq!(question.answer(&credential).set("trust", "on").submit().await.status, 303);
    app.sign_out(&agent).await;
    let page = world.password_only(&agent, ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
}

impl World {
    /// A browser in which somebody is signed in with a passkey.
    pub(super) async fn browser_with(
        &self,
        key: &mut Authenticator,
    ) -> crate::support::agent::Agent {
        let agent = self.app.machine();
        let page = self.sign_in(&agent, key, &AS_IT_IS).await;
        assert_eq!(page.follow_all().await.url.path(), "/account");
        agent
    }
}

/// Whoever has found it gets nowhere with it, and its owner goes on with the password.
#[tokio::test]
async fn a_passkey_that_was_lost_is_taken_away_by_an_operator() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let before = world.app.machine();
    world.sign_in(&before, &mut key, &AS_IT_IS).await;
    assert!(world.is_signed_in(&before).await);
    let identity = world.app.node().identity();
    let user = identity.find_user(ALICE).await.unwrap().unwrap().user.id;
    let ctx = RequestContext::default();
    let lost = identity.remove_lost_factors(Actor::Operator, user, &ctx).await.unwrap();
    assert_eq!((lost.passkeys, lost.authenticators, lost.recovery_codes), (1, 0, 0));
    assert!(!world.is_signed_in(&before).await);
    let page = world.sign_in(&world.app.machine(), &mut key, &AS_IT_IS).await;
    World::assert_refused(&page, "one that was taken away");
    let agent = world.app.machine();
    world.password_only(&agent, ALICE).await;
    assert!(world.is_signed_in(&agent).await);
    assert_eq!(world.mails("factor-removed"), 1);
    assert_eq!(world.app.trail_of("user.passkey_removed"), 1);
}
