//! What commands print: text for people, JSON for scripts.
//!
//! Values may come from strangers (a display name, a user agent), so text never lets one steer
//! the terminal.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

use super::exit::{Exit, Failure};
use crate::kernel::printable::Printable;

/// Where a command's results go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// Whether JSON was asked for.
    pub json: bool,
}

impl Output {
    /// Prints a result on standard output: `value` as JSON, or else what `text` makes, which has
    /// been composed by [`table`], [`fields`] or from [`Printable`] parts.
    pub fn show<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let mut shown = if self.json {
            serde_json::to_string_pretty(value).map_err(|error| {
                Failure::new(Exit::Failure, format!("the result cannot be written: {error}"))
            })?
        } else {
            text()
        };
        if !shown.ends_with('\n') {
            shown.push('\n');
        }
        write_out(&shown).map(drop)
    }

    /// Prints one of many results on a line of its own: `value` as JSON, or else what `text` makes,
    /// from [`Printable`] parts. False: the reader has gone away.
    pub fn line<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce() -> String,
    ) -> Result<bool, Failure> {
        let line = if self.json {
            serde_json::to_string(value).map_err(|error| {
                Failure::new(Exit::Failure, format!("the result cannot be written: {error}"))
            })?
        } else {
            text()
        };
        write_out(&format!("{line}\n"))
    }

    /// Tells people something beside the result, on standard error; scripts are spared it.
    pub fn note(self, text: &str) {
        if !self.json {
            write_err(&format!("{}\n", Printable(text)));
        }
    }

    /// Tells why a command failed, on standard error.
    pub fn failure(self, failure: &Failure) {
        let text = if self.json { failure_json(failure) } else { failure_text(failure) };
        write_err(&text);
    }
}

fn failure_json(failure: &Failure) -> String {
    let mut error = json!({
        "code": failure.exit.name(),
        "message": failure.message,
        "fix": failure.fix,
    });
    if let (Some(problems), Some(error)) = (&failure.problems, error.as_object_mut()) {
        error.insert("problems".to_owned(), json!(problems.all()));
    }
    if let (false, Some(error)) = (failure.details.is_empty(), error.as_object_mut()) {
        error.insert("details".to_owned(), json!(failure.details));
    }
    format!("{}\n", json!({ "error": error }))
}

fn failure_text(failure: &Failure) -> String {
    let message = format!("error: {}", Printable(&failure.message));
    let problems = failure.problems.as_ref().map(ToString::to_string);
    let details = failure.details.iter().map(|detail| format!("  - {}", Printable(detail)));
    let fix = failure.fix.as_ref().map(|fix| format!("  fix: {}", Printable(fix)));
    let lines: Vec<_> =
        std::iter::once(message).chain(problems).chain(details).chain(fix).collect();
    format!("{}\n", lines.join("\n"))
}

/// A table with a heading row and aligned columns, every cell escaped; ends with a newline.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let headings = headings.iter().map(|heading| heading.to_uppercase()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(headings)
        .chain(rows.iter().map(|row| row.iter().map(|cell| escaped(cell)).collect()))
        .collect();
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.width()).max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    lines.iter().map(|line| aligned(line, &widths)).collect()
}

/// One thing's named values, a line each, every value escaped; ends with a newline.
pub fn fields(fields: &[(&str, String)]) -> String {
    let width = fields.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    fields
        .iter()
        .map(|(name, value)| aligned(&[(*name).to_owned(), escaped(value)], &[width, 0]))
        .collect()
}

fn escaped(cell: &str) -> String {
    Printable(cell).to_string()
}

/// The cells of a line, two spaces apart and without trailing space.
fn aligned(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
    }
    format!("{}\n", line.trim_end())
}

/// A reader that has gone away (`latchkey user list | head -1`) has seen enough: false, no failure.
fn write_out(text: &str) -> Result<bool, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => {
            Err(Failure::new(Exit::Failure, format!("standard output cannot be written: {error}")))
        }
    }
}

/// Nobody is left to tell when standard error is closed.
fn write_err(text: &str) {
    let _nobody_left = io::stderr().lock().write_all(text.as_bytes());
}

/// An RFC 3339 time, or a dash.
pub fn time(at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::{Config, LoadOptions, Profile};

    #[test]
    fn a_table_is_aligned_and_harmless() {
        let rows = vec![
            vec!["notes".to_owned(), "ACME Notes".to_owned()],
            vec!["山".to_owned(), "\u{1b}[2Jevil\n".to_owned()],
        ];
        assert_eq!(
            table(&["id", "name"], &rows),
            "ID     NAME\nnotes  ACME Notes\n山     \\u{1b}[2Jevil\\n\n"
        );
    }

    #[test]
    fn fields_are_aligned_and_harmless() {
        let shown = fields(&[("id", "a\nb".to_owned()), ("name", String::new())]);
        assert_eq!(shown, "id    a\\nb\nname\n");
    }

    #[test]
    fn a_failure_tells_the_remedy_to_people_and_scripts() {
        let failure = Failure::new(Exit::Refused, "no such user: \u{1b}[2J").fix("list them");
        assert_eq!(failure_text(&failure), "error: no such user: \\u{1b}[2J\n  fix: list them\n");
        let json: Value = serde_json::from_str(&failure_json(&failure)).unwrap();
        assert_eq!(json["error"]["code"], "refused");
        assert_eq!(json["error"]["fix"], "list them");
        assert!(json["error"].get("problems").is_none());
    }

    #[test]
    fn a_configuration_failure_lists_every_problem() {
        let errors = Config::load(&LoadOptions {
            path: None,
            search: Vec::new(),
            directory: "/".into(),
            env: [("LATCHKEY_COLOUR".to_owned(), "x".into())].into(),
            profile: Profile::Serve,
        })
        .unwrap_err();
        let failure = Failure::from(errors);
        let text = failure_text(&failure);
        assert!(text.starts_with("error: there are 2 problems with the configuration\n"), "{text}");
        assert!(text.contains("LATCHKEY_COLOUR: `LATCHKEY_COLOUR` is not a setting"), "{text}");
        let json: Value = serde_json::from_str(&failure_json(&failure)).unwrap();
        assert_eq!(json["error"]["problems"].as_array().map(Vec::len), Some(2));
    }
}
