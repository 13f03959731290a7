//! `latchkey user import`: people from another system, a line each.
//!
//! A line is taken whole or not at all, in a transaction of its own. What is wrong is told with the
//! number of the line and the name of the field, and never with what stands there: it may be a hash.

mod line;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use serde_json::json;
use zeroize::Zeroizing;

use self::line::newcomer;
use crate::cli::Context;
use crate::cli::args::ImportUsers;
use crate::cli::exit::{Exit, Failure};
use crate::cli::people::{People, no_request};
use crate::domain::audit::Actor;
use crate::identity::admin::AdminError;
use crate::identity::admin::import::{Import, Newcomer};
use crate::kernel::printable::Printable;

/// The longest line that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// How many lines ended how.
#[derive(Clone, Copy, Debug, Default)]
struct Summary {
    lines: u64,
    imported: u64,
    existing: u64,
    refused: u64,
}

/// How a line ended.
enum Outcome {
    Imported,
    Exists(String),
    Refused(Vec<String>),
}

/// Whoever a dry run would have made: the next line with the same finds them.
#[derive(Default)]
struct Pretended(BTreeMap<String, u64>);

/// Runs `latchkey user import …`.
pub(super) fn run(context: &Context, args: &ImportUsers) -> Result<(), Failure> {
    let mut input = open(&args.file)?;
    let people = People::open(context)?;
    let mut summary = Summary::default();
    let mut pretended = Pretended::default();
    let mut line = Zeroizing::new(Vec::new());
    let mut number = 0;
    loop {
        number += 1;
        let outcome = match next(&mut input, &mut line).map_err(|error| unreadable(&error))? {
            Next::End => break,
            Next::TooLong => {
                Outcome::Refused(vec![format!("it is longer than {} KiB", LONGEST / 1024)])
            }
            Next::Line if line.iter().all(u8::is_ascii_whitespace) => continue,
            Next::Line => take(&people, &line, number, args.dry_run, &mut pretended)?,
        };
        summary.add(&outcome);
        tell(context, number, &outcome)?;
    }
    finish(context, args.dry_run, summary)
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(error) => {
            Err(Failure::new(Exit::Usage, format!("{} cannot be read: {error}", path.display())))
        }
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::new(Exit::Failure, format!("the file cannot be read to its end: {error}"))
        .fix("run it again: whoever was taken over stays as they are")
}

/// What was read.
enum Next {
    Line,
    TooLong,
    End,
}

/// Reads a line, without its end. Of one that is too long nothing is kept.
fn next(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Next> {
    line.clear();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX) + 1;
    if input.by_ref().take(most).read_until(b'\n', line)? == 0 {
        return Ok(Next::End);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Next::Line);
    }
    if line.len() <= LONGEST {
        return Ok(Next::Line);
    }
    loop {
        let rest = input.fill_buf()?;
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (read, is_end) =
            (end.map_or(rest.len(), |at| at + 1), end.is_some() || rest.is_empty());
        input.consume(read);
        if is_end {
            return Ok(Next::TooLong);
        }
    }
}

/// Takes the person of a line over. Only what keeps every line from being taken is a failure.
fn take(
    people: &People,
    line: &[u8],
    number: u64,
    dry_run: bool,
    pretended: &mut Pretended,
) -> Result<Outcome, Failure> {
    let now = people.open.env.now();
    let has_key = people.open.config.firebase.is_some();
    let newcomer = match newcomer(line, now, has_key) {
        Ok(newcomer) => newcomer,
        Err(problems) => return Ok(Outcome::Refused(problems)),
    };
    if let Some(outcome) = pretended.outcome(&newcomer) {
        return Ok(outcome);
    }
    if dry_run {
        pretended.add(&newcomer, number);
    }
    let identity = &people.identity;
    let context = no_request();
    let imported = identity.import_user(Actor::Operator, newcomer, dry_run, &context);
    match people.wait(async { Ok::<_, Failure>(imported.await) })? {
        Ok(Import::Made) => Ok(Outcome::Imported),
        Ok(Import::Exists(same)) => Ok(Outcome::Exists(format!("with this {same}"))),
        Err(AdminError::Storage(error)) => Err(error.into()),
        Err(AdminError::Problems(problems)) => {
            Ok(Outcome::Refused(problems.iter().map(ToString::to_string).collect()))
        }
        Err(AdminError::UnknownRole(name)) => {
            Ok(Outcome::Refused(vec![format!("roles: there is no role {}", Printable(&name))]))
        }
        Err(error) => Ok(Outcome::Refused(vec![error.to_string()])),
    }
}

impl Pretended {
    /// Who is the same by these is there already; another one cannot have the username.
    fn names(newcomer: &Newcomer) -> [Option<String>; 3] {
        let account = &newcomer.account;
        [
            account.subject.as_ref().map(|subject| format!("subject {subject}")),
            Some(format!("address {}", account.email.canonical())),
            account.username.as_ref().map(|username| format!("username {}", username.as_str())),
        ]
    }

    fn outcome(&self, newcomer: &Newcomer) -> Option<Outcome> {
        let line = |name: &Option<String>| self.0.get(name.as_ref()?).copied();
        let [subject, address, username] = Self::names(newcomer);
        if let Some(earlier) = line(&subject).or_else(|| line(&address)) {
            return Some(Outcome::Exists(format!("in line {earlier}")));
        }
        let earlier = line(&username)?;
        Some(Outcome::Refused(vec![format!("this username is taken in line {earlier}")]))
    }

    fn add(&mut self, newcomer: &Newcomer, number: u64) {
        let names = Self::names(newcomer).into_iter().flatten();
        self.0.extend(names.map(|name| (name, number)));
    }
}

impl Summary {
    fn add(&mut self, outcome: &Outcome) {
        self.lines += 1;
        match outcome {
            Outcome::Imported => self.imported += 1,
            Outcome::Exists(_) => self.existing += 1,
            Outcome::Refused(_) => self.refused += 1,
        }
    }
}

/// Tells of a line that changed nothing.
fn tell(context: &Context, number: u64, outcome: &Outcome) -> Result<(), Failure> {
    let told = match outcome {
        Outcome::Imported => return Ok(()),
        Outcome::Exists(same) => {
            let value = json!({ "line": number, "outcome": "existing", "same": same });
            context.output.line(&value, || {
                format!("line {number}: there is an account {same} already, which stays as it is")
            })
        }
        Outcome::Refused(problems) => {
            let value = json!({ "line": number, "outcome": "refused", "problems": problems });
            context.output.line(&value, || {
                let told: Vec<String> =
                    problems.iter().map(|problem| Printable(problem).to_string()).collect();
                format!("line {number}: {}", told.join("; "))
            })
        }
    };
    told.map(drop)
}

fn finish(context: &Context, dry_run: bool, summary: Summary) -> Result<(), Failure> {
    let Summary { lines, imported, existing, refused } = summary;
    let value = json!({
        "dry_run": dry_run, "lines": lines, "imported": imported, "existing": existing,
        "refused": refused,
    });
    context.output.line(&value, || {
        let what = if dry_run { "would be imported" } else { "imported" };
        format!("{lines} lines: {imported} {what}, {existing} there already, {refused} refused")
    })?;
    if refused == 0 {
        return Ok(());
    }
    let message = format!("{refused} of {lines} lines were refused");
    Err(Failure::new(Exit::Failure, message)
        .fix("mend them and run it again: whoever is there already stays as they are"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one_and_long_ones_are_passed_over() {
        let long = "x".repeat(LONGEST + 1);
        let text = format!("a\n\n{}\n{long}\nb\r\n{long}", "y".repeat(LONGEST));
        let (mut input, mut line) = (BufReader::with_capacity(7, text.as_bytes()), Vec::new());
        let mut read = Vec::new();
        loop {
            match next(&mut input, &mut line).unwrap() {
                Next::End => break,
                Next::TooLong => read.push("long".to_owned()),
                Next::Line => read.push(format!("{} {:?}", line.len(), line.first())),
            }
        }
        let y = format!("{LONGEST} Some(121)");
        assert_eq!(read, ["1 Some(97)", "0 None", y.as_str(), "long", "2 Some(98)", "long"]);
    }
}
