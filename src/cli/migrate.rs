//! `latchkey migrate`: brings the database's schema up to date.

use serde_json::json;

use super::Context;
use super::database::{check_schema, connect};
use super::exit::Failure;
use crate::app::Database;
use crate::config::{Config, Profile};
use crate::storage::migrate;

/// Runs `latchkey migrate`.
pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let config = context.load(Profile::Tool)?;
    let database = Database::open(&config)?;
    let ran = up_to_date(&config, &database)?;
    context.output.show(&json!({ "ran": ran }), || match ran.as_slice() {
        [] => "The schema is up to date already.".to_owned(),
        ran => format!("The schema is up to date. Ran:\n  {}", ran.join("\n  ")),
    })
}

/// Runs what is missing and returns its names. Refuses a database that a newer release migrated.
pub(super) fn up_to_date(config: &Config, database: &Database) -> Result<Vec<String>, Failure> {
    let ran = migrate::run(&database.url)?;
    check_schema(&connect(config, database)?)?;
    Ok(ran)
}
