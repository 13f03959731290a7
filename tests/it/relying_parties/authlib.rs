//! Authlib with Flask, for Python.
//!
//! It speaks plain http without being told. It leaves the `iss` of an answer unread (one app, one
//! provider), and its answers as a form would need a session cookie with `SameSite=None`, so neither
//! is tried.

use std::process::Command;

use super::journeys::journeys;
use super::process::Process;
use super::program::{Program, Settings};

fn start(settings: &Settings) -> Program {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new(format!("{root}/target/python/bin/python"));
    // Isolated: no module but those of the environment that ./dev has made.
    command.arg("-I").arg(format!("{root}/tests/python/relying_party.py"));
    Program::Process(Process::start(command, settings))
}

journeys! { start =>
    signs_somebody_in,
    a_denial_arrives,
    a_wrong_secret_is_understood,
    an_answer_to_another_sign_in_is_refused,
    refreshes_as_long_as_it_may,
    signs_out_at_the_provider,
    asks_about_its_token,
    gives_its_token_back,
    gets_a_token_for_itself,
    proves_itself_in_the_header_and_in_the_body,
    does_without_a_secret,
}
