//! Links in mail that do nothing: each page has its way on, and tells nothing of what was behind the link.

use chrono::TimeDelta;
use latchkey::config::Profile;

use super::links::{ask, opened};
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::assert_page;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
/// Well-formed, and nobody's.
const NOBODYS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What the page says, and where it leads.
fn told(page: &Page) -> (String, String, Vec<Option<String>>) {
    assert_page(page, 400);
    let next = ["#next", "#next-2"].map(|id| page.attribute(id, "href"));
    (page.text("#error-what"), page.text("#error-advice"), next.to_vec())
}

fn ways(hrefs: &[&str]) -> Vec<Option<String>> {
    let all = hrefs.iter().map(|href| Some((*href).to_owned())).chain([None, None]);
    all.take(2).collect()
}

#[tokio::test]
async fn case_199_every_kind_has_its_way_on_whatever_is_behind_the_secret() {
    let app = TestApp::start();
    app.person(ALICE).await;
    for (path, next) in [
        ("/sign-in-link", &["/login"] as &[&str]),
        ("/confirm-address", &["/register", "/account/addresses"]),
        ("/keep-address", &["/forgot-password"]),
        ("/restore-account", &["/forgot-password"]),
        ("/not-me", &["/forgot-password"]),
        ("/set-password", &["/forgot-password"]),
    ] {
        let mut seen = vec![];
        for query in ["", "?token=x", "?token=", &format!("?token={NOBODYS}")] {
            let page = opened(&Agent::new(), &app.at(&format!("{path}{query}"))).await;
            let it = told(&page);
            assert_eq!(it.2, ways(next), "{path}{query}");
            seen.push(it);
        }
        assert!(seen.iter().all(|it| *it == seen[0]), "{path}: {seen:?}");
    }
    // Those that were links once say the same.
    let unknown = |path: &str| app.at(&format!("{path}?token={NOBODYS}"));
    let agent = Agent::new();
    ask(&app, &agent, ALICE).await;
    let link = app.mailed_link(ALICE).await;
    let register = agent.get(&app.at("/register")).await.follow_all().await;
    let form = register.form("#register-form").fill("email", BOB);
    form.fill("password", "a long one 17").submit().await;
    let confirm = app.mailed_link(BOB).await;
    let page = opened(&agent, &confirm).await;
    app.clock.advance(TimeDelta::minutes(10));
    let pressed = page.form("#mailed-link-form").submit().await;
    let none = opened(&Agent::new(), &unknown("/confirm-address")).await;
    for page in [pressed, opened(&agent, &confirm).await, opened(&Agent::new(), &confirm).await] {
        assert_eq!(told(&page), told(&none));
    }
    let none = opened(&Agent::new(), &unknown("/sign-in-link")).await;
    assert_eq!(told(&opened(&agent, &link).await), told(&none));
}

#[tokio::test]
async fn the_ways_on_lead_there() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = Agent::new();
    let dead = opened(&agent, &app.at("/confirm-address")).await;
    assert!(dead.click("#next").await.follow_all().await.has("#register-form"));
    let page = dead.click("#next-2").await.follow_all().await;
    assert!(page.has("#login-form"), "{}", page.summary());
    let dead = opened(&agent, &app.at("/sign-in-link")).await;
    let page = dead.click("#next").await.follow_all().await;
    assert!(page.has("#email-code"), "{}", page.summary());
    // Whoever is signed in has an account.
    app.sign_in(page, ALICE).await.follow_all().await;
    let dead = opened(&agent, &app.at("/confirm-address")).await;
    assert_eq!(told(&dead).2, ways(&["/account/addresses"]));
    assert!(dead.click("#next").await.has("#addresses"));
}

#[tokio::test]
async fn where_no_mail_is_sent_a_dead_link_says_whom_to_ask() {
    let app = TestApp::start_configured(|config| config.profile = Profile::Serve);
    for path in ["/keep-address", "/restore-account", "/not-me"] {
        let (_, advice, next) = told(&opened(&Agent::new(), &app.at(path)).await);
        assert!(advice.contains("whoever runs this service"), "{path}: {advice}");
        assert_eq!(next, ways(&[]));
    }
    let (_, advice, next) = told(&opened(&Agent::new(), &app.at("/confirm-address")).await);
    assert!(!advice.contains("creating"), "{advice}");
    assert_eq!(next, ways(&["/account/addresses"]));
}
