//! Language and time zone: chosen from menus, told to apps, and followed by mail and pages.

use chrono::TimeDelta;
use latchkey::domain::details::Detail;

use super::{ALICE, Home};
use crate::support::agent::Agent;

#[tokio::test]
async fn what_is_chosen_is_told_and_followed() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let page = agent.get(&home.at("/account")).await;
    assert!(page.text("time").ends_with(" UTC"), "{}", page.text("time"));
    let page = page.click("#change-region").await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let form = page.form("#region-form");
    assert_eq!((form.value("locale"), form.value("zoneinfo")), (Some(""), Some("")));
    let form = form.fill("locale", "de").fill("zoneinfo", "America/New_York");
    let page = form.submit().await.follow_all().await;
    assert!(page.has("#notice"), "{}", page.summary());
    assert_eq!(page.text("#profile-region bdi"), "Deutsch");
    // The times are those of the zone, and the script leaves them alone.
    assert!(page.text("time").ends_with(" EST") || page.text("time").ends_with(" EDT"));
    assert!(page.has("time[data-zoned]"));
    let form = page.click("#change-region").await.form("#region-form");
    assert_eq!(
        (form.value("locale"), form.value("zoneinfo")),
        (Some("de"), Some("America/New_York"))
    );

    let client = home.app.confidential_client("notes").await;
    let tokens = home.app.tokens_in(&Agent::new(), &client, ALICE, "openid profile").await;
    let told = home.app.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert_eq!((&told["locale"], &told["zoneinfo"]), (&"de".into(), &"America/New_York".into()));
    // Mail is written in it.
    home.pass(TimeDelta::seconds(1));
    home.asks(&agent, "other@example.com", false).await;
    let mails = home.mails_to("other@example.com").await;
    assert!(mails[0].text.contains("Bestätigen Sie"), "{}", mails[0].text);
}

#[tokio::test]
async fn a_zone_is_known_in_any_case_and_none_is_made_up() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let form = agent.get(&home.at("/account/region")).await.form("#region-form");
    let page = form.clone().set("zoneinfo", "europe/BERLIN").submit().await.follow_all().await;
    assert_eq!(page.text("#profile-region bdi"), "Europe/Berlin");
    for (name, value) in
        [("zoneinfo", "Europe/Atlantis"), ("zoneinfo", "<script>"), ("locale", "../de")]
    {
        let page = form.clone().set(name, value).submit().await;
        assert_eq!(page.status, 400, "{name} {value}");
        assert!(page.has(&format!("#{name}[aria-invalid]")), "{}", page.summary());
        assert_eq!(page.form("#region-form").value(name), Some(value), "it stays chosen");
    }
    let page = agent.get(&home.at("/account")).await;
    assert_eq!(page.text("#profile-region bdi"), "Europe/Berlin");
}

/// What an operator or an app told before stays chosen, though the menu does not have it.
#[tokio::test]
async fn what_the_menu_does_not_have_is_not_lost() {
    let home = Home::new().await;
    let told = [(Detail::Locale, "en-GB"), (Detail::Zoneinfo, "Etc/GMT+5")];
    home.app.tell(home.alice, &told).await;
    let agent = home.browser(ALICE).await;
    let form = agent.get(&home.at("/account/region")).await.form("#region-form");
    assert_eq!((form.value("locale"), form.value("zoneinfo")), (Some("en-GB"), Some("Etc/GMT+5")));
    let page = form.submit().await.follow_all().await;
    assert_eq!(page.text("#profile-region bdi"), "en-GB");
    assert!(page.text("time").ends_with(" UTC-05"), "{}", page.text("time"));
    // The other form leaves both alone.
    let form = agent.get(&home.at("/account/details")).await.form("#details-form");
    form.fill("nickname", "Al").submit().await;
    let page = agent.get(&home.at("/account")).await;
    assert!(page.text("#profile-region").contains("Etc/GMT+5"), "{}", page.summary());
}
