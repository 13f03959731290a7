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
    /// New passwords that were looked up in the breach service, by outcome.
    BREACH_CHECKS = Counter "latchkey_breach_checks_total";
    /// Providers that are left alone because they did not answer several times.
    PROVIDERS_RESTING = Gauge "latchkey_providers_resting";
    /// Logout tokens of providers, by outcome.
    UPSTREAM_LOGOUTS = Counter "latchkey_upstream_logouts_total";
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
    /// Authorization codes that came a second time, which ended what had come of them.
    CODES_REPLAYED = Counter "latchkey_codes_replayed_total";
    /// Refresh tokens that came again after they were replaced, which ended their families.
    REFRESH_REUSED = Counter "latchkey_refresh_reused_total";
    /// Change-overs to another signing key, as this node saw them.
    KEY_ROTATIONS = Counter "latchkey_key_rotations_total";
    /// Seconds until the signing key has signed for its lifetime; below zero, its successor is late.
    KEY_REMAINING = Gauge "latchkey_signing_key_remaining_seconds";
    /// Whether a key is published that will take over from the signing key: 1 or 0.
    KEY_SUCCESSOR = Gauge "latchkey_signing_key_successor";
    /// Turns at a job, by its name.
    JOB_RUNS = Counter "latchkey_job_runs_total";
    /// Turns at a job that went wrong, by its name.
    JOB_FAILURES = Counter "latchkey_job_failures_total";
    /// Mails that were written down to be sent, by kind.
    MAILS_QUEUED = Counter "latchkey_mails_queued_total";
    /// Mails that a server has taken, by kind.
    MAILS_SENT = Counter "latchkey_mails_sent_total";
    /// Attempts to send a mail that failed, by reason.
    MAIL_FAILURES = Counter "latchkey_mail_failures_total";
    /// Mails that were given up.
    MAILS_DEAD = Counter "latchkey_mails_dead_total";
    /// Mails that were not sent because what they say was over.
    MAILS_EXPIRED = Counter "latchkey_mails_expired_total";
    /// Mails that were not written because their recipient got too many within the hour.
    MAILS_BOUNDED = Counter "latchkey_mails_bounded_total";
    /// Mails that wait to be sent.
    MAILS_WAITING = Gauge "latchkey_mails_waiting";
    /// Seconds for which the oldest mail has been waiting; 0 when none does.
    MAIL_OLDEST = Gauge "latchkey_mail_oldest_seconds";
    /// Whether the mail server is left alone for a while because it does not answer: 1 or 0.
    MAIL_BREAKER = Gauge "latchkey_mail_breaker_open";
    /// Lines of the log that could not be written.
    LOG_LINES_DROPPED = Counter "latchkey_log_lines_dropped_total";
    /// Spans that no collector got: too many waited, or it did not take them.
    SPANS_DROPPED = Counter "latchkey_spans_dropped_total";
    /// Whether the node should get requests: 1 or 0.
    READY = Gauge "latchkey_ready";
    /// Seconds by which the database's clock was ahead of this machine's when last compared.
    CLOCK_OFFSET = Gauge "latchkey_clock_offset_seconds";
    /// Always 1, by version.
    BUILD_INFO = Gauge "latchkey_build_info";
    /// Seconds since 1970 at which the process began to serve.
    PROCESS_START = Gauge "process_start_time_seconds";
    /// Seconds of processor time that the process has used.
    PROCESS_CPU = Gauge "process_cpu_seconds_total";
    /// Bytes of memory that the process occupies.
    PROCESS_MEMORY = Gauge "process_resident_memory_bytes";
    /// Files and connections that the process has open.
    PROCESS_FILES = Gauge "process_open_fds";
    /// How many files and connections it may have open.
    PROCESS_FILES_LIMIT = Gauge "process_max_fds";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for (index, metric) in ALL.iter().enumerate() {
            let Metric { name, kind, help } = *metric;
            // The names that every client library of Prometheus gives to what concerns a process;
            // its seconds have a fraction, so they cannot be a counter of ours.
            if !name.starts_with("process_") {
                assert!(name.starts_with("latchkey_"), "{name}");
                assert_eq!(name.ends_with("_total"), kind == Kind::Counter, "{name}");
                assert!(name.ends_with("_seconds") || kind != Kind::Histogram, "{name}");
            }
            assert!(help.trim().ends_with('.'), "{name}: {help}");
            assert!(ALL[..index].iter().all(|other| other.name != name), "{name} is there twice");
        }
    }
}
