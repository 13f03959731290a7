//! What a new password must be like, by whose it is to be.

use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::kernel::ids::UserId;

use super::world::reason;
use crate::support::agent::Form;
use crate::support::app::TestApp;
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
const FOURTEEN: &str = "qmzvwxhkjrtpbn";
const FIFTEEN: &str = "qmzvwxhkjrtpbny";

/// An authenticator app, which works if it is confirmed.
fn add_authenticator(app: &TestApp, user: UserId, confirmed: bool) {
    let confirmed = if confirmed { "now()" } else { "NULL" };
    let query = format!(
        "INSERT INTO authenticators (id, user_id, name, sealed_secret, seal_key_id, seal_nonce, \
         created_at, confirmed_at) \
         VALUES (gen_random_uuid(), '{}', 'x', '\\x00', 'x', '\\x00', now(), {confirmed})",
        user.0
    );
    sql_query(query).execute(&mut app.raw()).unwrap();
}

async fn submit(form: &Form, password: &str) -> crate::support::agent::Page {
    form.clone().fill("password", password).submit().await
}

#[tokio::test]
async fn case_181_a_password_that_is_all_there_is_may_have_to_be_longer() {
    let app = TestApp::start();
    app.change_setting("password_only_min_chars", Some("15")).await.unwrap();
    app.refresh().await;
    let user = app.person(ALICE).await;
    let (agent, page) = app.change_page(ALICE).await;
    let link = app.link_form(ALICE).await;
    let register = app.new_account_form("bob@example.com").await;
    for form in [&register, &TestApp::change_form(&page), &link] {
        let told = reason(&submit(form, FOURTEEN).await);
        assert!(told.contains("15"), "{told}");
    }
    let (identity, context) = (app.node().identity(), RequestContext::default());
    let set =
        async || identity.set_password(Actor::Operator, user, &FOURTEEN.into(), &context).await;
    assert!(set().await.unwrap_err().to_string().contains("15"));
    assert!(identity.hash_new_password(&FOURTEEN.into(), &[]).await.is_err());
    assert_eq!(submit(&register, FIFTEEN).await.status, 303);

    // One that was begun is no second factor yet.
    add_authenticator(&app, user, false);
    assert!(reason(&submit(&link, FOURTEEN).await).contains("15"));
    assert!(page.text("#password-hint").contains("15"), "{}", page.text("#password-hint"));
    add_authenticator(&app, user, true);
    app.prove_two_factors();
    let page = agent.get(&app.at("/account/password")).await;
    assert!(page.text("#password-hint").contains('8'), "{}", page.text("#password-hint"));
    assert!(reason(&submit(&TestApp::change_form(&page), &FOURTEEN[..7]).await).contains('8'));
    let changed = submit(&TestApp::change_form(&page), FOURTEEN).await;
    assert_eq!(changed.status, 303, "{}", changed.summary());
    assert!(set().await.is_ok());
}

#[tokio::test]
async fn case_181_by_default_eight_do_everywhere() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let statements = app.statements();
    let page = submit(&app.new_account_form("bob@example.com").await, &FOURTEEN[..8]).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(app.statements() > statements);
    assert_eq!(submit(&app.link_form(ALICE).await, &FOURTEEN[..8]).await.status, 200);
}

#[tokio::test]
async fn case_184_it_is_said_in_plain_words_what_makes_a_password_easy_to_guess() {
    let app = TestApp::start();
    let form = app.new_account_form("bob@example.com").await;
    for (password, words) in [
        ("sunshine1", "Many people use this password"),
        ("p@ssw0rd", "close to a password that many people use"),
        ("aaaaaaaaaaaa", "again and again"),
        ("abcdefghijk", "a sequence"),
        ("13112001", "a date"),
        ("responsibilities", "little more than a word"),
    ] {
        let told = reason(&submit(&form, password).await);
        assert!(told.contains(words), "{password}: {told}");
    }
    // No kind of character is asked for, and what was wrong is not said of what is right.
    assert_eq!(submit(&form, "a tree of glass").await.status, 303);
}

#[tokio::test]
async fn case_182_a_huge_password_is_refused_on_the_page_that_changes_it() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let (_agent, page) = app.change_page(ALICE).await;
    let form = TestApp::change_form(&page);
    let hashes = app.node().identity().hasher().hashes();
    let huge = submit(&form, &"x".repeat(1 << 20)).await;
    assert_eq!(huge.status, 413, "{}", huge.summary());
    let current = form.clone().fill("current_password", &"x".repeat(1 << 20));
    assert_eq!(submit(&current, PASSWORD).await.status, 413);
    // What fits the form is refused before anything is hashed, or is wrong without it.
    assert!(reason(&submit(&form, &"x".repeat(50_000)).await).contains("128"));
    let current = form.fill("current_password", &"x".repeat(50_000));
    assert_eq!(submit(&current, "snails on a tandem").await.status, 400);
    assert_eq!(app.node().identity().hasher().hashes(), hashes);
}
