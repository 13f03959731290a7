//! What the demo relying party does without a provider.

use latchkey::kernel::env::Env;

use crate::support::agent::Agent;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::relying_party::{RelyingParty, Reserved};

fn start() -> RelyingParty {
    let reserved = Reserved::new();
    assert_eq!(reserved.redirect_uri(), format!("{}/callback", reserved.base_url));
    assert_eq!(reserved.post_logout_redirect_uri(), format!("{}/signed-out", reserved.base_url));
    // Nothing listens on port 1.
    reserved.start(Env::system(), "http://localhost:1", "acme-notes", None, &["openid"])
}

#[tokio::test]
async fn a_provider_that_does_not_answer_gets_a_page() {
    let app = start();
    let agent = Agent::new();
    let page = agent.get(&app.at("/")).await.form("#sign-in").submit().await;
    assert_eq!(page.status, 502);
    assert_eq!(page.text("h1"), "The sign-in service does not answer");
    assert!(page.has("form[action='/sign-in'] button"));
}

#[tokio::test]
async fn an_answer_nobody_asked_for_signs_nobody_in() {
    let app = start();
    let agent = Agent::new();
    for query in ["", "?code=a&state=b", "?error=access_denied&state=b", "?state=a&state=b&code=c"]
    {
        let page = agent.get(&app.at(&format!("/callback{query}"))).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.has("#error"));
    }
    assert_eq!(agent.get(&app.at("/session.json")).await.json()["signed_in"], false);
    assert_eq!(agent.cookies("127.0.0.1").len(), 0);
}

#[tokio::test]
async fn forms_of_other_sites_change_nothing() {
    let app = start();
    for path in ["/sign-in", "/refresh", "/userinfo", "/sign-out"] {
        let page = Agent::new().post_from("http://localhost:8080", &app.at(path), &[]).await;
        assert_eq!(page.status, 403, "{path}");
    }
}

#[tokio::test]
async fn its_pages_are_accessible_at_320_pixels() {
    let app = start();
    for dark in [false, true] {
        let options = BrowserOptions { dark, width: 320, javascript: false, ..Default::default() };
        let browser = Browser::start(options).await;
        let theme = if dark { "dark" } else { "light" };
        for (path, name) in
            [("/", "welcome"), ("/signed-out", "signed-out"), ("/callback", "error")]
        {
            browser.goto(&app.at(path)).await;
            browser.wait_for("h1").await;
            if browser.has("details:not([open])").await {
                browser.click("summary").await;
            }
            browser.screenshot(&format!("relying-party-{name}-{theme}")).await;
            browser.assert_accessible().await;
        }
    }
}
