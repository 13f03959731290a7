//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Requests per CPU-second of the server, and their latency at half load.
    Rates,
    /// The latency of requests while 100 sign-ins hash.
    Hashing,
    /// Statements per request.
    Statements,
    /// Memory, start-up, size.
    Footprint,
    /// Whole sign-ins with each way to prove who one is.
    Factors,
    /// Letters per second.
    Mail,
    /// Whether the time of an answer tells who has an account.
    Uniformity,
    /// The latency in a small and in a large database.
    Growth,
}

/// Measures a release build of Latchkey on this machine.
#[derive(Debug, Parser)]
#[command(name = "./dev bench")]
pub struct Options {
    /// Measure only these parts; separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    pub parts: Vec<Part>,
    /// Measure only operations whose name contains this.
    #[arg(value_name = "FILTER")]
    pub filter: Option<String>,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=30))]
    pub seconds: u64,
    /// Connections that send requests at the same time.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub connections: u16,
    /// People in the large database.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..))]
    pub people: u64,
    /// Refresh tokens in the large database.
    #[arg(long, default_value_t = 10_000_000,
          value_parser = clap::value_parser!(u64).range(1000..))]
    pub refresh_tokens: u64,
    /// Measure this program instead of the one that was just built.
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_latchkey"))]
    pub program: PathBuf,
    /// Print JSON for machines.
    #[arg(long)]
    pub json: bool,
    /// Fail when a mark is missed.
    #[arg(long)]
    pub strict: bool,
    /// What `cargo bench` says.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Whether a part is wanted.
    pub fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    /// Whether one of these parts is wanted.
    pub fn wants_any(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.wants(*part))
    }

    /// Whether an operation is wanted.
    pub fn wants_operation(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| name.contains(filter))
    }

    /// How long each measurement takes.
    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Connections that send requests at the same time.
    pub fn connections(&self) -> usize {
        usize::from(self.connections)
    }
}
