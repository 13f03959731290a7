use clap::CommandFactory as _;

use super::*;

fn parse(line: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once(&"latchkey").chain(line))
}

#[test]
fn the_definitions_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn help_tells_the_exit_codes() {
    let help = Cli::command().render_long_help().to_string();
    assert!(help.contains("5  the configuration is wrong"), "{help}");
}

#[test]
fn every_help_text_is_free_of_markup() {
    fn visit(command: &mut clap::Command) {
        let help = command.render_long_help().to_string();
        assert!(!help.contains('`'), "{help}");
        for inner in command.get_subcommands_mut() {
            visit(inner);
        }
    }
    let mut command = Cli::command();
    command.build();
    visit(&mut command);
}

#[test]
fn global_flags_stand_anywhere() {
    let cli = parse(&["user", "list", "--json", "--config", "a.toml"]).unwrap();
    assert!(cli.json);
    assert_eq!(cli.config, Some("a.toml".into()));
}

#[test]
fn a_client_is_described_by_flags() {
    let cli = parse(&[
        "client",
        "add",
        "notes",
        "--name",
        "ACME Notes",
        "--public",
        "--native",
        "--redirect-uri",
        "https://a.example/cb",
        "--redirect-uri",
        "https://b.example/cb",
        "--grant",
        "authorization_code",
        "--auth-method",
        "none",
        "--first-party",
        "--access-token-lifetime",
        "5m",
        "--refresh-token-lifetime",
        "3600",
    ])
    .unwrap();
    let Command::Client(ClientArgs { command: ClientCommand::Add(add) }) = cli.command else {
        panic!("not client add")
    };
    assert_eq!(add.id, "notes");
    assert_eq!(add.fields.kind(), Some(ClientKind::Public));
    assert_eq!(add.fields.platform(), Some(Platform::Native));
    assert_eq!(add.fields.redirect_uris.len(), 2);
    assert_eq!(add.fields.grants, [Grant::AuthorizationCode]);
    assert_eq!(add.fields.first_party, Some(true));
    assert_eq!(add.fields.access_token_lifetime, Some(Duration::from_secs(300)));
    assert_eq!(add.fields.refresh_token_lifetime, Some(Duration::from_secs(3600)));
    assert_eq!(add.fields.pkce, None);
}

#[test]
fn an_update_names_only_what_changes() {
    let update = |line: &[&str]| {
        let cli = parse(&[&["client", "update", "notes"], line].concat()).unwrap();
        match cli.command {
            Command::Client(ClientArgs { command: ClientCommand::Update(update) }) => update.fields,
            other => panic!("{other:?}"),
        }
    };
    assert!(update(&[]).is_empty());
    let fields = update(&["--first-party=false"]);
    assert!(!fields.is_empty());
    assert_eq!(fields.first_party, Some(false));
    assert_eq!(fields.kind(), None);
}

#[test]
fn a_password_comes_one_way() {
    for (flag, expected) in [
        ("--prompt", PasswordWay::Prompt),
        ("--link", PasswordWay::Link),
        ("--password-stdin", PasswordWay::Stdin),
    ] {
        let cli = parse(&["user", "set-password", "ada", flag]).unwrap();
        let Command::User(UserArgs { command: UserCommand::SetPassword(args) }) = cli.command
        else {
            panic!("not set-password")
        };
        assert_eq!((args.who.as_str(), args.way.way()), ("ada", expected));
    }
}

#[test]
fn what_is_named_may_begin_with_a_hyphen() {
    for line in [
        &["user", "show", "-Kx3_9"][..],
        &["user", "update", "-Kx3_9", "--name", "Ada"],
        &["user", "disable", "--Kx3"],
        &["user", "set-password", "-Kx3_9", "--link"],
        &["user", "delete", "--yes", "-Kx3_9"],
        &["user", "add", "-ada@example.com", "--verified"],
        &["client", "add", "-notes", "--public"],
        &["client", "show", "--notes"],
        &["client", "update", "--public", "-notes"],
        &["client", "rotate-secret", "-notes", "--keep-old", "0"],
        &["client", "disable", "-notes"],
        &["client", "enable", "-notes"],
        &["client", "remove", "-notes", "--yes"],
        &["keys", "revoke", "-6MNwXF4W", "--yes"],
        &["why", "-7wAAQEGjK0Zr1nBx5A"],
    ] {
        let with_flag = [line, &["--json"]].concat();
        let cli = parse(&with_flag).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        assert!(cli.json, "{line:?}");
    }
    // A flag that is known stays one.
    assert!(parse(&["user", "show", "--json"]).is_err());
}

#[test]
fn wrong_lines_are_refused() {
    for line in [
        &["client", "add", "notes", "--public", "--confidential"][..],
        &["client", "add", "notes", "--native", "--web"],
        &["client", "add", "notes", "--grant", "password"],
        &["client", "rotate-secret", "notes", "--keep-old", "soon"],
        &["user", "set-password", "ada"],
        &["user", "set-password", "ada", "--prompt", "--link"],
        &["user", "list", "--limit", "0"],
        &["dev", "--port", "0"],
        &["keys"],
        &[],
    ] {
        assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line:?}");
    }
}
