//! What `doctor` says of a database of places.

use std::net::Ipv4Addr;

use super::installation::Installation;
use crate::support::places::{Network, database};

#[test]
fn doctor_reads_the_database_of_places() {
    let installation = Installation::ready();
    let file = installation.path().join("places.mmdb");
    let report = || {
        let mut command = installation.command(&["doctor", "--json"]);
        let output = command.env("LATCHKEY_GEO__DATABASE", &file).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|it| it["check"] == "places").unwrap()
    };
    assert_eq!(report()["level"], "fail", "it is not there");
    let network = Network {
        address: Ipv4Addr::new(192, 0, 2, 0),
        bits: 24,
        city: &[],
        country: &[("en", "Germany")],
    };
    std::fs::write(&file, database("Test-Country", &[network])).unwrap();
    assert_eq!(report()["level"], "ok");
    std::fs::write(&file, b"something else").unwrap();
    let found = report();
    assert_eq!(found["level"], "fail");
    assert!(found["fix"].as_str().unwrap().contains("geo.database"), "{found}");
    let plain = installation.json(&["doctor"]);
    assert!(!plain["findings"].to_string().contains("places"), "nothing is configured");
}
