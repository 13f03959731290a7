//! F31: a panic in the middle of every request, at each place where it looks at the clock in turn,
//! which is in the handlers, in the transactions, and after the hash of a password.

use diesel::{RunQueryDsl as _, sql_query};

use super::ALICE;
use super::requests::{REQUESTS, TIMELESS, World};
use crate::support::agent::Page;

/// No request looks more often.
const LOOKS: u32 = 60;

impl World {
    /// Sends a request again and again, each with a panic one look at the clock later, until it gets
    /// through. How many of them panicked.
    async fn panic_everywhere(&self, request: &str) -> u32 {
        let mut panicked = 0;
        // Attempts that panicked are counted, and those of the requests before are not to matter.
        sql_query("DELETE FROM attempt_counters").execute(&mut self.app.raw()).unwrap();
        for nth in 1..=LOOKS {
            // The node looks at its clock by itself, too: then it is the one who panics.
            for _ in 0..5 {
                let prepared = self.prepare(request).await;
                self.app.clock.panic_at(nth);
                let page = self.send(&prepared).await;
                let has_panicked = self.app.clock.has_panicked();
                if page.status == 500 {
                    assert!(has_panicked, "{request}: {}", page.summary());
                    assert_told_nothing(request, &page);
                    panicked += 1;
                    break;
                }
                assert!(!page.status.is_server_error(), "{request} {nth}: {}", page.summary());
                if !has_panicked {
                    return panicked;
                }
            }
        }
        panic!("{request} does not get through");
    }
}

/// A general text and the request's id, in the form that the caller understands.
fn assert_told_nothing(request: &str, page: &Page) {
    assert!(!page.body.contains("canary") && !page.body.contains("panic"), "{}", page.summary());
    if page.body == "Internal Server Error" {
        // The net: the answer itself could not be rendered.
        return;
    }
    let id = page.header("x-request-id").expect("an id to ask the operator about");
    assert!(page.body.contains(id), "{request}: {}", page.summary());
    assert_eq!(page.header("cache-control"), Some("no-store"), "{request}");
    let is_for_programs = page.url.path().starts_with("/oauth2/")
        && !["/authorize", "/logout"].iter().any(|path| page.url.path().contains(path));
    if is_for_programs {
        assert_eq!(page.json()["error"], "server_error", "{request}");
    } else {
        assert!(page.has("#error-what"), "{request}: {}", page.summary());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_f31_a_panic_anywhere_ends_that_request_and_nothing_else() {
    let world = World::start().await;
    let (mut all, mut timeless) = (0, Vec::new());
    for request in REQUESTS {
        let panicked = world.panic_everywhere(request).await;
        if panicked == 0 {
            timeless.push(*request);
        }
        all += panicked;
    }
    assert_eq!(timeless, TIMELESS);
    assert!(all > 100, "{all} panics");
    // With one connection and one hash at a time, whatever had been kept would be missed.
    let hasher = world.app.node().identity().hasher();
    assert_eq!((hasher.running(), hasher.waiting()), (0, 0));
    world.app.refresh().await;
    assert_eq!(world.page("/health/ready").await.status, 200);
    world.app.tokens_for(&world.client, ALICE).await;
    assert_eq!(world.page("/account").await.status, 200, "and nobody was signed out");
}
