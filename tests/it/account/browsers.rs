//! The browsers that an account knows (case 263).

use super::{ALICE, BOB, Home};
use crate::support::agent::Agent;
use crate::support::flow::assert_page;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[tokio::test]
async fn known_browsers_are_listed_and_forgotten() {
    let home = Home::new().await;
    let agent = Agent::new().with_header("user-agent", FIREFOX);
    home.try_sign_in(&agent, ALICE, crate::support::people::PASSWORD).await;
    home.browser(ALICE).await;
    home.run("UPDATE devices SET trusted_until = expires_at WHERE user_agent LIKE 'Mozilla%'");
    let page = agent.get(&home.at("/account/sessions")).await;
    let text = page.text("#devices");
    for part in ["Firefox on Linux", "This device", "No second step until"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(page.body.matches("/forget\"").count(), 2);
    // The last used first: the other browser.
    let page = page.form("#devices form").submit().await.follow().await;
    assert!(page.has("#notice"), "{}", page.summary());
    assert_eq!(page.body.matches("/forget\"").count(), 1);
    assert!(page.text("#devices").contains("Firefox"));
    let page = page.form("#forget-all-form").submit().await.follow().await;
    assert!(!page.has("#devices"), "{}", page.summary());
    assert_eq!(home.trail("device.forgotten"), 2);
    assert!(home.is_signed_in(&agent).await, "a session is another thing");
}

#[tokio::test]
async fn case_263_295_somebody_elses_browser_is_not_there() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    let (alice, bob) = (home.browser(ALICE).await, home.browser(BOB).await);
    let theirs = bob.get(&home.at("/account/sessions")).await;
    let theirs = theirs.form("#devices form").action().to_owned();
    let own = alice.get(&home.at("/account/sessions")).await.form("#devices form");
    assert_page(&own.to(&theirs).submit().await, 404);
    let page = alice.get(&home.at("/account/sessions")).await;
    page.form("#forget-all-form").submit().await;
    let page = bob.get(&home.at("/account/sessions")).await;
    assert!(page.has("#devices"), "{}", page.summary());
}
