use serde_json::json;

use super::site;
use crate::support::browser::{Browser, BrowserOptions};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'";

/// `/` is a sound page whose script changes it; `/faulty` has a picture without a text.
fn page(line: &str) -> String {
    let html = |body: &str| {
        format!(
            "200 OK\nContent-Type: text/html; charset=utf-8\nContent-Security-Policy: {POLICY}\n\n\
             <!doctype html><html lang=en><meta name=viewport content='width=device-width'>\
             <title>Tools</title><main><h1>Tools</h1>{body}</main><script src=/script></script>"
        )
    };
    match line {
        line if line.contains("/script") => {
            "200 OK\nContent-Type: text/javascript\n\ndocument.title = 'Changed by a script';"
                .to_owned()
        }
        line if line.contains("/faulty") => html("<img src=/missing>"),
        line if line.contains("/wide") => html("<p>wide<table width=2000><td>"),
        _ => html(
            "<form method=post action=/sent><label>Name <input name=name></label><button>Send</button></form>",
        ),
    }
}

#[tokio::test]
async fn javascript_on_and_off() {
    let (url, _) = site::serve("127.0.0.1", page);
    for (javascript, title) in [(true, "Changed by a script"), (false, "Tools")] {
        let browser = Browser::start(BrowserOptions { javascript, ..Default::default() }).await;
        browser.goto(&url).await;
        assert_eq!(browser.title().await, title);
        browser.assert_accessible().await;
        browser.fill("input", "Ada").await;
        browser.click("button").await;
        browser.wait_for_url(|url| url.path() == "/sent").await;
        assert_eq!(browser.text("h1").await, "Tools");
    }
}

#[tokio::test]
async fn size_colours_and_language() {
    let (url, seen) = site::serve("127.0.0.1", page);
    let options = BrowserOptions {
        width: 320,
        height: 640,
        dark: true,
        language: "de",
        ..Default::default()
    };
    let browser = Browser::start(options).await;
    browser.goto(&url).await;
    assert_eq!(browser.execute("return [innerWidth, innerHeight]").await, json!([320, 640]));
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    assert_eq!(browser.execute(dark).await, json!(true));
    assert!(seen.recv().unwrap().header("accept-language").unwrap().starts_with("de"));
    assert!(!browser.scrolls_sideways().await);
    browser.goto(&format!("{url}/wide")).await;
    assert!(browser.scrolls_sideways().await);

    let browser = Browser::start(BrowserOptions::default()).await;
    browser.goto(&url).await;
    assert_eq!(browser.execute(dark).await, json!(false));
    assert_eq!(browser.execute("return innerWidth").await, json!(1280));
}

#[tokio::test]
async fn axe_finds_a_planted_fault() {
    let (url, _) = site::serve("127.0.0.1", page);
    for javascript in [false, true] {
        let browser = Browser::start(BrowserOptions { javascript, ..Default::default() }).await;
        browser.goto(&format!("{url}/faulty")).await;
        let findings = browser.axe().await;
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].starts_with("image-alt: "), "{findings:?}");
    }
}

#[tokio::test]
async fn a_screenshot_is_a_picture() {
    let (url, _) = site::serve("127.0.0.1", page);
    let browser = Browser::start(BrowserOptions::default()).await;
    browser.goto(&url).await;
    let path = browser.screenshot("harness").await;
    assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
}
