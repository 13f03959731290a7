use clap::Parser as _;

use super::super::super::args::{Cli, ClientCommand, Command};
use super::*;

fn fields(line: &[&str]) -> ClientFields {
    let cli = Cli::try_parse_from(["latchkey", "client", "update", "notes"].iter().chain(line));
    match cli.unwrap().command {
        Command::Client(client) => match client.command {
            ClientCommand::Update(update) => update.fields,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn add(line: &[&str]) -> Result<Client, Failure> {
    new("notes".parse().unwrap(), &fields(line), now())
}

/// What is wrong with `line`; there must be something.
fn problems(line: &[&str]) -> Vec<String> {
    let failure = add(line).unwrap_err();
    assert_eq!(failure.exit, Exit::Usage);
    failure.details
}

const CALLBACK: [&str; 2] = ["--redirect-uri", "https://notes.example/callback"];

#[test]
fn a_redirect_uri_is_all_that_a_usual_client_needs() {
    let client = add(&CALLBACK).unwrap();
    assert_eq!(client.name, "notes");
    assert_eq!(client.auth_method, AuthMethod::ClientSecretBasic);
    assert_eq!(client.scopes.to_string(), "email openid profile");
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    assert_eq!(client.pkce, PkcePolicy::NonceSuffices);
    assert!(!client.first_party);
}

#[test]
fn a_public_client_has_no_secret_and_needs_pkce() {
    let public = |more: &[&str]| add(&[&["--public"], &CALLBACK[..], more].concat());
    assert!(public(&[]).unwrap().is_public());
    assert_eq!(public(&[]).unwrap().pkce, PkcePolicy::Required);
    assert!(public(&["--auth-method", "none"]).unwrap().is_public());
    for more in [
        &["--auth-method", "client_secret_post"][..],
        &["--pkce", "nonce"],
        &["--grant", "authorization_code", "--grant", "client_credentials"],
    ] {
        assert_eq!(public(more).unwrap_err().details.len(), 1, "{more:?}");
    }
}

#[test]
fn a_client_without_people_needs_no_redirect_uri() {
    let client = add(&["--grant", "client_credentials", "--scope", "reports.read"]).unwrap();
    assert_eq!(client.grant_types, [GrantType::ClientCredentials]);
    assert_eq!(client.scopes.to_string(), "reports.read");
    assert!(add(&["--grant", "client_credentials"]).unwrap().scopes.is_empty());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let problems = problems(&[
        "--redirect-uri",
        "http://notes.example/callback",
        "--redirect-uri",
        "https://notes.example/#top",
        "--post-logout-redirect-uri",
        "javascript:alert(1)",
        "--scope",
        "a\"b",
        "--logo-uri",
        "http://notes.example/logo.png",
        "--access-token-lifetime",
        "59",
        "--name",
        " ",
    ]);
    for (place, part) in [
        "--name",
        "http://notes.example/callback: its scheme must be https",
        "https://notes.example/#top: it must not have a fragment",
        "--post-logout-redirect-uri javascript:alert(1)",
        "--scope a\"b",
        "--access-token-lifetime must be from 60 to 86400 seconds",
        "--logo-uri",
    ]
    .iter()
    .enumerate()
    {
        assert!(problems[place].contains(part), "{part}: {problems:?}");
    }
    assert_eq!(problems.len(), 7);
}

#[test]
fn grants_must_fit_together() {
    assert!(problems(&["--grant", "refresh_token"])[0].contains("authorization_code only"));
    assert!(problems(&[])[0].contains("--redirect-uri"));
}

#[test]
fn lifetimes_are_bounded_and_can_be_unset() {
    let lifetimes = |line: &[&str]| add(&[&CALLBACK[..], line].concat()).map(|c| c.lifetimes);
    let set = lifetimes(&["--id-token-lifetime", "5m", "--refresh-token-lifetime", "30days"]);
    let set = set.unwrap();
    assert_eq!((set.id_token, set.refresh_absolute), (Some(300), Some(2_592_000)));
    assert_eq!(lifetimes(&["--id-token-lifetime", "0"]).unwrap(), ClientLifetimes::default());
    assert!(lifetimes(&["--id-token-lifetime", "2h"]).is_err());
    assert!(
        lifetimes(&["--refresh-token-idle", "2days", "--refresh-token-lifetime", "1day"]).is_err()
    );
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    let line = [
        &CALLBACK[..],
        &["--name", "ACME Notes", "--logo-uri", "https://notes.example/logo.png"],
        &["--scope", "openid roles", "--access-token-lifetime", "5m"],
    ];
    let before = add(&line.concat()).unwrap();
    let after = change(&before, &fields(&["--first-party", "--logo-uri", ""]), now()).unwrap();
    assert!(after.first_party);
    assert_eq!(after.links.logo_uri, None);
    let told = json!({
        "first_party": { "from": false, "to": true },
        "logo_uri": { "from": "https://notes.example/logo.png", "to": null },
    });
    assert_eq!(json!(differences(&before, &after)), told);

    let more = ["--redirect-uri", "https://b.example/a", "--redirect-uri", "https://b.example/a"];
    let after = change(&before, &fields(&more), now()).unwrap();
    assert_eq!(after.redirect_uris.len(), 1, "a list is replaced, and has no doubles");
    let names: Vec<_> = differences(&before, &after).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["redirect_uris"]);

    let failure = change(&before, &fields(&["--redirect-uri", ""]), now()).unwrap_err();
    assert!(failure.details[0].contains("needs a --redirect-uri"));
}

#[test]
fn a_change_of_platform_looks_at_the_kept_uris_anew() {
    let scheme = ["--native", "--public", "--redirect-uri", "com.example.notes:/callback"];
    let native = add(&scheme).unwrap();
    assert_eq!(native.application_type, ApplicationType::Native);
    let failure = change(&native, &fields(&["--web"]), now()).unwrap_err();
    assert!(failure.details[0].contains("com.example.notes:/callback"), "{failure:?}");
}

#[test]
fn a_kind_can_be_changed() {
    let client = add(&CALLBACK).unwrap();
    let public = change(&client, &fields(&["--public"]), now()).unwrap();
    assert!(public.is_public());
    assert_eq!(public.pkce, PkcePolicy::Required);
    let back = change(&public, &fields(&["--confidential"]), now()).unwrap();
    assert_eq!(back.auth_method, AuthMethod::ClientSecretBasic);
    let post = change(&back, &fields(&["--auth-method", "client_secret_post"]), now()).unwrap();
    let kept = change(&post, &fields(&["--confidential"]), now()).unwrap();
    assert_eq!(kept.auth_method, AuthMethod::ClientSecretPost);
    assert!(change(&post, &fields(&["--confidential", "--auth-method", "none"]), now()).is_err());
}
