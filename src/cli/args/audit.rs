//! `latchkey audit`.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{ArgGroup, Args, Subcommand};

/// `latchkey audit`.
#[derive(Debug, Args)]
#[command(after_help = "Every sign-in, refusal that names somebody, consent, grant, change of a \
    key, client, account or setting is an entry; the setting audit_retention tells for how long.\n\n\
    Examples:\n  \
    latchkey audit tail --follow\n  \
    latchkey audit search --person ada@example.org --since 2d\n  \
    latchkey audit search --action session --refused --json\n  \
    latchkey audit search --request 3q2-7wAAQEGjK0Zr1nBx5A")]
pub struct AuditArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What `latchkey audit` can do.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Show the latest entries, the newest last; with --json an object per line.
    Tail {
        /// How many.
        #[arg(short = 'n', long = "lines", value_name = "NUMBER", default_value_t = 20,
              value_parser = clap::value_parser!(u32).range(0..=10_000))]
        lines: u32,
        /// Go on with what comes, until interrupted.
        #[arg(short, long)]
        follow: bool,
        /// Which entries.
        #[command(flatten)]
        wanted: AuditWanted,
    },
    /// Find entries, the newest first.
    Search {
        /// How many at most.
        #[arg(long, value_name = "NUMBER", default_value_t = 100,
              value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
        /// Not before: a time like 2026-01-31, 2026-01-31T08:00:00Z, or 2h for two hours ago.
        #[arg(long, value_name = "TIME")]
        since: Option<Moment>,
        /// Before that time.
        #[arg(long, value_name = "TIME")]
        until: Option<Moment>,
        /// Which entries.
        #[command(flatten)]
        wanted: AuditWanted,
    },
}

/// Which entries are wanted. All that is given must fit.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("outcome").args(["refused", "done"]))]
pub struct AuditWanted {
    /// What this person did, and what was done to them: an address, username, subject or id.
    #[arg(long, value_name = "WHO")]
    pub person: Option<String>,
    /// What concerns this app.
    #[arg(long, value_name = "CLIENT_ID")]
    pub client: Option<String>,
    /// What happened: an action by its name, or a whole group like session; may be repeated.
    #[arg(long = "action", value_name = "ACTION")]
    pub actions: Vec<String>,
    /// What happened in the request with this id.
    #[arg(long, value_name = "REQUEST_ID", allow_hyphen_values = true)]
    pub request: Option<String>,
    /// Only what was refused.
    #[arg(long)]
    pub refused: bool,
    /// Only what was done.
    #[arg(long)]
    pub done: bool,
}

/// A moment on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long ago.
    Ago(Duration),
    /// At that time.
    At(DateTime<Utc>),
}

impl Moment {
    /// As a time, seen from `now`.
    pub fn seen_from(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(span) => now.checked_sub_signed(
                chrono::TimeDelta::from_std(span).unwrap_or(chrono::TimeDelta::MAX),
            ),
            Self::At(time) => Some(time),
        }
        .unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(time.to_utc()));
        }
        let midnight = |day: NaiveDate| day.and_hms_opt(0, 0, 0).map(|time| time.and_utc());
        if let Some(time) = text.parse().ok().and_then(midnight) {
            return Ok(Self::At(time));
        }
        super::parse_duration(text).map(Self::Ago).map_err(|_| {
            "write it like 2026-01-31, 2026-01-31T08:00:00Z, or 90m, 2h, 3d for so long ago"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_a_day_or_so_long_ago() {
        let now: DateTime<Utc> = "2026-02-01T12:00:00Z".parse().unwrap();
        for (text, meant) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
            ("2026-01-31T08:00:00+02:00", "2026-01-31T06:00:00Z"),
            ("2h", "2026-02-01T10:00:00Z"),
            ("90", "2026-02-01T11:58:30Z"),
            ("9999999years", "1970-01-01T00:00:00Z"),
        ] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!(moment.seen_from(now), meant.parse::<DateTime<Utc>>().unwrap(), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "-2h"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
