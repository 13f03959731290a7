//! The providers that people sign in with: do they answer, and fit their settings?

use futures_util::future::join_all;
use tokio::runtime::Runtime;

use super::Finding;
use super::database::Opened;
use crate::app;
use crate::cli::exit::{Exit, Failure};
use crate::config::Config;
use crate::domain::provider::Provider;
use crate::federation::{Federation, FederationError};
use crate::kernel::env::Env;
use crate::storage::Stop;

const CHECK: &str = "provider";

/// Adds what there is to say about each that is enabled. All are asked at once, and each has the time that
/// people wait for it.
pub(super) fn look(
    config: &Config,
    env: &Env,
    opened: Option<&Opened>,
    runtime: &Runtime,
    findings: &mut Vec<Finding>,
) {
    let Some(opened) = opened else { return };
    let listed = opened
        .db
        .read_blocking(|tx| tx.providers().list().map_err(Stop::<Failure>::from))
        .map_err(Failure::from)
        .and_then(|listed| listed);
    let (providers, unusable) = match listed {
        Ok(listed) => listed,
        Err(failure) => return findings.push(Finding::failure(CHECK, failure)),
    };
    for one in unusable.iter().filter(|one| one.disabled_at.is_none()) {
        let fix = format!("`latchkey provider remove {}`, and add it anew", one.slug);
        findings.push(Finding::fail(CHECK, format!("{} cannot be used: {one}", one.slug), fix));
    }
    let enabled: Vec<Provider> = providers.into_iter().filter(Provider::is_enabled).collect();
    if enabled.is_empty() {
        return;
    }
    let issuer = opened.issuer.as_ref().unwrap_or(&config.issuer);
    let ring = match app::master_ring(config) {
        Ok(ring) => ring,
        Err(error) => return findings.push(Finding::failure(CHECK, error.into())),
    };
    let federation = match Federation::new(env.clone(), ring, issuer.is_loopback()) {
        Ok(federation) => federation,
        Err(error) => {
            let failure = Failure::new(Exit::Failure, error.to_string());
            return findings.push(Finding::failure(CHECK, failure));
        }
    };
    let asked = enabled.iter().map(|provider| federation.check(provider));
    let answers = runtime.block_on(join_all(asked));
    findings.extend(enabled.iter().zip(answers).map(|(provider, answer)| judge(provider, answer)));
}

fn judge(provider: &Provider, answer: Result<Vec<String>, FederationError>) -> Finding {
    let slug = &provider.slug;
    match answer {
        Ok(_) => Finding::ok(CHECK, format!("{slug} answers, and its settings fit")),
        Err(error) => Finding::fail(
            CHECK,
            format!("{slug}: {error}"),
            format!("`latchkey provider test {slug}` tells what to do"),
        ),
    }
}
