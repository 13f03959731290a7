//! `latchkey doctor`: what is wrong with the installation, with a remedy for each finding.

mod apps;
mod database;
mod front_end;
mod geo;
mod hashing;
mod jobs;
mod keys;
mod mail;
mod memory;
mod network;
mod providers;

use serde::Serialize;

use super::Context;
use super::exit::{Exit, Failure};
use super::output;
use super::people::runtime;
use crate::config::{Config, Origin, Profile};
use crate::kernel::env::Env;
use crate::kernel::printable::Printable;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// All is well.
    Ok,
    /// It works, but somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

/// What a check found.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    level: Level,
    message: String,
    /// What to do about it.
    fix: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, message: message.into(), fix: None }
    }

    fn warn(check: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, level: Level::Warn, message: message.into(), fix: Some(fix.into()) }
    }

    fn fail(check: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, level: Level::Fail, message: message.into(), fix: Some(fix.into()) }
    }

    /// What kept a command from working keeps the installation from it.
    fn failure(check: &'static str, failure: Failure) -> Self {
        Self { check, level: Level::Fail, message: failure.message, fix: failure.fix }
    }
}

/// Runs `latchkey doctor`.
pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let config = context.load(Profile::Tool)?;
    let env = Env::system();
    let runtime = runtime()?;
    let mut findings = vec![configuration(context, &config)];
    let opened = database::look(&config, &env, &runtime, &mut findings);
    keys::look(&config, &env, opened.as_ref(), &mut findings);
    jobs::look(opened.as_ref(), &env, &mut findings);
    let issuer = opened.as_ref().and_then(|opened| opened.issuer.clone());
    let issuer = issuer.unwrap_or_else(|| config.issuer.clone());
    findings.push(network::issuer(&issuer, &runtime));
    findings.push(network::proxies(&config));
    front_end::look(&config, opened.as_ref(), &mut findings);
    apps::look(opened.as_ref(), &mut findings);
    providers::look(&config, &env, opened.as_ref(), &runtime, &mut findings);
    mail::look(&config, &env, opened.as_ref(), &runtime, &mut findings);
    geo::look(&config, &mut findings);
    runtime.block_on(hashing::look(&config, &env, &mut findings));
    show(context, &findings)
}

/// The rules of `serve` are stricter than those of commands.
fn configuration(context: &Context, config: &Config) -> Finding {
    const CHECK: &str = "configuration";
    let set = config.settings().iter().filter(|setting| setting.origin != Origin::Default).count();
    let source =
        config.file.as_ref().map_or("no file".to_owned(), |path| path.display().to_string());
    match context.load(Profile::Serve) {
        Ok(_) => {
            Finding::ok(CHECK, format!("valid for `latchkey serve` ({source}, {set} settings set)"))
        }
        Err(_) if set == 0 => Finding::ok(CHECK, "nothing is set: this is for `latchkey dev`"),
        Err(failure) => Finding::warn(
            CHECK,
            format!("good for commands, but `latchkey serve` would refuse it: {}", failure.message),
            "`latchkey config check` tells each problem with its place and remedy",
        ),
    }
}

fn show(context: &Context, findings: &[Finding]) -> Result<(), Failure> {
    let failed = findings.iter().filter(|finding| finding.level == Level::Fail).count();
    let healthy = failed == 0;
    context
        .output
        .show(&serde_json::json!({ "healthy": healthy, "findings": findings }), || {
            text(findings)
        })?;
    match failed {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Failure, "a check failed")),
        more => Err(Failure::new(Exit::Failure, format!("{more} checks failed"))),
    }
}

fn text(findings: &[Finding]) -> String {
    let rows: Vec<_> = findings
        .iter()
        .map(|finding| (finding.level.word(), format!("{}: {}", finding.check, finding.message)))
        .collect();
    let lines = output::fields(&rows);
    lines
        .lines()
        .zip(findings)
        .map(|(line, finding)| match &finding.fix {
            None => format!("{line}\n"),
            Some(fix) => format!("{line}\n      fix: {}\n", Printable(fix)),
        })
        .collect()
}
