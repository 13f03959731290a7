//! Section W of the security cases: what arrives need not be well meant.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::authorization_request;
use crate::support::raw::{connect, host, raw, request, status};
use crate::support::routes::routes;

/// Every address that answers, with a value for what is part of it, and one that does not.
fn paths() -> Vec<String> {
    let mounted = routes().into_iter().map(|route| route.path("x"));
    mounted.chain(["/nowhere".to_owned()]).collect()
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = TestApp::start();
    for path in paths() {
        let get = Agent::new().get(&app.at(&path)).await;
        let head = Agent::new().request("HEAD", &app.at(&path)).await;
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn case_311_odd_bytes_are_never_a_fault() {
    let app = TestApp::start();
    let values: [&[u8]; 12] = [
        b"%00",
        b"%ff%fe",
        b"%ed%a0%80",
        b"%E2%80%AE",
        b"'--",
        b"\\",
        b"%25_$1",
        b"%zz",
        b"%",
        b"%0d%0aX-Evil:%201",
        b"%F0%9F%98%80",
        b"..%2f",
    ];
    let fields = [
        "flow",
        "token",
        "client_id",
        "redirect_uri",
        "state",
        "login_hint",
        "ui_locales",
        "lang",
        "return_to",
        "id_token_hint",
        "post_logout_redirect_uri",
        "scope",
        "max_age",
    ];
    for path in paths() {
        for field in fields {
            for value in values {
                let query = [path.as_bytes(), b"?", field.as_bytes(), b"=", value].concat();
                let answer = raw(&app, &request(&app, "GET", &query, b"", b"")).await;
                assert!(status(&answer) < 500, "{path} {field} {answer}");
                assert!(!answer.to_lowercase().contains("\r\nx-evil"), "{path} {field} {answer}");
            }
        }
        for value in values {
            let body = [b"client_id=".as_slice(), value, b"&csrf=", value, b"&identifier=", value]
                .concat();
            let form = b"Content-Type: application/x-www-form-urlencoded\r\n";
            let answer = raw(&app, &request(&app, "POST", path.as_bytes(), form, &body)).await;
            assert!(status(&answer) < 500, "POST {path} {answer}");
        }
    }
    let agents: [&[u8]; 5] = [b"\xff\xfe", b"\x80", b"'; --", b",,;;q=zz", b"*;q=\xe2\x82\xac"];
    for name in [
        "User-Agent",
        "Accept-Language",
        "Cookie",
        "Origin",
        "Authorization",
        "Content-Type",
        "X-Forwarded-For",
        "Forwarded",
        "Sec-Fetch-Site",
        "Sec-Fetch-Dest",
        "If-None-Match",
    ] {
        for value in agents {
            let cookie = format!("{}=", app.cookie_name("session"));
            let prefix = if name == "Cookie" { cookie.as_bytes() } else { b"" };
            let line = [name.as_bytes(), b": ", prefix, value, b"\r\n"].concat();
            for path in ["/login", "/account", "/sign-out", "/oauth2/userinfo", "/oauth2/authorize"]
            {
                for method in ["GET", "POST"] {
                    let answer =
                        raw(&app, &request(&app, method, path.as_bytes(), &line, b"")).await;
                    assert!(status(&answer) < 500, "{method} {path} {name} {answer}");
                }
            }
        }
    }
}

#[tokio::test]
async fn case_312_sizes_are_refused_before_they_arrive() {
    let app = TestApp::start();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let host = host(&app);
    for path in ["/login", "/oauth2/token", "/oauth2/authorize", "/oauth2/logout"] {
        // Announced, and never sent: the answer does not wait for it.
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{form}Content-Length: 104857600\r\n\r\n"
        );
        let mut stream = connect(&app).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut start = [0; 12];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut start));
        read.await.expect("the answer comes at once").unwrap();
        assert_eq!(&start, b"HTTP/1.1 413", "{path}");

        // Not announced: the answer does not wait for the end, which never comes.
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{form}Transfer-Encoding: chunked\r\n\r\n"
        );
        let mut stream = connect(&app).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let chunk = [b"100000\r\n".as_slice(), &vec![b'a'; 0x0010_0000], b"\r\n"].concat();
        for _ in 0..10 {
            stream.write_all(&chunk).await.unwrap();
        }
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut start));
        read.await.expect("the answer comes at once").unwrap();
        assert_eq!(&start, b"HTTP/1.1 413", "{path}");

        let fields: Vec<_> = (0..10_000).map(|index| format!("f{index}=1")).collect();
        let body = fields.join("&");
        let request_of = |headers: &str, body: &[u8]| {
            request(&app, "POST", path.as_bytes(), headers.as_bytes(), body)
        };
        let answer = raw(&app, &request_of(form, body.as_bytes())).await;
        assert_eq!(status(&answer), 413, "{path}");
        let zipped = format!("{form}Content-Encoding: gzip\r\n");
        let answer =
            raw(&app, &request(&app, "POST", path.as_bytes(), zipped.as_bytes(), b"\x1f\x8b"))
                .await;
        assert!((400..500).contains(&status(&answer)), "{answer}");
    }
    let long = [b"/login?x=".as_slice(), &vec![b'a'; 40_000]].concat();
    assert_eq!(status(&raw(&app, &request(&app, "GET", &long, b"", b"")).await), 414);
    let header = [b"X-A: ".as_slice(), &vec![b'a'; 65_536], b"\r\n"].concat();
    assert_eq!(status(&raw(&app, &request(&app, "GET", b"/login", &header, b"")).await), 431);
    let many = b"X-A: a\r\n".repeat(500);
    assert_eq!(status(&raw(&app, &request(&app, "GET", b"/login", &many, b"")).await), 431);
}

/// Another spelling of an address is either that address, with its guard, or none.
#[tokio::test]
async fn case_316_other_spellings_open_nothing() {
    let app = TestApp::start();
    for path in [
        "//account",
        "/./account",
        "/account/.",
        "/x/../account",
        "/%2e%2e/account",
        "/account%2f",
        "/account/",
        "/Account",
        "/ACCOUNT",
        "/account;x",
        "/account;x=1",
        "/account.",
        "/account%00",
        "/account%20",
        "/account\\",
        "//account//sessions",
        "/account%2fsessions",
        "/account/sessions/",
        "/assets/../account",
        "/assets/..%2faccount",
        "/login/../account/sessions",
        "*",
    ] {
        let answer = raw(&app, &request(&app, "GET", path.as_bytes(), b"", b"")).await;
        assert!(matches!(status(&answer), 400 | 404), "{path}: {answer}");
    }
    for path in ["/%61ccount", "/account/%73essions", "/account?", "/account?x=1"] {
        let answer = raw(&app, &request(&app, "GET", path.as_bytes(), b"", b"")).await;
        assert_eq!(status(&answer), 303, "{path}");
        assert!(answer.contains("location: /login\r\n"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn case_270_a_persons_name_stays_text() {
    let app = TestApp::start();
    let client = app.confidential_client("notes").await;
    let agent = Agent::new();
    let login = app.authorize(&agent, &authorization_request(&client)).await.follow_all().await;
    let name = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let register = login.click("#create-account-link").await;
    let form = register.form("#register-form").fill("name", name).fill("email", "eve@example.com");
    let sent = form.fill("password", "a long enough one").submit().await;
    let consent = app.confirm_address(sent, "eve@example.com").await.follow_all().await;
    let choice = authorization_request(&client).with("prompt", "select_account");
    let choice = app.authorize(&agent, &choice).await.follow_all().await;
    assert_eq!(choice.text(".person strong"), name);
    let account = agent.get(&app.at("/account")).await;
    assert_eq!(account.text("#profile-name"), name);
    for page in [consent, choice, account, agent.get(&app.at("/sign-out")).await] {
        assert!(!page.body.contains("<script>alert"), "{}", page.summary());
        assert!(!page.body.contains("<img src=x"), "{}", page.summary());
    }
}
