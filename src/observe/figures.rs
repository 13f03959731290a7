//! Keeps what every room counts, and writes it down for Prometheus.
//!
//! Until they are kept, counting goes nowhere and costs next to nothing.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::kernel::metric::{self, Kind, Metric};

/// The upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Counters without labels that may stay at zero for long. They are there from the start: the first
/// of a thing is an increase only where there was a zero before.
const RARE: [&str; 11] = [
    metric::HASHES_REFUSED,
    metric::POOL_REFUSED,
    metric::CODES_REPLAYED,
    metric::REFRESH_REUSED,
    metric::KEY_ROTATIONS,
    metric::STATEMENTS,
    metric::MAILS_DEAD,
    metric::MAILS_EXPIRED,
    metric::MAILS_BOUNDED,
    metric::LOG_LINES_DROPPED,
    metric::SPANS_DROPPED,
];

/// Figures cannot be kept: something else in this process keeps them already.
#[derive(Debug, thiserror::Error)]
#[error("something else in this process keeps its figures")]
pub struct NotKept;

/// The figures of this process. Cheap to clone; clones are the same figures.
#[derive(Clone)]
pub struct Figures(PrometheusHandle);

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Figures")
    }
}

/// Those of this process, once somebody wanted them.
static KEPT: OnceLock<Option<Figures>> = OnceLock::new();

/// Keeps figures from now on, for as long as the process lives. A second call gets the same ones.
pub fn keep() -> Result<Figures, NotKept> {
    KEPT.get_or_init(begin).clone().ok_or(NotKept)
}

/// Whether figures are kept.
pub fn are_kept() -> bool {
    KEPT.get().is_some_and(Option::is_some)
}

fn begin() -> Option<Figures> {
    let mut builder = PrometheusBuilder::new();
    for Metric { name, .. } in metric::ALL.iter().filter(|it| it.kind == Kind::Histogram) {
        let exactly = Matcher::Full((*name).to_owned());
        builder = builder.set_buckets_for_metric(exactly, &BUCKETS).ok()?;
    }
    let recorder = builder.build_recorder();
    let figures = Figures(recorder.handle());
    metrics::set_global_recorder(recorder).ok()?;
    for Metric { name, kind, help } in metric::ALL {
        let help = help.trim();
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, help),
            Kind::Gauge => metrics::describe_gauge!(*name, help),
            Kind::Histogram => metrics::describe_histogram!(*name, help),
        }
    }
    for name in RARE {
        metrics::counter!(name).absolute(0);
    }
    Some(figures)
}

impl Figures {
    /// What `Content-Type` the text has.
    pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

    /// All of them as Prometheus reads them.
    pub fn text(&self) -> String {
        self.0.render()
    }

    /// Sorts durations into their buckets. Call it now and then: until then each takes memory.
    pub fn tidy(&self) {
        self.0.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_their_meaning() {
        let figures = keep().unwrap();
        assert!(are_kept());
        metrics::histogram!(metric::HTTP_DURATION, "route" => "/of-a-test").record(0.03);
        figures.tidy();
        let text = keep().unwrap().text();
        for line in [
            "# TYPE latchkey_refresh_reused_total counter",
            "latchkey_refresh_reused_total 0",
            "# HELP latchkey_http_request_duration_seconds Seconds from a request's head to its \
             answer, by route.",
            "latchkey_http_request_duration_seconds_bucket{route=\"/of-a-test\",le=\"0.025\"} 0",
            "latchkey_http_request_duration_seconds_bucket{route=\"/of-a-test\",le=\"0.05\"} 1",
            "latchkey_http_request_duration_seconds_count{route=\"/of-a-test\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in:\n{text}");
        }
    }
}
