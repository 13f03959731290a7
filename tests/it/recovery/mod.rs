//! Getting back into an account, and keeping others out of it.

mod disowned;
mod forgotten;
mod invited;
mod journey;
mod pages;
mod replaced;
mod told;
mod twice;

use latchkey::config::Profile;
use latchkey::kernel::secret::Secret;
use latchkey::mail::outbox::KeptLetter;
use latchkey::mail::{Office, Outbox};
use latchkey::storage::Db;

use crate::identity::world::World;
use crate::support::app::TestApp;

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
const NEW: &str = "a quite different one";

/// Nodes that keep their mail, as `latchkey dev` does.
fn app() -> TestApp {
    let app = TestApp::start_configured(|config| config.profile = Profile::Dev { port: None });
    assert_eq!(app.node().identity().outbox().office(), Office::Kept);
    app
}

/// The letters of a kind to somebody, the newest first.
async fn letters_of(db: &Db, outbox: &Outbox, to: &str, kind: &str) -> Vec<KeptLetter> {
    let outbox = outbox.clone();
    let kept = db.load(move |tx| outbox.kept(tx, 1000)).await.unwrap();
    let is_it = |it: &KeptLetter| it.record.recipient == to && it.record.kind == kind;
    kept.into_iter().map(|it| it.unwrap()).filter(is_it).collect()
}

/// The address in a letter whose secret works.
fn link(letter: &KeptLetter) -> String {
    let words = letter.text.split_whitespace();
    words.into_iter().find(|word| word.contains("token=")).expect("a link").to_owned()
}

/// What stands in the link of a letter.
fn token(letter: &KeptLetter) -> Secret<String> {
    link(letter).split_once("token=").unwrap().1.into()
}

impl World {
    /// Whether this is so in the database.
    fn one(&self, what: &str) -> bool {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Bool)]
            it: bool,
        }
        let query = format!("SELECT coalesce(({what}), false) AS it");
        let row: Row =
            diesel::RunQueryDsl::get_result(diesel::sql_query(query), &mut self.raw()).unwrap();
        row.it
    }

    async fn letters_of(&self, to: &str, kind: &str) -> Vec<KeptLetter> {
        letters_of(&self.db, self.identity.outbox(), to, kind).await
    }

    /// Asks for a link from this address, and expects the answer that everybody gets.
    async fn forget(&self, name: &str, ip: &str) {
        let ctx = crate::identity::world::Browser::at_address(ip).context();
        self.identity.forgot_password(name, &ctx).await.unwrap();
    }

    /// Asks for a link and reads the mail.
    async fn reset_token(&self, name: &str) -> Secret<String> {
        self.forget(name, "203.0.113.7").await;
        token(&self.letters_of(name, "password-reset").await[0])
    }

    async fn redeem(&self, token: &Secret<String>, password: &str) -> bool {
        let ctx = crate::identity::world::context();
        let identity = &self.identity;
        identity.redeem_password_link(token, &password.into(), &ctx).await.is_ok()
    }
}

impl TestApp {
    async fn letters_of(&self, to: &str, kind: &str) -> Vec<KeptLetter> {
        let outbox = self.node().identity().outbox().clone();
        letters_of(self.node().db(), &outbox, to, kind).await
    }
}

/// Statements past the pool.
fn all(world: &World, statements: &[&str]) {
    use diesel::RunQueryDsl as _;
    let mut raw = world.raw();
    for statement in statements {
        diesel::sql_query(*statement).execute(&mut raw).unwrap();
    }
}
