//! The provider that `./dev run` starts beside the demo.

use std::net::{Ipv4Addr, TcpListener};

use super::installation::Installation;
use super::servers::{Server, free_port, get, until_it_serves};
use crate::support::agent::{Agent, Page};

/// The ports of the demo.
struct Ports {
    latchkey: u16,
    app: u16,
    upstream: u16,
}

impl Ports {
    fn free() -> Self {
        Self { latchkey: free_port(), app: free_port(), upstream: free_port() }
    }

    fn start(&self, installation: &Installation, more: &[&str]) -> (Server, serde_json::Value) {
        let (port, app) = (self.latchkey.to_string(), self.app.to_string());
        let dev = ["dev", "--json", "--port", &port, "--relying-party-port", &app];
        until_it_serves(Server::start(installation.command(&[&dev[..], more].concat())))
    }
}

/// Presses "Sign in" at the demo app: the login page.
async fn login(agent: &Agent, ports: &Ports) -> Page {
    let page = agent.get(&format!("http://127.0.0.1:{}/", ports.app)).await;
    page.form("#sign-in").submit().await.follow_all().await
}

#[tokio::test]
async fn a_newcomer_signs_in_with_the_second_latchkey() {
    let (installation, ports) = (Installation::private(), Ports::free());
    let port = ports.upstream.to_string();
    let with = ["--with-upstream", "--upstream-port", &port];
    let (server, said) = ports.start(&installation, &with);
    let upstream = &said["upstream"];
    assert_eq!(upstream["issuer"], format!("http://127.0.0.1:{port}"));

    let agent = Agent::new();
    let page = login(&agent, &ports).await;
    assert_eq!(page.text("#provider-example-works"), "Continue with Example Works");
    let page = page.click("#provider-example-works").await.follow_all().await;
    assert_eq!(page.url.port(), Some(ports.upstream), "{}", page.summary());
    assert!(page.body.contains("Example Works"), "{}", page.summary());
    let form = page.form("#login-form").fill("identifier", upstream["email"].as_str().unwrap());
    let form = form.fill("password", upstream["password"].as_str().unwrap());
    let page = form.submit().await.follow_all().await;
    assert!(page.has("#consent-form"), "{}", page.summary());
    let page = page.form("#allow").submit().await.follow_all().await;
    assert_eq!(page.url.port(), Some(ports.latchkey), "{}", page.summary());
    let page = page.form("#allow").submit().await.follow_all().await;
    assert_eq!(page.url.port(), Some(ports.app), "{}", page.summary());
    assert!(page.text("#userinfo").contains("ada@works.example"), "{}", page.summary());

    // Its mail is its own.
    let mail = |port| get(port, "127.0.0.1", "/dev/mail").unwrap();
    assert!(mail(ports.upstream).starts_with("HTTP/1.1 200"));
    assert_eq!(server.terminate().code, 0);
    for port in [ports.latchkey, ports.app, ports.upstream] {
        assert!(get(port, "127.0.0.1", "/").is_none(), "somebody is still there");
    }

    // Once more: the same password, the same account, and nothing that is made anew.
    let (server, again) = ports.start(&installation, &with);
    assert_eq!(again["upstream"], said["upstream"]);
    let page = login(&agent, &ports).await;
    let page = if page.has("#provider-example-works") {
        page.click("#provider-example-works").await.follow_all().await
    } else {
        page
    };
    assert!(page.text("#userinfo").contains("ada@works.example"), "{}", page.summary());
    let changes = installation.json(&["audit", "search", "--action", "provider.changed"]);
    assert_eq!(changes["events"], serde_json::json!([]));
    assert_eq!(server.terminate().code, 0);

    // Without it there is no button that leads nowhere.
    let (server, said) = ports.start(&installation, &[]);
    assert!(said["upstream"].is_null());
    let page = login(&Agent::new(), &ports).await;
    assert!(page.has("#login-form") && !page.has("#providers"), "{}", page.summary());
    assert_eq!(server.terminate().code, 0);
}

#[test]
fn a_second_latchkey_without_a_place_is_refused_or_left_out() {
    let (installation, ports) = (Installation::empty(), Ports::free());
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (own, app) = (ports.latchkey.to_string(), ports.app.to_string());
    let line = ["dev", "--port", &own, "--relying-party-port", &app, "--with-upstream"];
    let refused = installation.run(&[&line[..], &["--upstream-port", &port]].concat());
    refused.refused(1, &["the second Latchkey cannot listen", "--upstream-port"]);

    // Whoever has a database of their own gets the rest. Any free port will do.
    let (server, said) = ports.start(&installation, &["--with-upstream"]);
    assert!(said["upstream"].is_null());
    assert_eq!(server.terminate().code, 0);
}
