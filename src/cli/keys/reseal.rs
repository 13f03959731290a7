//! `latchkey keys reseal`.

use serde_json::json;

use super::{keeper, write};
use crate::cli::Context;
use crate::cli::args::ResealKeys;
use crate::cli::database::Open;
use crate::cli::exit::Failure;
use crate::cli::prompt;
use crate::protocol::keys::{self, KeysRefusal};

pub(super) fn run(context: &Context, open: &Open, args: &ResealKeys) -> Result<(), Failure> {
    let keeper = keeper(open)?;
    let present = keeper.ring.current().id();
    let previous = keeper.ring.previous().ok_or(KeysRefusal::NoPrevious)?.id();
    let question = format!(
        "A server that was not restarted with both master keys stops working. Move everything from \
         master key {previous} to {present}?"
    );
    if !args.yes && !prompt::confirm(&question)? {
        let value = json!({ "master_key_id": null });
        return context.output.show(&value, || "Nothing was done.".to_owned());
    }
    let resealed = write(open, |tx| keys::reseal(tx, &keeper))?;
    let value = json!({
        "master_key_id": resealed.master_key_id,
        "resealed": {
            "signing_keys": resealed.signing_keys,
            "mails": resealed.mails,
            "authenticators": resealed.authenticators,
            "providers": resealed.providers,
            "upstream_hints": resealed.upstream_hints,
        },
        "providers_left": resealed.left,
    });
    context.output.show(&value, || {
        format!(
            "Everything is sealed under master key {present} ({} signing keys, {} mails, {} \
             authenticator apps, {} providers and {} ID tokens of providers were moved just now). Take \
             the previous one out of the configuration of every server; keep a copy for as long as you \
             keep backups of the database from before.{}",
            resealed.signing_keys,
            resealed.mails,
            resealed.authenticators,
            resealed.providers,
            resealed.upstream_hints,
            left(&resealed.left)
        )
    })
}

/// What is to be done about providers whose secret does not open.
fn left(providers: &[String]) -> String {
    if providers.is_empty() {
        return String::new();
    }
    format!(
        "\nLeft as they were, because neither key opens them: the secrets of {}. Nobody signs in with \
         these providers. Give each its secret anew (`latchkey provider update NAME`), or remove it \
         (`latchkey provider remove NAME`).",
        providers.join(", ")
    )
}
