//! Keys that nothing reads, and what was probably meant.

use std::collections::BTreeSet;

use super::error::ConfigError;
use super::origin::{Origin, variable_of};

/// How alike two keys must be for one to be suggested for the other; 1 is equal.
const ALIKE: f64 = 0.6;

/// The refusal of `key`, which is none of the `known` ones.
pub(super) fn refusal(key: &str, origin: &Origin, known: &BTreeSet<String>) -> ConfigError {
    let suggestion = suggest(key, known);
    let (name, fix) = match origin {
        Origin::Variable(name) => {
            (name.clone(), suggestion.map(|known| format!("did you mean {}?", variable_of(known))))
        }
        Origin::File { .. } | Origin::Default => (
            key.to_owned(),
            section(key, known).or_else(|| suggestion.map(|known| place_of(key, known))),
        ),
    };
    ConfigError {
        place: origin.to_string(),
        problem: format!("`{name}` is not a setting"),
        fix: fix
            .unwrap_or_else(|| "remove it; `latchkey config print` lists every setting".to_owned()),
    }
}

/// For `http = …`, which must be a section.
fn section(key: &str, known: &BTreeSet<String>) -> Option<String> {
    let inside = format!("{key}.");
    let example = known.iter().find(|known| known.starts_with(&inside))?;
    Some(format!("`{key}` is a section: begin it with [{key}] and set `{example}` in it"))
}

fn place_of(key: &str, known: &str) -> String {
    let hint = match (key.rsplit_once('.'), known.rsplit_once('.')) {
        (Some(_), None) => " It stands at the top of the file, before the first [section].",
        (None, Some(_)) => " It stands in a [section].",
        _ => "",
    };
    format!("did you mean `{known}`?{hint}")
}

fn suggest<'a>(key: &str, known: &'a BTreeSet<String>) -> Option<&'a str> {
    let last = |key: &str| key.rsplit('.').next().map(str::to_owned);
    // Backwards, because of equals the last one is the best: the first of the alphabet.
    known
        .iter()
        .rev()
        .map(|known| {
            let mut likeness = strsim::normalized_damerau_levenshtein(key, known);
            if last(key) == last(known) {
                // The right key in the wrong section.
                likeness = likeness.max(0.9);
            }
            (likeness, known.as_str())
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_suggested() {
        let known = ["issuer", "http.bind", "database.pool_size"].map(str::to_owned).into();
        assert_eq!(suggest("database.pool_sise", &known), Some("database.pool_size"));
        assert_eq!(suggest("http.pool_size", &known), Some("database.pool_size"));
        assert_eq!(suggest("isuer", &known), Some("issuer"));
        assert_eq!(suggest("http_bind", &known), Some("http.bind"));
        assert_eq!(suggest("colour", &known), None);
        assert!(place_of("http.issuer", "issuer").contains("before the first [section]"));
    }
}
