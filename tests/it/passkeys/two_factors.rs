//! A passkey after another factor, and to prove anew who one is.

use chrono::TimeDelta;

use super::{ALICE, AS_IT_IS, BOB, World};
use crate::support::authenticator::{Authenticator, Bent, PRESENT};

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
