//! The layers together, around handlers made for the purpose.

use std::time::Duration;

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::{App, HttpResponse, web};

use super::cors::Sharing;
use super::edge::edge;
use super::flood::Flood;
use super::headers::FormAction;
use crate::config::LimitsConfig;
use crate::domain::redirect_uri::RedirectUri;
use crate::http::error::Failure;
use crate::http::extract::client_ip::Proxies;
use crate::http::extract::form::Form;
use crate::http::pages::view::Branding;
use crate::http::routing::{get, page, shared};
use crate::http::site::{Origins, Site};
use crate::kernel::env::Env;
use crate::kernel::urls::Issuer;

/// A site without anything behind it.
pub(crate) fn site(issuer: &str) -> Site {
    Site {
        env: Env::system(),
        issuer: Issuer::parse(issuer).unwrap(),
        branding: Branding { name: "Latchkey".to_owned(), ..Branding::default() },
        warning: None,
        proxies: Proxies::default(),
        flood: Flood::new(&Env::system(), &LimitsConfig::default()),
        max_body_bytes: 4096,
        body_timeout: Duration::from_secs(5),
        origins: Origins::of(&[RedirectUri::stored("https://app.example/cb".to_owned())]),
    }
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }
}

async fn panics() -> HttpResponse {
    panic!("secret detail")
}

async fn ask(issuer: &str, request: TestRequest) -> Answer {
    let app = App::new()
        .app_data(web::Data::new(site(issuer)))
        .service(
            page("/page")
                .route(get().to(|| async { "hello" }))
                .route(web::post().to(|form: Form| async move { form.0.text("a").to_owned() })),
        )
        .service(page("/flow").route(get().to(|| async {
            let mut answer = HttpResponse::Ok().body("x");
            answer.extensions_mut().insert(FormAction::Onward { scheme: None });
            answer
        })))
        .service(page("/fault").route(
            get().to(|| async { Err::<HttpResponse, _>(Failure::internal("secret detail")) }),
        ))
        .service(page("/panic").route(get().to(panics)))
        .service(
            page("/typed/{number}")
                .route(get().to(|n: web::Path<u32>| async move { n.to_string() })),
        )
        .service(
            shared("/oauth2/token", Sharing::Registered, "POST")
                .route(web::post().to(|| async { "{}" })),
        )
        .service(shared("/oauth2/jwks", Sharing::Public, "GET").route(get().to(|| async { "{}" })))
        .wrap(from_fn(edge));
    let app = init_service(app).await;
    match try_call_service(&app, request.to_request()).await {
        Ok(answer) => read(answer).await,
        Err(error) => {
            let answer = error.error_response();
            read(ServiceResponse::new(TestRequest::default().to_http_request(), answer)).await
        }
    }
}

async fn read(answer: ServiceResponse<BoxBody>) -> Answer {
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body()).await.unwrap();
    Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

fn request(method: &str, uri: &str) -> TestRequest {
    let method = method.parse().unwrap();
    TestRequest::with_uri(uri).method(method).insert_header(("host", "id.example"))
}

const ISSUER: &str = "https://id.example";

#[tokio::test]
async fn case_276_every_answer_has_the_strict_headers() {
    let kinds = [
        (request("GET", "/page"), 200),
        (request("GET", "/nowhere"), 404),
        (request("DELETE", "/page"), 405),
        (request("GET", "/fault"), 500),
        (request("GET", "/panic"), 500),
        (request("GET", "/typed/x"), 404),
        (request("POST", "/page"), 415),
        (request("GET", "/page").insert_header(("sec-fetch-dest", "iframe")), 403),
        (TestRequest::with_uri("/page").insert_header(("host", "evil.test")), 421),
        (request("POST", "/oauth2/token"), 200),
        (request("GET", "/oauth2/token"), 405),
        (request("GET", "/oauth2/jwks"), 200),
    ];
    for (request, status) in kinds {
        let answer = ask(ISSUER, request).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "case 275: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name} of {status}");
        }
        assert_eq!(answer.header("x-request-id").unwrap().len(), 22);
        let kind = answer.header("content-type").unwrap();
        assert!(!kind.starts_with("text/") || kind.ends_with("; charset=utf-8"), "{kind}");
        assert!(answer.header("server").is_none() && answer.header("set-cookie").is_none());
    }
}

#[tokio::test]
async fn hsts_is_for_https_only() {
    let request = TestRequest::with_uri("/page").insert_header(("host", "localhost:8080"));
    let answer = ask("http://localhost:8080", request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), None);
}

#[tokio::test]
async fn case_276_a_page_of_a_flow_lets_its_forms_go_on() {
    let policy = |answer: &Answer| answer.header("content-security-policy").unwrap().to_owned();
    let answer = ask(ISSUER, request("GET", "/flow")).await;
    assert!(policy(&answer).ends_with("form-action 'self' https:"));
    let answer = ask(ISSUER, request("GET", "/page")).await;
    assert!(policy(&answer).ends_with("form-action 'self'"));
}

#[tokio::test]
async fn case_319_faults_and_panics_are_pages_that_tell_nothing() {
    for path in ["/fault", "/panic"] {
        let answer = ask(ISSUER, request("GET", path)).await;
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains("secret detail"), "{path}: {}", answer.body);
        let id = answer.header("x-request-id").unwrap();
        assert!(answer.body.contains(id), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_the_framework_refuses_is_a_page_of_ours() {
    let answer = ask(ISSUER, request("GET", "/nowhere")).await;
    assert!(answer.body.starts_with("<!doctype html>"));
    let answer = ask(ISSUER, request("PATCH", "/page")).await;
    assert!(answer.body.starts_with("<!doctype html>"));
    let allow = answer.header("allow").unwrap();
    assert!(["GET", "HEAD", "POST"].iter().all(|method| allow.contains(method)), "{allow}");
    let answer = ask(ISSUER, request("GET", "/oauth2/token")).await;
    assert!(answer.body.contains(r#""error":"invalid_request""#), "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_request_id_is_our_own() {
    let sent = ("x-request-id", "<script>");
    let answer = ask(ISSUER, request("GET", "/nowhere").insert_header(sent)).await;
    assert_ne!(answer.header("x-request-id"), Some("<script>"));
    assert!(!answer.body.contains("<script>"));
}

#[tokio::test]
async fn case_315_a_health_check_may_use_any_host() {
    let ask = |uri| ask(ISSUER, TestRequest::with_uri(uri).insert_header(("host", "10.0.0.1:80")));
    assert_eq!(ask("/health/live").await.status, 404, "no such route here, but not misdirected");
    assert_eq!(ask("/page").await.status, 421);
}

#[tokio::test]
async fn case_312_size_limits() {
    let long = |n: usize| request("GET", &format!("/page?{}", "x".repeat(n)));
    assert_eq!(ask(ISSUER, long(8_000)).await.status, 200);
    assert_eq!(ask(ISSUER, long(40_000)).await.status, 414);
    let wide = request("GET", "/page").insert_header(("x-a", "x".repeat(60_000)));
    assert_eq!(ask(ISSUER, wide).await.status, 431);

    let form = ("content-type", "application/x-www-form-urlencoded");
    let post = |body: String| request("POST", "/page").insert_header(form).set_payload(body);
    let answer = ask(ISSUER, post(format!("a={}", "x".repeat(4000)))).await;
    assert_eq!((answer.status, answer.body.len()), (200, 4000));
    assert_eq!(ask(ISSUER, post(format!("a={}", "x".repeat(5000)))).await.status, 413);
    let announced = post("a=1".to_owned()).insert_header(("content-length", "100000000"));
    assert_eq!(ask(ISSUER, announced).await.status, 413);
    let zipped = post("a=1".to_owned()).insert_header(("content-encoding", "gzip"));
    assert_eq!(ask(ISSUER, zipped).await.status, 415);
}

#[tokio::test]
async fn case_311_bad_text_in_a_form_is_a_bad_request() {
    let form = ("content-type", "application/x-www-form-urlencoded");
    for body in ["a=%00", "a=%ff", "a=1&a=2", "a=%zz"] {
        let post = request("POST", "/page").insert_header(form).set_payload(body);
        assert_eq!(ask(ISSUER, post).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn case_277_shared_answers() {
    let cors = |answer: &Answer| {
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    let from = |method, path, origin| request(method, path).insert_header(("origin", origin));
    let registered = "https://app.example";
    let answer = ask(ISSUER, from("POST", "/oauth2/token", registered)).await;
    assert_eq!(cors(&answer).as_deref(), Some(registered));
    assert_eq!(answer.header("vary"), Some("origin"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
    let refused = ask(ISSUER, from("GET", "/oauth2/token", registered)).await;
    assert_eq!((refused.status, cors(&refused).as_deref()), (405, Some(registered)));
    let answer = ask(ISSUER, from("POST", "/oauth2/token", "https://evil.test")).await;
    assert_eq!(cors(&answer), None);
    let answer = ask(ISSUER, from("GET", "/oauth2/jwks", "https://evil.test")).await;
    assert_eq!(cors(&answer).as_deref(), Some("*"));
    let answer = ask(ISSUER, from("GET", "/page", registered)).await;
    assert_eq!(cors(&answer), None);
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));

    let preflight = |path, origin| {
        from("OPTIONS", path, origin).insert_header(("access-control-request-method", "POST"))
    };
    let answer = ask(ISSUER, preflight("/oauth2/token", registered)).await;
    assert_eq!((answer.status, answer.header("access-control-allow-methods")), (204, Some("POST")));
    let answer = ask(ISSUER, preflight("/oauth2/token", "https://evil.test")).await;
    assert_eq!((answer.status, cors(&answer)), (405, None));
    let answer = ask(ISSUER, preflight("/page", registered)).await;
    assert_eq!((answer.status, cors(&answer)), (405, None));
}
