//! What operators change while the servers run: every node follows, and it has its effect.
//!
//! Each test changes a setting at one node and looks at the other.

use chrono::TimeDelta;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::setting::{BadValue, Setting, Settings};
use latchkey::identity::admin::setting::{Changed, change};
use serde_json::Value;

use crate::identity::world::until;
use crate::support::agent::{Agent, Page};
use crate::support::app::{Running, TestApp};
use crate::support::flow::{
    Client, assert_error, authorization_request, claims, code_request, refresh_request,
};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";

impl TestApp {
    /// Changes a setting as `latchkey settings set` does; `None` puts it back.
    pub async fn change_setting(
        &self,
        name: &str,
        value: Option<&str>,
    ) -> Result<Changed, BadValue> {
        let setting = Setting::find(name).unwrap();
        let value = value.map(|value| setting.parse(value)).transpose()?;
        let (env, context) = (self.env(), RequestContext::default());
        let changed = self
            .node()
            .db()
            .write(move |tx| change(tx, &env, &context, Actor::Operator, setting, value));
        changed.await.unwrap()
    }
}

/// Two nodes, a client and a person.
struct World {
    app: TestApp,
    other: Running,
    client: Client,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start();
        let other = app.second_node();
        let client = app.confidential_client("notes").await;
        app.person(ALICE).await;
        Self { app, other, client }
    }

    /// Changes settings, and lets both nodes look for changes, as they do every few seconds.
    async fn set(&self, changes: &[(&str, &str)]) {
        for (name, value) in changes {
            self.app.change_setting(name, Some(value)).await.unwrap();
        }
        self.app.node().refresh().await.unwrap();
        self.other.node.refresh().await.unwrap();
    }

    fn pass(&self, time: TimeDelta) {
        self.app.clock.advance(time);
    }

    /// A request to the other node's token endpoint.
    async fn token(&self, request: &crate::support::flow::Params) -> Page {
        self.app.token_at(&self.other.at("/oauth2/token"), &self.client, request).await
    }

    async fn code(&self, agent: &Agent) -> String {
        self.app.code_for(agent, &authorization_request(&self.client), ALICE).await
    }

    async fn tokens(&self) -> Value {
        let code = self.code(&Agent::new()).await;
        let page = self.token(&code_request(&self.client, &code)).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.json()
    }

    async fn refreshed(&self, tokens: &Value) -> Page {
        self.token(&refresh_request(tokens["refresh_token"].as_str().unwrap())).await
    }

    /// Whether the browser is still signed in, asked of the other node.
    async fn is_signed_in(&self, agent: &Agent) -> bool {
        agent.get(&self.other.at("/account")).await.status == 200
    }

    /// Sends the login form; `remember`: and stays signed in.
    async fn sign_in(&self, agent: &Agent, password: &str, remember: bool) -> Page {
        let page = self.app.authorize(agent, &authorization_request(&self.client)).await;
        let form = page.follow_all().await.form("#login-form");
        let form = form.fill("identifier", ALICE).fill("password", password);
        let form = if remember { form.set("remember", "on") } else { form };
        form.submit().await
    }
}

fn lifetime(tokens: &Value, name: &str) -> i64 {
    let claims = claims(tokens[name].as_str().unwrap());
    claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
}

#[tokio::test]
async fn lifetimes_of_tokens_follow_the_settings() {
    let world = World::new().await;
    world.set(&[("access_token_lifetime", "10m"), ("id_token_lifetime", "20m")]).await;
    let tokens = world.tokens().await;
    assert_eq!(tokens["expires_in"], 600);
    assert_eq!(lifetime(&tokens, "access_token"), 600);
    assert_eq!(lifetime(&tokens, "id_token"), 1200);

    world.app.change_setting("access_token_lifetime", None).await.unwrap();
    world.other.node.refresh().await.unwrap();
    assert_eq!(world.tokens().await["expires_in"], 900, "the default again");
}

#[tokio::test]
async fn the_lifetime_of_codes_follows_the_setting() {
    let world = World::new().await;
    world.set(&[("code_lifetime", "10")]).await;
    for (seconds, status) in [(9, 200), (10, 400)] {
        let code = world.code(&Agent::new()).await;
        world.pass(TimeDelta::seconds(seconds));
        let page = world.token(&code_request(&world.client, &code)).await;
        assert_eq!(page.status, status, "{}", page.summary());
    }
}

#[tokio::test]
async fn an_unused_refresh_token_dies_when_the_setting_says() {
    let world = World::new().await;
    world.set(&[("refresh_idle_lifetime", "5m")]).await;
    let tokens = world.tokens().await;
    world.pass(TimeDelta::seconds(299));
    let page = world.refreshed(&tokens).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    world.pass(TimeDelta::seconds(300));
    assert_error(&world.refreshed(&page.json()).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_family_of_refresh_tokens_dies_when_the_setting_says() {
    let world = World::new().await;
    world.set(&[("refresh_idle_lifetime", "6m"), ("refresh_absolute_lifetime", "10m")]).await;
    let mut tokens = world.tokens().await;
    for _ in 0..2 {
        world.pass(TimeDelta::seconds(299));
        let page = world.refreshed(&tokens).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        tokens = page.json();
    }
    world.pass(TimeDelta::seconds(2));
    assert_error(&world.refreshed(&tokens).await, 400, "invalid_grant");
}

#[tokio::test]
async fn the_grace_of_a_lost_answer_follows_the_setting() {
    let world = World::new().await;
    world.set(&[("refresh_grace", "0")]).await;
    let tokens = world.tokens().await;
    assert_eq!(world.refreshed(&tokens).await.status, 200);
    assert_error(&world.refreshed(&tokens).await, 400, "invalid_grant");
}

#[tokio::test]
async fn sessions_last_as_long_as_the_settings_say() {
    for (remember, prefix) in [(false, "session"), (true, "remember")] {
        let world = World::new().await;
        let (idle, absolute) = (format!("{prefix}_idle"), format!("{prefix}_absolute"));
        world.set(&[(&idle, "10m"), (&absolute, "25m")]).await;
        let (used, unused) = (world.app.machine(), world.app.machine());
        for agent in [&used, &unused] {
            let page = world.sign_in(agent, PASSWORD, remember).await;
            assert!(page.status.is_redirection(), "{}", page.summary());
        }
        world.pass(TimeDelta::seconds(9 * 60));
        assert!(world.is_signed_in(&used).await, "{prefix}");
        world.pass(TimeDelta::seconds(9 * 60));
        assert!(world.is_signed_in(&used).await, "{prefix}");
        assert!(!world.is_signed_in(&unused).await, "{prefix}: unused");
        world.pass(TimeDelta::seconds(7 * 60));
        assert!(!world.is_signed_in(&used).await, "{prefix}: too old");
    }
}

#[tokio::test]
async fn case_268_where_nobody_stays_signed_in_those_who_chose_to_are_signed_out_like_others() {
    let world = World::new().await;
    let (idle, old, used) = (world.app.machine(), world.app.machine(), world.app.machine());
    for agent in [&idle, &old, &used] {
        world.sign_in(agent, PASSWORD, true).await;
    }
    world.pass(TimeDelta::hours(11));
    assert!(world.is_signed_in(&old).await && world.is_signed_in(&used).await);
    world.set(&[("remember_me", "off")]).await;
    world.pass(TimeDelta::hours(2));
    assert!(!world.is_signed_in(&idle).await, "unused for 13 hours");
    assert!(world.is_signed_in(&used).await);
    world.pass(TimeDelta::hours(10));
    assert!(world.is_signed_in(&used).await, "23 hours old, and used all along");
    world.pass(TimeDelta::hours(1));
    for agent in [&old, &used] {
        assert!(!world.is_signed_in(agent).await, "a day old");
    }

    // It is not offered, and a form that asks for it all the same gets an ordinary session.
    let agent = world.app.machine();
    let page = world.app.authorize(&agent, &authorization_request(&world.client)).await;
    assert!(!page.follow_all().await.has("#remember"));
    let page = world.sign_in(&agent, PASSWORD, true).await;
    assert!(page.status.is_redirection(), "{}", page.summary());
    let name = world.app.cookie_name("session");
    let cookies = page.set_cookies();
    let cookie = cookies.iter().find(|cookie| cookie.name() == name).unwrap();
    assert_eq!(cookie.max_age(), None, "gone with the browser");
    world.set(&[("remember_me", "on")]).await;
    world.pass(TimeDelta::hours(13));
    assert!(!world.is_signed_in(&agent).await, "it stays an ordinary one");
    // As documented: those of before have their own time again.
    assert!(world.is_signed_in(&used).await);
    let page = world.app.authorize(&agent, &authorization_request(&world.client)).await;
    assert!(page.follow_all().await.has("#remember"));
}

/// Coming by on the way to an app is use of a session, too; it is written down once a minute.
#[tokio::test]
async fn case_260_who_only_passes_through_to_apps_stays_signed_in() {
    let world = World::new().await;
    world.set(&[("session_idle", "10m"), ("session_absolute", "1h")]).await;
    let agent = Agent::new();
    world.code(&agent).await;
    let silent = authorization_request(&world.client).with("prompt", "none");
    let passes = async || world.app.authorize(&agent, &silent).await.location_param("code");
    for _ in 0..3 {
        world.pass(TimeDelta::minutes(9));
        assert!(passes().await.is_some());
        // The node looks for new settings now and then; what not every try spent was that.
        let mut spent = Vec::new();
        for _ in 0..3 {
            let before = world.app.statements();
            assert!(passes().await.is_some());
            spent.push(world.app.statements() - before);
        }
        assert_eq!(spent.iter().min(), Some(&3), "it is not noted again at once");
    }
    world.pass(TimeDelta::minutes(11));
    assert!(passes().await.is_none(), "unused");
}

#[tokio::test]
async fn case_172_the_lock_of_an_account_follows_the_settings() {
    let world = World::new().await;
    world.set(&[("max_failed_logins", "2"), ("lockout", "3m")]).await;
    let guess = async |password: &str| world.sign_in(&Agent::new(), password, false).await.status;
    for _ in 0..2 {
        assert_eq!(guess("wrong horse").await, 401);
    }
    assert_eq!(guess(PASSWORD).await, 429);
    world.pass(TimeDelta::seconds(179));
    assert_eq!(guess(PASSWORD).await, 429);
    world.pass(TimeDelta::seconds(1));
    assert_eq!(guess(PASSWORD).await, 303);
}

#[tokio::test]
async fn case_173_the_budget_of_an_address_follows_the_setting() {
    let world = World::new().await;
    world.set(&[("max_logins_per_address", "5"), ("max_failed_logins", "100")]).await;
    for _ in 0..5 {
        assert_eq!(world.sign_in(&Agent::new(), "wrong horse", false).await.status, 401);
    }
    assert_eq!(world.sign_in(&Agent::new(), PASSWORD, false).await.status, 429);
}

#[tokio::test]
async fn new_passwords_are_as_long_as_the_setting_says() {
    let world = World::new().await;
    let identity = world.other.node.identity();
    let hash = async |password: &str| identity.hash_new_password(&password.into(), &[]).await;
    assert!(hash("e1ght-8x").await.is_ok());
    assert!(hash("seven77").await.is_err());
    world.set(&[("password_min_chars", "12")]).await;
    assert!(hash("eleven11111").await.is_err());
    assert!(hash("twelve121212").await.is_ok());
}

#[tokio::test]
async fn a_sign_in_may_take_as_long_as_the_setting_says() {
    let world = World::new().await;
    world.set(&[("flow_lifetime", "5m")]).await;
    let page = world.app.authorize(&Agent::new(), &authorization_request(&world.client)).await;
    world.pass(TimeDelta::minutes(5));
    assert_eq!(page.follow().await.status, 400, "it has expired");
}

#[tokio::test]
async fn a_link_works_as_long_as_the_setting_says() {
    let world = World::new().await;
    world.set(&[("one_time_link_lifetime", "5m")]).await;
    let identity = world.other.node.identity();
    let alice = identity.find_user(ALICE).await.unwrap().unwrap().user.id;
    let context = RequestContext::default();
    let link = identity.create_password_link(Actor::Operator, alice, &context).await.unwrap();
    assert_eq!(link.expires_at - world.app.now(), TimeDelta::minutes(5));
}

#[tokio::test]
async fn a_node_follows_by_itself_within_five_seconds() {
    let world = World::new().await;
    world.app.change_setting("max_failed_logins", Some("9")).await.unwrap();
    let began = std::time::Instant::now();
    let identity = world.other.node.identity();
    until("the node has followed", || identity.settings().max_failed_logins == 9).await;
    assert!(began.elapsed() <= std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn two_changes_at_once_never_break_a_relation() {
    let world = World::new().await;
    // Each is fine by itself, and both are not.
    for _ in 0..5 {
        let (idle, absolute) = tokio::join!(
            world.app.change_setting("refresh_idle_lifetime", Some("20d")),
            world.app.change_setting("refresh_absolute_lifetime", Some("10d")),
        );
        assert!(idle.is_ok() != absolute.is_ok(), "{idle:?} {absolute:?}");
        for name in ["refresh_idle_lifetime", "refresh_absolute_lifetime"] {
            world.app.change_setting(name, None).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_value_stored_past_the_commands_opens_no_hole_and_stops_no_node() {
    let world = World::new().await;
    for (value, holds) in [("7", 7), ("0", 5), ("1000000", 5), ("\"7\"", 5), ("null", 5)] {
        diesel::RunQueryDsl::execute(
            diesel::sql_query(format!(
                "INSERT INTO settings VALUES ('max_failed_logins', '{value}', now(), 'a hand') \
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            )),
            &mut world.app.raw(),
        )
        .unwrap();
        world.other.node.refresh().await.unwrap();
        let fresh = world.app.second_node();
        for node in [&world.other, &fresh] {
            let settings = node.node.identity().settings();
            assert_eq!(*settings, Settings { max_failed_logins: holds, ..Settings::default() });
        }
    }
}
