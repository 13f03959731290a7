//! Counts answers by the route that they took, never by what was asked for: anybody could ask for
//! anything, and each name that a figure has costs memory for ever.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use metrics::{Counter, Histogram};

use crate::kernel::metric::{HTTP_DURATION, HTTP_REQUESTS};
use crate::observe::figures;

thread_local! {
    /// The figures of each route that this worker has answered: looked up once, used for ever.
    static ROUTES: RefCell<HashMap<String, Route>> = RefCell::default();
}

struct Route {
    duration: Histogram,
    answers: Vec<(&'static str, StatusCode, Counter)>,
}

/// The name of a method; whatever is none that we know is `other`.
pub(super) fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "other",
    }
}

/// Counts one answer, where figures are kept. `route` is the pattern of a route, or `none`.
pub(super) fn count(method: &'static str, route: &str, status: StatusCode, took: Duration) {
    if !figures::are_kept() {
        return;
    }
    ROUTES.with_borrow_mut(|routes| {
        if !routes.contains_key(route) {
            routes.insert(route.to_owned(), Route::new(route));
        }
        let Some(known) = routes.get_mut(route) else { return };
        known.duration.record(took);
        known.answers(route, method, status).increment(1);
    });
}

impl Route {
    fn new(route: &str) -> Self {
        let duration = metrics::histogram!(HTTP_DURATION, "route" => route.to_owned());
        Self { duration, answers: Vec::new() }
    }

    /// A route has few answers, so looking through them is the quickest.
    fn answers(&mut self, route: &str, method: &'static str, status: StatusCode) -> &Counter {
        let found = self.answers.iter().position(|it| it.0 == method && it.1 == status);
        let index = found.unwrap_or_else(|| {
            let counter = metrics::counter!(
                HTTP_REQUESTS,
                "route" => route.to_owned(), "method" => method, "status" => status.as_str().to_owned()
            );
            self.answers.push((method, status, counter));
            self.answers.len() - 1
        });
        &self.answers[index].2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_method_of_http_is_other() {
        assert_eq!(name(&Method::DELETE), "DELETE");
        assert_eq!(name(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!(name(&Method::from_bytes(b"get").unwrap()), "other");
    }

    #[test]
    fn answers_are_counted_by_route_method_and_status() {
        let kept = figures::keep().unwrap();
        for (method, status) in [("GET", 200), ("GET", 200), ("POST", 200), ("GET", 404)] {
            let status = StatusCode::from_u16(status).unwrap();
            count(method, "/{of}/test", status, Duration::from_millis(20));
        }
        let text = kept.text();
        for (labels, value) in [
            ("method=\"GET\",status=\"200\"", 2),
            ("method=\"POST\",status=\"200\"", 1),
            ("method=\"GET\",status=\"404\"", 1),
        ] {
            let line =
                format!("latchkey_http_requests_total{{route=\"/{{of}}/test\",{labels}}} {value}");
            assert!(text.lines().any(|found| found == line), "{line} is not in:\n{text}");
        }
        let line = "latchkey_http_request_duration_seconds_count{route=\"/{of}/test\"} 4";
        assert!(text.contains(line), "{text}");
    }
}
