//! Mail: is there a server, does it take ours, and does anything lie about?

use std::time::Duration;

use tokio::runtime::Runtime;

use super::Finding;
use super::database::Opened;
use crate::cli::exit::Failure;
use crate::config::{Config, MailConfig};
use crate::domain::mail::Problem;
use crate::kernel::env::Env;
use crate::mail::{Smtp, Transport as _};
use crate::storage::Stop;

const CHECK: &str = "mail";

/// How long the server may take for all of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Adds a finding about the server, and one about the queue where something is wrong with it.
pub(super) fn look(
    config: &Config,
    env: &Env,
    opened: Option<&Opened>,
    runtime: &Runtime,
    findings: &mut Vec<Finding>,
) {
    findings.push(match &config.mail {
        None => Finding::warn(
            CHECK,
            "not configured: nobody is told of changes to their account, nobody signs in by a mailed \
             code or link, self-registration stays closed, and links to set a password are for you to pass on",
            "set host and from under [mail], then `latchkey mail test ADDRESS`",
        ),
        Some(mail) => server(mail, config, env, runtime),
    });
    if config.mail.is_none() {
        findings.extend(opened.and_then(second_factor));
    }
    findings.extend(opened.and_then(queue));
}

fn server(mail: &MailConfig, config: &Config, env: &Env, runtime: &Runtime) -> Finding {
    let smtp = match Smtp::new(mail, &config.brand.name, env) {
        Ok(smtp) => smtp,
        Err(error) => return Finding::failure(CHECK, error.into()),
    };
    let place = format!("{}:{}", mail.host, mail.port);
    let checked = runtime.block_on(async { tokio::time::timeout(PATIENCE, smtp.check()).await });
    let problem = match checked {
        Ok(Ok(())) => {
            let how = if mail.credentials.is_some() {
                "and accepts user and password"
            } else {
                "and asks for no password"
            };
            return Finding::ok(CHECK, format!("{place} answers ({}) {how}", mail.encryption));
        }
        Ok(Err(undelivered)) => undelivered.problem,
        Err(_) => Problem::TimedOut,
    };
    Finding::fail(CHECK, format!("{place}: {problem}"), problem.fix())
}

/// A mailed code is promised to those who have no other second factor, and nobody mails it.
fn second_factor(opened: &Opened) -> Option<Finding> {
    let loaded = opened.db.read_blocking(|tx| tx.settings().load().map_err(Stop::<Failure>::from));
    match loaded.map_err(Failure::from).and_then(|loaded| loaded) {
        Ok(loaded) if loaded.settings.mailed_second_factor() => Some(Finding::warn(
            CHECK,
            "the setting second_factor_by_mail is on, but no mail is sent: nobody gets a code by it",
            "set host and from under [mail], or `latchkey settings set second_factor_by_mail off`",
        )),
        Ok(_) => None,
        Err(failure) => Some(Finding::failure(CHECK, failure)),
    }
}

fn queue(opened: &Opened) -> Option<Finding> {
    let waiting = opened.db.read_blocking(|tx| tx.mails().waiting().map_err(Stop::<Failure>::from));
    match waiting.map_err(Failure::from).and_then(|waiting| waiting) {
        Ok(waiting) if waiting.dead > 0 => Some(Finding::warn(
            CHECK,
            format!("{} mails were given up within the last days", waiting.dead),
            "`latchkey mail list --state dead` tells which and why",
        )),
        Ok(_) => None,
        Err(failure) => Some(Finding::failure(CHECK, failure)),
    }
}
