//! Where a sign-in was, from a database on this machine.

use std::net::Ipv4Addr;
use std::path::Path;

use latchkey::config::Profile;
use latchkey::identity::places;

use super::{ALICE, Home};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::places::{Network, database};

fn here(city: &'static [(&'static str, &'static str)]) -> Vec<u8> {
    let network = Network {
        address: Ipv4Addr::new(127, 0, 0, 0),
        bits: 8,
        city,
        country: &[("en", "Germany"), ("de", "Deutschland"), ("ja", "ドイツ")],
    };
    let other = Network {
        address: Ipv4Addr::new(192, 0, 2, 0),
        bits: 24,
        city: &[],
        country: &[("en", "Nowhere")],
    };
    database("Test-City", &[network, other])
}

const BERLIN: &[(&str, &str)] = &[("en", "Berlin"), ("ja", "ベルリン")];

async fn home(path: &Path) -> Home {
    let app = TestApp::start_configured(|config| {
        config.profile = Profile::Dev { port: None };
        config.geo.database = Some(path.to_owned());
    });
    let alice = app.person(ALICE).await;
    Home { app, alice }
}

#[tokio::test]
async fn a_place_is_shown_and_mailed_in_the_persons_language() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.mmdb");
    std::fs::write(&file, here(BERLIN)).unwrap();
    let home = home(&file).await;
    home.browser(ALICE).await;
    let agent = home.browser(ALICE).await;
    for (language, place) in
        [("en", "Berlin, Germany"), ("de", "Berlin (Deutschland)"), ("ja", "ドイツ ベルリン")]
    {
        let agent = agent.clone().with_header("accept-language", language);
        let page = agent.get(&home.at("/account/sessions")).await;
        for list in ["#sessions", "#devices"] {
            assert!(page.text(list).contains(place), "{place} in {}", page.text(list));
        }
        let page = agent.get(&home.at("/account/activity")).await;
        assert!(page.text("#activity").contains(place), "{}", page.text("#activity"));
    }
    let mails = home.mails().await;
    let told = mails.iter().find(|mail| mail.kind == "new-sign-in").expect("a new browser");
    assert!(told.text.contains("Berlin, Germany"), "{}", told.text);
}

#[tokio::test]
async fn another_file_is_read_and_a_bad_one_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.mmdb");
    std::fs::write(&file, b"no database").unwrap();
    let home = home(&file).await;
    // Nobody is kept out by it.
    let agent = home.browser(ALICE).await;
    let shown = async || {
        let text = agent.get(&home.at("/account/sessions")).await.text("#sessions");
        ["Berlin", "Munich"].into_iter().find(|city| text.contains(city))
    };
    assert_eq!(shown().await, None);
    let places = home.app.node().identity().places();
    std::fs::write(&file, here(BERLIN)).unwrap();
    places.reread();
    assert_eq!(shown().await, Some("Berlin"));
    std::fs::write(&file, here(&[("en", "Munich")])).unwrap();
    places.reread();
    assert_eq!(shown().await, Some("Munich"));
    // What was read before is as good as it was.
    for bad in [&b""[..], b"half a database", &here(BERLIN)[..40]] {
        std::fs::write(&file, bad).unwrap();
        places.reread();
        assert_eq!(shown().await, Some("Munich"));
        assert!(places::check(&file).is_err());
    }
    std::fs::remove_file(&file).unwrap();
    places.reread();
    assert_eq!(shown().await, Some("Munich"));
    assert!(home.signs_in(ALICE).await);
}

#[test]
fn what_is_another_kind_of_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.mmdb");
    let good = here(BERLIN);
    std::fs::write(&file, &good).unwrap();
    assert!(places::check(&file).is_ok());
    std::fs::write(&file, database("Test-ISP", &[])).unwrap();
    let error = places::check(&file).unwrap_err().to_string();
    assert!(error.contains("Test-ISP") && error.contains("file.mmdb"), "{error}");
    assert!(places::check(&folder.path().join("none")).is_err());
    // However it is cut or changed, it is refused or read, and nothing else happens.
    for at in 0..good.len() {
        std::fs::write(&file, &good[..at]).unwrap();
        let _ = places::check(&file);
        let mut odd = good.clone();
        odd[at] ^= 0x55;
        std::fs::write(&file, &odd).unwrap();
        let _ = places::check(&file);
        let places = places::Places::of(Some(&file));
        for ip in ["127.0.0.1", "192.0.2.1", "2001:db8::1", "nonsense"] {
            let _ = places.find(Some(ip));
        }
    }
}

#[tokio::test]
async fn without_a_database_no_place_is_shown() {
    let home = Home::new().await;
    let agent: Agent = home.browser(ALICE).await;
    let page = agent.get(&home.at("/account/sessions")).await;
    assert!(!page.text("#sessions").contains("Place"), "{}", page.summary());
}
