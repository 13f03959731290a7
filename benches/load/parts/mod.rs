//! The parts of the measurement, in their order.

mod factors;
mod footprint;
mod growth;
mod hashing;
mod mail;
mod rates;
mod uniformity;

use crate::Outcome;
use crate::database::Database;
use crate::installation::Installation;
use crate::options::{Options, Part};
use crate::post_office::{self, PostOffice};
use crate::process::cores;
use crate::report::{Figure, Report};
use crate::sink::Sink;
use crate::statements;
use crate::world::{Registered, World};
use crate::yardstick::Yardsticks;

/// Everything that the options ask for.
pub fn run(options: &Options) -> Outcome<Report> {
    let mut report = Report { about: about(options), ..Report::default() };
    if options.wants(Part::Growth) {
        growth::check(options)?;
    }
    let yardsticks = Yardsticks::prepare()?;
    if options.wants_any(&[Part::Rates, Part::Hashing, Part::Statements, Part::Footprint]) {
        load(&mut report, &yardsticks, options)?;
    }
    if options.wants_any(&[Part::Factors, Part::Mail, Part::Uniformity]) {
        proofs(&mut report, &yardsticks, options)?;
    }
    if options.wants(Part::Growth) {
        (report.growth_about, report.growth) = growth::measure(options)?;
    }
    Ok(report)
}

/// What a server does for apps and for people who sign in to them.
fn load(report: &mut Report, yardsticks: &Yardsticks, options: &Options) -> Outcome<()> {
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
    if options.wants(Part::Rates) {
        report.rates = rates::measure(&world, yardsticks, options)?;
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
    Ok(())
}

/// What proving who one is costs, what the mail for it costs, and what an answer tells of it.
fn proofs(report: &mut Report, yardsticks: &Yardsticks, options: &Options) -> Outcome<()> {
    let (database, sink) = (Database::open(&options.program, 0)?, Sink::start()?);
    let installation = Installation::with_mail(&database, Some(sink.port))?;
    note("people who are mailed to");
    post_office::furnish(&installation, &database, options)?;
    let server = installation.serve()?;
    let office = PostOffice::new(&installation, &server, &sink);
    if options.wants(Part::Factors) {
        report.factors = factors::measure(&office, yardsticks, options)?;
    }
    if options.wants(Part::Uniformity) {
        report.uniformity = uniformity::measure(&office, options)?;
    }
    if options.wants(Part::Mail) {
        report.mail = mail::measure(&installation, &server, &sink, options)?;
    }
    Ok(())
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
