//! The private Postgres: crashes of each of its processes, several users at once, its refusals.

mod process;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::sql_types::Integer;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::storage::private_postgres::{Durability, Settings, attach, supervisor};

use crate::support::cluster::{cluster, database};
use process::{Cluster, Identity, LATCHKEY, User, child, halt, kill, wait_until};

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Integer)]
    n: i32,
}

fn execute(url: &str, statement: &str) {
    sql_query(statement).execute(&mut PgConnection::establish(url).unwrap()).unwrap();
}

/// The answer of a query that yields `n`, or what went wrong.
fn ask(url: &str, query: &str) -> Result<i32, String> {
    let mut connection = PgConnection::establish(url).map_err(|error| error.to_string())?;
    let answer: Result<Answer, _> = sql_query(query).get_result(&mut connection);
    answer.map(|answer| answer.n).map_err(|error| error.to_string())
}

const REMEMBER: &str = "CREATE TABLE memory AS SELECT 42 AS n";
const RECALL: &str = "SELECT n FROM memory";

/// Run by itself this is the first test of all; [`User::spawn`] runs it as the using process.
#[test]
fn a_process_that_uses_a_cluster() {
    if process::is_user() {
        return process::use_cluster();
    }
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    assert_eq!(ask(&user.url, "SELECT 1 AS n"), Ok(1));
    assert!(cluster.lives());
    user.leave();
    cluster.wait_until_stopped();
}

#[test]
fn a_killed_user_lets_the_cluster_go() {
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    execute(&user.url, REMEMBER);
    user.kill();
    cluster.wait_until_stopped();
    assert!(!cluster.pid_file().exists(), "it was stopped in good order");

    let user = User::spawn(&cluster).unwrap();
    assert_eq!(ask(&user.url, RECALL), Ok(42));
}

#[test]
fn a_killed_postmaster_is_started_again() {
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    execute(&user.url, REMEMBER);
    let first = cluster.postmaster();
    kill(first);
    wait_until("the server answers again", || ask(&user.url, RECALL) == Ok(42));
    assert_ne!(cluster.postmaster(), first);
    user.leave();
    cluster.wait_until_stopped();
}

#[test]
fn user_and_postmaster_may_be_killed_together() {
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    execute(&user.url, REMEMBER);
    let postmaster = cluster.postmaster();
    user.kill();
    kill(postmaster);
    cluster.wait_until_stopped();

    let user = User::spawn(&cluster).unwrap();
    assert_eq!(ask(&user.url, RECALL), Ok(42));
}

#[test]
fn a_killed_supervisor_is_replaced_without_disturbing_the_server() {
    let cluster = Cluster::new();
    let first = User::spawn(&cluster).unwrap();
    execute(&first.url, REMEMBER);
    let postmaster = cluster.postmaster();
    let mut connection = PgConnection::establish(&first.url).unwrap();
    kill(cluster.supervisor());

    let second = User::spawn(&cluster).unwrap();
    assert_eq!(cluster.postmaster(), postmaster, "the living server was taken over");
    sql_query(RECALL).execute(&mut connection).expect("the connection was not disturbed");
    drop(connection);
    kill(postmaster);
    wait_until("the server answers again", || ask(&first.url, RECALL) == Ok(42));
    first.leave();
    assert_eq!(ask(&second.url, RECALL), Ok(42));
    second.leave();
    cluster.wait_until_stopped();
}

#[test]
fn a_process_that_outlives_its_postmaster_does_not_hold_up_the_next() {
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    execute(&user.url, REMEMBER);
    let postmaster = cluster.postmaster();
    halt(child(postmaster));
    kill(postmaster);
    wait_until("the server answers again", || ask(&user.url, RECALL) == Ok(42));
    user.leave();
    cluster.wait_until_stopped();
}

#[test]
fn everything_may_be_killed_at_once() {
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    execute(&user.url, REMEMBER);
    let postmaster = cluster.postmaster();
    kill(cluster.supervisor());
    kill(postmaster);
    user.kill();
    wait_until("nothing lives", || !cluster.lives());
    assert!(cluster.pid_file().exists(), "there is a stale pid file to cope with");

    let user = User::spawn(&cluster).unwrap();
    assert_eq!(ask(&user.url, RECALL), Ok(42));
}

#[test]
fn a_stale_pid_file_with_a_reused_pid_is_no_obstacle() {
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    execute(&user.url, REMEMBER);
    let text = fs::read_to_string(cluster.pid_file()).unwrap();
    user.leave();
    cluster.wait_until_stopped();

    // The number now belongs to a living process of the same user, which is what Postgres looks at.
    let owner = fs::metadata(cluster.data()).unwrap();
    let mut bystander = Command::new("cat");
    if process::is_root() {
        bystander.uid(owner.uid()).gid(owner.gid());
    }
    let mut bystander = bystander.stdin(Stdio::piped()).spawn().unwrap();
    let stale = text.split_once('\n').unwrap().1;
    fs::write(cluster.pid_file(), format!("{}\n{stale}", bystander.id())).unwrap();

    let user = User::spawn(&cluster);
    let answer = user.as_ref().map(|user| ask(&user.url, RECALL));
    drop(bystander.stdin.take());
    assert!(bystander.wait().unwrap().success(), "the bystander was left alone");
    assert_eq!(answer, Ok(Ok(42)));
}

#[test]
fn ten_cold_starts_at_once_yield_one_server() {
    let cluster = Cluster::new();
    let users: Vec<User> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..10).map(|_| scope.spawn(|| User::spawn(&cluster))).collect();
        starts.into_iter().map(|start| start.join().unwrap().unwrap()).collect()
    });
    execute(&users[0].url, REMEMBER);
    for user in &users {
        assert_eq!(ask(&user.url, RECALL), Ok(42));
    }
    users.into_iter().for_each(User::leave);
    cluster.wait_until_stopped();
}

#[test]
fn initdb_may_be_killed_midway() {
    let cluster = Cluster::new();
    let started = std::thread::scope(|scope| {
        let start = scope.spawn(|| User::spawn(&cluster));
        kill(cluster.wait_for_initdb());
        start.join().unwrap()
    });
    let refusal = started.err().expect("half a cluster is no cluster");
    assert!(refusal.contains("initdb"), "{refusal}");

    let user = User::spawn(&cluster).unwrap();
    assert_eq!(ask(&user.url, "SELECT 1 AS n"), Ok(1));
}

#[test]
fn a_supervisor_killed_during_initdb_is_replaced() {
    let cluster = Cluster::new();
    let user = std::thread::scope(|scope| {
        let start = scope.spawn(|| User::spawn(&cluster));
        let initdb = cluster.wait_for_initdb();
        kill(process::parent(initdb));
        start.join().unwrap().unwrap()
    });
    assert_eq!(ask(&user.url, "SELECT 1 AS n"), Ok(1));
    user.leave();
    cluster.wait_until_stopped();
}

#[test]
fn the_last_of_two_users_stops_the_server() {
    let cluster = Cluster::new();
    let first = User::spawn(&cluster).unwrap();
    let second = User::spawn(&cluster).unwrap();
    assert_eq!(first.url, second.url);
    let postmaster = cluster.postmaster();
    // The one that started it leaves first.
    first.leave();
    assert_eq!(ask(&second.url, "SELECT 1 AS n"), Ok(1));
    assert_eq!(cluster.postmaster(), postmaster);
    second.leave();
    cluster.wait_until_stopped();
}

#[test]
fn a_server_that_keeps_dying_is_given_up_and_can_be_started_anew() {
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    let supervisor = cluster.supervisor();
    // As often as it takes: only deaths within a minute count, which a slow machine may exceed, and
    // so do starts that fail by themselves.
    wait_until("the supervisor gives up", || {
        if ask(&user.url, "SELECT 1 AS n") == Ok(1) {
            kill(cluster.postmaster());
        }
        !cluster.is_supervised()
    });
    assert!(cluster.log().contains("died 5 times"), "{}", cluster.log());
    wait_until("the last of its processes is gone", || !cluster.lives());

    let another = User::spawn(&cluster).unwrap();
    assert_eq!(ask(&another.url, "SELECT 1 AS n"), Ok(1));
    assert_ne!(cluster.supervisor(), supervisor);
}

#[test]
fn data_of_another_major_version_is_kept_and_explained() {
    let cluster = Cluster::new();
    User::spawn(&cluster).unwrap().leave();
    cluster.wait_until_stopped();
    let version = cluster.data().join("PG_VERSION");
    fs::write(&version, "9\n").unwrap();

    let refusal = User::spawn(&cluster).err().expect("no programs of version 9 here");
    assert!(refusal.contains("written by Postgres 9"), "{refusal}");
    assert!(refusal.contains("pg_upgrade"), "{refusal}");
    assert_eq!(fs::read_to_string(&version).unwrap(), "9\n");

    let user = User::spawn(&cluster.as_throwaway()).unwrap();
    assert_eq!(ask(&user.url, "SELECT 1 AS n"), Ok(1), "a throwaway cluster is replaced");
}

#[test]
fn the_cluster_is_closed_to_everyone_else() {
    let cluster = Cluster::new();
    let user = User::spawn(&cluster).unwrap();
    let setting = |name: &str| format!("SELECT (current_setting('{name}') = '')::int AS n");
    assert_eq!(ask(&user.url, &setting("listen_addresses")), Ok(1), "no TCP");
    let home = fs::metadata(cluster.path()).unwrap();
    assert_eq!(home.mode() & 0o066, 0, "{:o}", home.mode());
    let data = fs::metadata(cluster.data()).unwrap();
    assert_eq!(data.mode() & 0o077, 0, "{:o}", data.mode());
    let refused = PgConnection::establish(&user.url.replace("latchkey@", "postgres@"));
    assert!(refused.is_err(), "only one role may connect");
    let (_, host) = user.url.split_once("host=").unwrap();
    let sockets = host.split('&').next().unwrap().replace("%2F", "/");
    let sockets = fs::metadata(sockets).unwrap();
    assert_eq!(sockets.mode() & 0o777, 0o700);
}

#[test]
fn a_directory_with_other_things_in_it_is_left_alone() {
    let cluster = Cluster::new();
    fs::create_dir(cluster.path()).unwrap();
    fs::set_permissions(cluster.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(cluster.path().join("letter.txt"), "dear diary").unwrap();
    let refusal = User::spawn(&cluster).err().expect("it is not empty");
    assert!(refusal.contains("is not empty"), "{refusal}");
    assert_eq!(fs::read_dir(cluster.path()).unwrap().count(), 1);
}

#[test]
fn a_plain_user_needs_no_root() {
    let identity = Identity::nobody();
    let cluster = Cluster::of(&identity);
    let first = User::spawn_as(&cluster, &identity).unwrap();
    let second = User::spawn_as(&cluster, &identity).unwrap();
    assert_eq!(first.url, second.url);
    kill(cluster.postmaster());
    first.kill();
    drop(second);
    cluster.wait_until_stopped();
    User::spawn_as(&cluster, &identity).unwrap().leave();
    cluster.wait_until_stopped();
    if process::is_root() {
        let refusal = User::spawn(&cluster).err().expect("it belongs to someone else");
        assert!(refusal.contains("belongs to user id"), "{refusal}");
    }
}

#[test]
fn a_cluster_of_root_is_kept_where_its_user_can_reach_it() {
    // Only root's cluster runs as another user.
    if !process::is_root() {
        return;
    }
    let secluded = tempfile::tempdir().unwrap();
    fs::set_permissions(secluded.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let settings = Settings {
        data_dir: secluded.path().join("project/data"),
        durability: Durability::Throwaway,
        supervisor: LATCHKEY.into(),
    };
    let first = attach(&settings).unwrap();
    let second = attach(&settings).unwrap();
    assert_eq!(first.home(), second.home());
    let home = first.home().to_owned();
    assert!(home.starts_with("/var"), "{}", home.display());
    assert_eq!(fs::metadata(home.join("cluster")).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::read_link(&settings.data_dir).unwrap(), home, "the project shows where it is");
    drop((first, second));
    process::wait_until_stopped(&home);

    // A lost target is made anew, and whoever deletes the link begins anew.
    fs::remove_dir_all(&home).unwrap();
    let again = attach(&settings).unwrap();
    assert_eq!(again.home(), home);
    drop(again);
    process::wait_until_stopped(&home);
    fs::remove_file(&settings.data_dir).unwrap();
    let anew = attach(&settings).unwrap();
    let other = anew.home().to_owned();
    assert_ne!(other, home);
    drop(anew);
    process::wait_until_stopped(&other);
    for home in [home, other] {
        fs::remove_dir_all(home).unwrap();
    }
}

#[test]
fn a_user_without_a_name_is_told_what_to_do() {
    // Only root can become such a user.
    let Some(identity) = Identity::nameless() else { return };
    let cluster = Cluster::of(&identity);
    let refusal = User::spawn_as(&cluster, &identity).err().expect("Postgres needs a name");
    assert!(refusal.contains("has no entry in the user database"), "{refusal}");
    assert!(refusal.contains("DATABASE_URL"), "{refusal}");
}

#[test]
fn the_supervisor_is_not_started_by_hand() {
    let cluster = Cluster::new();
    let output = Command::new(LATCHKEY)
        .args([supervisor::SUBCOMMAND.as_ref(), cluster.path().as_os_str(), "durable".as_ref()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("Latchkey's own use"));
    assert!(!cluster.data().exists());
}

#[test]
fn a_missing_database_is_created_once() {
    let cluster = Cluster::new();
    let attached = attach(&Settings {
        data_dir: cluster.path().to_owned(),
        durability: Durability::Throwaway,
        supervisor: LATCHKEY.into(),
    })
    .unwrap();
    let name = "a \"quoted\" name";
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| attached.ensure_database(name).unwrap());
        }
    });
    execute(&attached.url(name), REMEMBER);
    attached.ensure_database(name).unwrap();
    assert_eq!(ask(&attached.url(name), RECALL), Ok(42));
}

#[test]
fn every_test_has_a_copy_of_the_template_of_its_own() {
    let built = AtomicUsize::new(0);
    execute(&cluster().url("postgres"), "DROP DATABASE IF EXISTS template_selftest");
    let fill = |url: &str| {
        built.fetch_add(1, Ordering::Relaxed);
        execute(url, REMEMBER);
    };
    let databases: Vec<_> = std::thread::scope(|scope| {
        let copies: Vec<_> = (0..4).map(|_| scope.spawn(|| database("selftest", fill))).collect();
        copies.into_iter().map(|copy| copy.join().unwrap()).collect()
    });
    assert_eq!(built.load(Ordering::Relaxed), 1);
    execute(&databases[0].url(), "UPDATE memory SET n = 1");
    assert_eq!(ask(&databases[0].url(), RECALL), Ok(1));
    assert_eq!(ask(&databases[1].url(), RECALL), Ok(42));
    let gone = databases[0].url();
    drop(databases);
    assert!(ask(&gone, RECALL).unwrap_err().contains("does not exist"));
}
