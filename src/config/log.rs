//! `[log]`: what is logged, and in which form.

use std::fmt;

use tracing_subscriber::EnvFilter;

use super::error::Complaint;
use super::values::Values;

/// What is logged, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// Directives of `tracing-subscriber`, like `info` or `info,latchkey=debug`; already checked.
    pub filter: String,
    /// The form.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// A line for people.
    Text,
    /// A JSON object per line.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl LogConfig {
    pub(super) fn read(values: &mut Values) -> Self {
        let default = || "info".to_owned();
        Self {
            filter: values
                .parsed("log.filter", parse_filter, Some(default()))
                .unwrap_or_else(default),
            format: values
                .parsed("log.format", parse_format, Some(LogFormat::Auto))
                .unwrap_or(LogFormat::Auto),
        }
    }
}

fn parse_filter(text: &str) -> Result<String, Complaint> {
    match EnvFilter::builder().parse(text) {
        Ok(_) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err(Complaint::new(
            "`log.filter` is not a log filter",
            "use error, warn, info, debug or trace, or a list like \"info,latchkey=debug\"",
        )),
    }
}

fn parse_format(text: &str) -> Result<LogFormat, Complaint> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Complaint::new(
            "`log.format` is none of the formats",
            "use auto (text on a terminal, JSON otherwise), text or json",
        )),
    }
}
