//! The description says what is there, and all of it.

use std::collections::BTreeSet;

use latchkey::http::pages::provider;
use serde_json::Value;

use super::World;
use crate::support::agent::Agent;
use crate::support::routes::{Route, routes};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Path and method of every operation.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        let methods: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        let path = path.clone();
        methods.into_iter().map(move |method| (path.clone(), method))
    };
    paths.iter().flat_map(methods).collect()
}

#[tokio::test]
async fn what_is_mounted_is_described_and_what_is_described_is_mounted() {
    let world = World::start().await;
    let agent = Agent::new();
    let page = agent.get(&world.app.at("/api/openapi.json")).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let document = page.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], world.app.issuer());
    let described = operations(&document);
    let front_end = world.opened().await;
    for (path, _) in &described {
        let address = path.replace("{id}", "none").replace("{clientId}", "none");
        for method in METHODS {
            let body = matches!(method, "patch" | "post").then(|| serde_json::json!({}));
            let page = front_end.send(&method.to_uppercase(), &address, body).await;
            let is_described = described.contains(&(path.clone(), method.to_owned()));
            let is_there = page.status != 405;
            assert_eq!(is_there, is_described, "{method} {path}: {}", page.summary());
        }
    }
    // Where a browser goes, on its way to a provider.
    let is_program =
        |route: &&Route| route.pattern.starts_with("/api/") && route.pattern != provider::START;
    for route in routes().iter().filter(is_program) {
        assert!(described.iter().any(|(path, _)| *path == route.pattern), "{route:?}");
    }
    for endpoint in latchkey::http::api::ENDPOINTS {
        let path = endpoint.described().path;
        assert!(described.iter().any(|(it, _)| *it == path), "{path}");
    }
}

#[tokio::test]
async fn every_code_is_under_its_status() {
    let world = World::start().await;
    let document = Agent::new().get(&world.app.at("/api/openapi.json")).await.json();
    let mut told = BTreeSet::new();
    for endpoint in latchkey::http::api::ENDPOINTS {
        let described = endpoint.described();
        let method = serde_json::to_value(&described.methods[0]).unwrap();
        let operation = &document["paths"][&described.path][method.as_str().unwrap()];
        assert!(operation["summary"].is_string(), "{}", described.path);
        assert!(operation["operationId"].is_string(), "{}", described.path);
        for code in latchkey::http::api::document::codes(endpoint) {
            let response = &operation["responses"][code.status().as_str()];
            let words = response["description"].as_str().unwrap_or_default();
            assert!(words.contains(code.as_str()), "{} {code:?}: {response}", described.path);
            for kind in ["application/json", "application/problem+json"] {
                assert!(response["content"][kind].is_object(), "{} {code:?}", described.path);
            }
            told.insert(code.as_str());
        }
    }
    assert!(told.contains("INVALID_CREDENTIALS") && told.contains("REFRESH_REFUSED"));
}

#[tokio::test]
async fn references_lead_somewhere() {
    let world = World::start().await;
    let document = Agent::new().get(&world.app.at("/api/openapi.json")).await.json();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn people_read_it_on_a_page_of_ours() {
    let world = World::start().await;
    let agent = Agent::new();
    let document = agent.get(&world.app.at("/api/openapi.json")).await.json();
    let page = agent.get(&world.app.at("/api/docs")).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    for (path, method) in operations(&document) {
        let heading = format!("{} {path}", method.to_uppercase());
        assert!(page.body.contains(&heading), "{heading}");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.has(&format!("[id=\"{name}\"]")), "{name}");
    }
    for fetched in ["src=\"http", "rel=\"stylesheet\" href=\"http", "url("] {
        assert!(!page.body.contains(fetched), "nothing is fetched from elsewhere");
    }
    let german = agent.with_header("accept-language", "de");
    let page = german.get(&world.app.at("/api/docs")).await;
    assert_eq!(page.text("h1"), "API für Oberflächen");
}
