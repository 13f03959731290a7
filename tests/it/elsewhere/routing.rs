//! Which provider a sign-in leads to.

use super::{ALICE, Home, Trip, ada};
use crate::support::agent::{Agent, Page};
use crate::support::flow::{Client, assert_redirect_error, authorization_request, code_request};
use crate::support::upstream::Upstream;

const CORP: &str = "Ada@Corp.example";

async fn corp() -> Home {
    Home::with(|policy| policy.login_domains = vec!["corp.example".to_owned()]).await
}

impl Home {
    fn leads_there(&self, page: &Page) -> bool {
        page.status == 303 && page.location().as_str().starts_with(&self.up.issuer())
    }

    /// Asks for authorization, and goes as far as it goes without a page of ours or of a provider's.
    async fn sets_off(&self, agent: &Agent, client: &Client, more: &[(&str, &str)]) -> Page {
        let mut request = authorization_request(client);
        for (name, value) in more {
            request = request.with(name, value);
        }
        let mut page = self.app.authorize(agent, &request).await;
        while page.status == 303 && page.location().as_str().starts_with(self.app.issuer()) {
            page = page.follow().await;
        }
        page
    }

    async fn defaults_to(&self, client: &str, provider: &str) {
        let slug = provider.parse().unwrap();
        self.app.change_client(client, |client| client.provider = Some(slug)).await;
    }

    pub(super) fn statement(&self, sql: &str) {
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), &mut self.app.raw()).unwrap();
    }
}

#[tokio::test]
async fn wherever_an_address_is_typed_its_domain_says_where_to() {
    let home = corp().await;
    // Whether anybody has it makes no difference.
    home.app.person("known@corp.example").await;
    for typed in [CORP, "known@corp.example"] {
        let agent = Agent::new();
        let login = agent.get(&home.at("/login")).await.follow_all().await;
        let policy = login.header("content-security-policy").unwrap().to_owned();
        assert!(policy.ends_with("form-action 'self' https: http:"), "{policy}");
        let by_mail = home.at(&login.attribute("#email-code", "formaction").unwrap());
        let form = login.form("#login-form").fill("identifier", typed);
        let gone = form.to(&by_mail).submit().await.follow().await;
        assert!(home.leads_there(&gone), "{}", gone.summary());
        assert_eq!(gone.location_param("login_hint").as_deref(), Some(typed));
        let page = agent.get(&by_mail).await;
        let gone =
            page.form("#mailed-address-form").fill("email", typed).submit().await.follow().await;
        assert!(home.leads_there(&gone), "{}", gone.summary());
        let page = login.click("#create-account-link").await;
        let form = page.form("#register-form").fill("email", typed).fill("password", "x");
        let gone = form.submit().await.follow().await;
        assert!(home.leads_there(&gone), "{}", gone.summary());
    }
    assert!(home.app.letters("known@corp.example").await.is_empty());
    assert_eq!(home.count("registrations"), 0);
}

#[tokio::test]
async fn whose_password_is_elsewhere_is_told_where_whether_or_not_there_is_an_account() {
    let home = corp().await;
    home.app.person("known@corp.example").await;
    for typed in [CORP, "known@corp.example"] {
        let agent = Agent::new();
        let login = agent.get(&home.at("/login")).await.follow_all().await;
        for page in
            [login.click("#forgot-password").await, agent.get(&home.at("/forgot-password")).await]
        {
            let told = page.form("#forgot-form").fill("identifier", typed).submit().await;
            assert_eq!(told.status, 200, "{}", told.summary());
            assert!(told.text("#elsewhere").contains("UP"), "{}", told.summary());
            assert!(home.leads_there(&told.click("#provider-up").await));
        }
    }
    // Who has an account with a password gets the mail all the same.
    assert!(!home.app.letters("known@corp.example").await.is_empty());
    let page = Agent::new().get(&home.at("/forgot-password")).await;
    let sent = page.form("#forgot-form").fill("identifier", ALICE).submit().await;
    assert_eq!(sent.status, 303, "{}", sent.summary());
}

#[tokio::test]
async fn an_app_that_expects_somebody_of_the_domain_has_the_provider_offered_first() {
    let home = corp().await;
    home.statement("UPDATE providers SET hidden = true");
    home.app.refresh().await;
    let client = home.app.confidential_client("shop").await;
    let page = home.sets_off(&Agent::new(), &client, &[("login_hint", CORP)]).await;
    assert_eq!(page.url.path(), "/login", "it is no order: {}", page.summary());
    assert!(page.has("#provider-hinted #provider-up"));
    assert!(home.leads_there(&page.click("#provider-up").await));
    let page = home.sets_off(&Agent::new(), &client, &[("login_hint", ALICE)]).await;
    assert!(!page.has("#provider-up"), "{}", page.summary());
}

#[tokio::test]
async fn an_app_may_name_the_provider() {
    let home = Home::new().await;
    let client = home.app.confidential_client("shop").await;
    let agent = Agent::new();
    let more = [("idp_hint", "up"), ("max_age", "60"), ("prompt", "login"), ("login_hint", CORP)];
    let gone = home.sets_off(&agent, &client, &more).await;
    assert!(home.leads_there(&gone), "{}", gone.summary());
    for (name, value) in [("max_age", "60"), ("prompt", "login"), ("login_hint", CORP)] {
        assert_eq!(gone.location_param(name).as_deref(), Some(value));
    }
    let gone = home.sets_off(&agent, &client, &[("idp_hint", "up")]).await;
    let trip = Trip { to: gone.location(), agent: agent.clone() };
    home.knows(&trip, ada());
    let page = home.returns(&trip).await.follow_all().await;
    let answer = home.app.to_relying_party(page).await;
    let code = answer.location_param("code").expect("a code");
    assert_eq!(home.app.token(&client, &code_request(&client, &code)).await.status, 200);
    // Whoever is signed in goes nowhere.
    let answer = home.sets_off(&agent, &client, &[("idp_hint", "up")]).await;
    assert!(answer.location_param("code").is_some(), "{}", answer.summary());
    let page = home.sets_off(&agent, &client, &[("idp_hint", "up"), ("prompt", "login")]).await;
    assert_eq!(page.url.path(), "/login", "{}", page.summary());
}

#[tokio::test]
async fn a_hint_that_leads_nowhere_is_none() {
    let home = Home::new().await;
    let client = home.app.confidential_client("shop").await;
    for hint in ["other", "UP", "", "<script>", "up/../up", &"u".repeat(300)] {
        let page = home.sets_off(&Agent::new(), &client, &[("idp_hint", hint)]).await;
        assert_eq!((page.status.as_u16(), page.url.path()), (200, "/login"), "{hint}");
    }
    home.statement("UPDATE providers SET disabled_at = created_at");
    home.app.refresh().await;
    let disabled = home.sets_off(&Agent::new(), &client, &[("idp_hint", "up")]).await;
    assert_eq!((disabled.status.as_u16(), disabled.url.path()), (200, "/login"));
}

#[tokio::test]
async fn prompt_none_never_leaves_for_a_provider() {
    let home = Home::new().await;
    let client = home.app.confidential_client("shop").await;
    home.defaults_to("shop", "up").await;
    let silent = [("prompt", "none"), ("idp_hint", "up")];
    let page = home.sets_off(&Agent::new(), &client, &silent).await;
    assert_redirect_error(&page, &home.app, &client, "login_required");
}

#[tokio::test]
async fn who_comes_back_without_a_sign_in_stays_on_the_login_page() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let client = home.app.confidential_client("shop").await;
    home.defaults_to("shop", "up").await;
    let agent = Agent::new();
    let gone = home.sets_off(&agent, &client, &[("idp_hint", "up")]).await;
    let trip = Trip { to: gone.location(), agent: agent.clone() };
    let path = format!("/auth/up/callback?error=access_denied&state={}", trip.param("state"));
    let page = agent.get(&home.at(&path)).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(page.has("#login-form") && page.has("#provider-hinted #provider-up"));
    let flow = page.form("#login-form").action().rsplit_once('=').unwrap().1.to_owned();
    let again = agent.get(&home.at(&format!("/oauth2/authorize/continue?flow={flow}"))).await;
    assert_eq!(again.follow_all().await.url.path(), "/login");
    let page = home.app.sign_in(page, ALICE).await;
    let answer = home.app.to_relying_party(page).await;
    assert!(answer.location_param("code").is_some(), "{}", answer.summary());
}

#[tokio::test]
async fn an_app_has_a_provider_of_its_own_until_that_is_removed() {
    let home = corp().await;
    let other = Upstream::start();
    home.add(home.provider("other", &other), |_| {}).await;
    let client = home.app.confidential_client("shop").await;
    home.defaults_to("shop", "other").await;
    let leads_to_other = |page: &Page| page.location().as_str().starts_with(&other.issuer());
    let gone = home.sets_off(&Agent::new(), &client, &[]).await;
    assert!(leads_to_other(&gone), "{}", gone.summary());
    // What the request says of the person, or of the provider, comes first.
    let gone = home.sets_off(&Agent::new(), &client, &[("login_hint", CORP)]).await;
    assert!(home.leads_there(&gone), "{}", gone.summary());
    let gone = home.sets_off(&Agent::new(), &client, &[("idp_hint", "up")]).await;
    assert!(home.leads_there(&gone), "{}", gone.summary());
    let gone = home.sets_off(&Agent::new(), &client, &[("idp_hint", "nobody")]).await;
    assert!(leads_to_other(&gone), "{}", gone.summary());
    let page = home.sets_off(&Agent::new(), &client, &[("prompt", "create")]).await;
    assert_eq!(page.url.path(), "/register", "{}", page.summary());
    home.statement("UPDATE providers SET disabled_at = created_at WHERE slug = 'other'");
    home.app.refresh().await;
    assert_eq!(home.sets_off(&Agent::new(), &client, &[]).await.url.path(), "/login");
    home.statement("DELETE FROM providers WHERE slug = 'other'");
    home.app.refresh().await;
    assert_eq!(home.sets_off(&Agent::new(), &client, &[]).await.url.path(), "/login");
    home.add(home.provider("other", &other), |_| {}).await;
    let page = home.sets_off(&Agent::new(), &client, &[]).await;
    assert_eq!(page.url.path(), "/login", "a name that is used again: {}", page.summary());
}

#[tokio::test]
async fn an_address_of_the_domain_signs_in_here_where_the_account_here_is_asked_for() {
    let home = corp().await;
    home.app.person(CORP).await;
    let agent = Agent::new();
    // Who came back from there, and is to say which account is theirs.
    let who = serde_json::json!({ "sub": "corp", "email": CORP, "email_verified": true });
    let page = home.signs_in(&agent, who).await;
    assert!(page.has("#arrival"), "{}", page.summary());
    let page = home.app.sign_in(page, CORP).await.follow_all().await;
    assert_eq!(page.url.path(), "/connect", "{}", page.summary());
    page.form("#connect-form").set("decision", "not-now").submit().await;
    // Who proves it anew.
    home.app.clock.advance(chrono::TimeDelta::hours(1));
    let page = agent.get(&home.at("/account/data/delete")).await.follow_all().await;
    let page = home.app.sign_in(page, CORP).await.follow_all().await;
    assert!(page.has("#delete-form"), "{}", page.summary());
    // Who found the provider away.
    let agent = Agent::new();
    let trip = home.leaves(&agent).await;
    let path = format!("/auth/up/callback?error=access_denied&state={}", trip.param("state"));
    let page = agent.get(&home.at(&path)).await;
    let page = home.app.sign_in(page, CORP).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
}
