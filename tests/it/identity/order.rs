//! Who takes counters takes them in one order, so that nobody waits in a circle: a deadlock would turn
//! somebody away who did nothing wrong.

use chrono::TimeDelta;
use diesel::{PgConnection, RunQueryDsl as _, sql_query};
use latchkey::domain::audit::Actor;
use latchkey::identity::change_password::PasswordChange;
use latchkey::kernel::ids::UserId;

use super::world::{Browser, Guess, PASSWORD, World, context, until};

const ALICE: &str = "alice@example.org";

/// What is done to an account that strangers have tried before.
#[derive(Clone, Copy, Debug)]
enum Act {
    SignIn,
    SignInAtHome,
    ChangePassword,
    Unlock,
}

struct Tried {
    world: World,
    person: UserId,
    browser: Browser,
}

impl Tried {
    /// Every counter that an account can have is there.
    async fn new() -> Self {
        let world = World::new().await;
        let person = world.person_named(ALICE, "alice").await;
        let known = world.signed_in_browser(ALICE).await;
        let miss = "wrong horse";
        for _ in 0..5 {
            assert_eq!(world.guess(&known.ip, ALICE, miss).await, Guess::Wrong);
        }
        world.pass(TimeDelta::minutes(15));
        let mut browser = known.clone();
        let flow = world.account_flow(&browser).await;
        world.login(&mut browser, flow, ALICE, PASSWORD).await.unwrap();
        for name in [ALICE, "alice", ALICE, "alice"] {
            assert_eq!(world.guess(&browser.ip, name, miss).await, Guess::Wrong);
        }
        assert_eq!(world.guess_in(&browser, ALICE, miss).await, Guess::Wrong);
        let tried = Self { world, person, browser };
        assert!(!tried.begin_change(miss).await.unwrap());
        tried
    }

    fn begin_change(&self, current: &'static str) -> tokio::task::JoinHandle<bool> {
        let (identity, session) = (self.world.identity.clone(), self.browser.session.unwrap());
        let (ctx, device) = (self.browser.context(), self.browser.device);
        let new = "a quite different one".into();
        let change = PasswordChange { current: current.into(), new, end_others: true, device };
        tokio::spawn(async move { identity.change_password(session, change, &ctx).await.is_ok() })
    }

    async fn begin(&self, act: Act) -> tokio::task::JoinHandle<bool> {
        let identity = self.world.identity.clone();
        match act {
            Act::SignIn | Act::SignInAtHome => {
                let browser = match act {
                    Act::SignIn => Browser::at_address(&self.browser.ip),
                    _ => self.browser.clone(),
                };
                let flow = self.world.account_flow(&browser).await;
                let input = super::world::typed(ALICE, PASSWORD);
                tokio::spawn(async move {
                    identity.advance(browser.at(flow), input, &browser.context()).await.is_ok()
                })
            }
            Act::ChangePassword => self.begin_change(PASSWORD),
            Act::Unlock => {
                let person = self.person;
                tokio::spawn(async move {
                    identity.unlock_user(Actor::Operator, person, &context()).await.is_ok()
                })
            }
        }
    }

    fn counters(&self) -> usize {
        self.world.rows("attempt_counters").len()
    }

    /// Remembers the counters as they are.
    fn keep_counters(&self) {
        all(&mut self.world.raw(), &["CREATE TABLE kept AS TABLE attempt_counters"]);
    }

    /// Brings them back.
    fn restore_counters(&self) {
        let again = "INSERT INTO attempt_counters TABLE kept";
        all(&mut self.world.raw(), &["DELETE FROM attempt_counters", again]);
    }
}

fn all(pg: &mut PgConnection, statements: &[&str]) {
    for statement in statements {
        sql_query(*statement).execute(pg).unwrap();
    }
}

fn waits(watcher: &mut PgConnection, table: &str) -> bool {
    let waiting = format!(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
         AND wait_event_type = 'Lock' AND query LIKE '%{table}%'"
    );
    sql_query(waiting).execute(watcher).unwrap() > 0
}

/// The counters in their order, `which` of them.
fn counters(which: &str, how: &str) -> String {
    format!(
        "SELECT 1 FROM attempt_counters WHERE (kind, key) IN \
         (SELECT kind, key FROM attempt_counters ORDER BY kind, key {which}) FOR UPDATE {how}"
    )
}

/// While the `nth` counter is in somebody's hands, and the act waits for it, it holds none behind it.
async fn holds_none_behind(tried: &Tried, act: Act, nth: usize) -> bool {
    let (mut gate, mut holder) = (tried.world.raw(), tried.world.raw());
    let mut watcher = tried.world.raw();
    // The attempt is counted, and the end of it waits for the account.
    all(&mut gate, &["BEGIN", "SELECT 1 FROM users FOR UPDATE"]);
    let acting = tried.begin(act).await;
    until("it waits for the account", || waits(&mut watcher, "users")).await;
    all(&mut holder, &["BEGIN", &counters(&format!("OFFSET {nth} LIMIT 1"), "")]);
    all(&mut gate, &["COMMIT"]);
    until("it waits for the counter or is done", || {
        acting.is_finished() || waits(&mut watcher, "attempt_counters")
    })
    .await;
    let has_waited = !acting.is_finished();
    if has_waited {
        let behind = counters(&format!("OFFSET {}", nth + 1), "NOWAIT");
        let free = sql_query(behind).execute(&mut watcher);
        assert!(free.is_ok(), "{act:?} holds what is behind the counter {nth}: {free:?}");
    }
    all(&mut holder, &["COMMIT"]);
    assert!(acting.await.unwrap(), "{act:?} succeeds");
    has_waited
}

#[tokio::test]
async fn case_172_whoever_ends_an_attempt_takes_the_counters_in_one_order() {
    let counters = Tried::new().await.counters();
    assert!(counters >= 12, "{counters}");
    for (act, taken) in
        [(Act::SignIn, 6), (Act::SignInAtHome, 2), (Act::ChangePassword, 11), (Act::Unlock, 10)]
    {
        let mut waited = 0;
        let mut tried = Tried::new().await;
        tried.keep_counters();
        for nth in 0..counters {
            waited += usize::from(holds_none_behind(&tried, act, nth).await);
            if matches!(act, Act::ChangePassword) {
                // There is no way back from a new password.
                tried = Tried::new().await;
            } else {
                tried.restore_counters();
            }
        }
        assert!(waited >= taken, "{act:?} waited for {waited}");
    }
}

/// The counts of locks come last, so whoever waits for one has what it locks.
#[tokio::test]
async fn case_172_a_lock_is_set_in_the_same_order() {
    let tried = Tried::new().await;
    let (mut holder, mut watcher) = (tried.world.raw(), tried.world.raw());
    all(
        &mut holder,
        &["BEGIN", "SELECT 1 FROM attempt_counters WHERE kind = 'login_locks' FOR UPDATE"],
    );
    let identity = tried.world.identity.clone();
    let browser = Browser::new();
    let flow = tried.world.account_flow(&browser).await;
    let guess = super::world::typed(ALICE, "wrong horse");
    let (at, ctx) = (browser.at(flow), browser.context());
    let guessing = tokio::spawn(async move { identity.advance(at, guess, &ctx).await.is_err() });
    until("it waits for the count of locks", || waits(&mut watcher, "attempt_counters")).await;
    let account = "SELECT 1 FROM attempt_counters WHERE kind = 'login_account' FOR UPDATE NOWAIT";
    assert!(sql_query(account).execute(&mut watcher).is_err(), "the counter is held");
    all(&mut holder, &["COMMIT"]);
    assert!(guessing.await.unwrap());
    assert_eq!(tried.world.trail("user.locked").await, 2);
}
