//! `latchkey config`: what the configuration is, and whether it is right.

use serde_json::json;

use super::Context;
use super::args::{ConfigArgs, ConfigCommand, ConfigFor};
use super::exit::Failure;
use crate::config::{Origin, Profile};
use crate::kernel::printable::Printable;

/// Runs `latchkey config …`.
pub(super) fn run(context: &Context, args: &ConfigArgs) -> Result<(), Failure> {
    match &args.command {
        ConfigCommand::Check { purpose } => check(context, *purpose),
        ConfigCommand::Print { purpose } => print(context, *purpose),
    }
}

fn check(context: &Context, purpose: ConfigFor) -> Result<(), Failure> {
    let config = context.load(purpose.into())?;
    if config.is_insecure() {
        context.output.note("warning: plain http beyond this machine; every page will say so");
    }
    let set = config.settings().iter().filter(|setting| setting.origin != Origin::Default).count();
    let file = config.file.as_ref().map(|path| path.display().to_string());
    context.output.show(&json!({ "valid": true, "file": file, "settings": set }), || {
        let source = file.as_deref().unwrap_or("no file");
        format!("The configuration is valid ({}, {set} settings set).", Printable(source))
    })
}

fn print(context: &Context, purpose: ConfigFor) -> Result<(), Failure> {
    let config = context.load(purpose.into())?;
    context.output.show(&config.to_json(), || config.to_toml())
}

impl From<ConfigFor> for Profile {
    fn from(purpose: ConfigFor) -> Self {
        match purpose {
            ConfigFor::Serve => Self::Serve,
            ConfigFor::Dev => Self::Dev { port: None },
            ConfigFor::Tool => Self::Tool,
        }
    }
}
