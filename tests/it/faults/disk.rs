//! A server whose disk is full: a real file system without a free byte (F07).
//!
//! Run as root, for which `Postgres::start_on_small_disk` has the conditions. For everybody else the
//! tests of `protocol/trail.rs` refuse the rows by a trigger.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::World;
use crate::support::agent::{Agent, Page};
use crate::support::flow::authorization_request;
use crate::support::people::PASSWORD;
use crate::support::postgres::Postgres;

/// Room for a new cluster and the first pages of each table.
const MEBIBYTES: u32 = 80;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_f07_on_a_full_disk_nobody_is_let_in_until_there_is_room() {
    let Some(postgres) = Postgres::start_on_small_disk(MEBIBYTES) else {
        assert!(std::env::var_os("CI").is_none(), "run as root, who may mount");
        eprintln!("not run: only root can mount a small disk");
        return;
    };
    let mut it = World::start_on(postgres, |_| {}).await;
    let unspent = it.code_request().await;
    it.becomes_ready().await;
    let filler = it.postgres.data().join("filler");
    fill(&filler);

    // What has a free page left goes on; the first row without one is the end of it.
    let mut let_in = 0;
    let refused = loop {
        let page = sign_in(&it).await;
        if page.status.is_server_error() {
            break page;
        }
        assert!(page.status.is_redirection(), "{}", page.summary());
        let_in += 1;
        assert!(let_in < 2000, "the disk is full, and everybody is let in");
    };
    assert_eq!(refused.status, 503, "{}", refused.summary());
    assert!(refused.header("location").is_none());
    assert!(!sets_session(&it, &refused), "{}", refused.summary());
    // Not the next one either, nor does anything tell why.
    let page = sign_in(&it).await;
    assert_eq!(page.status, 503, "{}", page.summary());
    assert!(!page.summary().contains("disk"), "{}", page.summary());
    for node in it.nodes() {
        assert_eq!(super::health(&node, "live").await.status, 200);
    }
    assert_eq!(it.get("/oauth2/jwks").await.status, 200);
    let people_in = it.app.sessions(super::ALICE);

    std::fs::remove_file(&filler).unwrap();
    // Postgres itself may have given up without room for its log; whoever runs it starts it again.
    it.postgres.resume();
    assert_eq!(people_in.await, let_in + 1, "a session for each who was let in");
    it.becomes_ready().await;
    let page = sign_in(&it).await;
    assert!(page.status.is_redirection() && sets_session(&it, &page), "{}", page.summary());
    it.assert_works_once(&unspent).await;
}

/// Somebody signs in with the right password; the answer of the first step that fails, or of the last.
async fn sign_in(it: &World) -> Page {
    let page = it.app.authorize(&Agent::new(), &authorization_request(&it.client)).await;
    if page.status.is_server_error() {
        return page;
    }
    let page = page.follow_all().await;
    if page.status.is_server_error() {
        return page;
    }
    let form = page.form("#login-form").fill("identifier", super::ALICE);
    super::answered(form.fill("password", PASSWORD).submit()).await
}

fn sets_session(it: &World, page: &Page) -> bool {
    let name = it.app.cookie_name("session");
    page.set_cookies().iter().any(|cookie| cookie.name() == name)
}

/// Leaves no byte free.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        match file.write(&vec![0; size]) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::StorageFull => size /= 2,
            Err(error) => panic!("{error}"),
        }
    }
}
