//! An account that has a passkey and a mailbox, and nothing else.

use chrono::TimeDelta;
use latchkey::config::Profile;

use super::register::CAROL;
use super::{AS_IT_IS, World};
use crate::support::agent::{Agent, Page};
use crate::support::authenticator::Authenticator;
use crate::support::flow::{authorization_request, claims, code_request};

const LIST: &str = "/account/security/passkeys";
const NEW: &str = "a quite different one";

/// Carol, her passkey, and the browser in which she registered.
struct Carol {
    world: World,
    key: Authenticator,
    agent: Agent,
}

impl Carol {
    async fn new() -> Self {
        let world = World::new().await;
        let (agent, mut key) = (world.app.machine(), Authenticator::new());
        world.registers(&agent, CAROL, &mut key).await;
        Self { world, key, agent }
    }

    async fn signs_in(&mut self, agent: &Agent) -> bool {
        let page = self.world.sign_in(agent, &mut self.key, &AS_IT_IS).await;
        page.status == 303 && self.world.is_signed_in(agent).await
    }

    /// Proves with the passkey what a page asks for.
    async fn proves(&mut self, page: &Page) -> Page {
        let question = self.world.ask(page).await;
        let credential = self.key.get(&question.options, self.world.origin(), &AS_IT_IS);
        question.answer(&credential).submit().await
    }

    async fn removes(&self, agent: &Agent) -> Page {
        let page = agent.get(&self.world.app.at(LIST)).await;
        page.click("#passkeys a.button:last-child").await.form("#remove-passkey").submit().await
    }

    /// The link of the newest mail whose address begins so.
    async fn link(&self, path: &str) -> String {
        self.world.mailed(CAROL, path).await
    }
}

impl World {
    /// Signs in by a mailed code, as far as that goes.
    pub(super) async fn by_mail(&self, agent: &Agent, email: &str) -> Page {
        self.app.by_mail(self.login_page(agent).await, email).await
    }
}

#[tokio::test]
async fn case_215_mail_alone_lets_nobody_in_while_there_is_the_passkey() {
    let mut carol = Carol::new().await;
    let agent = carol.world.app.machine();
    let page = carol.world.by_mail(&agent, CAROL).await;
    assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
    assert!(!carol.world.is_signed_in(&agent).await);
    assert_eq!(carol.proves(&page).await.status, 303);
    assert!(carol.world.is_signed_in(&agent).await);
}

#[tokio::test]
async fn what_is_sensitive_and_what_an_app_insists_on_takes_the_passkey_anew() {
    let mut carol = Carol::new().await;
    let agent = carol.agent.clone();
    carol.world.app.clock.advance(TimeDelta::minutes(16));
    for path in [LIST, "/account/password", "/account/data/delete"] {
        let path = if path == LIST { "/account/security/passkeys/add" } else { path };
        let login = agent.get(&carol.world.app.at(path)).await.follow_all().await;
        assert_eq!(login.url.path(), "/login", "{path}: {}", login.summary());
        let back = carol.proves(&login).await.follow_all().await;
        assert_eq!(back.url.path(), path, "{}", back.summary());
        carol.world.app.clock.advance(TimeDelta::minutes(16));
    }
    let client = carol.world.app.confidential_client("notes").await;
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"urn:latchkey:acr:2fa"}}}"#;
    let params = authorization_request(&client).with("claims", essential).with("max_age", "60");
    let page = carol.world.app.authorize(&agent, &params).await.follow_all().await;
    assert_eq!(page.url.path(), "/login", "{}", page.summary());
    let page = carol.proves(&page).await;
    let onward = carol.world.app.to_relying_party(page).await;
    let code = onward.location_param("code").unwrap();
    let tokens = carol.world.app.token(&client, &code_request(&client, &code)).await.json();
    let token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(token["acr"], "urn:latchkey:acr:2fa");
}

#[tokio::test]
async fn case_239_the_passkey_stays_where_no_mail_is_sent_and_goes_where_it_is() {
    let mut carol = Carol::new().await;
    let app = &carol.world.app;
    let unmailed = app.node_with(|config| config.profile = Profile::Serve);
    assert!(!unmailed.node.identity().offers().mail);
    let ids = unmailed.node.identity();
    let user = ids.find_user(CAROL).await.unwrap().unwrap().user.id;
    let passkey = ids.passkeys(user).await.unwrap()[0].id;
    let remove = format!("{LIST}/{passkey}/remove");
    let page = carol.agent.get(&unmailed.at(&remove)).await;
    let refused = page.form("#remove-passkey").submit().await;
    assert_eq!(refused.status, 400, "{}", refused.summary());
    assert!(refused.text("#error-summary").contains("could not sign in"));
    assert!(carol.signs_in(&carol.world.app.machine()).await);
    // With mail the mailbox is the way in.
    let agent = carol.agent.clone();
    assert_eq!(carol.removes(&agent).await.status, 303);
    let other = carol.world.app.machine();
    assert!(!carol.signs_in(&other).await);
    let page = carol.world.by_mail(&other, CAROL).await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_eq!(carol.world.app.dump().matches("\nrecovery_codes ").count(), 0, "they go with it");
}

#[tokio::test]
async fn case_239_the_passkey_stays_where_a_second_factor_is_insisted_on() {
    let world = World::new().await;
    world.app.change_setting("second_factor", Some("required")).await.unwrap();
    world.app.refresh().await;
    let (agent, mut key) = (world.app.machine(), Authenticator::new());
    // It is two factors at once: nothing else is to be set up.
    let page = world.registers(&agent, CAROL, &mut key).await;
    assert_eq!(page.click("#kept").await.follow_all().await.url.path(), "/account");
    let carol = Carol { world, key, agent };
    let refused = carol.removes(&carol.agent).await;
    assert_eq!(refused.status, 400, "{}", refused.summary());
    assert!(refused.text("#error-summary").contains("the only one"), "{}", refused.summary());
}

#[tokio::test]
async fn an_account_without_a_password_gets_one_by_the_passkey_alone() {
    let mut carol = Carol::new().await;
    let page = carol.agent.get(&carol.world.app.at("/account/password")).await;
    assert!(!page.has("[name=current_password]"), "{}", page.summary());
    let form = page.form("#change-password-form").fill("password", NEW);
    let page = form.submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let agent = carol.world.app.machine();
    let page = carol.world.login_page(&agent).await.form("#login-form");
    let page = page.fill("identifier", CAROL).fill("password", NEW).submit().await;
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
    assert_eq!(carol.proves(&page).await.status, 303);
}

#[tokio::test]
async fn case_195_a_reset_gives_a_password_and_takes_no_passkey() {
    let mut carol = Carol::new().await;
    let app = &carol.world.app;
    app.clock.advance(TimeDelta::seconds(1));
    let reader = app.machine();
    let page = reader.get(&app.at("/forgot-password")).await;
    page.form("#forgot-form").fill("identifier", CAROL).submit().await;
    let link = carol.link("/set-password").await;
    let page = reader.get(&link).await.follow_all().await;
    let page = page.form("#set-password-form").fill("password", NEW).submit().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(!carol.world.is_signed_in(&carol.agent).await, "the session is over");
    let page = carol.world.login_page(&reader).await.form("#login-form");
    let page = page.fill("identifier", CAROL).fill("password", NEW).submit().await;
    let page = page.follow_all().await;
    assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
    assert!(!carol.world.is_signed_in(&reader).await);
    let agent = carol.world.app.machine();
    assert!(carol.signs_in(&agent).await, "and it goes on working");
}

#[tokio::test]
async fn somebody_elses_sign_in_is_disowned_and_the_passkey_lets_its_person_back_in() {
    let mut carol = Carol::new().await;
    carol.world.app.clock.advance(TimeDelta::days(2));
    let thief = carol.world.app.machine();
    assert!(carol.signs_in(&thief).await);
    let link = carol.link("/not-me").await;
    let reader = carol.world.app.machine();
    let page = reader.get(&link).await.follow_all().await;
    let page = page.form("#not-me-form").submit().await.follow_all().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(!carol.world.is_signed_in(&thief).await);
    assert!(!carol.world.is_signed_in(&carol.agent).await);
    let back = carol.world.app.machine();
    assert!(carol.signs_in(&back).await);
}

#[tokio::test]
async fn case_179_guesses_at_a_password_that_is_none_do_not_keep_the_passkey_out() {
    let mut carol = Carol::new().await;
    let stranger = carol.world.app.machine();
    let mut last = 0;
    for _ in 0..6 {
        let page = carol.world.login_page(&stranger).await;
        let form = page.form("#login-form").fill("identifier", CAROL).fill("password", "wrong");
        last = form.submit().await.status.as_u16();
    }
    assert_eq!(last, 429, "they are locked out");
    let agent = carol.world.app.machine();
    assert!(carol.signs_in(&agent).await);
}

#[tokio::test]
async fn case_307_it_is_deleted_and_brought_back_with_its_passkey() {
    let mut carol = Carol::new().await;
    let page = carol.agent.get(&carol.world.app.at("/account/data/delete")).await;
    let page = page.form("#delete-form").submit().await.follow_all().await;
    assert!(page.has("#deleted"), "{}", page.summary());
    let agent = carol.world.app.machine();
    assert!(!carol.signs_in(&agent).await);
    let link = carol.link("/restore-account").await;
    let page = agent.get(&link).await.follow_all().await;
    let page = page.form("#mailed-form").submit().await;
    assert!(page.has("#mailed-done"), "{}", page.summary());
    let agent = carol.world.app.machine();
    assert!(carol.signs_in(&agent).await);
}
