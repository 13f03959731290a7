//! Whether the time of an answer tells if somebody has an account: the same request about people who have
//! one and about people who have none, in turn.

use std::thread;
use std::time::{Duration, Instant};

use super::note;
use crate::Outcome;
use crate::browser::{Browser, Page};
use crate::client::Connection;
use crate::options::Options;
use crate::post_office::PostOffice;
use crate::report::Uniformity;
use crate::sign_in::PASSWORD;
use crate::statistics::{compare, quantile, resolution};

/// Samples of each kind, for each second of a measurement.
const SAMPLES: u64 = 40;
/// After each sample, so that the letter it may have brought about delays no other.
const PAUSE: Duration = Duration::from_millis(20);

/// A request whose answer says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Login,
    Forgot,
    Code,
    Registration,
    /// Two samples that are alike, which shows what the instrument makes of these.
    Control,
}

impl Probe {
    const ALL: [Self; 5] =
        [Self::Login, Self::Forgot, Self::Code, Self::Registration, Self::Control];

    fn name(self) -> &'static str {
        match self {
            Self::Login => "wrong password",
            Self::Forgot => "forgotten password",
            Self::Code => "code by mail",
            Self::Registration => "registration",
            Self::Control => "wrong password, both known",
        }
    }

    /// Opens the page that the request comes from.
    fn page(self, browser: &mut Browser, connection: &mut Connection) -> Outcome<Page> {
        if self == Self::Forgot {
            return browser.get(connection, "/forgot-password")?.expect(200);
        }
        let login = browser.login_page(connection)?;
        if self == Self::Registration {
            let path = login.between("href=\"/register", "\"")?;
            return browser.get(connection, &format!("/register{path}"))?.expect(200);
        }
        Ok(login)
    }

    /// The request about this address, and the status of its answer.
    fn request(self, browser: &Browser, page: &Page, email: &str) -> Outcome<(Vec<u8>, u16)> {
        let csrf = ("csrf", page.csrf()?);
        let wrong = ("password", "not a password of anybody");
        let new = [csrf, ("name", "Somebody"), ("email", email), ("password", PASSWORD)];
        let login = [csrf, ("identifier", email), wrong];
        let mailed = [csrf, ("identifier", email), ("password", "")];
        let forgot = [csrf, ("identifier", email)];
        Ok(match self {
            Self::Login | Self::Control => (browser.form(page.action("login-form")?, &login), 401),
            Self::Forgot => (browser.form(page.action("forgot-form")?, &forgot), 303),
            Self::Code => (browser.form(page.attribute("email-code", "formaction")?, &mailed), 303),
            Self::Registration => (browser.form(page.action("register-form")?, &new), 303),
        })
    }
}

/// All probes.
pub fn measure(office: &PostOffice, options: &Options) -> Outcome<Vec<Uniformity>> {
    let samples = SAMPLES * options.seconds;
    let wanted = Probe::ALL.into_iter().filter(|probe| options.wants_operation(probe.name()));
    wanted.map(|probe| of(probe, office, samples)).collect()
}

fn of(probe: Probe, office: &PostOffice, samples: u64) -> Outcome<Uniformity> {
    note(&format!("{}: somebody's and nobody's", probe.name()));
    let mut connection = office.connect()?;
    let (mut known, mut unknown) = (vec![], vec![]);
    for round in 0..samples {
        // Which comes first has no pattern that the machine could follow.
        let turned = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1;
        for is_known in [turned, !turned] {
            let took = sample(probe, office, &mut connection, is_known)?;
            if is_known { known.push(took) } else { unknown.push(took) }
        }
    }
    known.sort_by(f64::total_cmp);
    unknown.sort_by(f64::total_cmp);
    let compared = compare(&known, &unknown);
    let quantiles = |sorted: &[f64]| [0.5, 0.9, 0.99].map(|share| quantile(sorted, share));
    Ok(Uniformity {
        name: probe.name(),
        samples,
        known_ms: quantiles(&known),
        unknown_ms: quantiles(&unknown),
        known_is_slower: compared.share,
        deviations: compared.deviations,
        told_apart: compared.differ(),
        would_be_told_ms: resolution(&known, &unknown),
    })
}

/// Milliseconds until the answer is there.
fn sample(
    probe: Probe,
    office: &PostOffice,
    connection: &mut Connection,
    is_known: bool,
) -> Outcome<f64> {
    let has_account = is_known || probe == Probe::Control;
    let email = if has_account { office.somebody() } else { office.nobody() };
    let mut browser = office.browser();
    let page = probe.page(&mut browser, connection)?;
    let (request, status) = probe.request(&browser, &page, &email)?;
    let began = Instant::now();
    let answer = connection.send(&request)?;
    let took = began.elapsed();
    answer.expect(status)?;
    thread::sleep(PAUSE);
    Ok(took.as_secs_f64() * 1e3)
}
