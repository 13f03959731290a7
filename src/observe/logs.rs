//! Sets up tracing: text for people, JSON lines for collectors, both on standard error.
//!
//! What a stranger chooses (a user agent, a username, a client's name) ends up in fields. In JSON
//! the encoding keeps it on its line; in text [`Printable`] does, so neither a line can be forged
//! nor a terminal steered.

use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing::field::Field;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::{Directive, ParseError, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, fmt, registry};

use super::log_writer::{self, Flush};
use super::traces::Traces;
use crate::config::{LogConfig, LogFormat};
use crate::kernel::printable::Printable;
use crate::kernel::spans::{REQUEST, WORK};

/// Why logs could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The filter does not parse; a loaded configuration has been checked for this.
    #[error("the log filter is invalid: {0}")]
    Filter(#[from] ParseError),
    /// Something else in this process logs already.
    #[error("logging is set up already: {0}")]
    Already(#[from] TryInitError),
}

/// Sends what this process logs to standard error, and its spans to where `traces` go, from now on and
/// until what this returns is dropped.
pub fn init(config: &LogConfig, traces: Option<&Traces>) -> Result<Flush, LogsError> {
    let terminal = io::stderr().is_terminal();
    let (lines, flush) = log_writer::lines(io::stderr());
    subscriber(config, terminal, lines, traces)?.try_init()?;
    Ok(flush)
}

fn subscriber<W>(
    config: &LogConfig,
    terminal: bool,
    writer: W,
    traces: Option<&Traces>,
) -> Result<Box<dyn Subscriber + Send + Sync>, ParseError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // A line tells its innermost span, which is to be the request.
    let no_work: Directive = format!("{WORK}=off").parse()?;
    // The library writes errors, with what was sent, for whatever a stranger sends; ours tell enough.
    let no_passkeys: Directive = "webauthn_rs_core=off".parse()?;
    let filter = EnvFilter::builder().parse(&config.filter)?;
    let filter = filter.add_directive(no_work).add_directive(no_passkeys);
    let json = match config.format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    Ok(match traces {
        None => Box::new(registry().with(filter).with(lines(json, terminal, writer))),
        Some(traces) => {
            let ours = filter_fn(|it| it.is_span() && [REQUEST, WORK].contains(&it.target()));
            let lines = lines(json, terminal, writer).with_filter(filter);
            Box::new(registry().with(lines).with(traces.layer().with_filter(ours)))
        }
    })
}

/// Writes a line for each event.
fn lines<S, W>(json: bool, terminal: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_writer(writer);
    if json {
        Box::new(layer.json().flatten_event(true).with_span_list(false))
    } else {
        let fields = debug_fn(write_field).delimited(" ");
        Box::new(layer.with_ansi(terminal).fmt_fields(fields))
    }
}

fn write_field(
    writer: &mut Writer<'_>,
    field: &Field,
    value: &dyn std::fmt::Debug,
) -> std::fmt::Result {
    let text = format!("{value:?}");
    match field.name() {
        "message" => write!(writer, "{}", Printable(&text)),
        // The place in the source that the `log` crate's records carry along.
        name if name.starts_with("log.") => Ok(()),
        name => write!(writer, "{name}={}", Printable(&text)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What a subscriber wrote.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, terminal: bool, filter: &str, act: impl FnOnce()) -> String {
        let sink = Sink::default();
        let config = LogConfig { filter: filter.to_owned(), format };
        let writer = sink.clone();
        let subscriber = subscriber(&config, terminal, move || writer.clone(), None).unwrap();
        tracing::subscriber::with_default(subscriber, act);
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    const HOSTILE: &str = "eve\r\n2026-01-01T00:00:00Z INFO forged\u{1b}[2J\u{9b}1m\"}\n{\"a\":1";

    fn attack() {
        let span = tracing::info_span!("request", agent = %HOSTILE);
        let _entered = span.enter();
        tracing::info!(username = %HOSTILE, client = HOSTILE, "refused {HOSTILE}");
    }

    #[test]
    fn case_328_no_field_forges_a_line_of_text() {
        let text = logged(LogFormat::Text, false, "info", attack);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.ends_with('\n'));
        assert!(!text.trim_end_matches('\n').chars().any(char::is_control), "{text:?}");
        assert_eq!(text.matches("eve").count(), 4, "{text}");
    }

    #[test]
    fn case_328_no_field_steers_a_terminal() {
        let text = logged(LogFormat::Auto, true, "info", attack);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("\u{1b}[2J") && !text.contains('\u{9b}'), "{text:?}");
    }

    #[test]
    fn case_328_no_field_forges_a_line_of_json() {
        let text = logged(LogFormat::Auto, false, "info", attack);
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["username"], HOSTILE);
        assert_eq!(line["span"]["agent"], HOSTILE);
        assert!(line.get("a").is_none());
    }

    #[test]
    fn a_line_names_its_request_at_every_level_and_in_all_work() {
        for filter in ["warn", "trace"] {
            let text = logged(LogFormat::Json, false, filter, || {
                let request = tracing::error_span!(target: REQUEST, "request", request_id = "r1");
                let _request = request.enter();
                let work = tracing::trace_span!(target: WORK, "database");
                let _work = work.enter();
                tracing::warn!("slow");
            });
            let line: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(line["span"]["request_id"], "r1", "{text}");
        }
    }

    #[test]
    fn the_filter_decides_what_is_logged() {
        let act = || {
            tracing::debug!("quiet");
            tracing::info!(log.line = 7, "loud");
        };
        let text = logged(LogFormat::Text, false, "info", act);
        assert!(text.contains("loud") && !text.contains("quiet"), "{text}");
        assert!(!text.contains("log.line"), "{text}");
        assert!(logged(LogFormat::Text, false, "off", act).is_empty());
    }
}
