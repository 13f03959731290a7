//! Everything is tested from outside here, over HTTP and in a browser, as one binary.

// One binary: whatever its modules share is "unreachable" from outside.
#![allow(unreachable_pub)]
// All of it is test code, though clippy sees that only in functions marked so.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod account;
mod api;
mod certification;
mod cli;
// Homebrew's machines have one loopback address and no systemd; ./dev test says so.
#[cfg(not(target_os = "macos"))]
mod deploy;
mod documentation;
mod elsewhere;
mod factors;
mod faults;
mod federation;
mod front;
mod harness;
mod identity;
mod jobs;
mod journeys;
mod load;
mod mail;
mod mailed;
mod pages;
mod passkeys;
mod passwords;
mod private_postgres;
mod protocol;
mod recovery;
mod relying_parties;
mod storage;
mod support;
