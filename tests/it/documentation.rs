//! What the documents say is so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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
