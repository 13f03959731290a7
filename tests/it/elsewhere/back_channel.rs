//! A provider says that somebody signed out there.

use chrono::TimeDelta;
use latchkey::domain::provider::Provider;
use serde_json::{Value, json};

use super::{ALICE, Home, ada};
use crate::support::agent::{Agent, Page};
use crate::support::flow::{authorization_request, code_request, refresh_request};
use crate::support::second_factor::give_code;
use crate::support::upstream::{Page as Said, Sign, Upstream, object};

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
async fn case_156_a_token_with_anything_wrong_ends_nothing() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let now = home.app.now().timestamp();
    for changed in [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "another" }),
        json!({ "aud": [crate::support::providers::CLIENT_ID, "another"] }),
        json!({ "iat": now + 61 }),
        json!({ "iat": now - 3601 }),
        json!({ "exp": now - 60 }),
        json!({ "exp": null }),
        json!({ "events": null }),
        json!({ "events": { "http://schemas.openid.net/event/other": {} } }),
        json!({ "nonce": "n" }),
        json!({ "jti": null }),
        json!({ "sid": null }),
        json!({ "sid": 7 }),
    ] {
        let mut all = object(json!({ "sid": "one" }));
        all.extend(object(changed.clone()));
        let token = home.logout_token(Value::Object(all));
        home.refuses(&agent, &token, &changed.to_string()).await;
    }
    let right = || claims(&home, &home.up, json!({ "sid": "one" }));
    for header in [
        json!({ "typ": "at+jwt" }),
        json!({ "crit": ["exp"], "exp": 1 }),
        json!({ "kid": "unknown" }),
        json!({ "kid": 7 }),
        json!({ "alg": "nOnE" }),
        json!({ "cty": "JWT" }),
    ] {
        let token = home.up.signs(header.clone(), right());
        home.refuses(&agent, &token, &header.to_string()).await;
    }
    for sign in [Sign::Nothing, Sign::PublicKeyAsSecret, Sign::Forged, Sign::Broken, Sign::Weak] {
        home.up.says(|script| script.sign = sign);
        let token = home.logout_token(json!({ "sid": "one" }));
        home.refuses(&agent, &token, &format!("{sign:?}")).await;
    }
    home.up.says(|script| script.sign = Sign::Rs256);
    for token in ["", "x", "a.b", "a.b.c", "....", "eyJhbGciOiJub25lIn0.e30."] {
        home.refuses(&agent, token, token).await;
    }
    let page = home.app.machine().post(&home.at("/auth/up/backchannel-logout"), &[]).await;
    assert_eq!(
        (page.status.as_u16(), page.json()["error"].as_str()),
        (400, Some("invalid_request"))
    );
    assert_eq!(home.count("upstream_logouts"), 0, "nothing is kept of them");
    for sign in [Sign::Rs256, Sign::Ps256, Sign::Es256, Sign::EdDsa] {
        home.up.says(|script| script.sign = sign);
        let token = home.logout_token(json!({ "sid": "another" }));
        assert_eq!(home.tells(&token).await.status, 200, "{sign:?}");
    }
}

/// Whoever has got hold of an ID token signs nobody out with it.
#[tokio::test]
async fn case_156_an_id_token_is_no_logout_token() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let now = home.app.now().timestamp();
    let id_token = json!({
        "iss": home.up.issuer(), "aud": crate::support::providers::CLIENT_ID, "iat": now,
        "exp": now + 300, "sub": "ada", "sid": "one", "jti": "1",
    });
    let token = home.up.signs(json!({ "typ": "JWT" }), id_token);
    home.refuses(&agent, &token, "an ID token").await;
}

#[tokio::test]
async fn nobody_learns_who_is_signed_in_here() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let mut answers = Vec::new();
    for who in [json!({ "sid": "one" }), json!({ "sid": "unknown" }), json!({ "sub": "nobody" })] {
        let page = home.tells(&home.logout_token(who)).await;
        let mut names: Vec<String> =
            ["cache-control", "content-type", "content-length", "set-cookie", "vary"]
                .iter()
                .map(|name| format!("{name}: {:?}", page.header(name)))
                .collect();
        names.push(page.body.clone());
        answers.push((page.status, names));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(!home.is_signed_in(&agent).await);
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
async fn a_logout_token_counts_once_whichever_nodes_it_comes_to() {
    let home = Home::new().await;
    let node = home.app.second_node();
    let urls = [home.at("/auth/up/backchannel-logout"), node.at("/auth/up/backchannel-logout")];
    for round in 0..8 {
        let sid = format!("s{round}");
        let agent = home.ada_in(json!(sid)).await;
        let token = home.logout_token(json!({ "sid": sid }));
        let (one, other) =
            tokio::join!(home.tells_at(&urls[0], &token), home.tells_at(&urls[1], &token));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{} {}", one.summary(), other.summary());
        assert!(!home.is_signed_in(&agent).await);
        // Whoever signs in again is not signed out by the old one.
        let agent = home.ada_in(json!(format!("again{round}"))).await;
        for url in &urls {
            assert_eq!(home.tells_at(url, &token).await.status, 400);
        }
        assert!(home.is_signed_in(&agent).await);
    }
    assert_eq!(home.app.trail_of("session.provider_signed_out"), 8);
}

/// To the last moment at which it would be taken, and not only until the purge has come by.
#[tokio::test]
async fn a_logout_token_is_known_again_for_as_long_as_it_is_good() {
    let home = Home::new().await;
    let token = home.logout_token(json!({ "sid": "s" }));
    assert_eq!(home.tells(&token).await.status, 200);
    home.app.clock.advance(TimeDelta::seconds(179));
    let runner = home.app.node().jobs();
    runner.run_now("purge", &latchkey::jobs::Stopping::never()).await.unwrap();
    assert_eq!(home.count("upstream_logouts"), 1);
    assert_eq!(home.tells(&token).await.status, 400);
    home.app.clock.advance(TimeDelta::days(2));
    runner.run_now("purge", &latchkey::jobs::Stopping::never()).await.unwrap();
    assert_eq!(home.count("upstream_logouts"), 0);
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

#[tokio::test]
async fn f14_a_new_key_is_fetched_once_and_a_provider_that_is_away_asks_again() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    home.up.heard();
    home.up.says(|script| {
        script.generation = 2;
        script.jwks = Said::Json(503, json!({}));
    });
    let token = home.logout_token(json!({ "sid": "one" }));
    let page = home.tells(&token).await;
    assert_eq!(page.status, 503, "{}", page.summary());
    assert_eq!(page.json()["error"], "temporarily_unavailable");
    assert!(page.header("retry-after").is_some());
    assert!(home.is_signed_in(&agent).await);
    home.up.says(|script| script.jwks = Said::Right);
    // Forged names make nobody ask again and again.
    for _ in 0..5 {
        assert_eq!(home.tells(&token).await.status, 400);
    }
    assert_eq!(home.up.count("/jwks"), 1);
    home.app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(home.tells(&token).await.status, 200);
    assert_eq!(home.up.count("/jwks"), 2);
    assert!(!home.is_signed_in(&agent).await);
}

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
                let trip =
                    crate::support::providers::Trip { to: gone.location(), agent: agent.clone() };
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
    let trip = crate::support::providers::Trip { to: gone.location(), agent: agent.clone() };
    home.knows(&trip, alice("one"));
    home.returns(&trip).await;
    assert_eq!(home.count("federation_links"), 1);
    for who in [json!({ "sub": "alice" }), json!({ "sid": "one" })] {
        assert_eq!(home.tells(&home.logout_token(who)).await.status, 200);
        assert!(home.is_signed_in(&agent).await);
    }
}

/// The address is for providers, and takes nothing of a browser's.
#[tokio::test]
async fn only_a_form_is_taken_and_no_cookie_looked_at() {
    let home = Home::new().await;
    let agent = home.ada_in(json!("one")).await;
    let url = home.at("/auth/up/backchannel-logout");
    let token = home.logout_token(json!({ "sid": "one" }));
    assert_eq!(agent.get(&format!("{url}?logout_token={token}")).await.status, 405);
    let page = agent.post_body(&url, "application/json", "{}").await;
    assert_eq!(
        (page.status.as_u16(), page.json()["error"].as_str()),
        (415, Some("invalid_request"))
    );
    let twice = [("logout_token", token.as_str()), ("logout_token", "x")];
    assert_eq!(agent.post(&url, &twice).await.status, 400);
    let long = "x".repeat(100_000);
    assert!(matches!(
        agent.post(&url, &[("logout_token", &long)]).await.status.as_u16(),
        400 | 413
    ));
    assert!(home.is_signed_in(&agent).await);
    // From wherever it comes: there is no form of ours that it would have to be of.
    let page = agent.post_from("https://up.example", &url, &[("logout_token", &token)]).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(page.set_cookies().is_empty());
    assert!(!home.is_signed_in(&agent).await);
}
