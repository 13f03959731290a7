//! `config`: the file and the environment. A line `---` parts the file from lines `NAME=value`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use latchkey::config::{Config, LoadOptions, Profile};
use latchkey::kernel::printable::Printable;
use tempfile::TempDir;

/// Secrets in the corpus, and the settings that they are the secret of.
const CANARIES: [(&str, [&str; 2]); 2] = [
    (
        "9f8e7d6c5b4a",
        [
            "\nurl = \"postgres://latchkey:9f8e7d6c5b4a@",
            "\nDATABASE_URL=postgres://latchkey:9f8e7d6c5b4a@",
        ],
    ),
    (
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        [
            "\nmaster_key = \"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"",
            "\nLATCHKEY_KEYS__MASTER_KEY=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ],
    ),
];

thread_local! {
    static DIRECTORY: RefCell<TempDir> = RefCell::new(tempfile::tempdir().unwrap());
}

pub fn check(data: &[u8]) {
    let (file, variables) = match data.windows(5).position(|window| window == b"\n---\n") {
        Some(at) => (&data[..at], &data[at + 5..]),
        None => (data, &[][..]),
    };
    let env: BTreeMap<String, OsString> = variables
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let at = line.iter().position(|byte| *byte == b'=')?;
            let name = super::text(&line[..at])?.to_owned();
            let value = OsString::from_vec(line[at + 1..].to_vec());
            // No input may make this read another file.
            (name != "LATCHKEY_CONFIG" && !name.ends_with("_FILE")).then_some((name, value))
        })
        .collect();
    let directory = DIRECTORY.with_borrow(|directory| directory.path().to_path_buf());
    fs::write(directory.join("latchkey.toml"), file).unwrap();
    for profile in [Profile::Serve, Profile::Dev { port: Some(1) }] {
        let search = vec![PathBuf::from("latchkey.toml")];
        let (env, directory) = (env.clone(), directory.clone());
        let search = search.into_iter().map(|name| directory.join(name)).collect();
        match Config::load(&LoadOptions { path: None, search, directory, env, profile }) {
            Ok(config) => check_loaded(data, &config, profile),
            Err(errors) => {
                assert!(!errors.all().is_empty());
                assert_eq!(errors.to_string().lines().count(), 2 * errors.all().len());
            }
        }
    }
}

fn check_loaded(data: &[u8], config: &Config, profile: Profile) {
    let rendered = config.to_toml();
    assert!(rendered.parse::<toml::Table>().is_ok(), "{rendered}");
    assert!(rendered.lines().all(|line| Printable(line).to_string() == line), "{rendered:?}");
    let input = String::from_utf8_lossy(data);
    for (canary, settings) in CANARIES {
        let as_secret: usize = settings.iter().map(|setting| input.matches(setting).count()).sum();
        let is_secret = as_secret == input.matches(canary).count();
        for text in [&rendered, &config.to_json().to_string(), &format!("{config:?}")] {
            assert!(!is_secret || !text.contains(canary), "a secret in {text}");
        }
    }
    let may_be_plain = config.issuer.is_loopback() || config.allow_insecure_http;
    assert!(config.issuer.is_https() || may_be_plain, "{}", config.issuer);
    if profile != Profile::Serve {
        assert!(config.http.binds_loopback_only(), "dev is for this machine only");
    }
}
