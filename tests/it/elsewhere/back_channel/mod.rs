//! A provider says that somebody signed out there.

mod tokens;
mod under_way;

use latchkey::domain::provider::Provider;
use serde_json::{Value, json};

use super::{Home, ada};
use crate::support::agent::{Agent, Page};
use crate::support::flow::refresh_request;
use crate::support::upstream::{Upstream, object};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const OFFLINE: &str = "openid offline_access";

/// The claims of a logout token of `up`, but for what differs; null leaves a member out.
fn claims(home: &Home, up: &Upstream, changed: Value) -> Value {
    let now = home.app.now().timestamp();
    let jti = home.app.env().random_id();
    let mut claims = object(json!({
        "iss": up.issuer(), "aud": crate::support::providers::CLIENT_ID, "iat": now, "exp": now + 120,
        "jti": jti, "events": { EVENT: {} },
    }));
    claims.extend(object(changed));
    claims.retain(|_, value| !value.is_null());
    Value::Object(claims)
}

impl Home {
    fn logout_token(&self, changed: Value) -> String {
        self.up.signs(json!({ "typ": "logout+jwt" }), claims(self, &self.up, changed))
    }

    async fn tells(&self, token: &str) -> Page {
        self.tells_at(&self.at("/auth/up/backchannel-logout"), token).await
    }

    async fn tells_at(&self, url: &str, token: &str) -> Page {
        self.app.machine().post(url, &[("logout_token", token)]).await
    }

    /// A browser in which Ada has signed in from this session at the provider.
    async fn ada_in(&self, sid: Value) -> Agent {
        let agent = self.app.machine();
        let mut who = object(ada());
        who.insert("sid".to_owned(), sid);
        let page = self.signs_in(&agent, Value::Object(who)).await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        agent
    }

    async fn change(&self, change: impl FnOnce(&mut Provider)) {
        let (mut provider, db) = (self.node_provider("up"), self.app.node().db());
        change(&mut provider);
        let write = db.write(move |tx| {
            Ok::<_, latchkey::storage::Stop<()>>(tx.providers().update(&provider)?)
        });
        assert!(write.await.unwrap().unwrap());
        self.app.refresh().await;
    }

    fn node_provider(&self, slug: &str) -> Provider {
        self.app.node().providers().enabled(slug).unwrap()
    }

    /// Nobody was signed out, and the provider is told that its token is not taken.
    async fn refuses(&self, agent: &Agent, token: &str, why: &str) {
        let page = self.tells(token).await;
        assert_eq!(page.status, 400, "{why}: {}", page.summary());
        assert_eq!(page.json()["error"], "invalid_request", "{why}");
        assert!(page.header("cache-control").unwrap().contains("no-store"), "{why}");
        assert!(self.is_signed_in(agent).await, "{why}");
    }
}

#[tokio::test]
async fn case_156_the_session_of_a_sid_ends_on_every_node_with_what_apps_hold() {
    let home = Home::new().await;
    let (client, node) = (home.app.confidential_client("shop").await, home.app.second_node());
    let (one, other) = (home.ada_in(json!("one")).await, home.ada_in(json!("two")).await);
    let bound = home.app.tokens_in(&one, &client, "", "openid").await;
    let offline = home.app.tokens_in(&one, &client, "", OFFLINE).await;
    let elsewhere = home.app.tokens_in(&other, &client, "", "openid").await;
    let access = |tokens: &Value| tokens["access_token"].as_str().unwrap().to_owned();

    let token = home.logout_token(json!({ "sid": "one" }));
    let page = home.tells_at(&node.at("/auth/up/backchannel-logout"), &token).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, ""), "{}", page.summary());
    assert!(page.header("cache-control").unwrap().contains("no-store"));
    assert!(page.set_cookies().is_empty());
    for at in [home.at("/account"), node.at("/account")] {
        assert_ne!(one.get(&at).await.status, 200, "{at}");
        assert_eq!(other.get(&at).await.status, 200, "{at}");
    }
    for at in [home.at("/oauth2/userinfo"), node.at("/oauth2/userinfo")] {
        assert_eq!(home.app.userinfo_at(&at, &access(&bound)).await.status, 401, "{at}");
        for alive in [&offline, &elsewhere] {
            assert_eq!(home.app.userinfo_at(&at, &access(alive)).await.status, 200, "{at}");
        }
    }
    let refresh = refresh_request(offline["refresh_token"].as_str().unwrap());
    assert_eq!(home.app.token(&client, &refresh).await.status, 200);
    assert_eq!(home.app.trail_of("session.provider_signed_out"), 1);
    assert_eq!(home.app.trail_of("session.ended"), 1);
    // Its person is told.
    let page = other.get(&home.at("/account/activity")).await;
    assert!(page.body.contains("A provider you signed in with"), "{}", page.summary());
}

#[tokio::test]
async fn all_that_came_from_there_end_where_only_the_person_is_named() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    home.app.person("ada@example.com").await;
    let (one, other) = (home.ada_in(json!("one")).await, home.ada_in(json!(null)).await);
    let by_password = Agent::new();
    let page = by_password.get(&home.at("/login")).await;
    home.app.sign_in(page, "ada@example.com").await.follow_all().await;
    let eve = Agent::new();
    home.signs_in(&eve, json!({ "sub": "eve", "sid": "three" })).await;
    assert_eq!(home.tells(&home.logout_token(json!({ "sub": "ada" }))).await.status, 200);
    for (agent, stays) in [(&one, false), (&other, false), (&by_password, true), (&eve, true)] {
        assert_eq!(home.is_signed_in(agent).await, stays);
    }
    assert_eq!(home.app.trail_of("session.provider_signed_out"), 1);
}

#[tokio::test]
async fn a_session_that_is_named_with_its_person_is_meant_alone() {
    let home = Home::new().await;
    let (one, other) = (home.ada_in(json!("one")).await, home.ada_in(json!("two")).await);
    // Nobody else's session goes by this name.
    let token = home.logout_token(json!({ "sub": "eve", "sid": "one" }));
    assert_eq!(home.tells(&token).await.status, 200);
    assert!(home.is_signed_in(&one).await);
    let token = home.logout_token(json!({ "sub": "ada", "sid": "one" }));
    assert_eq!(home.tells(&token).await.status, 200);
    assert!(!home.is_signed_in(&one).await && home.is_signed_in(&other).await);
    // One whose sid was never told may be the one.
    let unnamed = home.ada_in(json!(null)).await;
    let token = home.logout_token(json!({ "sub": "ada", "sid": "three" }));
    assert_eq!(home.tells(&token).await.status, 200);
    assert!(!home.is_signed_in(&unnamed).await && home.is_signed_in(&other).await);
}

#[tokio::test]
async fn case_252_a_provider_signs_out_those_who_came_from_it_and_nobody_else() {
    let home = Home::new().await;
    let other = Upstream::start();
    home.add(home.provider("other", &other), |_| {}).await;
    let agent = home.ada_in(json!("one")).await;
    for who in [json!({ "sub": "ada" }), json!({ "sid": "one" })] {
        let token = other.signs(json!({}), claims(&home, &other, who.clone()));
        home.refuses(&agent, &token, "at the other's address").await;
        let page = home.tells_at(&home.at("/auth/other/backchannel-logout"), &token).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        assert!(home.is_signed_in(&agent).await, "{who}");
    }
}

#[tokio::test]
async fn a_provider_that_nobody_uses_any_more_signs_nobody_out() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    home.change(|provider| provider.disabled_at = Some(provider.created_at)).await;
    let token = home.logout_token(json!({ "sid": "one" }));
    for path in ["/auth/up/backchannel-logout", "/auth/nobody/backchannel-logout"] {
        let page = home.tells_at(&home.at(path), &token).await;
        assert_eq!(page.status, 404, "{}", page.summary());
        assert_eq!(page.json()["error"], "invalid_request");
        assert!(home.is_signed_in(&agent).await);
    }
    diesel::RunQueryDsl::execute(diesel::sql_query("DELETE FROM providers"), &mut home.app.raw())
        .unwrap();
    home.app.refresh().await;
    assert_eq!(home.tells(&token).await.status, 404);
    assert!(home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_asked_for_again() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let token = home.logout_token(json!({ "sid": "one" }));
    for table in ["upstream_logouts", "audit_events", "grants", "sessions"] {
        if table == "grants" {
            let client = home.app.confidential_client("shop").await;
            home.app.tokens_in(&agent, &client, "", "openid").await;
        }
        home.app.refuse_rows(table);
        let page = home.tells(&token).await;
        assert!(page.status.is_server_error(), "{table}: {}", page.summary());
        home.app.take_rows();
        assert!(home.is_signed_in(&agent).await, "{table}");
    }
    assert_eq!(home.tells(&token).await.status, 200);
    assert!(!home.is_signed_in(&agent).await);
}
