//! A mailed code as the second factor, and what comes after one as the first.

use latchkey::domain::credential::mailed_code::CodePurpose;
use latchkey::domain::factor::FactorKind;
use latchkey::identity::login::factors::mailed_code::Mailing;
use latchkey::identity::login::{FlowError, Next};
use latchkey::kernel::ids::UserId;
use latchkey::mail::outbox::KeptLetter;

use super::{ALICE, is_wrong, mail, typed};
use crate::identity::world::{Browser, PASSWORD, World};
use crate::support::mailbox::another;

async fn world() -> (World, UserId) {
    let world = World::new().await;
    world.configure(|settings| settings.second_factor_by_mail = 1);
    let alice = world.person(ALICE).await;
    (world, alice)
}

/// Makes an account have an authenticator app.
fn give_app(world: &World, user: UserId) {
    use diesel::{RunQueryDsl as _, sql_query};
    let query = format!(
        "INSERT INTO authenticators (id, user_id, name, sealed_secret, seal_key_id, seal_nonce, \
         created_at, confirmed_at) SELECT gen_random_uuid(), '{user}', 'Phone', '\\x00', 'k', \
         '\\x00', created_at, created_at FROM users WHERE id = '{user}'"
    );
    sql_query(query).execute(&mut world.raw()).unwrap();
}

fn ways(next: &Next) -> Vec<FactorKind> {
    match next {
        Next::SecondFactor { ways } => ways.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_code_after_the_password_signs_in_with_two_factors() {
    let (world, _) = world().await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    let advanced = world.login(&mut browser, flow, ALICE, PASSWORD).await.unwrap();
    assert_eq!(ways(&advanced.next), [FactorKind::MailedCode]);
    assert!(browser.session.is_none(), "nobody is in before the last factor");
    world.advance(&mut browser, flow, mail(Mailing::SecondFactor)).await.unwrap();
    let code = world.code(ALICE).await;
    // It is no first factor.
    let first = world.type_code(&mut browser.clone(), flow, &code).await;
    assert!(first.map_or(true, |advanced| advanced.cookie.is_none()));
    let second = typed(CodePurpose::SecondFactor, &code);
    let advanced = world.advance(&mut browser, flow, second).await.unwrap();
    assert_eq!(advanced.next, Next::Done);
    let session = world.who(&browser).await.unwrap().session;
    assert_eq!(session.amr, ["pwd", "otp", "mfa"]);
    assert_eq!(session.acr, "urn:latchkey:acr:2fa");
}

#[tokio::test]
async fn no_code_is_mailed_where_none_is_asked_for() {
    let (world, alice) = world().await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    // Before the first factor.
    world.advance(&mut browser, flow, mail(Mailing::SecondFactor)).await.unwrap();
    assert!(world.letters(ALICE).await.is_empty());
    // And for nobody who has something stronger (case 215).
    give_app(&world, alice);
    let advanced = world.login(&mut browser, flow, ALICE, PASSWORD).await.unwrap();
    assert!(!ways(&advanced.next).contains(&FactorKind::MailedCode));
    world.advance(&mut browser, flow, mail(Mailing::SecondFactor)).await.unwrap();
    assert!(world.letters(ALICE).await.is_empty());
    assert!(browser.session.is_none());
}

#[tokio::test]
async fn case_215_after_a_code_the_second_factor_is_still_asked_and_mail_counts_once() {
    let (world, alice) = world().await;
    give_app(&world, alice);
    let mut browser = Browser::new();
    let (flow, code) = world.with_code(&browser, ALICE).await;
    let advanced = world.type_code(&mut browser, flow, &code).await.unwrap();
    assert_eq!(ways(&advanced.next), [FactorKind::Totp]);
    assert!(browser.session.is_none());
    // Mail once more does nothing: not as a second factor, and not as the first again.
    world.advance(&mut browser, flow, mail(Mailing::SecondFactor)).await.unwrap();
    assert_eq!(world.letters(ALICE).await.len(), 1);
    world.pass(chrono::TimeDelta::seconds(1));
    world.ask(&browser, flow, ALICE, false).await.unwrap();
    let code = world.code(ALICE).await;
    let second = typed(CodePurpose::SecondFactor, &code);
    assert!(is_wrong(world.advance(&mut browser, flow, second).await));
    let advanced = world.type_code(&mut browser, flow, &code).await.unwrap();
    assert_eq!(ways(&advanced.next), [FactorKind::Totp]);
    assert!(browser.session.is_none());
}

/// A code that was mailed before something stronger was added is none any more.
#[tokio::test]
async fn case_215_a_stronger_factor_ends_the_code() {
    let (world, alice) = world().await;
    let mut browser = Browser::new();
    let flow = world.account_flow(&browser).await;
    world.login(&mut browser, flow, ALICE, PASSWORD).await.unwrap();
    world.advance(&mut browser, flow, mail(Mailing::SecondFactor)).await.unwrap();
    let code = world.code(ALICE).await;
    give_app(&world, alice);
    let second = typed(CodePurpose::SecondFactor, &code);
    assert!(is_wrong(world.advance(&mut browser, flow, second).await));
    assert!(browser.session.is_none());
}

/// Whoever types wrong codes after the password is not quite a stranger. Tries that are not looked at any
/// more lock nothing.
#[tokio::test]
async fn case_207_misses_after_the_password_are_told_when_they_lock() {
    let (world, _) = world().await;
    let mut misses = 0;
    while misses < 210 {
        world.pass(chrono::TimeDelta::seconds(1));
        let mut browser = Browser::new();
        let flow = world.account_flow(&browser).await;
        world.login(&mut browser, flow, ALICE, PASSWORD).await.unwrap();
        if let Err(refused) = world.advance(&mut browser, flow, mail(Mailing::SecondFactor)).await {
            assert!(matches!(refused, FlowError::TooMany { .. }), "{refused:?}");
            world.pass(chrono::TimeDelta::minutes(15));
            continue;
        }
        let wrong = another(&world.code(ALICE).await);
        for _ in 0..5 {
            let typed = typed(CodePurpose::SecondFactor, &wrong);
            assert!(is_wrong(world.advance(&mut browser, flow, typed).await));
            misses += 1;
            if misses == 19 || misses == 20 {
                assert_eq!(locks(&world).await.len(), misses - 19, "{misses}");
            }
        }
    }
    // Twenty an hour and a hundred a day.
    let told = locks(&world).await;
    assert_eq!(told.len(), 5);
    assert!(told[0].text.contains("Code by email"), "{}", told[0].text);
}

async fn locks(world: &World) -> Vec<KeptLetter> {
    let mut letters = world.letters(ALICE).await;
    letters.retain(|letter| letter.record.kind == "second-factor-locked");
    letters
}
