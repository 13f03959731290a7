//! What the documents say is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use latchkey::cli::args::Cli;
use latchkey::domain::refusal::CHECKS;
use latchkey::domain::setting::Setting;
use latchkey::kernel::metric::{self, Kind};

/// The source files under a folder, by their path from the project's root.
fn sources(folder: &str, into: &mut BTreeMap<PathBuf, String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_owned();
        if path.is_dir() && path.file_name().unwrap() != "node_modules" {
            sources(name.to_str().unwrap(), into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// A test that was renamed or removed must not live on as a claim.
#[test]
fn every_test_that_the_specifications_name_exists() {
    let mut files = BTreeMap::new();
    sources("src", &mut files);
    sources("tests", &mut files);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/specifications.md")).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let (mut named, mut missing) = (0, Vec::new());
    for row in rows {
        let tests = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        // What is between backticks: at odd places.
        let words: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        let within = words.iter().find(|word| word.starts_with("src/")).map(Path::new);
        for name in words.iter().filter(|word| word.contains('_') && !word.contains(['/', '.'])) {
            named += 1;
            let definition = format!("fn {name}(");
            let exists = files.iter().any(|(path, text)| {
                within.is_none_or(|file| file == path) && text.contains(&definition)
            });
            if !exists {
                missing.push(format!("{name} of {row}"));
            }
        }
    }
    assert!(named > 40, "only {named} names were found: the table is read wrongly");
    assert!(missing.is_empty(), "no such test:\n{}", missing.join("\n"));
}

/// What `latchkey why` tells of a check comes from one table; a name that is not in it has no words.
#[test]
fn every_check_has_words_and_every_word_a_check() {
    let mut files = BTreeMap::new();
    for folder in ["src/protocol", "src/http", "src/cli"] {
        sources(folder, &mut files);
    }
    let literals: BTreeSet<&str> = files
        .values()
        .flat_map(|text| text.split('"').skip(1))
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        .collect();
    for check in CHECKS {
        assert!(literals.contains(check.name), "{} is nobody's check any more", check.name);
    }
    let is_check = |name: &&&str| {
        let (verb, rest) = name.split_once('_').unwrap_or_default();
        ["check", "assign", "verify", "load", "redeem"].contains(&verb) && !rest.is_empty()
    };
    for name in literals.iter().filter(is_check) {
        assert!(CHECKS.iter().any(|check| check.name == *name), "{name} has no words");
    }
}

/// The page about settings is made from their table.
#[test]
fn the_settings_are_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
    let page = fs::read_to_string(path).unwrap();
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<_> = Setting::ALL
        .iter()
        .map(|setting| {
            let (name, default) = (setting.name, setting.unit.show(setting.default));
            format!("| `{name}` | {default} | {} | {} |", setting.range(), setting.about())
        })
        .collect();
    assert_eq!(rows, expected, "docs/settings.md should have these rows:\n{}", expected.join("\n"));
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The page about figures has every one of them, and the alerts what to do about each.
#[test]
fn the_figures_and_alerts_are_documented() {
    let page = read("docs/observability.md");
    for metric in metric::ALL {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let row = format!("| `{}` | {kind} | {} |", metric.name, metric.help.trim());
        assert!(page.lines().any(|line| line == row), "docs/observability.md lacks:\n{row}");
    }
    let alerts = read("deploy/prometheus/alerts.yml");
    let alerts: Vec<_> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 10, "only {alerts:?}");
    for alert in alerts {
        assert!(page.contains(&format!("| `{alert}` | ")), "docs/observability.md lacks {alert}");
    }
}

/// A figure that was renamed would leave an alert silent and a panel empty.
#[test]
fn every_figure_on_the_dashboard_and_in_the_alerts_exists() {
    for path in ["deploy/grafana/latchkey.json", "deploy/prometheus/alerts.yml"] {
        let text = read(path);
        let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
        let named: BTreeSet<&str> = words
            .filter(|word| word.starts_with("latchkey_") || word.starts_with("process_"))
            .collect();
        assert!(named.len() > 10, "{path} is read wrongly: {named:?}");
        for name in named {
            let exists = metric::ALL.iter().any(|metric| {
                let rest = name.strip_prefix(metric.name);
                let is_part = |rest| ["_bucket", "_sum", "_count"].contains(&rest);
                rest.is_some_and(|rest| {
                    rest.is_empty() || metric.kind == Kind::Histogram && is_part(rest)
                })
            });
            assert!(exists, "{path} names {name}, which nobody counts");
        }
    }
    let dashboard: serde_json::Value =
        serde_json::from_str(&read("deploy/grafana/latchkey.json")).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 20);
}

/// The words of a command line, with quotes as a shell reads them.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![], None);
    let mut word: Option<String> = None;
    for letter in line.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => (quote, word) = (Some(letter), Some(word.unwrap_or_default())),
            (_, Some(open)) if letter == open => quote = None,
            (' ', None) => words.extend(word.take()),
            ('#', None) if word.is_none() => break,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// A command in the documents is one that the program takes.
#[test]
fn the_commands_in_the_documents_are_commands() {
    let mut files = vec!["README.md".to_owned()];
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    files.extend(fs::read_dir(docs).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name()?.to_str()?;
        path.extension().is_some_and(|it| it == "md").then(|| format!("docs/{name}"))
    }));
    let (mut count, mut wrong) = (0, vec![]);
    for file in files {
        let text = read(&file).replace("\\\n", " ");
        let mut is_shell = false;
        for line in text.lines().map(str::trim) {
            if let Some(kind) = line.strip_prefix("```") {
                is_shell = kind == "sh";
            }
            let line = line.replacen("cargo run -q -- ", "latchkey ", 1);
            // What a shell puts in is not known here.
            if !is_shell || !line.starts_with("latchkey ") || line.contains(['$', '|', '>']) {
                continue;
            }
            count += 1;
            if let Err(error) = Cli::try_parse_from(words(&line)) {
                wrong.push(format!("{file}: {line}: {error}"));
            }
        }
    }
    assert!(count > 20, "only {count} commands were found: the documents are read wrongly");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the README promises of Google is what the command prints and the server serves.
#[test]
fn the_redirect_uri_of_google_is_documented() {
    use latchkey::http::pages::provider::CALLBACK;
    let path = CALLBACK.replace("{provider}", "google");
    for file in ["README.md", "docs/federation.md"] {
        assert!(read(file).contains(&path), "{file} lacks {path}");
    }
}
