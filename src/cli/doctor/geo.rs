//! Places: can the database be read?

use super::Finding;
use crate::config::Config;
use crate::identity::places;

const CHECK: &str = "places";

/// A finding where a database is configured: without one no place is shown, and nothing is wrong.
pub(super) fn look(config: &Config, findings: &mut Vec<Finding>) {
    let Some(path) = &config.geo.database else { return };
    findings.push(match places::check(path) {
        Ok(()) => Finding::ok(CHECK, format!("{} can be read", path.display())),
        Err(error) => Finding::fail(
            CHECK,
            error.to_string(),
            "name a City or Country database in MaxMind's format as geo.database, readable for the \
             server, or leave it out: sign-ins work without it",
        ),
    });
}
