//! Whole configurations: what is accepted, what is refused, and how a refusal reads.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A good key: SHA-256 of the empty text.
const KEY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const PRODUCTION: &str = r#"issuer = "https://id.acme.test"
[database]
url = "postgres://latchkey:9f8e7d6c5b4a@db.internal/latchkey"
[keys]
master_key_file = "/etc/latchkey/master.key"
[brand]
name = "ACME"
"#;

struct Fixture {
    directory: TempDir,
    options: LoadOptions,
}

impl Fixture {
    fn new(profile: Profile, toml: Option<&str>, env: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        if let Some(toml) = toml {
            fs::write(directory.path().join("latchkey.toml"), toml).unwrap();
        }
        let options = LoadOptions {
            path: None,
            search: vec![PathBuf::from("latchkey.toml")],
            directory: directory.path().to_path_buf(),
            env: env.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect(),
            profile,
        };
        Self { directory, options }
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.directory.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn set(&mut self, name: &str, value: &str) {
        self.options.env.insert(name.to_owned(), value.into());
    }

    fn load(&self) -> Result<Config, ConfigErrors> {
        Config::load(&self.options)
    }
}

fn serve(toml: &str, env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    Fixture::new(Profile::Serve, Some(toml), env).load()
}

/// The refusal of production's file with `line` added in `section`.
fn refused(section: &str, line: &str) -> String {
    let header = format!("[{section}]\n");
    let toml = if section.is_empty() {
        format!("{line}\n{PRODUCTION}")
    } else if PRODUCTION.contains(&header) {
        PRODUCTION.replace(&header, &format!("{header}{line}\n"))
    } else {
        format!("{PRODUCTION}{header}{line}\n")
    };
    serve(&toml, &[]).unwrap_err().to_string()
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn a_production_file_of_ten_lines_suffices() {
    assert!(PRODUCTION.lines().count() <= 10);
    let config = serve(PRODUCTION, &[]).unwrap();
    assert_eq!(config.issuer.as_str(), "https://id.acme.test");
    assert_eq!(config.brand.name, "ACME");
    assert!(!config.registration.open);
    assert!(config.http.binds_loopback_only());
    assert!(config.http.trusted_proxies.is_empty());
    assert!(!config.is_insecure());
    assert!(matches!(config.database.target, DatabaseTarget::External(_)));
}

#[test]
fn people_may_register_where_there_is_mail() {
    let mail = "[mail]\nhost = \"smtp.acme.test\"\nfrom = \"no-reply@acme.test\"\n";
    let config = serve(&format!("{PRODUCTION}{mail}[registration]\nopen = true\n"), &[]).unwrap();
    assert!(config.registration.open);
}

#[test]
fn limits_have_defaults_and_can_be_switched_off() {
    let limits = |lines: &str| {
        let limits = serve(&format!("{PRODUCTION}[limits]\n{lines}"), &[]).unwrap().limits;
        [limits.pages, limits.authorize, limits.programs, limits.pictures, limits.public]
            .map(|limit| limit.map_or(0, std::num::NonZeroU32::get))
    };
    assert_eq!(limits(""), [1200, 600, 60_000, 12_000, 60_000]);
    let some = "programs_per_minute = 0\nauthorize_per_minute = 5\npictures_per_minute = 6";
    assert_eq!(limits(some), [1200, 5, 0, 6, 60_000]);
    assert_eq!(limits("enabled = false\npages_per_minute = 7"), [0; 5]);
}

#[test]
fn case_173_which_header_tells_the_address_is_a_choice() {
    let header = |line: &str| {
        let proxies = "[http]\ntrusted_proxies = [\"127.0.0.1\"]";
        serve(&format!("{PRODUCTION}{proxies}\n{line}"), &[]).unwrap().http.client_address_header
    };
    assert_eq!(header(""), ClientAddressHeader::XForwardedFor);
    let line = |value: &str| format!("client_address_header = \"{value}\"");
    assert_eq!(header(&line("X-Forwarded-For")), ClientAddressHeader::XForwardedFor);
    assert_eq!(header(&line("forwarded")), ClientAddressHeader::Forwarded);
}

#[test]
fn case_f36_every_problem_is_told_at_once_with_its_place_and_fix() {
    let errors = serve(
        "issuer = \"http://id.acme.test\"\n[http]\nbindd = \"0.0.0.0:80\"\nworkers = \"many\"\n",
        &[("LATCHKEY_DATABASE__POOL_SISE", "3"), ("LATCHKEY_LOG__FORMAT", "xml")],
    )
    .unwrap_err();
    let text = errors.to_string();
    says(
        &text,
        &[
            "latchkey.toml:1: http://id.acme.test is plain http",
            "use https",
            "latchkey.toml:3: `http.bindd` is not a setting",
            "did you mean `http.bind`?",
            "latchkey.toml:4: `http.workers` must be a whole number, but is other text",
            "LATCHKEY_DATABASE__POOL_SISE",
            "did you mean LATCHKEY_DATABASE__POOL_SIZE?",
            "LATCHKEY_LOG__FORMAT: `log.format` is none of the formats",
            "latchkey.toml: `database.url` is missing",
        ],
    );
    assert_eq!(errors.all().len(), 6, "{text}");
    assert!(errors.all().iter().all(|error| !error.fix.is_empty() && !error.place.is_empty()));
}

#[test]
fn case_f36_refusals_one_by_one() {
    for (section, line, expected) in [
        ("", "colour = 1", "latchkey.toml:1: `colour` is not a setting"),
        ("", "http = 1", "`http` is a section"),
        ("", "\"http.bind\" = \"127.0.0.1:1\"", "is not a setting"),
        ("", "bind = \"127.0.0.1:1\"", "did you mean `http.bind`? It stands in a [section]."),
        ("brand", "issuer = \"x\"", "It stands at the top of the file"),
        ("http", "bind = \"localhost:80\"", "latchkey.toml:9: `http.bind`: localhost:80 is not"),
        ("http", "bind = []", "names no address"),
        ("http", "bind = [1]", "must be a list, but is a list of something other than text"),
        ("http", "trusted_proxies = [\"0.0.0.0/0\"]", "trusts the whole internet"),
        ("http", "trusted_proxies = [\"proxy\"]", "proxy is not a network"),
        ("http", "client_address_header = \"x-real-ip\"", "x-real-ip is not read by Latchkey"),
        ("http", "client_address_header = 1", "must be text, but is a number"),
        ("http", "keep_alive_seconds = 0", "must be a whole number from 1"),
        ("http", "max_connections = 1", "must be a whole number from 16"),
        ("limits", "pages_per_minute = -1", "must be a whole number from 0"),
        ("limits", "enabled = \"no\"", "must be true or false"),
        ("limits", "pages_per_second = 1", "did you mean `limits.pages_per_minute`?"),
        ("http", "max_body_bytes = 1", "must be a whole number from 4096"),
        ("http", "shutdown_seconds = 1.5", "but is a fraction"),
        ("http", "workers = 99999999999999999999", "a number out of range"),
        ("database", "named_statements = 1", "must be true or false, but is a number"),
        ("database", "pool_size = 0", "must be a whole number from 1"),
        (
            "keys",
            "master_key = \"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"",
            "`keys.master_key` and `keys.master_key_file`",
        ),
        ("brand", "privacy_url = \"javascript:alert(1)\"", "begins with https"),
        ("brand", "help_url = \"nowhere\"", "begins with https: or http: or mailto:"),
        ("log", "filter = \"a=b=c\"", "`log.filter` is not a log filter"),
        ("registration", "open = true", "self-registration needs mail"),
        ("hashing", "memory_kib = 1024", "hashing is too cheap"),
        ("hashing", "iterations = 1", "hashing is too cheap"),
    ] {
        let text = refused(section, line);
        says(&text, &[expected]);
        assert_eq!(text.lines().count(), 2, "one cause, one problem:\n{text}");
    }
}

#[test]
fn case_f36_bad_urls_and_default_secrets_are_refused_at_their_place() {
    let url = "postgres://latchkey:9f8e7d6c5b4a@db.internal/latchkey";
    for (other, place, expected) in [
        ("mysql://u:9f8e7d6c5b4a@db/x", "latchkey.toml:3", "is not the URL of a Postgres database"),
        ("db.internal/latchkey", "latchkey.toml:3", "is not the URL of a Postgres database"),
        ("postgres://u:changeme@db/x", "latchkey.toml:3", "one that anybody would try first"),
    ] {
        let text = serve(&PRODUCTION.replace(url, other), &[]).unwrap_err().to_string();
        says(&text, &[place, "database.url", expected]);
    }
    let errors = serve(PRODUCTION, &[("LATCHKEY_DATABASE__URL", "nowhere")]).unwrap_err();
    says(&errors.to_string(), &["LATCHKEY_DATABASE__URL", "is not the URL of a Postgres database"]);
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let toml = PRODUCTION.replace("master_key_file = \"/etc/latchkey/master.key\"\n", "");
    let errors = serve(&toml, &[("LATCHKEY_KEYS__MASTER_KEY", zeros)]).unwrap_err();
    says(&errors.to_string(), &["LATCHKEY_KEYS__MASTER_KEY"]);
    assert!(!errors.to_string().contains("AAAA"), "{errors}");
}

#[test]
fn case_f36_bad_issuers_are_refused() {
    for (issuer, expected) in [
        ("id.acme.test", "not an absolute URL"),
        ("https://id.acme.test/auth", "a scheme and a host only"),
        ("ftp://id.acme.test", "its scheme must be https"),
        ("", "not an absolute URL"),
    ] {
        let toml = PRODUCTION.replace("https://id.acme.test", issuer);
        let text = serve(&toml, &[]).unwrap_err().to_string();
        says(&text, &["latchkey.toml:1: `issuer` is no issuer", expected]);
    }
    let nothing = Fixture::new(Profile::Serve, None, &[]).load().unwrap_err();
    assert_eq!(nothing.all().len(), 1, "{nothing}");
    says(&nothing.to_string(), &["LATCHKEY_ISSUER: `issuer` is missing"]);
}

#[test]
fn plain_http_beyond_this_machine_needs_a_plain_word() {
    let toml = PRODUCTION.replace("https:", "http:");
    assert!(serve(&toml, &[]).is_err());
    let config = serve(&toml, &[("LATCHKEY_ALLOW_INSECURE_HTTP", "true")]).unwrap();
    assert!(config.is_insecure());
    let loopback = PRODUCTION.replace("https://id.acme.test", "http://localhost:9000");
    assert!(!serve(&loopback, &[]).unwrap().is_insecure());
}

#[test]
fn no_secret_stands_in_a_refusal_or_a_print() {
    let secret = "hunter2hunter2";
    for toml in [
        format!("[database]\nurl = postgres://u:{secret}@h/d\n"),
        format!("[database]\nurl = \"postgres://u:{secret}@h/d\n"),
        format!("[database]\nurrl = \"postgres://u:{secret}@h/d\"\n"),
        format!("[database]\nurl = [\"{secret}\"]\n"),
        format!("[database]\nurl = \"mysql://u:{secret}@h/d\"\n"),
        format!("issuer = \"https://u:{secret}@h\"\n"),
        format!("[keys]\nmaster_key = \"{secret}\"\n"),
        format!("[keys]\nmaster_key = {secret}\n"),
    ] {
        let errors = serve(&toml, &[]).unwrap_err();
        assert!(!format!("{errors}{errors:?}").contains("hunter2"), "{errors}");
    }
    let config =
        serve(&PRODUCTION.replace("9f8e7d6c5b4a", secret), &[("LATCHKEY_KEYS__MASTER_KEY", KEY)])
            .unwrap();
    for shown in [config.to_toml(), config.to_json().to_string(), format!("{config:?}")] {
        assert!(!shown.contains("hunter2") && !shown.contains("47DEQ"), "{shown}");
    }
}

#[test]
fn the_environment_wins_over_the_file() {
    let config = serve(
        &format!("{PRODUCTION}[http]\nbind = \"127.0.0.1:1\"\n"),
        &[
            ("LATCHKEY_HTTP__BIND", "127.0.0.1:2, [::1]:2"),
            ("LATCHKEY_DATABASE__NAMED_STATEMENTS", "false"),
            ("LATCHKEY_DATABASE__POOL_SIZE", "7"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.http.bind.len(), 2);
    assert_eq!(config.http.bind.first().unwrap().port(), 2);
    assert!(!config.database.named_statements);
    assert_eq!(config.database.pool_size, 7);
}

fn database_url(config: &Config) -> &str {
    match &config.database.target {
        DatabaseTarget::External(url) => url.expose(),
        DatabaseTarget::Private(directory) => panic!("private, in {directory:?}"),
    }
}

#[test]
fn database_url_is_honoured_below_our_own_variable() {
    let conventional = ("DATABASE_URL", "postgres://a@db/a");
    let config = serve(PRODUCTION, &[conventional]).unwrap();
    assert_eq!(database_url(&config), "postgres://a@db/a");
    let own = ("LATCHKEY_DATABASE__URL", "postgres://b@db/b");
    assert_eq!(database_url(&serve(PRODUCTION, &[conventional, own]).unwrap()), own.1);
    let empty = serve(PRODUCTION, &[("DATABASE_URL", "")]).unwrap();
    assert_eq!(database_url(&empty), "postgres://latchkey:9f8e7d6c5b4a@db.internal/latchkey");
}

#[test]
fn secrets_come_from_files_too() {
    let mut fixture = Fixture::new(Profile::Serve, Some(PRODUCTION), &[]);
    let path = fixture.file("url", "postgres://c@db/c\r\n");
    fixture.set("LATCHKEY_DATABASE__URL_FILE", &path);
    let config = fixture.load().unwrap();
    assert_eq!(database_url(&config), "postgres://c@db/c");
    says(&config.to_toml(), &["# LATCHKEY_DATABASE__URL_FILE"]);

    fixture.set("LATCHKEY_DATABASE__URL", "postgres://b@db/b");
    says(&fixture.load().unwrap_err().to_string(), &["are both set", "keep one"]);

    fixture.options.env.clear();
    fixture.set("LATCHKEY_DATABASE__URL_FILE", "missing");
    let errors = fixture.load().unwrap_err();
    assert_eq!(errors.all().len(), 1, "{errors}");
    says(
        &errors.to_string(),
        &["LATCHKEY_DATABASE__URL_FILE", "missing cannot be read: there is no such file"],
    );
}

#[test]
fn the_master_key_is_a_file_or_given() {
    let config = serve(PRODUCTION, &[]).unwrap();
    assert!(matches!(
        config.keys.master_key,
        MasterKeySource::File(path) if path.as_os_str() == "/etc/latchkey/master.key"
    ));
    let config = serve(PRODUCTION, &[("LATCHKEY_KEYS__MASTER_KEY", KEY)]).unwrap();
    assert!(matches!(config.keys.master_key, MasterKeySource::Given(_)));
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let text = serve(PRODUCTION, &[("LATCHKEY_KEYS__MASTER_KEY", zeros)]).unwrap_err().to_string();
    says(&text, &["LATCHKEY_KEYS__MASTER_KEY: the master key is not random", "keys init"]);
}

#[test]
fn the_private_database_is_for_this_machine_only() {
    let local = "issuer = \"http://localhost:8080\"\n";
    let fixture = Fixture::new(Profile::Serve, Some(local), &[]);
    let config = fixture.load().unwrap();
    let expected = fixture.directory.path().join("data/postgres");
    assert!(matches!(config.database.target, DatabaseTarget::Private(path) if path == expected));
    let open = format!("{local}[http]\nbind = \"0.0.0.0:8080\"\n");
    says(&serve(&open, &[]).unwrap_err().to_string(), &["`database.url` is missing"]);
    let away = "issuer = \"https://id.acme.test\"\n";
    says(&serve(away, &[]).unwrap_err().to_string(), &["`database.url` is missing"]);
}

#[test]
fn dev_needs_nothing_and_stays_on_this_machine() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::for_dev(9000, directory.path()).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:9000");
    assert_eq!(config.http.bind, vec!["127.0.0.1:9000".parse().unwrap()]);
    assert!(config.registration.open);
    assert_eq!(config.data_dir, directory.path().join("data"));

    let dev = |env: &[(&str, &str)], port| {
        Fixture::new(Profile::Dev { port }, None, env).load().map_err(|errors| errors.to_string())
    };
    let issuer = dev(&[("LATCHKEY_ISSUER", "https://id.acme.test")], None).unwrap_err();
    says(&issuer, &["LATCHKEY_ISSUER: `latchkey dev` has demo accounts"]);
    let bind = dev(&[("LATCHKEY_HTTP__BIND", "0.0.0.0:8080")], None).unwrap_err();
    says(&bind, &["open to other machines"]);
    let port = dev(&[("LATCHKEY_ISSUER", "http://localhost:1")], Some(2)).unwrap_err();
    says(&port, &["the issuer's port is not the 2 of --port"]);
}

#[test]
fn a_tool_without_configuration_is_taken_for_devs() {
    let config = Fixture::new(Profile::Tool, None, &[]).load().unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:8080");
    assert!(matches!(config.database.target, DatabaseTarget::Private(_)));
}

#[test]
fn the_named_file_must_exist_and_paths_start_beside_it() {
    let mut fixture = Fixture::new(Profile::Serve, Some(PRODUCTION), &[]);
    fs::create_dir(fixture.directory.path().join("etc")).unwrap();
    fixture.file("etc/other.toml", "issuer = \"http://localhost:1\"\ndata_dir = \"here\"\n");
    fixture.set("LATCHKEY_CONFIG", "etc/other.toml");
    let config = fixture.load().unwrap();
    assert_eq!(config.data_dir, fixture.directory.path().join("etc/here"));
    let key = fixture.directory.path().join("etc/keys/master.key");
    assert!(matches!(config.keys.master_key, MasterKeySource::File(path) if path == key));

    fixture.set("LATCHKEY_DATA_DIR", "there");
    assert_eq!(fixture.load().unwrap().data_dir, fixture.directory.path().join("there"));

    fixture.options.path = Some("missing.toml".into());
    let errors = fixture.load().unwrap_err();
    says(&errors.to_string(), &["missing.toml: the configuration file cannot be read"]);
}

#[test]
fn a_print_is_toml_with_origins() {
    let config = serve(PRODUCTION, &[("LATCHKEY_LOG__FILTER", "warn")]).unwrap();
    let text = config.to_toml();
    says(
        &text,
        &[
            "issuer = \"https://id.acme.test\"",
            "# latchkey.toml:1",
            "url = \"postgres://latchkey:[redacted]@db.internal/latchkey\" # latchkey.toml:3",
            "# LATCHKEY_LOG__FILTER",
            "# terms_url is not set",
        ],
    );
    let reparsed: toml::Table = text.parse().unwrap();
    assert_eq!(reparsed["log"]["filter"].as_str(), Some("warn"));

    let json: serde_json::Value = serde_json::from_str(&config.to_json().to_string()).unwrap();
    let settings = json["settings"].as_array().unwrap();
    assert_eq!(settings.len(), config.settings().len());
    for setting in settings {
        let key = setting["key"].as_str().unwrap();
        assert_eq!(setting["variable"].as_str(), Some(variable_of(key).as_str()));
    }
}

#[test]
fn every_setting_has_a_variable() {
    let config = serve(PRODUCTION, &[]).unwrap();
    for Setting { key, value, .. } in config.settings() {
        let text = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) if text.contains("[redacted]") => continue,
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(items) => {
                items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        let variable = variable_of(key);
        let again = serve(PRODUCTION, &[(&variable, &text)]).unwrap_or_else(|e| panic!("{e}"));
        let setting = again.settings().iter().find(|setting| setting.key == *key).unwrap();
        assert_eq!(setting.origin, Origin::Variable(variable));
        assert_eq!(setting.value, *value);
    }
}

#[test]
fn what_is_not_a_setting_is_left_alone_and_the_rest_refused() {
    assert!(serve(PRODUCTION, &[("LATCHKEY_SETUP", "report"), ("latchkey_issuer", "x")]).is_ok());
    for name in ["LATCHKEY_", "LATCHKEY_Issuer", "LATCHKEY_HTTP_BIND", "LATCHKEY___"] {
        let errors = serve(PRODUCTION, &[(name, "x")]).unwrap_err();
        says(&errors.to_string(), &[&format!("`{name}` is not a setting")]);
    }
}

/// Text that looks like a configuration more often than chance would have it.
fn toml_like() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "\\[[a-z.]{0,9}\\]",
        "(issuer|bind|url|open|name|filter|workers) = (\"[^\"\n]{0,12}\"|[0-9]{1,20}|true|\\[\\])",
        "(http|database|keys)\\.(bind|url|master_key) = .{0,12}",
        "\\PC{0,30}",
        any::<String>(),
    ];
    proptest::collection::vec(line, 0..8).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_and_no_environment_makes_loading_panic(
        toml in toml_like(),
        env in proptest::collection::btree_map(
            "(LATCHKEY_[A-Z_]{0,12}|LATCHKEY_(HTTP__BIND|DATABASE__URL|LOG__FILTER)|DATABASE_URL)",
            any::<String>(),
            0..4,
        ),
    ) {
        let env: BTreeMap<String, std::ffi::OsString> =
            env.into_iter().map(|(name, value)| (name, value.into())).collect();
        for profile in [Profile::Serve, Profile::Dev { port: Some(1) }, Profile::Tool] {
            let mut fixture = Fixture::new(profile, Some(&toml), &[]);
            fixture.options.env.clone_from(&env);
            match fixture.load() {
                Ok(config) => {
                    let text = config.to_toml();
                    prop_assert!(text.parse::<toml::Table>().is_ok(), "{}", text);
                }
                Err(errors) => {
                    prop_assert!(!errors.all().is_empty());
                    // A place, a problem and a fix never span more than their two lines.
                    prop_assert_eq!(errors.to_string().lines().count(), 2 * errors.all().len());
                }
            }
        }
    }
}

#[test]
fn case_309_the_operations_listener_is_off_and_stays_on_this_machine() {
    assert!(serve(PRODUCTION, &[]).unwrap().operations.bind.is_empty());
    let bind = |address: &str| {
        let bound = serve(PRODUCTION, &[("LATCHKEY_OPERATIONS__BIND", address)]);
        bound.map(|config| config.operations.bind)
    };
    assert_eq!(bind("127.0.0.1:9464").unwrap(), ["127.0.0.1:9464".parse().unwrap()]);
    assert_eq!(bind("127.0.0.1:9464,[::1]:9464").unwrap().len(), 2);
    for (address, words) in [
        ("0.0.0.0:9464", "other machines can reach"),
        ("10.0.0.7:9464", "other machines can reach"),
        ("127.0.0.1:9464,[::]:9464", "other machines can reach"),
        ("127.0.0.1:8080", "the port of `http.bind`"),
        ("[::1]:8080", "the port of `http.bind`"),
        ("localhost:9464", "is not an IP address and a port"),
    ] {
        let refusal = bind(address).unwrap_err().to_string();
        assert!(refusal.contains(words), "{address}: {refusal}");
    }
    let plainly = [
        ("LATCHKEY_OPERATIONS__BIND", "0.0.0.0:9464"),
        ("LATCHKEY_OPERATIONS__ALLOW_REMOTE", "true"),
    ];
    assert_eq!(serve(PRODUCTION, &plainly).unwrap().operations.bind.len(), 1);
}

#[test]
fn a_collector_has_a_plain_address() {
    let endpoint = |address: &str| {
        let read = serve(PRODUCTION, &[("LATCHKEY_TELEMETRY__OTLP_ENDPOINT", address)]);
        read.map(|config| config.telemetry)
    };
    let config = endpoint("http://127.0.0.1:4318").unwrap();
    assert_eq!(config.otlp_endpoint.unwrap().as_str(), "http://127.0.0.1:4318/");
    assert_eq!(config.sample_percent, 100);
    assert!(endpoint("https://collector.test/otlp").is_ok());
    for address in ["localhost:4318", "grpc://h:1", "http://u:secret@h", "http://h?a=b", "http://"]
    {
        let refusal = endpoint(address).unwrap_err().to_string();
        assert!(refusal.contains("plain http or https address"), "{address}: {refusal}");
        assert!(!refusal.contains("secret"), "{refusal}");
    }
}

#[test]
fn a_front_end_has_a_client_and_origins() {
    let api = |client: &str, origins: &str| {
        let env = [("LATCHKEY_API__CLIENT_ID", client), ("LATCHKEY_API__ORIGINS", origins)];
        serve(PRODUCTION, &env).map(|config| config.api.unwrap())
    };
    assert_eq!(serve(PRODUCTION, &[]).unwrap().api, None);
    let both = api("app", "https://app.acme.test,http://localhost:3000,http://[::1]:3000").unwrap();
    assert_eq!((both.client_id.as_str(), both.origins.len()), ("app", 3));
    for client in ["", "ab", "App", "a_b", "https://app.acme.test"] {
        let refusal = api(client, "https://app.acme.test").unwrap_err().to_string();
        assert!(refusal.contains("no client's id"), "{client}: {refusal}");
    }
    for origin in [
        "*",
        "null",
        "https://*.acme.test",
        "https://app.acme.test/",
        "https://app.acme.test/path",
        "https://app.acme.test:443",
        "https://APP.acme.test",
        "https://u@app.acme.test",
        "http://app.acme.test",
        "app.acme.test",
        "ftp://app.acme.test",
    ] {
        let refusal = api("app", origin).unwrap_err().to_string();
        assert!(refusal.contains("is not the origin of a page"), "{origin}: {refusal}");
    }
    let alone = serve(PRODUCTION, &[("LATCHKEY_API__ORIGINS", "https://app.acme.test")]);
    assert!(alone.unwrap_err().to_string().contains("without `api.client_id`"));
}
