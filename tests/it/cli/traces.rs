//! Traces, as a collector gets them, and what a collector that does not work does: nothing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use super::servers::free_port;
use super::watched::Watched;
use crate::support::agent::Agent;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const THEIRS: &str = "00f067aa0ba902b7";

/// A collector that keeps what it gets.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Vec<u8>>>>);

impl Collector {
    /// Starts one, and tells where.
    fn start() -> (Self, String) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let collector = Self::default();
        let kept = collector.clone();
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (kept, connection) = (kept.clone(), connection.unwrap());
                std::thread::spawn(move || kept.serve(connection));
            }
        });
        (collector, at)
    }

    fn serve(&self, mut connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        loop {
            let (mut line, mut length) = (String::new(), 0);
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            assert!(line.starts_with("POST /v1/traces "), "{line}");
            while line != "\r\n" {
                line.clear();
                reader.read_line(&mut line).unwrap();
                let header = line.to_ascii_lowercase();
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if let Some(value) = header.strip_prefix("content-type:") {
                    assert_eq!(value.trim(), "application/x-protobuf");
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            self.0.lock().unwrap().push(body);
            connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().concat()
    }

    fn spans(&self) -> Vec<Span> {
        let kept = self.0.lock().unwrap();
        let messages =
            kept.iter().map(|body| ExportTraceServiceRequest::decode(&body[..]).unwrap());
        messages
            .flat_map(|message| message.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }

    /// Waits for a span.
    async fn span(&self, is_it: impl Fn(&Span) -> bool) -> Span {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(found) = self.spans().into_iter().find(|span| is_it(span)) {
                return found;
            }
            assert!(Instant::now() < deadline, "it does not come: {:#?}", self.spans());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Some value of an attribute, as text.
fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    format!("{:?}", found.and_then(|attribute| attribute.value.as_ref()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn is_request(route: &str) -> impl Fn(&Span) -> bool {
    move |span| span.name == "request" && attribute(span, "http.route").contains(route)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_with_what_took_its_time() {
    let (collector, at) = Collector::start();
    let server = Watched::start(&[
        ("LATCHKEY_TELEMETRY__OTLP_ENDPOINT", &at),
        ("LATCHKEY_HTTP__TRUSTED_PROXIES", "127.0.0.1"),
    ]);
    server.add_person();
    let client = server.add_client("notes");
    let parent = format!("00-{TRACE}-{THEIRS}-00");
    let agent = Agent::new().with_header("traceparent", &parent);
    let code = server.code(&agent, &client).await;
    agent.get(&server.at("/nowhere/canary-path-4711?code=canary-code-4711")).await;

    let login = collector
        .span(|span| {
            is_request("\"/login\"")(span)
                && attribute(span, "http.request.method").contains("POST")
        })
        .await;
    assert_eq!(hex(&login.trace_id), TRACE);
    assert_eq!(hex(&login.parent_span_id), THEIRS);
    assert!(attribute(&login, "http.response.status_code").contains("303"), "{login:?}");
    let within = |name: &'static str| {
        let id = login.span_id.clone();
        move |span: &Span| span.name == name && span.parent_span_id == id
    };
    collector.span(within("hash")).await;
    collector.span(within("database")).await;
    collector.span(|span| is_request("none")(span) && hex(&span.trace_id) == TRACE).await;

    let bytes = String::from_utf8_lossy(&collector.bytes()).into_owned();
    for canary in ["4711", code.as_str(), super::watched::PASSWORD, "ada@", "notes", "test-agent"] {
        assert!(!bytes.contains(canary), "{canary} was sent to the collector");
    }
    let (ended, lines) = server.stop();
    assert_eq!(ended.code, 0);
    let line = lines.iter().find(|line| {
        line["message"] == "request" && line["route"] == "/login" && line["method"] == "POST"
    });
    let span = &line.expect("the line of the request")["span"];
    assert_eq!(span["trace_id"], TRACE);
    assert_eq!(span["span_id"], hex(&login.span_id));
    assert!(span["request_id"].is_string(), "{span}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_or_is_dead_keeps_nobody_waiting() {
    // The system accepts the connection, and nobody ever reads from it.
    let hanging = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let hanging = (format!("http://{}", hanging.local_addr().unwrap()), Some(hanging));
    let dead = (format!("http://127.0.0.1:{}", free_port()), None);
    for (at, _listener) in [hanging, dead] {
        let server = Watched::start(&[("LATCHKEY_TELEMETRY__OTLP_ENDPOINT", &at)]);
        for _ in 0..50 {
            let answer = Agent::new().get(&server.at("/health/live")).await;
            assert_eq!(answer.status, 200);
        }
        server.until("latchkey_spans_dropped_total", |count| count >= 50.0).await;
        assert_eq!(Agent::new().get(&server.at("/health/ready")).await.status, 200);
        assert_eq!(server.stop().0.code, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_collector_a_line_names_the_trace_of_a_trusted_proxy_only() {
    for (trusted, expected) in [("127.0.0.1", Some(TRACE)), ("192.0.2.1", None)] {
        let server = Watched::start(&[("LATCHKEY_HTTP__TRUSTED_PROXIES", trusted)]);
        let parent = format!("00-{TRACE}-{THEIRS}-01");
        let agent = Agent::new().with_header("traceparent", &parent);
        let page = agent.get(&server.at("/favicon.ico")).await;
        let id = page.header("x-request-id").unwrap().to_owned();
        let hostile = Agent::new().with_header("traceparent", "00-<b>\",\"level\":\"x-1-01");
        hostile.get(&server.at("/favicon.ico")).await;
        let (_, lines) = server.stop();
        let of = |line: &&serde_json::Value| line["route"] == "/favicon.ico";
        let lines: Vec<_> = lines.iter().filter(of).collect();
        assert_eq!(lines[0]["span"]["request_id"], id.as_str());
        assert_eq!(lines[0]["span"]["trace_id"].as_str(), expected);
        assert_eq!(lines[0]["span"]["span_id"].as_str(), expected.map(|_| THEIRS));
        assert!(lines[1]["span"].get("trace_id").is_none(), "{}", lines[1]);
        assert_eq!(lines[1]["level"], "INFO");
    }
}
