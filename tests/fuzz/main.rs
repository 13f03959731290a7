//! The short run of the fuzz targets: replays each corpus, then changes it at random a fixed number
//! of times, from a fixed seed, so that a failure comes back. `./dev fuzz` is the long run.

// All of it is test code, though clippy sees that only in functions marked so.
#![allow(clippy::unwrap_used, clippy::expect_used)]
// The targets are shared with another program; what is "unreachable" from outside differs.
#![allow(unreachable_pub)]

mod mutate;
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mutate::Mutator;
use targets::{TARGETS, Target};

fn room() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// The files of a target's corpus, in the order of their names.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = room().join("corpus").join(name);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<PathBuf> = files.collect();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Says which input it was when a check panics.
struct Shown<'a>(&'a str, &'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} fails on b\"{}\"", self.0, self.1.escape_ascii());
        }
    }
}

fn run((name, check): Target, rounds: usize) {
    let seeds = corpus(name);
    for (path, input) in &seeds {
        let _shown = Shown(path.to_str().unwrap(), input);
        check(input);
    }
    let seeds: Vec<Vec<u8>> = seeds.into_iter().map(|(_, input)| input).collect();
    let dictionary = mutate::dictionary(&fs::read_to_string(room().join("dictionary")).unwrap());
    let mut mutator = Mutator::new(name, &seeds, &dictionary);
    for _ in 0..rounds {
        let input = mutator.next_input();
        let _shown = Shown(name, &input);
        check(&input);
    }
}

/// A test for each target, with its number of rounds: fewer where a round is slow.
macro_rules! short_runs {
    ($($name:ident: $rounds:expr),* $(,)?) => {
        const RUN: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                let target = TARGETS.iter().find(|(name, _)| *name == stringify!($name));
                run(*target.unwrap(), $rounds);
            }
        )*
    };
}

short_runs! {
    address: 48_000,
    bearer: 32_000,
    claims: 32_000,
    client_auth: 48_000,
    client_ip: 48_000,
    config: 1_600,
    content_type: 48_000,
    cookies: 48_000,
    csrf: 12_000,
    form: 48_000,
    forwarded: 48_000,
    host: 24_000,
    identifiers: 48_000,
    issuer: 48_000,
    json: 48_000,
    jwt: 1_600,
    language: 32_000,
    master_key: 12_000,
    origin: 48_000,
    params: 32_000,
    password: 24_000,
    printable: 48_000,
    redirect_uri: 48_000,
    return_path: 48_000,
    scope: 48_000,
    sealed: 12_000,
}

#[test]
fn every_target_is_run_listed_and_has_a_corpus() {
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names.len(), TARGETS.len(), "a target twice");
    assert_eq!(names, RUN.iter().map(|name| (*name).to_owned()).collect());

    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let in_folder = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(room().join(folder)).unwrap();
        entries.map(|entry| stem(entry.unwrap().path())).filter(|name| name != "mod").collect()
    };
    assert_eq!(names, in_folder("targets"));
    assert_eq!(names, in_folder("corpus"));

    let readme = fs::read_to_string(room().join("README.md")).unwrap();
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    assert_eq!(names, rows.map(|(name, _)| name.to_owned()).collect());

    for name in names {
        let files = corpus(&name);
        assert!(files.len() >= 3, "{name} has too small a corpus");
        for (path, input) in files {
            assert!(input.len() <= 8192, "{} is too large to be looked at", path.display());
        }
    }
}

#[test]
fn the_same_inputs_come_every_time_and_differ() {
    let seeds = [b"response_type=code&client_id=notes".to_vec(), b"x".to_vec()];
    let dictionary = mutate::dictionary("\"%00\"\n# a remark\n\"\\xff\\\\\"\n");
    assert_eq!(dictionary, [b"%00".to_vec(), b"\xff\\".to_vec()]);
    let inputs = || {
        let mut mutator = Mutator::new("t", &seeds, &dictionary);
        (0..500).map(|_| mutator.next_input()).collect::<Vec<_>>()
    };
    assert_eq!(inputs(), inputs());
    assert!(inputs().into_iter().collect::<BTreeSet<_>>().len() > 400);
}
