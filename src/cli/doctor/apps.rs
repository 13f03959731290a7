//! Apps that send people to a provider: can they sign in there?

use super::Finding;
use super::database::Opened;
use crate::cli::exit::Failure;
use crate::domain::client::Client;
use crate::domain::provider::Provider;
use crate::storage::Stop;

const CHECK: &str = "apps";

/// Adds a finding for each app that does.
pub(super) fn look(opened: Option<&Opened>, findings: &mut Vec<Finding>) {
    let Some(opened) = opened else { return };
    let found = opened.db.read_blocking(|tx| {
        let (clients, (providers, _)) = (tx.clients().list()?, tx.providers().list()?);
        Ok::<_, Stop<Failure>>((clients, providers))
    });
    match found.map_err(Failure::from).and_then(|found| found) {
        Ok((clients, providers)) => {
            findings.extend(clients.iter().filter_map(|client| judge(client, &providers)));
        }
        Err(failure) => findings.push(Finding::failure(CHECK, failure)),
    }
}

fn judge(client: &Client, providers: &[Provider]) -> Option<Finding> {
    let (id, slug) = (&client.id, client.provider.as_ref()?);
    let found = providers.iter().find(|provider| provider.slug == *slug);
    let instead = "people come to the sign-in page instead";
    let none = format!("`latchkey client update {id} --provider none`");
    Some(match found {
        Some(provider) if provider.is_enabled() => {
            Finding::ok(CHECK, format!("{id} sends people to {slug}"))
        }
        Some(_) => Finding::warn(
            CHECK,
            format!("{id} sends people to {slug}, which is disabled: {instead}"),
            format!("`latchkey provider enable {slug}`, or {none}"),
        ),
        None => Finding::warn(
            CHECK,
            format!("{id} sends people to {slug}, which this release cannot use: {instead}"),
            format!("`latchkey provider list` tells more; otherwise {none}"),
        ),
    })
}
