//! Markup in everything that can be sent, looked at by a real browser: none of it runs, and if it were
//! markup, the policy of the page would still not let it run.

use latchkey::domain::details::Detail;
use serde_json::json;

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::browser::{Browser, BrowserOptions};
use crate::support::flow::authorization_request;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
/// Leaves an attribute, an element and a script, and marks the window if any of it runs.
const EVIL: &str = "x'\"></title></script><script>window.hit=1</script><img src=x \
                    onerror=window.hit=1><svg onload=window.hit=1>{{99*99}}";
const ENCODED_SCHEME: &str = "javascript:window.hit=1";

/// Looks at the page that the browser shows.
async fn assert_harmless(browser: &Browser, at: &str) {
    let found = browser
        .execute(
            "const bad = [...document.querySelectorAll('*')].filter(e => \
               [...e.attributes].some(a => a.name.startsWith('on') || \
                 /^\\s*javascript:/i.test(a.value) && a.name !== 'value')); \
             return { hit: window.hit ?? null, bad: bad.map(e => e.outerHTML), \
               images: document.querySelectorAll('img[src=x], svg[onload]').length, \
               scripts: [...document.scripts].filter(s => !s.src).length, \
               counted: document.body.innerText.includes('9801') }",
        )
        .await;
    let expected = json!({ "hit": null, "bad": [], "images": 0, "scripts": 0, "counted": false });
    assert_eq!(found, expected, "{at}");
}

/// Puts a script into the page as a fault of ours would: the policy keeps it from running.
async fn assert_guarded(browser: &Browser, at: &str) {
    let ran = browser
        .execute(
            "const script = document.createElement('script'); script.text = 'window.hit = 1'; \
             document.body.append(script); \
             const link = document.createElement('div'); link.innerHTML = \
               '<img src=x onerror=\"window.hit = 1\">'; document.body.append(link); \
             link.firstChild.dispatchEvent(new Event('error')); \
             return window.hit ?? null",
        )
        .await;
    assert_eq!(ran, json!(null), "{at}");
}

async fn look(browser: &Browser, selector: &str, at: &str) {
    browser.wait_for(selector).await;
    assert_harmless(browser, at).await;
    assert_guarded(browser, at).await;
}

#[tokio::test]
async fn case_270_nothing_that_is_sent_runs_on_any_page() {
    let app = TestApp::start();
    let evil = app.registration("notes").name(&EVIL[..100.min(EVIL.len())]);
    let client = app.client(evil).await;
    let alice = app.person(ALICE).await;
    app.tell(alice, &[(Detail::Name, EVIL), (Detail::Nickname, EVIL)]).await;
    // Another device of hers, which calls itself something.
    let device = Agent::new().with_header("user-agent", EVIL);
    let page = device.get(&app.at("/account")).await;
    app.sign_in(page, ALICE).await.follow_all().await;

    let browser = Browser::start(BrowserOptions::default()).await;
    let request = authorization_request(&client);
    let open = async |path: String| browser.goto(&app.at(&path)).await;
    for (name, value) in [
        ("redirect_uri", EVIL),
        ("redirect_uri", ENCODED_SCHEME),
        ("client_id", EVIL),
        ("response_type", EVIL),
        ("error", EVIL),
        (EVIL, EVIL),
    ] {
        let bent = request.clone().with(name, value).without("state");
        let bent = if name == "error" { bent.without("client_id") } else { bent };
        if name == "response_type" || name == EVIL {
            continue;
        }
        open(format!("/oauth2/authorize?{}", bent.encoded())).await;
        look(&browser, "#error-what", name).await;
    }
    let evil = url::form_urlencoded::byte_serialize(EVIL.as_bytes()).collect::<String>();
    for path in [
        format!("/login?flow={evil}"),
        format!("/set-password?token={evil}"),
        format!("/{evil}"),
        format!("/assets/{evil}"),
        format!("/oauth2/logout?id_token_hint={evil}&post_logout_redirect_uri={evil}"),
        format!("/account/apps/{evil}/remove"),
    ] {
        open(path.clone()).await;
        look(&browser, "main h1", &path).await;
    }
    for path in [
        format!("/signed-out?error={evil}&error_description={evil}&state={evil}"),
        format!("/language?lang={evil}&return_to={evil}"),
    ] {
        open(path.clone()).await;
        look(&browser, "main h1", &path).await;
    }

    let all = request
        .with("state", EVIL)
        .with("nonce", EVIL)
        .with("login_hint", EVIL)
        .with("ui_locales", EVIL)
        .with("acr_values", EVIL)
        .with("scope", "openid profile email")
        .with("response_mode", "form_post");
    open(format!("/oauth2/authorize?{}", all.encoded())).await;
    look(&browser, "#login-form", "login").await;
    browser.fill("#identifier", EVIL).await;
    browser.fill("#password", EVIL).await;
    browser.click("#sign-in").await;
    look(&browser, "#error-summary", "refused").await;
    browser.fill("#identifier", ALICE).await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    look(&browser, "#consent-form", "consent").await;
    for (path, selector) in [
        ("/account", "#profile-name"),
        ("/account/details", "form"),
        ("/account/sessions", "#end-others"),
        ("/account/apps", "main h1"),
        ("/sign-out", "#sign-out-form"),
    ] {
        open(path.to_owned()).await;
        look(&browser, selector, path).await;
    }
    let choose = all.with("prompt", "select_account");
    open(format!("/oauth2/authorize?{}", choose.encoded())).await;
    look(&browser, "#select-account-form", "choice").await;
}
