//! `./dev bench`: what a server of this release costs, beside what its cryptography alone costs.
//!
//! It starts `latchkey serve` as a process of its own on a throwaway database and sends it requests
//! that it has prepared. What counts is the processor time that the server takes, because that hardly
//! depends on what else the machine does; each figure has its yardstick, measured in turn
//! with it. docs/performance.md tells how to read the table.

#![allow(unreachable_pub, reason = "a program of its own has no outside")]
#![allow(clippy::cast_precision_loss, reason = "counts and times become ratios")]

#[allow(dead_code, missing_docs, clippy::unwrap_used, reason = "it belongs to the tests")]
#[path = "../../tests/it/support/authenticator.rs"]
mod authenticator;
mod browser;
mod client;
mod database;
mod drive;
mod enrolled;
mod factors;
mod fill;
mod installation;
mod operations;
mod options;
mod parts;
mod post_office;
mod process;
mod report;
mod sign_in;
mod sink;
mod statements;
mod statistics;
mod world;
mod yardstick;

use std::process::ExitCode;

use clap::Parser as _;

/// What a measurement yields, or why there is none.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let options = options::Options::parse();
    match parts::run(&options) {
        Ok(report) => {
            if options.json {
                println!("{}", report.json());
            } else {
                println!("{report}");
            }
            if options.strict && !report.all_met() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
