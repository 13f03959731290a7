//! The names of everything that is counted and measured, with what each means.
//!
//! A room counts through the `metrics` facade with the constants of this file; where the figures go
//! is decided when a server starts. Labels take few values: never a person, a client, an address or
//! anything that was sent.

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only rises, until the process ends.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Durations in seconds, in buckets.
    Histogram,
}

/// A figure and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// As it is exported.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The meaning in a sentence, with its labels.
    pub help: &'static str,
}

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $constant:ident = $kind:ident $name:literal;)+) => {
        $($(#[doc = $help])+ pub const $constant: &str = $name;)+

        /// All of them.
        pub const ALL: &[Metric] = &[$(Metric {
            name: $name,
            kind: Kind::$kind,
            help: concat!($($help),+),
        }),+];
    };
}

metrics! {
    /// Requests answered, by route, method and status.
    HTTP_REQUESTS = Counter "latchkey_http_requests_total";
    /// Seconds from a request's head to its answer, by route.
    HTTP_DURATION = Histogram "latchkey_http_request_duration_seconds";
    /// Requests turned away because an address sent too many, by limit.
    FLOOD_REFUSED = Counter "latchkey_flood_refused_total";
    /// Attempts to prove who one is, by method.
    AUTH_ATTEMPTS = Counter "latchkey_auth_attempts_total";
    /// Attempts that succeeded, by method.
    AUTH_SUCCESSES = Counter "latchkey_auth_successes_total";
    /// Attempts that failed, by method and reason.
    AUTH_FAILURES = Counter "latchkey_auth_failures_total";
    /// Passwords that wait to be hashed.
    HASHES_WAITING = Gauge "latchkey_hash_waiting";
    /// Passwords that are being hashed.
    HASHES_RUNNING = Gauge "latchkey_hash_running";
    /// Passwords that were not hashed because too many waited.
    HASHES_REFUSED = Counter "latchkey_hash_refused_total";
    /// Connections to the database that are in use.
    POOL_IN_USE = Gauge "latchkey_pool_in_use";
    /// Requests that wait for a connection.
    POOL_WAITING = Gauge "latchkey_pool_waiting";
    /// Requests that were turned away because no connection came free in time.
    POOL_REFUSED = Counter "latchkey_pool_refused_total";
    /// Statements sent to the database.
    STATEMENTS = Counter "latchkey_database_statements_total";
    /// Token responses, by grant type.
    TOKENS_ISSUED = Counter "latchkey_tokens_issued_total";
    /// Token requests that were refused, by grant type and error code.
    TOKENS_REFUSED = Counter "latchkey_tokens_refused_total";
    /// Lines of the log that could not be written.
    LOG_LINES_DROPPED = Counter "latchkey_log_lines_dropped_total";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for (index, metric) in ALL.iter().enumerate() {
            let Metric { name, kind, help } = *metric;
            assert!(name.starts_with("latchkey_"), "{name}");
            assert_eq!(name.ends_with("_total"), kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_seconds"), kind == Kind::Histogram, "{name}");
            assert!(help.trim().ends_with('.'), "{name}: {help}");
            assert!(ALL[..index].iter().all(|other| other.name != name), "{name} is there twice");
        }
    }
}
