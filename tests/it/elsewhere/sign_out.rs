//! Who signs out here is sent to the provider to sign out there as well.

use chrono::TimeDelta;
use latchkey::config::{Config, MasterKeySource};
use latchkey::kernel::secret::Secret;
use latchkey::protocol::keys::{self, Keeper};
use serde_json::json;
use url::Url;

use super::{ALICE, Home, ada};
use crate::support::agent::{Agent, Page};
use crate::support::flow::{Client, Params, claims};
use crate::support::providers::CLIENT_ID;
use crate::support::upstream::{Page as Said, Upstream};

/// Where the app wants its people back.
const POST_LOGOUT: &str = "https://app.example/signed-out";

impl Home {
    /// One whose provider signs people out, and is asked to.
    async fn passing_on() -> Self {
        let home = Self::with(|policy| policy.sign_out = true).await;
        home.names_endpoint(&format!("{}/end?kept=1", home.up.issuer()));
        home
    }

    fn names_endpoint(&self, endpoint: &str) {
        let endpoint = json!(endpoint);
        self.up
            .says(|script| drop(script.metadata.insert("end_session_endpoint".into(), endpoint)));
    }

    /// A browser in which Ada has come from the provider.
    async fn ada(&self) -> Agent {
        let agent = self.app.machine();
        let page = self.signs_in(&agent, ada()).await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        agent
    }

    /// Presses "Sign out".
    async fn signs_out(&self, agent: &Agent) -> Page {
        self.signs_out_at(agent, &self.at("/sign-out")).await
    }

    async fn signs_out_at(&self, agent: &Agent, url: &str) -> Page {
        let page = agent.get(url).await;
        let page = page.form("#sign-out").submit_by(agent).await;
        assert_eq!(page.status, 303, "{}", page.summary());
        assert!(page.set_cookies().iter().any(|cookie| cookie.value().is_empty()));
        page
    }

    /// Signs Ada out as an app asks for it.
    async fn app_signs_out(&self, agent: &Agent, client: &Client) -> Page {
        let tokens = self.app.tokens_in(agent, client, "", "openid").await;
        let request = Params::new(&[
            ("id_token_hint", tokens["id_token"].as_str().unwrap()),
            ("post_logout_redirect_uri", POST_LOGOUT),
            ("state", "of the app"),
        ]);
        agent.get(&self.at(&format!("/oauth2/logout?{}", request.encoded()))).await
    }

    /// The browser was sent to the provider; yields what it says there.
    fn gone(&self, page: &Page) -> std::collections::BTreeMap<String, String> {
        let to = page.location();
        let (there, _) = to.as_str().split_once('?').unwrap();
        assert_eq!(there, format!("{}/end", self.up.issuer()));
        to.query_pairs().into_owned().collect()
    }

    fn back(&self, state: &str) -> String {
        let query = Params::new(&[("state", state)]).encoded();
        self.at(&format!("/auth/up/signed-out?{query}"))
    }
}

/// Where the browser goes: the path of a page of ours, or the whole address.
fn path(page: &Page) -> String {
    let to = page.location();
    let is_ours = to.host_str() == Some("localhost");
    if is_ours { to.path().to_owned() } else { to.to_string() }
}

#[tokio::test]
async fn who_signs_out_here_is_sent_there_and_comes_back() {
    let home = Home::passing_on().await;
    let agent = home.ada().await;
    let page = home.signs_out(&agent).await;
    assert!(!home.is_signed_in(&agent).await, "here it is over before");
    let said = home.gone(&page);
    assert_eq!(claims(&said["id_token_hint"])["sub"], "ada");
    assert_eq!((said["client_id"].as_str(), said["kept"].as_str()), (CLIENT_ID, "1"));
    let back = format!("{}/auth/up/signed-out", home.app.issuer());
    assert_eq!(said["post_logout_redirect_uri"], back);
    assert!(said["state"].len() >= 43);
    let page = agent.get(&home.back(&said["state"])).await;
    assert_eq!((page.status.as_u16(), path(&page).as_str()), (303, "/signed-out"));
    assert_eq!(page.follow().await.status, 200);
    // Of the sign-in there, nothing is kept.
    assert_eq!(home.count("upstream_sessions"), 0);
}

#[tokio::test]
async fn who_signs_out_at_an_apps_request_ends_at_the_app() {
    let home = Home::passing_on().await;
    let client = home.app.confidential_client("shop").await;
    let agent = home.ada().await;
    let page = home.app_signs_out(&agent, &client).await;
    assert!(!home.is_signed_in(&agent).await);
    let said = home.gone(&page);
    assert!(!page.location().as_str().contains("app.example"), "the provider learns of no app");
    let page = agent.get(&home.back(&said["state"])).await;
    let end = page.location();
    assert!(end.as_str().starts_with(POST_LOGOUT), "{end}");
    assert_eq!(page.location_param("state").as_deref(), Some("of the app"));
    // Once.
    let page = agent.get(&home.back(&said["state"])).await;
    assert_eq!(path(&page), "/signed-out");
}

#[tokio::test]
async fn case_150_nobody_else_is_sent_to_the_app() {
    let home = Home::passing_on().await;
    let other = Upstream::start();
    home.add(home.provider("other", &other), |_| {}).await;
    let client = home.app.confidential_client("shop").await;
    let agent = home.ada().await;
    let state = home.gone(&home.app_signs_out(&agent, &client).await)["state"].clone();
    let stranger = home.app.machine();
    stranger.get(&home.at("/login")).await.follow_all().await;
    let wrong = [home.back("wrong"), home.back(""), home.at("/auth/up/signed-out")];
    for url in wrong {
        assert_eq!(path(&agent.get(&url).await), "/signed-out", "{url}");
    }
    for (who, url) in [
        (&stranger, home.back(&state)),
        (&home.app.machine(), home.back(&state)),
        (&agent, home.back(&state).replace("/auth/up/", "/auth/other/")),
        (&agent, home.back(&state).replace("/auth/up/", "/auth/nobody/")),
    ] {
        assert_eq!(path(&who.get(&url).await), "/signed-out", "{url}");
    }
    home.app.clock.advance(TimeDelta::minutes(15));
    assert_eq!(path(&agent.get(&home.back(&state)).await), "/signed-out", "too late");
}

/// An address that is not the app's is none, whoever is asked on the way.
#[tokio::test]
async fn case_150_an_address_that_is_not_registered_is_not_gone_to_in_the_end() {
    let home = Home::passing_on().await;
    let client = home.app.confidential_client("shop").await;
    let agent = home.ada().await;
    let tokens = home.app.tokens_in(&agent, &client, "", "openid").await;
    let request = Params::new(&[
        ("id_token_hint", tokens["id_token"].as_str().unwrap()),
        ("post_logout_redirect_uri", "https://evil.example/"),
    ]);
    let page = agent.get(&home.at(&format!("/oauth2/logout?{}", request.encoded()))).await;
    let said = home.gone(&page);
    let page = agent.get(&home.back(&said["state"])).await;
    assert_eq!(path(&page), "/signed-out");
}

#[tokio::test]
async fn who_came_another_way_stays_here() {
    let home = Home::passing_on().await;
    home.app.person(ALICE).await;
    let agent = home.app.machine();
    let page = agent.get(&home.at("/login")).await;
    home.app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(path(&home.signs_out(&agent).await), "/signed-out");
    // Twice is as good as once: who is signed out already goes nowhere else.
    let agent = home.ada().await;
    let page = agent.get(&home.at("/sign-out")).await;
    let form = page.form("#sign-out");
    home.gone(&form.submit().await);
    assert_eq!(path(&form.submit().await), "/signed-out");
}

#[tokio::test]
async fn nobody_is_sent_where_the_operator_does_not_say_so() {
    let home = Home::new().await;
    home.names_endpoint(&format!("{}/end", home.up.issuer()));
    let agent = home.ada().await;
    assert_eq!(home.count("upstream_sessions WHERE sealed_hint IS NOT NULL"), 0);
    let page = home.signs_out(&agent).await;
    assert_eq!(path(&page), "/signed-out");
    // Nor to one that is disabled meanwhile.
    let home = Home::passing_on().await;
    let agent = home.ada().await;
    diesel::RunQueryDsl::execute(
        diesel::sql_query("UPDATE providers SET disabled_at = created_at"),
        &mut home.app.raw(),
    )
    .unwrap();
    home.app.refresh().await;
    assert_eq!(path(&home.signs_out(&agent).await), "/signed-out");
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_not_gone_to() {
    for endpoint in [json!(null), json!("javascript:alert(1)"), json!("/end"), json!("ftp://x/")] {
        let home = Home::with(|policy| policy.sign_out = true).await;
        home.up.says(|script| {
            script.metadata.insert("end_session_endpoint".into(), endpoint.clone());
        });
        let agent = home.ada().await;
        assert_eq!(path(&home.signs_out(&agent).await), "/signed-out", "{endpoint}");
        assert!(!home.is_signed_in(&agent).await);
    }
}

#[tokio::test]
async fn f12_a_provider_that_is_away_keeps_nobody_from_signing_out() {
    let home = Home::passing_on().await;
    for away in [Said::Json(503, json!({})), Said::Html, Said::Hangs] {
        home.up.says(|script| script.discovery = Said::Right);
        let agent = home.ada().await;
        // One that knows nothing of the provider yet.
        let node = home.app.second_node();
        home.up.says(|script| script.discovery = away.clone());
        let page = home.signs_out_at(&agent, &node.at("/sign-out")).await;
        assert_eq!(path(&page), "/signed-out", "{away:?}");
        assert!(!home.is_signed_in(&agent).await, "{away:?}");
        home.app.clock.advance(TimeDelta::minutes(6));
    }
}

/// A return that cannot be written down is no reason to keep anybody signed in.
#[tokio::test]
async fn a_way_there_that_cannot_be_noted_is_not_taken() {
    let home = Home::passing_on().await;
    let agent = home.ada().await;
    home.app.refuse_rows("upstream_departures");
    assert_eq!(path(&home.signs_out(&agent).await), "/signed-out");
    home.app.take_rows();
    assert!(!home.is_signed_in(&agent).await);
}

#[tokio::test]
async fn case_265_the_id_token_is_sealed_and_a_long_one_not_kept() {
    let home = Home::passing_on().await;
    home.ada().await;
    assert_eq!(home.count("upstream_sessions WHERE sealed_hint IS NOT NULL"), 1);
    let dump = home.app.dump();
    assert!(!dump.contains("eyJ"), "no token in the clear, nor in what the provider said of them");
    let mut long = ada();
    long["groups"] = json!("x".repeat(6 * 1024));
    let agent = home.app.machine();
    home.signs_in(&agent, long).await;
    let said = home.gone(&home.signs_out(&agent).await);
    assert!(!said.contains_key("id_token_hint"));
    assert_eq!(said["client_id"], CLIENT_ID);
}

fn new_key() -> MasterKeySource {
    MasterKeySource::Given(Secret::new([7; 32]))
}

fn both(config: &mut Config) {
    let old = std::mem::replace(&mut config.keys.master_key, new_key());
    config.keys.previous_master_key = Some(old);
}

#[tokio::test]
async fn an_id_token_moves_to_another_master_key() {
    let home = Home::passing_on().await;
    let agent = home.ada().await;
    let ring = latchkey::app::master_ring(&home.app.config_with(both)).unwrap();
    let keeper = Keeper { ring, ..home.app.keeper() };
    let resealed = home.app.node().db().write(move |tx| keys::reseal(tx, &keeper)).await;
    assert_eq!(resealed.unwrap().unwrap().upstream_hints, 1);
    let node = home.app.node_with(|config| config.keys.master_key = new_key());
    let said = home.gone(&home.signs_out_at(&agent, &node.at("/sign-out")).await);
    assert_eq!(claims(&said["id_token_hint"])["sub"], "ada");
}

/// Chromium applies `form-action` to the redirects behind a form.
#[tokio::test]
async fn the_page_that_asks_lets_its_form_lead_there() {
    let policy = |page: &Page| {
        let policy = page.header("content-security-policy").unwrap().to_owned();
        policy.split_once("form-action ").unwrap().1.to_owned()
    };
    let (plain, passing) = (Home::new().await, Home::passing_on().await);
    for (home, expected) in [(&plain, "'self'"), (&passing, "'self' https: http:")] {
        let agent = home.ada().await;
        let page = agent.get(&home.at("/sign-out")).await;
        assert_eq!(policy(&page), expected);
    }
    let client = passing.app.confidential_client("shop").await;
    let agent = passing.ada().await;
    let asks = Params::new(&[("client_id", &client.id), ("post_logout_redirect_uri", POST_LOGOUT)]);
    let page = agent.get(&passing.at(&format!("/oauth2/logout?{}", asks.encoded()))).await;
    assert_eq!(policy(&page), "'self' https: http:");
    // And the person's yes leads to the app in the end.
    let said = passing.gone(&page.form("#sign-out").submit().await);
    let page = agent.get(&passing.back(&said["state"])).await;
    assert_eq!(page.location(), Url::parse(POST_LOGOUT).unwrap());
}
