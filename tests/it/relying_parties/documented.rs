//! The examples for users are the programs that run here.

use std::fs;
use std::path::Path;

/// What stands between the marks in a file, with the indent of the marks taken away.
fn example(file: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let mut lines = text.lines();
    let mark = lines.find(|line| line.trim().trim_start_matches(['/', '#', ' ']) == "docs: begin");
    let mark = mark.unwrap_or_else(|| panic!("nothing is marked in {file}"));
    let indent = mark.len() - mark.trim_start().len();
    let lines = lines.take_while(|line| !line.ends_with("docs: end"));
    let lines = lines.map(|line| line.get(indent..).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[test]
fn every_example_in_the_documents_is_run_by_a_test() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/relying-parties.md");
    let text = fs::read_to_string(path).unwrap();
    for file in [
        "tests/node/openid-client.mjs",
        "tests/node/oauth4webapi.mjs",
        "tests/python/relying_party.py",
        "tests/apache/httpd.conf",
        "tests/it/relying_parties/openidconnect.rs",
    ] {
        let example = example(file);
        assert!(example.lines().count() > 5, "{file}");
        assert!(
            text.contains(&example),
            "docs/relying-parties.md lacks this of {file}:\n{example}"
        );
    }
}
