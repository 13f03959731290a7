//! The lock of a second factor is told: whoever sets it has come past the first step.

use chrono::TimeDelta;
use futures_util::future::join_all;
use latchkey::mail::outbox::KeptLetter;

use super::ALICE;
use crate::support::app::TestApp;
use crate::support::second_factor::give_code;

async fn locks(app: &TestApp) -> Vec<KeptLetter> {
    let mut letters = app.letters(ALICE).await;
    letters.retain(|letter| letter.record.kind == "second-factor-locked");
    letters
}

#[tokio::test]
async fn case_217_the_lock_of_an_app_is_told_once_for_each_lock() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    for lock in 1..=2 {
        for miss in 1..=7 {
            let page = app.first_step(&app.machine(), ALICE).await;
            let status = give_code(&page, &phone.wrong_code(&app)).await.status;
            assert_eq!(status, if miss <= 5 { 401 } else { 429 }, "{lock} {miss}");
            let told = if miss < 5 { lock - 1 } else { lock };
            assert_eq!(locks(&app).await.len(), told, "{lock} {miss}");
        }
        app.clock.advance(TimeDelta::minutes(15));
    }
    let told = &locks(&app).await[0].text;
    for words in ["Authenticator app", "Locked until", "your password", "/forgot-password"] {
        assert!(told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn case_222_so_is_that_of_the_codes_on_paper() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    app.recovery_codes_in(&agent).await;
    for _ in 0..5 {
        let page = app.first_step(&app.machine(), ALICE).await.click("#way-recovery_code").await;
        assert_eq!(give_code(&page, "abcd-2345-efgh").await.status, 401);
    }
    let told = locks(&app).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("Recovery codes"), "{}", told[0].text);
}

#[tokio::test]
async fn case_217_of_twenty_misses_at_once_on_two_nodes_one_is_told() {
    let app = TestApp::start();
    let other = app.second_node();
    let phone = app.person_with_app(ALICE).await;
    let mut pages = vec![];
    for n in 0..20 {
        let agent = app.machine();
        pages.push(match n % 2 {
            0 => app.first_step(&agent, ALICE).await,
            _ => app.first_step_at(&other, &agent, ALICE).await,
        });
    }
    let wrong = phone.wrong_code(&app);
    let answers = join_all(pages.iter().map(|page| give_code(page, &wrong))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    assert_eq!(app.mails_of("second-factor-locked"), 1, "{statuses:?}");
}
