//! Apache with its `mod_auth_openidc` in front of a page.
//!
//! Besides issuer, id and secret it is told its own callback, the passphrase of its cookies and the
//! scopes of the pages; plain http it speaks without being told.

use latchkey::domain::client::{AuthMethod, PkcePolicy};

use super::web_server::{Apache, Port};
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::flow::Client;

const ALICE: &str = "alice@example.com";

struct Site {
    app: TestApp,
    apache: Apache,
    agent: Agent,
}

impl Site {
    fn start_with(app: TestApp, port: Port, client: &Client, more: &str) -> Self {
        let apache = Apache::start(port, app.issuer(), client, more);
        Self { app, apache, agent: Agent::new() }
    }

    async fn start(more: &str) -> Self {
        let (app, port, client) = registered().await;
        Self::start_with(app, port, &client, more)
    }

    /// Opens a page, signs in and allows; ends at what the site answers to the callback.
    async fn visit(&self, path: &str) -> Page {
        let page = self.agent.get(&self.apache.at(path)).await;
        let page = self.app.sign_in(page, ALICE).await;
        self.app.to_relying_party(page).await.follow().await
    }

    /// Where the site sends a browser that it does not know.
    async fn asks_anew(&self, path: &str) -> bool {
        let page = self.agent.get(&self.apache.at(path)).await;
        page.status == 302 && page.location().as_str().starts_with(self.app.issuer())
    }
}

async fn registered() -> (TestApp, Port, Client) {
    let app = TestApp::start();
    app.person(ALICE).await;
    let port = Port::reserve();
    // What `client add` registers.
    assert_eq!(PkcePolicy::default_for(AuthMethod::ClientSecretBasic), PkcePolicy::NonceSuffices);
    let registration = app
        .registration("notes")
        .nonce_suffices()
        .redirect_uri(&format!("{}/private/callback", port.site))
        .post_logout_redirect_uri(&format!("{}/signed-out", port.site));
    let client = app.client(registration).await;
    (app, port, client)
}

#[tokio::test]
async fn a_page_is_shown_to_who_signed_in() {
    let site = Site::start("").await;
    let page = site.visit("/private/page").await;
    assert_eq!(page.location().as_str(), site.apache.at("/private/page"));
    let page = page.follow().await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "private/page"));
    assert_eq!(page.header("x-email"), Some(ALICE));
    assert!(page.header("x-sub").is_some_and(|sub| sub.len() > 10), "{:?}", page.headers);
}

#[tokio::test]
async fn signing_out_ends_both_sessions() {
    let site = Site::start("").await;
    site.visit("/private/page").await;
    assert!(!site.asks_anew("/private/page").await);
    let back = site.apache.at("/signed-out");
    let logout = format!("{}?logout={back}", site.apache.at("/private/callback"));
    let page = site.agent.get(&logout).await;
    assert_eq!(page.location().path(), "/oauth2/logout");
    let page = page.follow_all().await;
    assert_eq!((page.url.as_str(), page.body.as_str()), (back.as_str(), "signed-out"));
    assert!(site.asks_anew("/private/page").await);
    let page = site.agent.get(&site.apache.at("/private/page")).await.follow().await;
    assert_eq!(page.location().path(), "/login", "the provider asks for the password again");
}

#[tokio::test]
async fn a_page_for_a_role_is_shown_to_who_has_it() {
    for administrator in [true, false] {
        let site = Site::start("").await;
        if administrator {
            site.app.give_role(ALICE, "administrator").await;
        }
        let page = site.visit("/administrators/page").await.follow().await;
        let (status, roles) =
            if administrator { (200, Some("administrator")) } else { (401, None) };
        assert_eq!(page.status, status, "{}", page.summary());
        assert_eq!(page.header("x-roles").filter(|roles| !roles.is_empty()), roles);
    }
}

#[tokio::test]
async fn it_refreshes_its_tokens() {
    let site = Site::start("").await;
    let page = site.visit("/private/page").await.follow().await;
    let first = page.header("x-access-token").unwrap().to_owned();
    let refresh = |token: &str| {
        let back = site.apache.at("/private/page");
        let callback = site.apache.at("/private/callback");
        format!("{callback}?refresh={back}&access_token={token}")
    };
    let page = site.agent.get(&refresh(&first)).await.follow().await;
    let second = page.header("x-access-token").unwrap().to_owned();
    assert_ne!(first, second, "{}", page.summary());
    assert_eq!(site.app.userinfo(&second).await.status, 200);

    site.app.sign_out(&site.agent).await;
    let page = site.agent.get(&refresh(&second)).await;
    assert_eq!(page.location_param("error_code").as_deref(), Some("refresh_failed"));
    assert!(site.apache.log().contains("invalid_grant"), "{}", site.apache.log());
}

/// An error in the address this module takes for something else when it names its issuer, as RFC 9207
/// §2 wants it to: whoever declined sees an error, of other words. A form it reads as it should.
#[tokio::test]
async fn a_denial_arrives() {
    for (mode, word) in [("query", "Error"), ("form_post", "access_denied")] {
        let site = Site::start(&format!("OIDCResponseMode {mode}")).await;
        let page = site.agent.get(&site.apache.at("/private/page")).await;
        let page = site.app.sign_in(page, ALICE).await.follow_all().await;
        let page = page.form("#deny").submit().await.follow_all().await;
        let page = if mode == "query" { page } else { post_back(&site.agent, &page).await };
        let callback = site.apache.at("/private/callback");
        assert!(page.url.as_str().starts_with(&callback), "{}", page.url);
        assert!(page.body.contains(word), "{}", page.summary());
        assert!(site.asks_anew("/private/page").await);
    }
}

/// Presses the button on the page that brings the answer as a form. The module's cookie has no
/// `SameSite`, and browsers send one that is so young along with a form of another site.
async fn post_back(agent: &Agent, page: &Page) -> Page {
    let form = page.form("#form-post");
    let fields = ["error", "state", "iss"].map(|name| (name, form.value(name).unwrap()));
    agent.post(form.action(), &fields).await
}

#[tokio::test]
async fn a_wrong_secret_is_understood() {
    let (app, port, client) = registered().await;
    let wrong = Client { secret: Some("lk_cs_wrong".to_owned()), ..client };
    let site = Site::start_with(app, port, &wrong, "");
    let page = site.visit("/private/page").await;
    assert!(!page.status.is_redirection(), "{}", page.summary());
    assert!(site.apache.log().contains("invalid_client"), "{}", site.apache.log());
    assert!(site.asks_anew("/private/page").await);
}

#[tokio::test]
async fn it_proves_itself_in_the_header_and_in_the_body() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let site = Site::start(&format!("OIDCProviderTokenEndpointAuth {method}")).await;
        let page = site.visit("/private/page").await.follow().await;
        assert_eq!(page.header("x-email"), Some(ALICE), "{method}");
    }
}

/// RFC 9700 §4.5 and RFC 9207 §2.4: without PKCE it is the nonce that tells.
#[tokio::test]
async fn an_answer_to_another_sign_in_is_refused() {
    let site = Site::start("").await;
    let answer = async || {
        let page = site.agent.get(&site.apache.at("/private/page")).await;
        let at_login = page.follow().await;
        let page = if at_login.status.is_redirection() && at_login.location().path() == "/login" {
            site.app.sign_in(at_login, ALICE).await
        } else {
            at_login
        };
        site.app.to_relying_party(page).await.location()
    };
    let (mine, theirs) = (answer().await, answer().await);
    let param = |url: &url::Url, name: &str| {
        url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned()
    };
    let with = |name: &str, value: &str| mine.as_str().replace(&param(&mine, name), value);
    for (url, why) in [
        // A version that sends a challenge by itself is refused before it sees the nonce.
        (with("code", &param(&theirs, "code")), ["nonce", "invalid_grant"]),
        (with("state", "another-state"), ["state", "state"]),
        (answer_of_another(&answer().await), ["issuer", "issuer"]),
    ] {
        let before = site.apache.log().len();
        let page = site.agent.get(&url).await;
        assert!(!page.status.is_redirection(), "{}", page.summary());
        let said = site.apache.log().split_off(before);
        assert!(why.iter().any(|word| said.contains(word)), "no word of {why:?} in {said}");
    }
    assert!(site.asks_anew("/private/page").await);
}

/// The same answer as if it came from another provider.
fn answer_of_another(url: &url::Url) -> String {
    let pairs = url.query_pairs().into_owned().map(|(name, value)| match name.as_str() {
        "iss" => (name, "http://localhost:1".to_owned()),
        _ => (name, value),
    });
    let pairs: Vec<_> = pairs.collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed.into()
}

/// In a browser that runs scripts, which the page with the form sends on by itself.
#[tokio::test]
async fn it_takes_the_answer_as_a_form() {
    let site = Site::start("OIDCResponseMode form_post").await;
    let browser = Browser::start(BrowserOptions::default()).await;
    browser.goto(&site.apache.at("/private/page")).await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", crate::support::people::PASSWORD).await;
    browser.click("#sign-in").await;
    browser.wait_for("#consent-form").await;
    browser.click("#allow").await;
    let page = site.apache.at("/private/page");
    browser.wait_for_url(|url| url.as_str() == page).await;
    assert_eq!(browser.text("body").await, "private/page");
}
