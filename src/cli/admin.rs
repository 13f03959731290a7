//! `latchkey admin`: the first administrator.

use std::io::{self, IsTerminal as _};

use serde_json::json;

use super::Context;
use super::args::{AdminArgs, AdminCommand};
use super::exit::{Exit, Failure};
use super::output;
use super::people::{People, no_request, until};
use crate::domain::audit::Actor;

/// Where the link leads, below the issuer.
const SETUP: &str = "/setup";

/// Runs `latchkey admin …`.
pub(super) fn run(context: &Context, args: &AdminArgs) -> Result<(), Failure> {
    match args.command {
        AdminCommand::SetupLink => setup_link(context),
    }
}

/// Whoever has the link owns the installation, so it is for a person's eyes, not for the logs of a
/// pipeline.
fn setup_link(context: &Context) -> Result<(), Failure> {
    if !io::stdout().is_terminal() {
        return Err(Failure::new(
            Exit::Refused,
            "the link makes an administrator, so it is shown on a terminal only",
        )
        .fix("run the command by hand, without a pipe or a redirection"));
    }
    let people = People::open(context)?;
    let link = people.wait(people.identity.create_setup_link(Actor::Operator, &no_request()))?;
    let address = people.link(SETUP, &link)?;
    let value = json!({ "link": address, "expires_at": link.expires_at });
    context.output.show(&value, || {
        let shown = output::fields(&[("", address)]);
        format!("This makes the first administrator, {}:\n\n{shown}", until(&link))
    })
}
