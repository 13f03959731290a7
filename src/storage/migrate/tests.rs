//! What a migration does to tables that others are using, as far as its text tells.

use super::*;

/// What a migration does to tables that were there before it.
#[derive(Debug, Default)]
struct Effects {
    /// Those that it waits for. A foreign key locks the table that it refers to as well.
    waits_for: BTreeSet<String>,
    /// Statements that read a whole table while they keep others out of it.
    reads_all: Vec<String>,
}

impl Effects {
    fn of(sql: &str) -> Self {
        let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
        let text = lines.collect::<Vec<_>>().join(" ").replace(['(', ')', ','], " ");
        let statements: Vec<Vec<&str>> =
            text.split(';').map(|it| it.split_whitespace().collect()).collect();
        let made: BTreeSet<&str> = after(&statements, &["CREATE", "TABLE"]).collect();
        let is_there = |table: &&str| !made.contains(*table);
        let altered = after(&statements, &["ALTER", "TABLE"]);
        let named = altered.chain(after(&statements, &["REFERENCES"])).filter(is_there);
        let waits_for: BTreeSet<_> = named.map(str::to_owned).collect();
        let alters =
            |words: &&Vec<&str>| after([*words], &["ALTER", "TABLE"]).any(|table| is_there(&table));
        let validates = |words: &&Vec<&str>| count(words, &["VALIDATE", "CONSTRAINT"]) > 0;
        let changes = statements.iter().filter(alters).any(|words| !validates(&words));
        let reads = |words: &&Vec<&str>| {
            let checked = ["REFERENCES", "CHECK"].iter().map(|word| count(words, &[word]));
            // What is validated by itself lets others read and write.
            let under_lock = checked.sum::<usize>() > count(words, &["NOT", "VALID"])
                || (changes && validates(words))
                || [
                    &["SET", "NOT", "NULL"][..],
                    &["ADD", "UNIQUE"],
                    &["ADD", "PRIMARY"],
                    &["TYPE"],
                ]
                .iter()
                .any(|words_of| count(words, words_of) > 0);
            let indexed = after([*words], &["INDEX"]).any(|name| name != "CONCURRENTLY")
                && after([*words], &["ON"]).next().is_some_and(|table| is_there(&table));
            (alters(words) && under_lock) || indexed
        };
        let reads_all = statements.iter().filter(reads).map(|words| words.join(" ")).collect();
        Self { waits_for, reads_all }
    }
}

/// Where these words stand in a statement.
fn places<'a>(words: &'a [&str], wanted: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
    (0..words.len()).filter(move |at| words[*at..].starts_with(wanted))
}

fn count(words: &[&str], wanted: &[&str]) -> usize {
    places(words, wanted).count()
}

/// The words that follow these.
fn after<'a>(
    statements: impl IntoIterator<Item = &'a Vec<&'a str>>,
    wanted: &'static [&'static str],
) -> impl Iterator<Item = &'a str> {
    let following = move |words: &'a Vec<&'a str>| {
        let at: Vec<_> = places(words, wanted).map(|at| at + wanted.len()).collect();
        at.into_iter().filter_map(|at| words.get(at).copied())
    };
    statements.into_iter().flat_map(following)
}

#[test]
fn case_f27_no_migration_keeps_others_waiting_for_a_second() {
    for step in STEPS {
        let Effects { waits_for, reads_all } = Effects::of(step.sql);
        assert!(reads_all.is_empty(), "{step} reads a whole table under a lock: {reads_all:?}");
        // What runs outside a transaction holds one lock at a time.
        if step.in_transaction {
            let waits = u32::try_from(waits_for.len()).unwrap();
            assert!(waits * LOCK_TIMEOUT < 1000, "{step} waits for {waits_for:?}");
        }
    }
}

#[test]
fn case_f27_what_would_keep_others_waiting_is_seen() {
    let reads = |sql: &str| !Effects::of(sql).reads_all.is_empty();
    for sql in [
        "ALTER TABLE grants ADD COLUMN by uuid REFERENCES users;",
        "ALTER TABLE grants\n  ADD COLUMN x text,\n  ADD COLUMN by uuid REFERENCES users (id);",
        "ALTER TABLE grants ADD CONSTRAINT by_fkey FOREIGN KEY (by) REFERENCES users;",
        "ALTER TABLE grants ADD CONSTRAINT a FOREIGN KEY (a) REFERENCES users NOT VALID, \
         ADD CONSTRAINT b FOREIGN KEY (b) REFERENCES users;",
        "ALTER TABLE grants ADD CONSTRAINT c CHECK (x > 0);",
        "ALTER TABLE flows ADD COLUMN x text; ALTER TABLE grants VALIDATE CONSTRAINT c;",
        "ALTER TABLE grants ALTER COLUMN x SET NOT NULL;",
        "ALTER TABLE grants ADD UNIQUE (x);",
        "CREATE UNIQUE INDEX grants_x ON grants (x);",
    ] {
        assert!(reads(sql), "{sql}");
    }
    for sql in [
        "ALTER TABLE grants ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES users NOT VALID;",
        "-- REFERENCES\nALTER TABLE grants ADD COLUMN x boolean NOT NULL DEFAULT false;",
        "ALTER TABLE grants VALIDATE CONSTRAINT c; ALTER TABLE flows VALIDATE CONSTRAINT d;",
        "CREATE TABLE a (x uuid REFERENCES users, CHECK (x > 0)); CREATE INDEX a_x ON a (x);",
        "CREATE TABLE a (x uuid); ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES a;",
        "CREATE INDEX CONCURRENTLY grants_x ON grants (x);",
    ] {
        assert!(!reads(sql), "{sql}");
    }
    let sql = "CREATE TABLE a (x uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE, \
               y uuid REFERENCES flows(id), z uuid REFERENCES a); ALTER TABLE roles ADD COLUMN b text;";
    let waits_for: Vec<_> = Effects::of(sql).waits_for.into_iter().collect();
    assert_eq!(waits_for, ["flows", "roles", "users"]);
}
