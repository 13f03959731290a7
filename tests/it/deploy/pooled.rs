//! Two nodes with `PgBouncer` in transaction mode between them and Postgres, with the shipped files.

use std::process::Command;

use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::config::STATEMENT_SECONDS;
use percent_encoding::percent_decode_str;
use tempfile::TempDir;

use super::nodes::{Nodes, person};
use super::proxy::{Kind, Proxy};
use super::visits::Way;
use crate::support::flow::{code_request, refresh_request};
use crate::support::foreign::{Foreign, Port, directory, program, shipped};

const PROGRAMS: &[&str] = &["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];

/// The pooler, before the database of an installation.
struct Pooler {
    _process: Foreign,
    _directory: TempDir,
    port: Port,
    /// Whether it keeps track of prepared statements, as it does since 1.21.
    prepares: bool,
}

impl Pooler {
    fn start(url: &str) -> Self {
        let directory = directory();
        let root = directory.path();
        let place = root.to_str().unwrap();
        let port = Port::reserve();
        let (database, socket) = parts(url);
        let prepares = version() >= (1, 21);
        let listen = format!("listen_port = {}", port.number);
        let to = format!("latchkey = host={socket} port=5432 dbname={database}");
        let replaced = [
            ("latchkey = host=db.example.com port=5432 dbname=latchkey", to.as_str()),
            ("listen_addr = 10.0.0.20", "listen_addr = 127.0.0.1"),
            ("listen_port = 6432", &listen),
            ("/etc/pgbouncer", place),
            // Fewer than the nodes want at once, so that they have to share.
            ("default_pool_size = 20", "default_pool_size = 3"),
            (
                "; max_prepared_statements",
                if prepares { "max_prepared_statements" } else { "; max_prepared_statements" },
            ),
        ];
        std::fs::write(root.join("pgbouncer.ini"), shipped("pgbouncer/pgbouncer.ini", &replaced))
            .unwrap();
        std::fs::write(root.join("userlist.txt"), "\"latchkey\" \"a random one\"\n").unwrap();
        let file = root.join("pgbouncer.ini");
        let mut arguments = vec![file.to_str().unwrap()];
        let owner = owner(&socket);
        if rustix::process::geteuid().is_root() {
            // It refuses to run as root, and Postgres knows whoever it runs as itself.
            arguments.extend(["-u", &owner]);
        }
        let process = Foreign::start(program(PROGRAMS), &arguments, root, port.address());
        Self { _process: process, _directory: directory, port, prepares }
    }

    /// Where the nodes find the database.
    fn url(&self) -> String {
        format!("postgres://latchkey:a%20random%20one@{}/latchkey", self.port.address())
    }
}

/// The database of the tests' cluster and the directory of its socket.
fn parts(url: &str) -> (String, String) {
    let (_, place) = url.split_once("@/").unwrap();
    let (database, parameters) = place.split_once("?host=").unwrap();
    let host = parameters.split('&').next().unwrap();
    let text = |part: &str| percent_decode_str(part).decode_utf8().unwrap().into_owned();
    (text(database), text(host))
}

fn owner(path: &str) -> String {
    let output = Command::new("stat").args(["-c", "%U", path]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn version() -> (u32, u32) {
    let output = Command::new(program(PROGRAMS)).arg("-V").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let number = text.lines().next().and_then(|line| line.strip_prefix("PgBouncer ")).unwrap();
    let mut parts = number.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

/// A parameter of a connection, as transactions find it.
fn shown(connection: &mut PgConnection, name: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let query = format!("SELECT current_setting('{name}') AS value");
    sql_query(query).get_result::<Row>(connection).unwrap().value
}

/// An installation behind a pooler, with the limits of its role set as the shipped file does.
fn prepare(people: usize) -> (Nodes, Pooler) {
    let nodes = Nodes::prepare(people);
    let url = nodes.installation.url();
    let pooler = Pooler::start(&url);
    let database = format!("DATABASE {}", parts(&url).0);
    let script = shipped("pgbouncer/role.sql", &[("DATABASE latchkey", &database)]);
    for statement in script.split_inclusive(";\n") {
        nodes.installation.execute(statement);
    }
    (nodes, pooler)
}

#[test]
fn the_limits_of_the_role_hold_for_whoever_comes_through_the_pooler() {
    let nodes = Nodes::prepare(0);
    let mut before = PgConnection::establish(&nodes.installation.url()).unwrap();
    assert_eq!(shown(&mut before, "statement_timeout"), "0");
    let (nodes, pooler) = prepare(0);
    let mut connection = PgConnection::establish(&pooler.url()).unwrap();
    // What a node sets on a connection that leads to Postgres itself.
    let limit = STATEMENT_SECONDS;
    for (name, value) in [
        ("statement_timeout", format!("{limit}s")),
        ("lock_timeout", format!("{limit}s")),
        ("idle_in_transaction_session_timeout", format!("{}s", limit * 2)),
        ("default_transaction_isolation", "read committed".to_owned()),
    ] {
        assert_eq!(shown(&mut connection, name), value, "{name}");
    }
    drop(nodes);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_a_pooler_in_transaction_mode() {
    let (nodes, pooler) = prepare(4);
    let named = [("# named_statements = false", "named_statements = false")];
    let nodes = nodes.serving(&pooler.url(), if pooler.prepares { &[] } else { &named });
    let addresses = [nodes.ports[0].address(), nodes.ports[1].address()];
    let proxy = Proxy::start(Kind::Nginx, addresses);
    let way = Way {
        proxy: proxy.https.address(),
        authority: proxy.authority.clone(),
        client: nodes.client.clone(),
    };
    // All of a sign-in, several people at a time.
    let people = (0..4_u8).map(|number| {
        let way = way.clone();
        tokio::spawn(async move {
            let browser = way.browser(number);
            for _ in 0..3 {
                way.sign_in(&browser.fresh(), &person(number.into())).await.unwrap();
            }
        })
    });
    for person in people.collect::<Vec<_>>() {
        person.await.unwrap();
    }
    // Single use, past the proxy: the same code at both nodes in the same moment.
    let app = way.browser(250).with_header("host", super::nodes::HOST);
    let endpoints = addresses.map(|address| format!("http://{address}/oauth2/token"));
    for _ in 0..5 {
        let code = way.code(&way.browser(1), &person(1)).await.unwrap();
        let request = code_request(&way.client, &code);
        let both = endpoints.each_ref().map(|url| way.token_at(url, &app, &request));
        let [first, second] = both;
        let (first, second) = tokio::join!(first, second);
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{} {}", first.summary(), second.summary());
    }
    // One successor, whoever is asked for it.
    let code = way.code(&way.browser(2), &person(2)).await.unwrap();
    let tokens = way.token(&app, &code_request(&way.client, &code)).await.json();
    let request = refresh_request(tokens["refresh_token"].as_str().unwrap());
    let both = endpoints.each_ref().map(|url| way.token_at(url, &app, &request));
    let [first, second] = both;
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.json()["refresh_token"], second.json()["refresh_token"]);
    for node in 0..2 {
        let log = nodes.log(node);
        assert!(!log.contains("prepared statement"), "{log}");
        assert!(!log.contains("\"level\":\"ERROR\""), "{log}");
    }
}
