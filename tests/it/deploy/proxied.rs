//! What the nodes see, and what people see, through a proxy with the shipped file.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use openssl::ssl::{SslConnector, SslMethod, SslStream};
use openssl::x509::X509;

use super::nodes::{HOST, ISSUER, Nodes, person};
use super::proxy::{Kind, Proxy};
use super::visits::{Way, address, at};
use crate::support::agent::Agent;
use crate::support::flow::authorization_request;

/// Two nodes behind a proxy.
struct World {
    way: Way,
    proxy: Proxy,
    nodes: Nodes,
}

impl World {
    fn start(kind: Kind) -> Self {
        let nodes = Nodes::start(1);
        let proxy = Proxy::start(kind, [nodes.ports[0].address(), nodes.ports[1].address()]);
        let way = Way {
            proxy: proxy.https.address(),
            authority: proxy.authority.clone(),
            client: nodes.client.clone(),
        };
        Self { way, proxy, nodes }
    }

    /// Where the sessions of this browser's person come from, as they are told.
    async fn sessions(&self, browser: &Agent) -> String {
        let page = browser.get(&at("/account/sessions")).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.text("main")
    }
}

/// A connection to the proxy under the name of `host`, speaking one of `protocols`.
fn connect(proxy: &Proxy, host: &str, protocols: &[u8]) -> Result<SslStream<TcpStream>, String> {
    let mut connector = SslConnector::builder(SslMethod::tls()).unwrap();
    let certificate = X509::from_pem(&proxy.authority).unwrap();
    connector.cert_store_mut().add_cert(certificate).unwrap();
    connector.set_alpn_protos(protocols).unwrap();
    let stream = TcpStream::connect(proxy.https.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    connector.build().connect(host, stream).map_err(|error| error.to_string())
}

/// What is answered to these very bytes.
fn raw(proxy: &Proxy, request: &str) -> String {
    let mut stream = connect(proxy, HOST, b"\x08http/1.1").unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // Some close without a word of goodbye.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn plain(at: SocketAddr, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Discovery, a sign-in, the cookies, and the address that the person is told of.
async fn people_sign_in(world: &World) {
    let (way, browser) = (&world.way, world.way.browser(7));
    let metadata = browser.get(&at("/.well-known/openid-configuration")).await.json();
    assert_eq!(metadata["issuer"], ISSUER);
    assert_eq!(metadata["token_endpoint"], format!("{ISSUER}/oauth2/token"));
    way.sign_in(&browser, &person(0)).await.unwrap();
    let cookies = browser.cookies(HOST);
    assert!(cookies.len() >= 2, "{cookies:?}");
    for cookie in cookies {
        assert!(cookie.name().starts_with("__Host-latchkey-"), "{cookie}");
        assert_eq!(
            (cookie.secure(), cookie.path(), cookie.domain()),
            (Some(true), Some("/"), None)
        );
    }
    assert!(world.sessions(&browser).await.contains(&address(7).to_string()));
    // Secrets and what was sent stand on one page, so nobody but Latchkey compresses it.
    let page = browser.with_header("accept-encoding", "gzip").get(&at("/account")).await;
    assert_eq!((page.status.as_u16(), page.header("content-encoding")), (200, None));
}

/// Whatever somebody claims about the own address, on the way in or to the limits behind it.
async fn nobody_chooses_an_address(world: &World) {
    let (way, own) = (&world.way, address(9).to_string());
    for (number, (name, claim)) in [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "6.6.6.6, 127.0.0.1"),
        ("x-forwarded-for", "a"),
        ("x_forwarded_for", "6.6.6.6"),
        ("x-real-ip", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6;host=evil.test;proto=http"),
        ("cf-connecting-ip", "6.6.6.6"),
        ("x-client-ip", "6.6.6.6"),
        ("connection", "close, X-Forwarded-For, X-Real-IP"),
    ]
    .into_iter()
    .enumerate()
    {
        let browser = way.browser(9).with_header(name, claim);
        way.code(&browser, &person(0)).await.unwrap();
        let sessions = world.sessions(&browser).await;
        assert!(!sessions.contains("6.6.6.6"), "{name}: {claim}: {sessions}");
        assert_eq!(sessions.matches(&own).count(), number + 1, "{name}: {claim}: {sessions}");
    }
    // Nor is anything else of it written down.
    let installation = &world.nodes.installation;
    let seen = "ip IS NOT NULL AND action <> 'token.issued'";
    assert!(installation.audited(seen) > 0);
    assert_eq!(installation.audited(&format!("{seen} AND ip <> '{own}'")), 0);
}

/// Cases 130 and 315: only the issuer's host, and nothing is made of another.
async fn only_the_issuers_host(world: &World) {
    let way = &world.way;
    let path = "/.well-known/openid-configuration";
    for request in [
        format!("GET {path} HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n"),
        format!(
            "GET https://evil.test{path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
        ),
        format!("GET {path} HTTP/1.1\r\nHost: {HOST}.evil.test\r\nConnection: close\r\n\r\n"),
    ] {
        let answer = raw(&world.proxy, &request);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "421" | "400"), "{request} {answer}");
        assert!(!answer.contains("evil.test"), "{answer}");
    }
    assert!(connect(&world.proxy, "evil.test", b"\x08http/1.1").is_err());
    for (name, value) in [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.test;proto=http"),
        ("x-original-url", "/evil"),
    ] {
        let page = way.browser(1).with_header(name, value).get(&at(path)).await;
        assert_eq!((page.status.as_u16(), &page.json()["issuer"]), (200, &ISSUER.into()), "{name}");
        assert!(!page.body.contains("evil"), "{name}");
    }
    // Plain http leads to the one right address.
    let answer = plain(world.proxy.http.address(), HOST, "/account?a=b");
    let lead = answer.lines().find_map(|line| {
        line.to_lowercase().strip_prefix("location:").map(|to| to.trim().to_owned())
    });
    let lead = lead.unwrap_or_else(|| panic!("{answer}"));
    assert!(lead.starts_with("https://id.example.com"), "{lead}");
    assert!(lead.ends_with("/account?a=b"), "{lead}");
    let answer = plain(world.proxy.http.address(), "evil.test", "/");
    assert!(!answer.contains("evil.test"), "{answer}");
}

/// Long addresses, headers and bodies, up to Latchkey's own limits and beyond; what is not for
/// everybody; and the second version of HTTP.
async fn limits_and_inner_doors(world: &World) {
    let (way, browser) = (&world.way, world.way.browser(1));
    let long = "x".repeat(20_000);
    let request = authorization_request(&way.client).with("more", &long);
    // The answer repeats it all in its address.
    let page = browser.post(&at("/oauth2/authorize"), &request.pairs()).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let page = page.follow_all().await;
    assert!(page.has("#login-form"), "{}", page.summary());
    let cookie = format!("other={long}");
    let page = browser.clone().with_header("cookie", &cookie).get(&at("/login")).await;
    assert!(page.status.as_u16() < 500 && page.status != 431, "{}", page.summary());
    for (request, what) in [
        (request.clone().with("more", &"x".repeat(70_000)), "a body"),
        (request.clone().with("more", &"x".repeat(5_000_000)), "a large body"),
    ] {
        let page = browser.post(&at("/oauth2/token"), &request.pairs()).await;
        assert_eq!(page.status, 413, "{what}: {}", page.summary());
    }
    let cookie = format!("other={}", "x".repeat(50_000));
    let page = browser.clone().with_header("cookie", &cookie).get(&at("/login")).await;
    assert!(page.status.is_client_error(), "{}", page.summary());
    let page = browser.get(&at(&format!("/login?{}", "x".repeat(40_000)))).await;
    assert!(page.status.is_client_error(), "{}", page.summary());

    for path in ["/metrics", "/health/live", "/health/ready"] {
        assert_eq!(browser.get(&at(path)).await.status, 404, "{path}");
    }
    let stream = connect(&world.proxy, HOST, b"\x02h2\x08http/1.1").unwrap();
    assert_eq!(stream.ssl().selected_alpn_protocol(), Some(&b"h2"[..]));
}

/// Everything through one proxy: the start of it and of two nodes takes longer than all of this.
async fn all_of_it(kind: Kind) {
    let world = World::start(kind);
    // First, because it counts the sessions and reads all of the trail.
    nobody_chooses_an_address(&world).await;
    people_sign_in(&world).await;
    only_the_issuers_host(&world).await;
    limits_and_inner_doors(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_130_173_312_315_318_through_nginx() {
    all_of_it(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_130_173_312_315_318_through_caddy() {
    all_of_it(Kind::Caddy).await;
}
