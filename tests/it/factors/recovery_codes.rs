//! Codes on paper.

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::{ALICE, BOB};
use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::second_factor::{Phone, give_code, recovery_codes_of};

async fn world() -> (TestApp, Phone, Agent, Vec<String>) {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    let codes = app.recovery_codes_in(&agent).await;
    (app, phone, agent, codes)
}

async fn paper_page(app: &TestApp, agent: &Agent, email: &str) -> Page {
    app.first_step(agent, email).await.click("#way-recovery_code").await
}

async fn lets_in(app: &TestApp, code: &str) -> bool {
    let page = paper_page(app, &app.machine(), ALICE).await;
    give_code(&page, code).await.status == 303
}

#[tokio::test]
async fn case_222_a_code_is_taken_once_and_its_use_is_told() {
    let (app, _, agent, codes) = world().await;
    assert!(lets_in(&app, &codes[0]).await);
    assert_eq!(
        (app.mails_of("recovery-code-used"), app.trail_of("user.recovery_code_used")),
        (1, 1)
    );
    assert!(!lets_in(&app, &codes[0]).await, "again");
    assert_eq!(app.mails_of("recovery-code-used"), 1);
    let typed = codes[1].replace('-', " ").to_uppercase();
    assert!(lets_in(&app, &typed).await, "as people write it");
    for typed in ["", "abc", "abcd-2345-efgo", "٢٣٤٥-٢٣٤٥-٢٣٤٥"] {
        let page = paper_page(&app, &app.machine(), ALICE).await;
        assert_eq!(give_code(&page, typed).await.status, 400, "{typed}");
    }
    let page = agent.get(&app.at("/account/security")).await;
    assert_eq!(page.text("#codes-left"), "Not used yet: 8");
    assert!(page.text("#protection").contains("well protected"), "{}", page.text("#protection"));
    for code in &codes[2..7] {
        assert!(lets_in(&app, code).await);
    }
    let page = agent.get(&app.at("/account/security")).await;
    assert!(page.text("#protection").contains("Few recovery codes"), "three are left");
}

#[tokio::test]
async fn case_222_of_twenty_at_once_on_two_nodes_one_is_in() {
    let (app, _, _, codes) = world().await;
    let other = app.second_node();
    app.change_setting("max_failed_logins", Some("100")).await.unwrap();
    app.refresh().await;
    other.node.refresh().await.unwrap();
    let mut pages = vec![];
    for n in 0..20 {
        let agent = app.machine();
        let page = match n % 2 {
            0 => app.first_step(&agent, ALICE).await,
            _ => app.first_step_at(&other, &agent, ALICE).await,
        };
        pages.push(page.click("#way-recovery_code").await);
    }
    let answers = join_all(pages.iter().map(|page| give_code(page, &codes[0]))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [303, 401, 429].contains(status)), "{statuses:?}");
    assert_eq!(app.mails_of("recovery-code-used"), 1);
}

#[tokio::test]
async fn case_222_a_new_set_kills_the_old_one_and_other_accounts_have_their_own() {
    let (app, phone, agent, old) = world().await;
    let page = agent.get(&app.at("/account/security/recovery-codes")).await;
    assert_eq!(page.text("#codes-left"), "Not used yet: 10");
    let page = page.form("#make-codes-form").submit().await;
    let new = recovery_codes_of(&page);
    assert!(old.iter().all(|code| !new.contains(code)));
    assert!(!lets_in(&app, &old[0]).await);
    assert!(lets_in(&app, &new[0]).await);
    // Bob's page takes none of hers.
    let bobs = app.person_with_app(BOB).await;
    let bob = app.signed_in_with_app(BOB, &bobs).await;
    app.recovery_codes_in(&bob).await;
    let page = paper_page(&app, &app.machine(), BOB).await;
    assert_eq!(give_code(&page, &new[1]).await.status, 401);
    // They go with the last factor that they stand in for.
    let page = agent.get(&app.at("/account/security")).await;
    let page = page.click("#apps a[href$='/remove']").await;
    assert_eq!(page.form("#remove-factor-form").submit().await.status, 303);
    let page = agent.get(&app.at("/account/security/recovery-codes")).await;
    assert!(!page.has("#make-codes-form"), "{}", page.summary());
    drop(phone);
    let phone = app.add_app_in(&agent, "New phone").await;
    let page = app.first_step(&app.machine(), ALICE).await;
    assert!(!page.has("#way-recovery_code"), "the old set is gone");
    assert_eq!(give_code(&page, &phone.next_code(&app)).await.status, 303);
}

#[tokio::test]
async fn case_222_misses_are_throttled_and_lock_the_paper_alone() {
    let (app, phone, _, codes) = world().await;
    for _ in 0..5 {
        let page = paper_page(&app, &app.machine(), ALICE).await;
        assert_eq!(give_code(&page, "abcd-2345-efgh").await.status, 401);
    }
    let page = paper_page(&app, &app.machine(), ALICE).await;
    assert_eq!(give_code(&page, &codes[0]).await.status, 429);
    let page = app.first_step(&app.machine(), ALICE).await;
    assert_eq!(give_code(&page, &phone.next_code(&app)).await.status, 303, "the app is not locked");
    app.clock.advance(TimeDelta::minutes(15));
    assert!(lets_in(&app, &codes[0]).await);
}

#[tokio::test]
async fn the_codes_are_shown_once_and_taken_along_as_a_text_file() {
    let (app, _, agent, _) = world().await;
    let page = agent.get(&app.at("/account/security/recovery-codes")).await;
    let page = page.form("#make-codes-form").submit().await;
    let codes = recovery_codes_of(&page);
    let file = page.form("#download-form").submit().await;
    assert_eq!(file.status, 200, "{}", file.summary());
    assert!(file.header("content-disposition").unwrap().starts_with("attachment;"));
    assert!(file.header("content-type").unwrap().starts_with("text/plain"));
    assert_eq!(file.header("cache-control"), Some("no-store"));
    for code in &codes {
        assert!(file.body.contains(code.as_str()));
    }
    // Nothing but codes comes back in it.
    for codes in ["", "<script>alert(1)</script>", "abcd-2345-efgh x"] {
        let form = page.form("#download-form").set("codes", codes);
        assert_eq!(form.submit().await.status, 400, "{codes}");
    }
    assert_eq!(page.form("#download-form").without("csrf").submit().await.status, 403);
    let again = agent.get(&app.at("/account/security/recovery-codes")).await;
    assert!(codes.iter().all(|code| !again.body.contains(code.as_str())));
}
