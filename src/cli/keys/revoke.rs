//! `latchkey keys revoke`.

use serde_json::json;

use super::{FOLLOWED, keeper, write};
use crate::cli::Context;
use crate::cli::args::RevokeKey;
use crate::cli::database::Open;
use crate::cli::exit::Failure;
use crate::cli::prompt;
use crate::crypto::keyring::Spare;
use crate::kernel::printable::Printable;
use crate::protocol::keys;

pub(super) fn run(context: &Context, open: &Open, args: &RevokeKey) -> Result<(), Failure> {
    let keeper = keeper(open)?;
    let kid = &args.kid;
    let question = format!(
        "Nothing signed with {} is accepted any more: whoever is signed in with it has to sign in \
         again. Revoke it?",
        Printable(kid)
    );
    if !args.yes && !prompt::confirm(&question)? {
        return context.output.show(&json!({ "revoked": null }), || "Nothing was done.".to_owned());
    }
    let spare = Spare::make()?;
    let signing = write(open, |tx| keys::revoke(tx, &keeper, kid, spare))?;
    let value = json!({ "revoked": kid, "signing_key": signing.kid });
    context
        .output
        .show(&value, || format!("Revoked {kid}. {} signs from now on. {FOLLOWED}", signing.kid))
}
