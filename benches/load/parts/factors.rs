//! Whole sign-ins with each way to prove who one is.

use super::rates::Measured;
use crate::Outcome;
use crate::factors::Factor;
use crate::options::Options;
use crate::post_office::PostOffice;
use crate::report::Rate;
use crate::yardstick::Yardsticks;

/// All factors, each between measurements of its yardstick.
pub fn measure(
    office: &PostOffice,
    yardsticks: &Yardsticks,
    options: &Options,
) -> Outcome<Vec<Rate>> {
    Factor::ALL
        .into_iter()
        .filter(|factor| options.wants_operation(factor.name()))
        .map(|factor| {
            let people = factor.people(office, options.connections())?;
            let measured = Measured {
                name: factor.name(),
                mark: factor.mark(),
                enough: 0,
                prepare: &|_| Ok(()),
                turn: &|client| factor.turn(office, &people[client]),
            };
            measured.rate(office.installation, office.server, yardsticks, options)
        })
        .collect()
}
