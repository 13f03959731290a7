//! Apps work on while everything moves to another master key.

use latchkey::app::master_ring;
use latchkey::config::{Config, MasterKeySource};
use latchkey::kernel::rng::Rng as _;
use latchkey::kernel::secret::Secret;
use latchkey::protocol::keys::{self, Keeper, KeysRefusal};

use super::ALICE;
use crate::support::app::{Running, TestApp};
use crate::support::clock::TestRng;
use crate::support::second_factor::{Phone, give_code};

fn new_key() -> MasterKeySource {
    let mut bytes = [0; 32];
    TestRng::new(99).fill(&mut bytes);
    MasterKeySource::Given(Secret::new(bytes))
}

fn both(config: &mut Config) {
    let old = std::mem::replace(&mut config.keys.master_key, new_key());
    config.keys.previous_master_key = Some(old);
}

fn new_only(config: &mut Config) {
    config.keys.master_key = new_key();
}

async fn lets_in(app: &TestApp, node: &Running, phone: &Phone) -> bool {
    let page = app.first_step_at(node, &app.machine(), ALICE).await;
    give_code(&page, &phone.next_code(app)).await.status == 303
}

#[tokio::test]
async fn an_app_works_before_during_and_after_a_reseal() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let changing = app.node_with(both);
    assert!(lets_in(&app, &changing, &phone).await, "sealed under the key before");
    let ring = master_ring(&app.config_with(both)).unwrap();
    let new_id = ring.current().id().to_owned();
    let keeper = Keeper { ring, ..app.keeper() };
    let moved: Result<_, KeysRefusal> =
        app.node().db().write(move |tx| keys::reseal(tx, &keeper)).await.unwrap();
    assert_eq!(moved.unwrap().authenticators, 1);
    assert!(lets_in(&app, &changing, &phone).await);
    let dump = app.dump_without(&[]);
    let apps: Vec<_> = dump.iter().filter(|row| row.starts_with("authenticators ")).collect();
    assert!(apps.len() == 1 && apps[0].contains(&new_id), "{apps:?}");
    // The key before is of no use any more, and none is needed of it.
    assert!(lets_in(&app, &app.node_with(new_only), &phone).await);
}
