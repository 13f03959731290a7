//! Somebody else's addresses, under their ids (case 295), and forms of other pages.

use super::{ALICE, BOB, Home, NEW};
use crate::support::agent::Agent;
use crate::support::flow::assert_page;

#[tokio::test]
async fn case_295_somebody_elses_addresses_are_not_there() {
    let home = Home::new().await;
    let bob = home.app.person(BOB).await;
    let (alice, his) = (home.browser(ALICE).await, home.browser(BOB).await);
    home.asks(&his, "bob@second.example", false).await;
    home.press(&Agent::new(), &home.link("bob@second.example", "/confirm-address").await).await;
    home.asks(&his, "bob@third.example", false).await;
    let identity = home.app.node().identity();
    let book = identity.addresses(bob).await.unwrap();
    let page = alice.get(&home.at("/account/addresses/add")).await;
    let form = page.form("#add-address-form").without("email");
    for address in &book.addresses {
        for act in ["primary", "remove"] {
            let path = home.at(&format!("/account/addresses/{}/{act}", address.id));
            assert_page(&form.clone().to(&path).submit().await, 404);
            let page = alice.get(&path).await;
            assert!([404, 405].contains(&page.status.as_u16()), "{}", page.summary());
            assert!(!page.body.contains("bob@"));
        }
    }
    let path = home.at(&format!("/account/addresses/pending/{}/drop", book.pending[0].id));
    assert_page(&form.clone().to(&path).submit().await, 404);
    let after = identity.addresses(bob).await.unwrap();
    assert_eq!(after.pending.len(), 1);
    let list = |book: &latchkey::identity::addresses::AddressBook| {
        book.addresses.iter().map(|it| (it.id, it.is_primary)).collect::<Vec<_>>()
    };
    assert_eq!(list(&after), list(&book));
    assert_eq!(home.book().await.len(), 1);
}

#[tokio::test]
async fn a_link_does_only_what_it_was_made_for() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.asks(&agent, NEW, true).await;
    let links = [home.link(NEW, "/confirm-address").await, home.link(ALICE, "/keep-address").await];
    let pages =
        ["/confirm-address", "/keep-address", "/restore-account", "/set-password", "/setup"];
    for link in links {
        let (own, secret) = link.split_once("?token=").unwrap();
        for page in pages.into_iter().filter(|page| *page != own) {
            let opened = home.open(&Agent::new(), &format!("{page}?token={secret}")).await;
            assert_page(&opened, 400);
        }
    }
    for nothing in ["", "?token=", "?token=x", "?token=%00", &format!("?token={}", "A".repeat(43))]
    {
        for page in &pages[..3] {
            assert_page(&home.open(&Agent::new(), &format!("{page}{nothing}")).await, 400);
        }
    }
}

#[tokio::test]
async fn the_button_belongs_to_the_browser_and_the_link() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.asks(&agent, NEW, false).await;
    let first = home.link(NEW, "/confirm-address").await;
    home.asks(&agent, "second@new.example", false).await;
    let second = home.link("second@new.example", "/confirm-address").await;
    let browser = Agent::new();
    let page = home.open(&browser, &first).await;
    assert_eq!(page.form("#mailed-form").without("csrf").submit().await.status, 403);
    // Another link was opened meanwhile: the button of the first page presses nothing else.
    home.open(&browser, &second).await;
    assert_eq!(page.form("#mailed-form").submit().await.status, 403);
    let other = Agent::new();
    home.open(&other, &first).await;
    assert_eq!(page.form("#mailed-form").submit_by(&other).await.status, 403);
    assert_eq!(home.book().await.len(), 1);
}
