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
async fn what_the_provider_tells_of_them_is_kept_and_theirs_to_change() {
    let home = Home::new().await;
    let agent = Agent::new();
    let who = json!({ "sub": "ada", "name": "Ada King", "given_name": "Ada",
        "family_name": "Lovelace", "locale": "de_AT" });
    home.signs_in(&agent, who).await;
    let page = agent.get(&home.at("/account/details")).await;
    let form = page.form("#details-form");
    assert_eq!(form.value("given_name"), Some("Ada"), "{}", page.summary());
    assert_eq!(form.value("family_name"), Some("Lovelace"));
    assert_eq!(home.count("users WHERE name = 'Ada King' AND locale = 'de-AT'"), 1);
    // It is not told anew.
    form.fill("family_name", "Byron").submit().await;
    let who = json!({ "sub": "ada", "family_name": "Lovelace" });
    let again = Agent::new();
    home.signs_in(&again, who).await;
    let page = again.get(&home.at("/account/details")).await;
    assert_eq!(page.form("#details-form").value("family_name"), Some("Byron"));
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

#[tokio::test]
async fn the_page_that_was_wanted_is_reached_and_tells_what_protects_the_account() {
    let home = Home::new().await;
    let agent = Agent::new();
    let login = agent.get(&home.at("/account/security")).await.follow_all().await;
    let trip = home.leaves_from(&agent, &login).await;
    home.knows(&trip, ada());
    let page = home.returns(&trip).await.follow_all().await;
    assert_eq!(page.url.path(), "/account/security", "{}", page.summary());
    let told = "Whoever gets into your account at a connected provider gets into this";
    assert!(page.text("#protection").starts_with(told), "{}", page.text("#protection"));
    let protection = async || agent.get(&home.at("/account/security")).await.text("#protection");
    confirms(&home, &agent).await;
    let told = protection().await;
    assert!(told.starts_with("Whoever reads your mail, or gets into your account at"), "{told}");
    home.run("UPDATE providers SET disabled_at = created_at");
    home.app.refresh().await;
    let told = protection().await;
    assert!(told.starts_with("Whoever reads your mail gets into this account"), "{told}");
    home.run("DELETE FROM addresses");
    let told = protection().await;
    assert!(told.starts_with("At the moment there is no way for you to sign in"), "{told}");
}
