//! Traces: spans of requests and of what takes time in them, sent to a collector as OTLP over HTTP.
//!
//! Nobody waits for a collector. Spans that are done wait in memory, a bounded number of them; when
//! it is slow or dead, later ones are dropped and counted.

mod bounded;
mod parent;
mod transport;

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;

pub use bounded::dropped;
pub use parent::Parent;

use crate::config::TelemetryConfig;
use crate::kernel::spans::REQUEST;

/// How long a process that ends waits for its last spans to be sent.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why nothing is traced.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The collector's address or the system's TLS cannot be used.
    #[error("the way to the collector cannot be set up: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The HTTP client cannot be made.
    #[error("the way to the collector cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Traces that are being sent. What is left is sent when this goes, if the collector is quick.
#[derive(Debug)]
#[must_use = "nothing is traced once this is gone"]
pub struct Traces {
    provider: SdkTracerProvider,
}

/// Whether this process sends traces.
static ON: OnceLock<()> = OnceLock::new();

impl Traces {
    /// Prepares to send traces where the configuration wants it. Not within a runtime.
    pub fn start(config: &TelemetryConfig) -> Result<Option<Self>, TracesError> {
        let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(transport::Transport::new()?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
            .build()?;
        let resource = Resource::builder_empty()
            .with_service_name("latchkey")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(bounded::processor(exporter))
            // By our own choice alone: a flag that somebody sends cannot make us trace everything.
            .with_sampler(Sampler::TraceIdRatioBased(f64::from(config.sample_percent) / 100.0))
            .with_resource(resource)
            .build();
        let _ = ON.set(());
        Ok(Some(Self { provider }))
    }

    /// Makes spans of a trace out of those of `tracing`.
    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("latchkey"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_error_events_to_status(false)
            .with_error_events_to_exceptions(false)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // What could not be sent is counted already.
        let _ = self.provider.shutdown_with_timeout(FAREWELL);
    }
}

/// The span of a request: its id, and the trace that it is part of. Without a collector that is the
/// trace of whoever sent it, if it named one.
pub fn request(id: &str, parent: Option<Parent>) -> Span {
    if ON.get().is_none() {
        let (trace, span) = (parent.map(Parent::trace_id), parent.map(Parent::span_id));
        // At the level of errors, so that whatever is logged has its request.
        return tracing::error_span!(
            target: REQUEST, "request", request_id = id, trace_id = trace, span_id = span
        );
    }
    let span = tracing::error_span!(
        target: REQUEST,
        "request",
        request_id = id,
        trace_id = tracing::field::Empty,
        span_id = tracing::field::Empty,
        otel.kind = "server",
    );
    if let Some(parent) = parent {
        // It fails when the span is off, and then there is nothing to belong to anything.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent.into()));
    }
    let context = span.context();
    let ours = context.span().span_context().clone();
    if ours.is_valid() {
        span.record("trace_id", ours.trace_id().to_string());
        span.record("span_id", ours.span_id().to_string());
    }
    span
}

/// Notes how the request of the present span was answered: nothing that was sent.
pub fn answered(method: &'static str, route: &str, status: u16) {
    if ON.get().is_none() {
        return;
    }
    let span = Span::current();
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.route", route.to_owned());
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}
