//! More than a node can do at once: it does what it can, tells the rest to come back, and recovers.

mod hashing;
mod panics;
mod pool;
mod requests;

use crate::support::agent::{Agent, Form, Page};
use crate::support::app::{Running, TestApp};
use crate::support::flow::assert_page;

/// An account's address.
const ALICE: &str = "alice@example.com";

/// The same at another node than the issuer's.
async fn login_form_at(app: &TestApp, node: &Running, password: &str) -> Form {
    let agent = app.machine().with_header("origin", app.issuer());
    let login = agent.get(&node.at("/account")).await.follow_all().await;
    login.form("#login-form").fill("identifier", ALICE).fill("password", password)
}

/// The login page's form in a fresh browser, filled in.
async fn login_form(app: &TestApp, identifier: &str, password: &str) -> Form {
    let login = Agent::new().get(&app.at("/account")).await.follow_all().await;
    login.form("#login-form").fill("identifier", identifier).fill("password", password)
}

/// The page that asks to come back in a moment.
#[track_caller]
fn assert_busy(page: &Page) {
    assert_page(page, 503);
    let seconds: u32 = page.header("retry-after").expect("when to come back").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(page.has("#error-what") && !page.has("#login-form"), "{}", page.summary());
}
