//! The restart of two nodes, one after the other, while people sign in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::nodes::{Nodes, person};
use super::proxy::{Kind, Proxy};
use super::visits::Way;

/// So many people sign in over and over.
const PEOPLE: u8 = 4;
const PATIENCE: Duration = Duration::from_secs(90);

/// People at work.
struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    people: Vec<tokio::task::JoinHandle<Result<(), String>>>,
}

impl Load {
    fn start(way: &Way) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let people = (0..PEOPLE).map(|number| {
            let (way, stop, done) = (way.clone(), stop.clone(), done.clone());
            tokio::spawn(async move {
                let browser = way.browser(number);
                while !stop.load(Ordering::Relaxed) {
                    way.sign_in(&browser.fresh(), &person(number.into())).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            })
        });
        Self { people: people.collect(), stop, done }
    }

    /// Waits until that many more sign-ins are done than were.
    async fn work(&self, more: usize) {
        let goal = self.done.load(Ordering::Relaxed) + more;
        let deadline = Instant::now() + PATIENCE;
        while self.done.load(Ordering::Relaxed) < goal && !self.has_ended() {
            assert!(Instant::now() < deadline, "people get stuck");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether somebody gave up.
    fn has_ended(&self) -> bool {
        self.people.iter().any(tokio::task::JoinHandle::is_finished)
    }

    /// How many sign-ins there were, and what went wrong.
    async fn end(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        let mut failures = Vec::new();
        for person in self.people {
            match person.await {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => failures.push(failure),
                Err(panic) => failures.push(format!("{panic:?}")),
            }
        }
        (self.done.load(Ordering::Relaxed), failures)
    }
}

/// Restarts both nodes under load, as docs/deployment.md says, and counts.
async fn roll(kind: Kind) {
    let mut nodes = Nodes::start(PEOPLE.into());
    let proxy = Proxy::start(kind, [nodes.ports[0].address(), nodes.ports[1].address()]);
    let way = Way {
        proxy: proxy.https.address(),
        authority: proxy.authority.clone(),
        client: nodes.client.clone(),
    };
    let load = Load::start(&way);
    load.work(4).await;
    for node in 0..2 {
        let stopping = tokio::task::spawn_blocking(move || {
            nodes.stop(node);
            nodes.launch(node);
            nodes.wait_until_ready(node);
            nodes
        });
        nodes = stopping.await.unwrap();
        // The proxy has taken it up again.
        let before = served(&nodes, node);
        let deadline = Instant::now() + PATIENCE;
        while served(&nodes, node) == before && !load.has_ended() {
            assert!(Instant::now() < deadline, "it is not used again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        load.work(4).await;
    }
    let (signed_in, failures) = load.end().await;
    assert!(failures.is_empty(), "{signed_in} sign-ins, {failures:#?}\n{}", proxy.log());
    assert!(signed_in >= 12, "{signed_in}");
    let refused: Vec<_> = proxy.requests().into_iter().filter(|line| status(line) >= 500).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    eprintln!("{kind:?}: {signed_in} sign-ins, none failed");
}

/// How many requests of others than health checks a node has answered.
fn served(nodes: &Nodes, node: usize) -> usize {
    let log = nodes.log(node);
    log.lines().filter(|line| line.contains("\"route\"") && !line.contains("/health/")).count()
}

/// The status that a client was given, in a line of nginx's log.
fn status(line: &str) -> u16 {
    let after = line.split('"').nth(2).unwrap();
    after.split_whitespace().next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f18_two_nodes_behind_nginx_are_restarted_and_no_sign_in_fails() {
    roll(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f18_two_nodes_behind_caddy_are_restarted_and_no_sign_in_fails() {
    roll(Kind::Caddy).await;
}
