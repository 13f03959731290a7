//! What people prove themselves with, where they have lost it or it is not theirs.

use serde_json::json;

use super::super::Context;
use super::super::args::{DisconnectUser, RemoveFactors};
use super::super::exit::{Exit, Failure};
use super::super::people::{People, no_request};
use super::super::prompt;
use super::name;
use crate::domain::audit::Actor;
use crate::identity::admin::Lost;
use crate::kernel::printable::Printable;

/// `latchkey user remove-factors`.
pub(super) fn remove(context: &Context, args: &RemoveFactors) -> Result<(), Failure> {
    let people = People::open(context)?;
    let profile = people.find(&args.who)?;
    let (user, name) = (profile.user.id, name(&profile));
    let question = format!(
        "Remove the passkeys, authenticator apps and recovery codes of {name}? A password, or whoever \
         reads their mail, gets in from then on."
    );
    if !args.yes && !prompt::confirm(&question)? {
        return Err(Failure::new(Exit::Refused, "nothing was removed"));
    }
    let identity = &people.identity;
    let lost = people.wait(identity.remove_lost_factors(Actor::Operator, user, &no_request()))?;
    let value = json!({
        "subject": profile.user.subject,
        "passkeys": lost.passkeys,
        "authenticators": lost.authenticators,
        "recovery_codes": lost.recovery_codes,
    });
    context.output.show(&value, || {
        if lost == Lost::default() {
            return format!("{name} has none of these.");
        }
        format!(
            "Removed of {name}: {} passkeys, {} authenticator apps, {} recovery codes. They are signed \
             out everywhere.",
            lost.passkeys, lost.authenticators, lost.recovery_codes
        )
    })
}

/// `latchkey user disconnect`.
pub(super) fn disconnect(context: &Context, args: &DisconnectUser) -> Result<(), Failure> {
    let people = People::open(context)?;
    let profile = people.find(&args.who)?;
    let (user, name) = (profile.user.id, name(&profile));
    let (identity, slug) = (&people.identity, args.provider.as_str());
    let ended =
        people.wait(identity.disconnect_user(Actor::Operator, user, slug, &no_request()))?;
    if ended == 0 {
        let none = format!("{name} is not connected with {}", Printable(slug));
        return Err(Failure::new(Exit::Refused, none)
            .fix(format!("`latchkey user show {user}` shows what they sign in with")));
    }
    let value = json!({ "subject": profile.user.subject, "provider": slug, "disconnected": ended });
    context.output.show(&value, || format!("Disconnected {name} from {}.", Printable(slug)))
}
