//! The result: a table for people, JSON for machines.

use std::fmt;

use serde::Serialize;

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The machine and the length of the measurements.
    pub about: String,
    /// Requests per CPU-second.
    pub rates: Vec<Rate>,
    /// Latencies while sign-ins hash.
    pub hashing: Vec<Figure>,
    /// Statements per request.
    pub statements: Vec<Figure>,
    /// Memory, start-up, size.
    pub footprint: Vec<Figure>,
    /// Whole sign-ins per CPU-second.
    pub factors: Vec<Rate>,
    /// Letters per second.
    pub mail: Vec<Figure>,
    /// Times of answers about people who have an account, and who have none.
    pub uniformity: Vec<Uniformity>,
    /// How large the large database is.
    pub growth_about: String,
    /// Latencies in a small and in a large database.
    pub growth: Vec<Growth>,
}

/// Operations per CPU-second of the server, beside a yardstick.
#[derive(Debug, Serialize)]
pub struct Rate {
    /// The operation.
    pub name: &'static str,
    /// Operations per CPU-second of the server.
    pub per_cpu_second: f64,
    /// Microseconds of the server's processor time for each.
    pub server_us: f64,
    /// Microseconds of Postgres's processor time for each.
    pub postgres_us: Option<f64>,
    /// How many per second the yardstick alone allows.
    pub yardstick: f64,
    /// What the yardstick is.
    pub yardstick_name: &'static str,
    /// The share that was reached.
    pub ratio: f64,
    /// The share that is asked for.
    pub mark: Option<f64>,
    /// Operations per second on the wall when the server was saturated.
    pub per_second: f64,
    /// Half the machine's own rate: milliseconds.
    pub p50_ms: f64,
    /// Half the machine's own rate: milliseconds.
    pub p99_ms: f64,
}

/// A figure with its unit.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// What is expected at most, where something is.
    pub at_most: Option<f64>,
}

/// Times of the same request about people who have an account and about people who have none.
#[derive(Debug, Serialize)]
pub struct Uniformity {
    /// The request.
    pub name: &'static str,
    /// Samples of each kind.
    pub samples: u64,
    /// Milliseconds at p50, p90 and p99 where there is an account.
    pub known_ms: [f64; 3],
    /// The same where there is none.
    pub unknown_ms: [f64; 3],
    /// How often the one took longer than the other: half of the time if they are alike.
    pub known_is_slower: f64,
    /// How far that is from a half (Mann and Whitney), in standard deviations of chance.
    pub deviations: f64,
    /// Whether that is farther than chance goes.
    pub told_apart: bool,
    /// The smallest difference that would have been told: milliseconds.
    pub would_be_told_ms: f64,
}

/// A latency in two databases.
#[derive(Debug, Serialize)]
pub struct Growth {
    /// The operation.
    pub name: &'static str,
    /// In the small one: milliseconds.
    pub small_p99_ms: f64,
    /// In the large one: milliseconds.
    pub large_p99_ms: f64,
}

/// By how much a latency may grow.
const MOST_GROWTH: f64 = 4.0 / 3.0;

impl Rate {
    fn met(&self) -> Option<bool> {
        self.mark.map(|mark| self.ratio >= mark)
    }
}

impl Figure {
    fn met(&self) -> Option<bool> {
        self.at_most.map(|most| self.value <= most)
    }
}

impl Growth {
    fn ratio(&self) -> f64 {
        self.large_p99_ms / self.small_p99_ms
    }

    fn is_met(&self) -> bool {
        self.ratio() <= MOST_GROWTH
    }
}

impl Report {
    /// Whether no mark was missed.
    pub fn all_met(&self) -> bool {
        let figures = self.footprint.iter().chain(&self.hashing).chain(&self.statements);
        let rates = self.rates.iter().chain(&self.factors);
        let met = rates.map(Rate::met).chain(figures.map(Figure::met));
        let uniform = self.uniformity.iter().map(|it| Some(!it.told_apart));
        let growth = self.growth.iter().map(|it| Some(it.is_met()));
        met.chain(uniform).chain(growth).all(|met| met != Some(false))
    }

    /// The report for machines.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.about)?;
        rates(f, "Per CPU-second of the server", &self.rates)?;
        figures(f, "While 100 sign-ins hash", &self.hashing)?;
        figures(f, "Statements per request (without BEGIN and COMMIT)", &self.statements)?;
        figures(f, "Footprint", &self.footprint)?;
        rates(f, "Whole sign-ins per CPU-second of the server", &self.factors)?;
        figures(f, "Mail", &self.mail)?;
        uniformity(f, &self.uniformity)?;
        if !self.growth.is_empty() {
            writeln!(f, "\nLatency in a large database: {}", self.growth_about)?;
            writeln!(f, "{:<26}{:>12}{:>12}{:>9}", "", "p99 small", "p99 large", "ratio")?;
            for growth in &self.growth {
                let (small, large) = (growth.small_p99_ms, growth.large_p99_ms);
                let verdict = verdict(Some(growth.is_met()));
                let name = growth.name;
                let ratio = growth.ratio();
                writeln!(f, "{name:<26}{small:>9.2} ms{large:>9.2} ms{ratio:>9.2}  {verdict}")?;
            }
        }
        Ok(())
    }
}

fn rates(f: &mut fmt::Formatter<'_>, title: &str, rates: &[Rate]) -> fmt::Result {
    if rates.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}; latency at half of what it takes")?;
    writeln!(
        f,
        "{:<26}{:>9}{:>9}{:>9}  {:<24}{:>7}{:>7}  {:<7}{:>9}{:>9}",
        "",
        "per CPU-s",
        "µs",
        "pg µs",
        "yardstick per CPU-s",
        "ratio",
        "mark",
        "",
        "p50 ms",
        "p99 ms"
    )?;
    for rate in rates {
        let postgres = rate.postgres_us.map_or("-".to_owned(), |us| format!("{us:.0}"));
        let mark = rate.mark.map_or(String::new(), |mark| format!("{mark:.2}"));
        let yardstick = format!("{:.0} {}", rate.yardstick, rate.yardstick_name);
        writeln!(
            f,
            "{:<26}{:>9.0}{:>9.0}{postgres:>9}  {yardstick:<24}{:>7.2}{mark:>7}  {:<7}{:>9.2}{:>9.2}",
            rate.name,
            rate.per_cpu_second,
            rate.server_us,
            rate.ratio,
            verdict(rate.met()),
            rate.p50_ms,
            rate.p99_ms
        )?;
    }
    Ok(())
}

fn figures(f: &mut fmt::Formatter<'_>, title: &str, figures: &[Figure]) -> fmt::Result {
    if figures.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    for figure in figures {
        let most = figure.at_most.map_or(String::new(), |most| format!("at most {most:.0}"));
        let (name, value, unit) = (&figure.name, figure.value, figure.unit);
        writeln!(f, "{name:<44}{value:>9.2} {unit:<6}{most:<14}{}", verdict(figure.met()))?;
    }
    Ok(())
}

fn uniformity(f: &mut fmt::Formatter<'_>, all: &[Uniformity]) -> fmt::Result {
    let Some(first) = all.first() else { return Ok(()) };
    writeln!(f, "\nTime of an answer with and without an account, {} of each", first.samples)?;
    writeln!(
        f,
        "{:<28}{:>10}{:>10}{:>10}   difference in ms, and whether it tells",
        "ms", "p50", "p90", "p99"
    )?;
    for it in all {
        let [p50, p90, p99] = it.known_ms;
        writeln!(f, "{:<28}{p50:>10.2}{p90:>10.2}{p99:>10.2}", it.name)?;
        let [other_p50, other_p90, other_p99] = it.unknown_ms;
        let [d50, d90, d99] = [p50 - other_p50, p90 - other_p90, p99 - other_p99];
        writeln!(
            f,
            "{:<28}{other_p50:>10.2}{other_p90:>10.2}{other_p99:>10.2}   \
             {d50:+.2} {d90:+.2} {d99:+.2}: {}",
            "",
            it.verdict()
        )?;
    }
    Ok(())
}

impl Uniformity {
    fn verdict(&self) -> String {
        let (share, deviations) = (100.0 * self.known_is_slower, self.deviations);
        let found = format!("with an account it is slower in {share:.0} % of pairs");
        if self.told_apart {
            format!("TOLD APART, {found} ({deviations:+.1} deviations)")
        } else {
            let least = self.would_be_told_ms;
            format!("not told apart, {found} ({deviations:+.1} deviations); {least:.2} ms would be")
        }
    }
}
