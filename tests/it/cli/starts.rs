//! How `latchkey serve` starts and ends when the database is not as it should be.

use std::process::Command;

use super::installation::{Ended, Installation};
use super::servers::{Server, free_port, get, wait_until_ready};
use crate::support::postgres::Postgres;

pub(super) fn serve(installation: &Installation, url: &str, port: u16) -> Command {
    let mut command = installation.command(&["serve"]);
    command
        .env("DATABASE_URL", url)
        .env("LATCHKEY_ISSUER", format!("http://localhost:{port}"))
        .env("LATCHKEY_HTTP__BIND", format!("127.0.0.1:{port}"))
        .env_remove("LATCHKEY_HASHING__MEMORY_KIB")
        .env_remove("LATCHKEY_HASHING__ITERATIONS");
    command
}

#[test]
fn case_f02_a_server_that_knows_us_not_is_not_waited_for() {
    let postgres = Postgres::start();
    let installation = Installation::migrated();
    installation.run(&["keys", "init"]).ok();
    let good = postgres.url();
    let last = good.rsplit_once('/').unwrap().0;
    for (url, words) in [
        (good.replace(":z9-", ":other-"), "password authentication failed"),
        (good.replace("//latchkey:", "//somebody:"), "password authentication failed"),
        (format!("{last}/nowhere"), "database \"nowhere\" does not exist"),
    ] {
        let ended = Ended::from(serve(&installation, &url, free_port()).output().unwrap());
        let ended = ended.refused(4, &[words, "check the user, the password and the name"]);
        assert!(!ended.err.contains("waiting for the database"), "{}", ended.err);
        assert!(!ended.err.contains("on-loopback-only"), "{}", ended.err);
    }
}

#[test]
fn case_f18_a_server_whose_database_hangs_stops_when_it_is_told_to() {
    let mut postgres = Postgres::start();
    let installation = Installation::migrated();
    for arguments in [["migrate", "--json"], ["keys", "init"]] {
        let mut command = installation.command(&arguments);
        Ended::from(command.env("DATABASE_URL", postgres.url()).output().unwrap()).ok();
    }
    let port = free_port();
    let server = Server::start(serve(&installation, &postgres.url(), port));
    wait_until_ready(port);
    postgres.freeze();
    // This one's thread is still waiting for Postgres when the server ends.
    let answer = get(port, "localhost", "/account").unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") || answer.starts_with("HTTP/1.1 30"), "{answer}");
    let answer = get(port, "localhost", "/oauth2/authorize?client_id=x").unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert_eq!(server.interrupt().code, 0);
}
