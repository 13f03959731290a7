//! Another Latchkey as the provider, over real HTTP: two servers, each with a database of its own, that know
//! of each other what a client and a provider know.

use chrono::TimeDelta;
use latchkey::config::Profile;
use latchkey::crypto::keyring::Spare;
use latchkey::domain::client::AuthMethod;
use latchkey::kernel::urls::Issuer;
use latchkey::protocol::keys;
use serde_json::{Value, json};

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, Params, authorization_request, claims, code_request};
use crate::support::second_factor::give_code;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
/// Has an account here only.
const CAROL: &str = "carol@example.com";

struct Two {
    here: TestApp,
    there: TestApp,
    /// What one of them is to the other.
    client: Client,
}

impl Two {
    /// With `more` flags of `latchkey provider add`.
    async fn new(more: &[&str]) -> Self {
        Self::with(AuthMethod::ClientSecretBasic, more).await
    }

    async fn with(method: AuthMethod, more: &[&str]) -> Self {
        let two = Self::strangers(method).await;
        let added = two.add(two.client.secret.as_ref().unwrap(), more).await.ok();
        let redirect_uri = &two.client.redirect_uri;
        assert!(added.out.contains(&format!("{redirect_uri}\n")), "{}", added.out);
        assert!(!added.out.contains("not checked"), "{}", added.out);
        two
    }

    /// Before the command.
    async fn strangers(method: AuthMethod) -> Self {
        let here = TestApp::start_configured(|config| config.profile = Profile::Dev { port: None });
        let there = TestApp::start_configured(|config| {
            // Another site than `localhost`.
            let issuer = config.issuer.as_str().replace("localhost", "127.0.0.1");
            config.issuer = Issuer::parse(&issuer).unwrap();
        });
        let registration = there.registration("latchkey").name("Here").auth_method(method);
        let callback = here.at("/auth/there/callback");
        let client = there.client(registration.redirect_uri(&callback)).await;
        for email in [ADA, BOB] {
            there.person(email).await;
        }
        here.person(CAROL).await;
        Self { here, there, client }
    }

    async fn add(&self, secret: &str, more: &[&str]) -> crate::cli::installation::Ended {
        let more = [&["--client-secret-stdin"], more].concat();
        self.here.add_by_command("there", self.there.issuer(), &self.client.id, secret, &more).await
    }

    /// Time passes on both.
    fn wait(&self, time: TimeDelta) {
        self.here.clock.advance(time);
        self.there.clock.advance(time);
    }

    /// Presses the button of the login page here that `page` is or leads to.
    async fn leaves(&self, page: Page) -> Page {
        let page = page.follow_all().await;
        assert!(page.has("#provider-there"), "{}", page.summary());
        self.walk(page.click("#provider-there").await).await
    }

    /// From the account pages here.
    async fn leaves_in(&self, agent: &Agent) -> Page {
        self.leaves(agent.get(&self.here.at("/login")).await).await
    }

    fn is_there(&self, page: &Page) -> bool {
        page.url.as_str().starts_with(self.there.issuer())
    }

    /// Follows redirects of the two, and allows what is asked there, up to a page or the way to an app.
    async fn walk(&self, mut page: Page) -> Page {
        for _ in 0..30 {
            if page.status.is_redirection() {
                let to = page.location();
                let is_of = |app: &TestApp| to.as_str().starts_with(app.issuer());
                if !is_of(&self.here) && !is_of(&self.there) {
                    return page;
                }
                page = page.follow().await;
            } else if self.is_there(&page) && page.has("#consent-form") {
                page = page.form("#allow").submit().await;
            } else {
                return page;
            }
        }
        panic!("a circle at {}", page.url);
    }

    /// Signs in on the page there.
    async fn signs_in_there(&self, page: Page, email: &str) -> Page {
        assert!(self.is_there(&page) && page.has("#login-form"), "{}", page.summary());
        self.walk(self.there.sign_in(page, email).await).await
    }

    /// All of it, to the account pages here.
    async fn signs_in(&self, agent: &Agent, email: &str) {
        let page = self.signs_in_there(self.leaves_in(agent).await, email).await;
        assert_eq!(page.url.as_str(), self.here.at("/account"), "{}", page.summary());
    }

    /// What the account pages here say of the identity there.
    async fn connected(&self, agent: &Agent) -> String {
        agent.get(&self.here.at("/account/providers")).await.text("#providers")
    }

    /// The claims of the ID token that an app gets here, at the end of `page`.
    async fn told(&self, app: &Client, page: Page) -> Value {
        let page = self.here.to_relying_party(page).await;
        let code = page.location_param("code").expect("a code");
        let tokens = self.here.token(app, &code_request(app, &code)).await;
        assert_eq!(tokens.status, 200, "{}", tokens.summary());
        claims(tokens.json()["id_token"].as_str().unwrap())
    }

    async fn authorize(&self, agent: &Agent, request: &Params) -> Page {
        self.here.authorize(agent, request).await
    }
}

#[tokio::test]
async fn somebody_signs_in_with_another_latchkey() {
    for (method, flag) in [
        (AuthMethod::ClientSecretBasic, "client_secret_basic"),
        (AuthMethod::ClientSecretPost, "client_secret_post"),
        (AuthMethod::None, "none"),
    ] {
        let two = Two::strangers(method).await;
        let secret = two.client.secret.clone().unwrap_or_default();
        let how = if secret.is_empty() { &[][..] } else { &["--client-secret-stdin"] };
        let more = [&["--auth-method", flag], how].concat();
        let (issuer, id) = (two.there.issuer(), &two.client.id);
        two.here.add_by_command("there", issuer, id, &secret, &more).await.ok();
        let agent = Agent::new();
        two.signs_in(&agent, ADA).await;
        assert!(two.connected(&agent).await.contains(ADA));
        // And once more, to the same account.
        let before = two.here.rows("users");
        two.here.sign_out(&agent).await;
        let page = two.leaves_in(&agent).await;
        assert_eq!(page.url.as_str(), two.here.at("/account"), "the session there is enough");
        assert_eq!(two.here.rows("users"), before);
    }
}

#[tokio::test]
async fn a_way_to_prove_oneself_that_is_not_there_is_told_at_once() {
    let two = Two::strangers(AuthMethod::ClientSecretBasic).await;
    let (pem, _) = crate::support::upstream::client_key();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let key = ["--auth-method", "private_key_jwt", "--key-id", "k1", "--private-key-file"];
    let more = [&key[..], &[file.path().to_str().unwrap()]].concat();
    let (issuer, id) = (two.there.issuer(), &two.client.id);
    let ended = two.here.add_by_command("there", issuer, id, "", &more).await;
    ended.refused(3, &["--auth-method"]);
    // A wrong secret is not, because nobody is asked for a token until somebody comes.
    two.add("lk_cs_another", &[]).await.ok();
    let page = two.signs_in_there(two.leaves_in(&Agent::new()).await, ADA).await;
    assert_eq!((page.status.as_u16(), page.has("#login-form")), (400, true), "{}", page.summary());
    assert!(!two.is_there(&page) && page.has("#error-summary"));
}

#[tokio::test]
async fn two_factors_there_are_two_factors_here() {
    let two = Two::new(&["--counts-as-second-factor", "when-said"]).await;
    let phone = two.there.add_app(ADA).await;
    two.wait(TimeDelta::seconds(60));
    let app = two.here.confidential_client("shop").await;
    let request = authorization_request(&app).with("acr_values", "urn:latchkey:acr:2fa");
    let page = two.leaves(two.authorize(&Agent::new(), &request).await).await;
    let page = two.signs_in_there(page, ADA).await;
    assert!(two.is_there(&page) && page.has("#second-factor-form"), "{}", page.summary());
    let page = two.walk(give_code(&page, &phone.code(&two.there)).await).await;
    let told = two.told(&app, page).await;
    assert_eq!(told["acr"], "urn:latchkey:acr:2fa");
    assert_eq!(told["amr"], json!(["otp", "pwd", "mfa"]));
}

#[tokio::test]
async fn one_factor_there_is_followed_by_a_second_one_here() {
    let two = Two::new(&["--counts-as-second-factor", "when-said"]).await;
    two.here.change_setting("second_factor", Some("required")).await.unwrap();
    two.here.refresh().await;
    let page = two.signs_in_there(two.leaves_in(&Agent::new()).await, ADA).await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    assert!(!two.is_there(&page));
}

#[tokio::test]
async fn when_somebody_signed_in_there_is_told_and_asked_anew_where_that_is_too_long_ago() {
    let two = Two::new(&[]).await;
    let agent = Agent::new();
    let page = agent.get(&two.there.at("/login")).await;
    let since = two.there.now().timestamp();
    two.walk(two.there.sign_in(page, ADA).await).await;
    two.wait(TimeDelta::minutes(10));
    let app = two.here.confidential_client("shop").await;
    let request = authorization_request(&app);
    // Nobody is asked there, and an old sign-in is not told as a new one.
    let page = two.leaves(two.authorize(&agent, &request).await).await;
    assert!(!two.is_there(&page), "{}", page.summary());
    let told = two.told(&app, page).await;
    assert_eq!((&told["auth_time"], &told["amr"]), (&json!(since), &json!(["pwd"])));

    for (name, value) in [("max_age", "60"), ("prompt", "login")] {
        let page = two.authorize(&agent, &request.clone().with(name, value)).await;
        let page = two.leaves(page).await;
        assert!(two.is_there(&page) && page.has("#login-form"), "{name}: {}", page.summary());
        two.wait(TimeDelta::seconds(1));
        let now = two.there.now().min(two.here.now()).timestamp();
        let told = two.told(&app, two.signs_in_there(page, ADA).await).await;
        assert_eq!(told["auth_time"], now, "{name}");
    }
}

#[tokio::test]
async fn somebody_else_there_is_somebody_else_here() {
    let two = Two::new(&[]).await;
    let agent = Agent::new();
    two.signs_in(&agent, ADA).await;
    two.here.sign_out(&agent).await;
    two.there.sign_out(&agent).await;
    two.signs_in(&agent, BOB).await;
    let connected = two.connected(&agent).await;
    assert!(connected.contains(BOB) && !connected.contains(ADA), "{connected}");
    // With Carol's.
    assert_eq!(two.here.rows("users"), 3);
}

#[tokio::test]
async fn who_does_not_allow_it_there_comes_back_to_the_other_ways_in() {
    let two = Two::new(&[]).await;
    let agent = Agent::new();
    let page = two.leaves_in(&agent).await;
    let page = two.there.sign_in(page, ADA).await.follow_all().await;
    assert!(two.is_there(&page) && page.has("#consent-form"), "{}", page.summary());
    assert!(page.text("h1").contains("Here"), "{}", page.summary());
    let page = two.walk(page.form("#deny").submit().await).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(page.text("#error-summary").contains("did not finish"), "{}", page.summary());
    assert!(page.has("#provider-there"));
    let page = two.here.sign_in(page, CAROL).await.follow_all().await;
    assert_eq!(page.url.as_str(), two.here.at("/account"), "{}", page.summary());
}

#[tokio::test]
async fn case_f14_new_keys_there_are_followed_without_a_restart() {
    let two = Two::new(&[]).await;
    let agent = Agent::new();
    two.signs_in(&agent, ADA).await;
    two.here.sign_out(&agent).await;
    let published = || async {
        let keys = agent.get(&two.there.at("/oauth2/jwks")).await.json();
        let keys = keys["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = published().await;
    // Two in a row: the first one to take over was published before, and may be known here.
    for _ in 0..2 {
        two.wait(TimeDelta::minutes(2));
        let db = two.there.node().db();
        let stored = db.load(|tx| tx.signing_keys().list()).await.unwrap();
        let chain = latchkey::domain::signing_key::schedule::KeyChain::new(stored);
        let seen = chain.signing(two.there.now()).unwrap().kid.clone();
        let (keeper, spare) = (two.there.keeper(), Spare::make().unwrap());
        let rotated = db.write(move |tx| keys::rotate(tx, &keeper, &seen, Some(spare), true)).await;
        rotated.unwrap().unwrap();
        two.there.refresh().await;
    }
    two.wait(TimeDelta::minutes(2));
    let after = published().await;
    assert!(after.iter().any(|kid| !before.contains(kid)), "{before:?} {after:?}");
    let page = two.leaves_in(&agent).await;
    assert_eq!(page.url.as_str(), two.here.at("/account"), "{}", page.summary());
}

#[tokio::test]
async fn case_f12_a_provider_that_was_stopped_keeps_nobody_from_signing_in_here() {
    let two = Two::new(&[]).await;
    let agent = Agent::new();
    let page = two.leaves_in(&agent).await;
    let mut page = two.there.sign_in(page, ADA).await;
    while !page.location().as_str().starts_with(two.here.issuer()) {
        page = page.follow().await;
        if page.has("#consent-form") {
            page = page.form("#allow").submit().await;
        }
    }
    let Two { here, there, .. } = two;
    drop(there);
    // The code is there, and nobody to redeem it.
    let page = page.follow().await;
    assert_eq!(page.status, 503, "{}", page.summary());
    let says = page.text("#error-summary");
    assert!(says.contains("Sign in another way, or try again in a few minutes"), "{says}");
    let page = here.sign_in(page, CAROL).await.follow_all().await;
    assert_eq!(page.url.as_str(), here.at("/account"), "{}", page.summary());

    // A node that never heard of the provider's metadata, as often as somebody tries.
    let mut here = here;
    here.restart();
    for _ in 0..4 {
        let page = Agent::new().get(&here.at("/login")).await.follow_all().await;
        let page = page.click("#provider-there").await;
        assert_eq!((page.status.as_u16(), page.has("#login-form")), (503, true));
        let page = here.sign_in(page, CAROL).await.follow_all().await;
        assert_eq!(page.url.as_str(), here.at("/account"), "{}", page.summary());
    }
}
