//! The parts of the measurement, in their order.

mod footprint;
mod growth;
mod hashing;
mod rates;

use crate::Outcome;
use crate::database::Database;
use crate::installation::Installation;
use crate::options::{Options, Part};
use crate::process::cores;
use crate::report::{Figure, Report};
use crate::statements;
use crate::world::{Registered, World};
use crate::yardstick::Yardsticks;

/// Everything that the options ask for.
pub fn run(options: &Options) -> Outcome<Report> {
    let mut report = Report { about: about(options), ..Report::default() };
    if options.wants(Part::Growth) {
        growth::check(options)?;
    }
    let database = Database::open(&options.program, 0)?;
    let installation = Installation::new(&database)?;
    if options.wants(Part::Footprint) {
        report.footprint = footprint::before_load(&installation)?;
    }
    note("signing people in");
    let registered = Registered::new(&installation)?;
    database.analyze()?;
    let server = installation.serve()?;
    let world = World::new(&installation, &server, &registered)?;
    let yardsticks = Yardsticks::prepare()?;
    if options.wants(Part::Rates) {
        report.rates = rates::measure(&world, &yardsticks, options)?;
    }
    if options.wants(Part::Hashing) {
        report.hashing = hashing::measure(&world, options)?;
    }
    if options.wants(Part::Statements) {
        note("statements");
        report.statements = statements::count(&world, options)?
            .into_iter()
            .map(|(operation, value)| Figure {
                name: operation.name().to_owned(),
                value,
                unit: "",
                at_most: None,
            })
            .collect();
    }
    if options.wants(Part::Footprint) {
        report.footprint.extend(footprint::after_load(&server)?);
    }
    drop(world);
    drop(server);
    if options.wants(Part::Growth) {
        (report.growth_about, report.growth) = growth::measure(options)?;
    }
    Ok(report)
}

fn about(options: &Options) -> String {
    format!(
        "latchkey {}, {} cores, {} s for each measurement, {} connections",
        env!("CARGO_PKG_VERSION"),
        cores(),
        options.seconds,
        options.connections
    )
}

/// Tells whoever waits what is being done.
fn note(what: &str) {
    eprintln!("bench: {what} …");
}
