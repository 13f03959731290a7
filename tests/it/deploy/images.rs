//! The image and the composition, as far as they can be read without a container engine.

use std::fs;
use std::path::Path;

use crate::support::foreign::shipped;

/// The sources of the image's first stage: what stands before the last word of each `COPY`.
fn copied(dockerfile: &str) -> Vec<&str> {
    let lines = dockerfile.lines().filter_map(|line| line.strip_prefix("COPY "));
    let lines = lines.filter(|line| !line.starts_with("--from="));
    lines
        .flat_map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            words[..words.len() - 1].to_vec()
        })
        .collect()
}

#[test]
fn the_image_is_built_of_what_is_let_through_and_nothing_else_is() {
    let dockerfile = shipped("docker/Dockerfile", &[]);
    let ignored = shipped("docker/Dockerfile.dockerignore", &[]);
    let mut rules = ignored.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    assert_eq!(rules.next(), Some("*"), "nothing comes along by accident");
    let mut let_through: Vec<_> = rules.map(|rule| rule.strip_prefix('!').unwrap()).collect();
    let mut needed = copied(&dockerfile);
    for source in &needed {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(source).exists(), "{source}");
    }
    needed.sort_unstable();
    let_through.sort_unstable();
    assert_eq!(needed, let_through);
    // What templates, messages and migrations are compiled from.
    for folder in fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        let is_embedded = ["locales", "migrations", "src", "static", "templates"];
        assert!(!is_embedded.contains(&name.as_str()) || needed.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn the_image_has_no_shell_in_its_commands_and_a_user_by_number() {
    let dockerfile = shipped("docker/Dockerfile", &[]);
    let (_, last) = dockerfile.rsplit_once("\nFROM ").unwrap();
    assert!(last.starts_with("scratch\n"));
    for instruction in ["ENTRYPOINT ", "CMD ", "    CMD "] {
        let line = last.lines().find_map(|line| line.strip_prefix(instruction)).unwrap();
        let words: Vec<String> = serde_json::from_str(line).unwrap();
        assert!(!words.is_empty(), "{instruction}");
    }
    let user = last.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user}");
}

#[test]
fn case_f18_the_composition_leaves_the_time_that_stopping_takes() {
    let composition = shipped("docker/compose.yaml", &[]);
    assert!(composition.contains("    stop_grace_period: 45s\n"));
    // A secret in the environment would stand in `docker inspect`.
    for line in composition.lines().filter(|line| !line.trim_start().starts_with('#')) {
        assert!(!line.contains("PASSWORD:") && !line.contains("DATABASE_URL:"), "{line}");
    }
}
