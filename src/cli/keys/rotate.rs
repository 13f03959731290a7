//! `latchkey keys rotate`.

use serde_json::json;

use super::{FOLLOWED, chain, keeper, write};
use crate::cli::Context;
use crate::cli::args::RotateKeys;
use crate::cli::database::Open;
use crate::cli::exit::Failure;
use crate::cli::output;
use crate::crypto::keyring::Spare;
use crate::protocol::keys::{self, KeysRefusal};

pub(super) fn run(context: &Context, open: &Open, args: &RotateKeys) -> Result<(), Failure> {
    let keeper = keeper(open)?;
    let (chain, _) = chain(open)?;
    let now = open.env.now();
    let seen = chain.signing(now).ok_or(KeysRefusal::NoKey)?.kid.clone();
    // Whoever takes over this instant, or has taken over already, needs a next key behind it.
    let is_spare = chain.next().is_some_and(|next| !next.takes_over(now)) && !args.now;
    let spare = if is_spare { None } else { Some(Spare::make()?) };
    let rotation = write(open, |tx| keys::rotate(tx, &keeper, &seen, spare, args.now))?;
    let [at, published, ripe] =
        [rotation.at, rotation.published_at, rotation.ripe_at].map(|at| output::time(Some(at)));
    if rotation.at < rotation.ripe_at {
        context.output.note(&format!(
            "Warning: {} is published since {published} only. A relying party that keeps the key \
             set from before refuses new tokens until it asks again, which takes it 5 minutes at \
             most; without --now it would have taken over at {ripe}.",
            rotation.kid
        ));
    }
    let value = json!({
        "signing_key": if args.now { &rotation.kid } else { &seen },
        "next_key": if args.now { rotation.after.as_ref() } else { Some(&rotation.kid) },
        "changes_over_at": rotation.at,
        "published_at": rotation.published_at,
        "was_published_long_enough": rotation.at >= rotation.ripe_at,
    });
    context.output.show(&value, || {
        if args.now {
            format!("{} signs from now on. {FOLLOWED}", rotation.kid)
        } else {
            format!(
                "{} takes over from {seen} at {at}, on every server at once.\nIt is published \
                 since {published}, and {seen} stays published for what it has signed.",
                rotation.kid
            )
        }
    })
}
