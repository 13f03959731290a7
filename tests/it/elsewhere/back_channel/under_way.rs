//! Sign-ins that are under way while the provider tells, and sessions that came from more than one place.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::claims;
use crate::elsewhere::{ALICE, Home, ada};
use crate::support::agent::Agent;
use crate::support::flow::{authorization_request, code_request};
use crate::support::providers::Trip;
use crate::support::second_factor::give_code;
use crate::support::upstream::{Upstream, object};

#[tokio::test]
async fn who_is_on_the_way_back_does_not_come_in_any_more() {
    let home = Home::new().await;
    for (told, sid, comes_in) in [
        (json!({ "sid": "one" }), "one", false),
        (json!({ "sub": "ada" }), "two", false),
        (json!({ "sub": "ada", "sid": "three" }), "four", true),
        (json!({ "sub": "eve" }), "five", true),
    ] {
        let agent = home.app.machine();
        let trip = home.leaves(&agent).await;
        let mut who = object(ada());
        who.insert("sid".to_owned(), json!(sid));
        home.knows(&trip, Value::Object(who));
        home.app.clock.advance(TimeDelta::seconds(2));
        assert_eq!(home.tells(&home.logout_token(told.clone())).await.status, 200);
        let page = home.returns(&trip).await;
        assert_eq!(page.status == 303, comes_in, "{told}: {}", page.summary());
        assert_eq!(home.is_signed_in(&agent).await, comes_in, "{told}");
        home.app.clock.advance(TimeDelta::seconds(2));
    }
    // Later they do.
    home.ada_in(json!("six")).await;
}

#[tokio::test]
async fn a_sign_in_that_waits_for_its_second_step_does_not_come_in_any_more() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let phone = home.app.person_with_app("ada@example.com").await;
    for told in [json!({ "sid": "one" }), json!({ "sub": "ada" }), json!({ "sid": "another" })] {
        let agent = home.app.machine();
        let mut who = object(ada());
        who.insert("sid".to_owned(), json!("one"));
        let page = home.signs_in(&agent, Value::Object(who)).await;
        assert!(page.has("#second-factor-form"), "{}", page.summary());
        assert_eq!(home.tells(&home.logout_token(told.clone())).await.status, 200);
        let page = give_code(&page, &phone.next_code(&home.app)).await.follow_all().await;
        let comes_in = told["sid"] == "another";
        assert_eq!(home.is_signed_in(&agent).await, comes_in, "{told}: {}", page.summary());
        home.app.clock.advance(TimeDelta::seconds(2));
    }
}

/// Whoever waits with a second step of their own has come from the provider as well.
#[tokio::test]
async fn a_session_remembers_the_provider_behind_its_second_step() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let phone = home.app.person_with_app("ada@example.com").await;
    let agent = home.app.machine();
    let mut who = object(ada());
    who.insert("sid".to_owned(), json!("one"));
    let page = home.signs_in(&agent, Value::Object(who)).await;
    give_code(&page, &phone.next_code(&home.app)).await.follow_all().await;
    assert!(home.is_signed_in(&agent).await);
    assert_eq!(home.tells(&home.logout_token(json!({ "sid": "one" }))).await.status, 200);
    assert!(!home.is_signed_in(&agent).await);
}

impl Home {
    /// Signs in once more in a browser that is signed in, as an app asks for it: by the provider at
    /// this button, or by password.
    async fn again(&self, agent: &Agent, button: Option<(&str, &Upstream, Value)>) {
        let client = self.app.confidential_client(&format!("app-{}", self.count("clients"))).await;
        let request = authorization_request(&client).with("prompt", "login");
        let page = self.app.authorize(agent, &request).await.follow_all().await;
        let page = match button {
            None => self.app.sign_in(page, ALICE).await,
            Some((slug, up, who)) => {
                let gone = page.click(&format!("#provider-{slug}")).await;
                let trip = Trip { to: gone.location(), agent: agent.clone() };
                up.knows(&self.app, &trip, who);
                let path = format!("/auth/{slug}/callback?code=c&state={}", trip.param("state"));
                agent.get(&self.at(&path)).await
            }
        };
        let code = self.app.to_relying_party(page).await.location_param("code").expect("a code");
        assert_eq!(self.app.token(&client, &code_request(&client, &code)).await.status, 200);
    }
}

fn alice(sid: &str) -> Value {
    json!({ "sub": "alice", "email": ALICE, "email_verified": true, "sid": sid })
}

#[tokio::test]
async fn a_session_has_come_from_wherever_its_person_went_on_with_it() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    let other = Upstream::start();
    home.add(home.provider("other", &other), |policy| policy.trusts_email = true).await;
    home.app.person(ALICE).await;
    let there = |agent: &Agent, sid: &'static str| {
        let (home, agent) = (&home, agent.clone());
        async move {
            let page = home.signs_in(&agent, alice(sid)).await;
            assert_eq!(page.url.path(), "/account", "{}", page.summary());
        }
    };
    let fresh = |who: Value| {
        let mut who = object(who);
        who.insert("auth_time".to_owned(), json!(home.app.now().timestamp()));
        Value::Object(who)
    };
    let other_tells = |sid: &str| {
        let token = other.signs(json!({}), claims(&home, &other, json!({ "sid": sid })));
        let url = home.at("/auth/other/backchannel-logout");
        let home = &home;
        async move { assert_eq!(home.tells_at(&url, &token).await.status, 200) }
    };
    // By a password on top.
    let agent = home.app.machine();
    there(&agent, "a").await;
    home.again(&agent, None).await;
    assert_eq!(home.tells(&home.logout_token(json!({ "sid": "a" }))).await.status, 200);
    assert!(!home.is_signed_in(&agent).await);
    // By another provider on top: either of them ends it.
    for ends in ["up", "other"] {
        let agent = home.app.machine();
        there(&agent, "b").await;
        home.again(&agent, Some(("other", &other, fresh(alice("o"))))).await;
        if ends == "up" {
            assert_eq!(home.tells(&home.logout_token(json!({ "sid": "b" }))).await.status, 200);
        } else {
            other_tells("o").await;
        }
        assert!(!home.is_signed_in(&agent).await, "{ends}");
        home.app.clock.advance(TimeDelta::seconds(2));
    }
    // By the same once more: the session there that counts is the last one.
    let agent = home.app.machine();
    there(&agent, "c").await;
    home.again(&agent, Some(("up", &home.up, fresh(alice("d"))))).await;
    assert_eq!(home.tells(&home.logout_token(json!({ "sid": "c" }))).await.status, 200);
    assert!(home.is_signed_in(&agent).await);
    assert_eq!(home.tells(&home.logout_token(json!({ "sid": "d" }))).await.status, 200);
    assert!(!home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn a_provider_that_was_only_connected_signs_nobody_out() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.app.machine();
    let page = agent.get(&home.at("/login")).await;
    home.app.sign_in(page, ALICE).await.follow_all().await;
    let page = agent.get(&home.at("/account/providers")).await;
    let gone = page.form("form[action$='/up/connect']").submit().await;
    let trip = Trip { to: gone.location(), agent: agent.clone() };
    home.knows(&trip, alice("one"));
    home.returns(&trip).await;
    assert_eq!(home.count("federation_links"), 1);
    for who in [json!({ "sub": "alice" }), json!({ "sid": "one" })] {
        assert_eq!(home.tells(&home.logout_token(who)).await.status, 200);
        assert!(home.is_signed_in(&agent).await);
    }
}
