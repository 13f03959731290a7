//! `[telemetry]`: whether requests are traced, and where to.

use url::Url;

use super::error::Complaint;
use super::values::Values;

/// Whether requests are traced, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryConfig {
    /// The collector that takes spans as OTLP over HTTP, without the path `/v1/traces`; `None`:
    /// nothing is traced.
    pub otlp_endpoint: Option<Url>,
    /// How many of a hundred traces are sent.
    pub sample_percent: u32,
}

impl TelemetryConfig {
    pub(super) fn read(values: &mut Values) -> Self {
        Self {
            otlp_endpoint: values.parsed("telemetry.otlp_endpoint", parse_endpoint, None),
            sample_percent: values.number("telemetry.sample_percent", 100, 1..=100),
        }
    }
}

/// The log tells where a collector is, so its address holds no password.
fn parse_endpoint(text: &str) -> Result<Url, Complaint> {
    let is_plain = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(text).ok().filter(is_plain).ok_or_else(|| {
        Complaint::new(
            "`telemetry.otlp_endpoint` is not the plain http or https address of a collector",
            "write it like http://127.0.0.1:4318; what the collector asks for beyond that goes \
             into OTEL_EXPORTER_OTLP_HEADERS",
        )
    })
}
