//! Somebody new whose address nobody vouches for.

use serde_json::json;

use super::{ALICE, Home, ada};
use crate::support::agent::{Agent, Page};

const ADA: &str = "ada@example.com";

/// Presses the button of a mailed link's page.
async fn confirms(home: &Home, agent: &Agent) -> Page {
    let page = agent.get(&home.app.mailed_link(ADA).await).await.follow_all().await;
    page.form("#mailed-form").submit().await.follow_all().await
}

#[tokio::test]
async fn one_click_makes_the_address_theirs() {
    let home = Home::new().await;
    let agent = Agent::new();
    let page = home.signs_in(&agent, ada()).await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert!(page.text("#profile-email").contains(ADA) && page.has("#email-waiting"));
    assert_eq!((home.count("addresses"), home.app.mails_of("confirm-address")), (0, 1));
    let done = confirms(&home, &agent).await;
    assert_eq!(done.status, 200, "{}", done.summary());
    let page = agent.get(&home.at("/account")).await;
    assert!(page.text("#profile-email").contains(ADA) && !page.has("#email-waiting"));
    assert_eq!(home.count("addresses WHERE is_primary AND verified_at IS NOT NULL"), 1);
    // Whoever is known is asked no more.
    home.signs_in(&Agent::new(), ada()).await;
    assert_eq!(home.app.mails_of("confirm-address"), 1);
}

#[tokio::test]
async fn an_address_that_comes_with_them_is_not_asked() {
    let home = Home::with(|policy| policy.trusts_email = true).await;
    home.signs_in(&Agent::new(), ada()).await;
    home.signs_in(&Agent::new(), json!({ "sub": "nameless" })).await;
    assert_eq!(home.app.mails_of("confirm-address"), 0);
}

#[tokio::test]
async fn case_244_whoever_owns_the_address_is_told_and_nothing_shows() {
    let mut seen = vec![];
    for owned in [false, true] {
        let home = Home::new().await;
        if owned {
            home.app.person(ALICE).await;
        }
        let before = home.count("one_time_links");
        let agent = Agent::new();
        let page = home.signs_in(&agent, json!({ "sub": "eve", "email": ALICE })).await;
        assert!(page.text("#profile-email").contains(ALICE), "{}", page.summary());
        let letters = home.app.letters(ALICE).await;
        assert_eq!(letters.len(), 1);
        let told = if owned { "registration-attempt" } else { "confirm-address" };
        assert_eq!(home.app.mails_of(told), 1);
        seen.push((page.text("#profile-email"), home.count("one_time_links") - before));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn an_address_gets_no_more_of_them_than_of_codes() {
    let home = Home::new().await;
    for n in 0..5 {
        let who = json!({ "sub": format!("p{n}"), "email": ADA });
        let page = home.signs_in(&Agent::new(), who).await;
        assert_eq!(page.url.path(), "/account", "they are in all the same: {}", page.summary());
    }
    assert_eq!(home.app.mails_of("confirm-address"), 3);
    assert_eq!(home.count("users"), 5);
}
