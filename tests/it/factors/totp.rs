//! Codes of authenticator apps.

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::{ALICE, BOB};
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::assert_page;
use crate::support::second_factor::{Phone, give_code};

/// Whether a code lets somebody in who has proved the password.
async fn lets_in(app: &TestApp, code: &str) -> bool {
    let page = app.first_step(&app.machine(), ALICE).await;
    give_code(&page, code).await.status == 303
}

#[tokio::test]
async fn case_216_a_code_is_taken_once_and_none_older_than_it() {
    let app = TestApp::start();
    let other = app.second_node();
    let phone = app.person_with_app(ALICE).await;
    assert!(!lets_in(&app, &phone.code(&app)).await, "the code that confirmed the app is spent");
    let older = phone.next_code(&app);
    let code = phone.next_code(&app);
    assert!(lets_in(&app, &code).await);
    assert!(!lets_in(&app, &code).await, "again");
    assert!(!lets_in(&app, &older).await, "an older one after it");
    let page = app.first_step_at(&other, &app.machine(), ALICE).await;
    let refused = give_code(&page, &code).await;
    assert_eq!(refused.status, 401, "on the other node: {}", refused.summary());
    assert!(refused.has("#code[aria-invalid=true]") && refused.has("#error-summary"));
    assert_eq!(refused.attribute("#code", "value"), None);
    assert!(lets_in(&app, &phone.next_code(&app)).await, "the next one is good");
    assert!(app.dump().contains("spent_code"), "the trail tells which it was");
}

#[tokio::test]
async fn codes_are_taken_with_what_is_copied_along_unseen() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    let codes = app.recovery_codes_in(&agent).await;
    let code = phone.next_code(&app);
    assert!(lets_in(&app, &format!("\u{2066}{}\u{200b}{}\u{2069}", &code[..3], &code[3..])).await);
    let page = app.first_step(&app.machine(), ALICE).await.click("#way-recovery_code").await;
    let code = format!("\u{200f}\u{2068}{}\u{2069}", codes[0].to_uppercase());
    assert_eq!(give_code(&page, &code).await.status, 303);
}

#[tokio::test]
async fn case_216_of_twenty_at_once_on_two_nodes_one_is_in() {
    let app = TestApp::start();
    let other = app.second_node();
    let phone = app.person_with_app(ALICE).await;
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
        pages.push((agent, page));
    }
    let code = phone.next_code(&app);
    let answers = join_all(pages.iter().map(|(_, page)| give_code(page, &code))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [303, 401, 429].contains(status)), "{statuses:?}");
    let cookies = answers.iter().filter(|answer| {
        answer.set_cookies().iter().any(|cookie| cookie.name() == app.cookie_name("session"))
    });
    assert_eq!(cookies.count(), 1);
    assert_eq!(app.sessions(ALICE).await, 2, "this one, and the one in which the app was added");
}

#[tokio::test]
async fn case_217_a_code_is_taken_one_step_early_and_late_by_our_clock() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    app.clock.advance(TimeDelta::minutes(10));
    for (seconds, good) in [(-61, false), (61, false), (-30, true), (30, true)] {
        let code = phone.code_at(app.now() + TimeDelta::seconds(seconds));
        assert_eq!(lets_in(&app, &code).await, good, "{seconds}");
        app.clock.advance(TimeDelta::minutes(5));
    }
    // Case 227: what a browser says about the time is not looked at.
    let page = app.first_step(&app.machine(), ALICE).await;
    let early = app.now() - TimeDelta::minutes(5);
    let form = page.form("#second-factor-form").fill("code", &phone.code_at(early));
    let form = form.set("time", &early.timestamp().to_string()).set("offset", "-10");
    assert_eq!(form.submit_with_header("date", &early.to_rfc2822()).await.status, 401);
}

#[tokio::test]
async fn case_217_misses_lock_the_app_alone_and_outlive_new_sign_ins() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    let codes = app.recovery_codes_in(&agent).await;
    for n in 0..5 {
        // Each in a browser and a sign-in of its own.
        let page = app.first_step(&app.machine(), ALICE).await;
        let refused = give_code(&page, &phone.wrong_code(&app)).await;
        assert_eq!(refused.status, 401, "{n}: {}", refused.summary());
    }
    let page = app.first_step(&app.machine(), ALICE).await;
    let locked = give_code(&page, &phone.next_code(&app)).await;
    assert_eq!(locked.status, 429, "{}", locked.summary());
    assert!(locked.header("retry-after").is_some());
    // The password and the recovery codes are not locked by that.
    let paper = page.click("#way-recovery_code").await;
    let page = give_code(&paper, &codes[0]).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    // That sign-in was with another factor: the lock of the app stays, and ends by itself.
    let page = app.first_step(&app.machine(), ALICE).await;
    assert_eq!(give_code(&page, &phone.next_code(&app)).await.status, 429);
    app.clock.advance(TimeDelta::minutes(15));
    assert!(lets_in(&app, &phone.code(&app)).await);
    let dump = app.dump();
    let locks = dump.lines().filter(|line| line.contains("too_many_attempts"));
    assert_eq!(locks.filter(|line| line.contains("totp")).count(), 1);
}

#[tokio::test]
async fn case_217_ten_misses_in_a_row_lock_however_slowly_they_come() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    for n in 0..10 {
        app.clock.advance(TimeDelta::minutes(16));
        let page = app.first_step(&app.machine(), ALICE).await;
        let refused = give_code(&page, &phone.wrong_code(&app)).await;
        assert_eq!(refused.status, 401, "{n}: {}", refused.summary());
    }
    let page = app.first_step(&app.machine(), ALICE).await;
    assert_eq!(give_code(&page, &phone.code(&app)).await.status, 429);
    // A right one after the lock makes all of it whole again.
    app.clock.advance(TimeDelta::minutes(16));
    assert!(lets_in(&app, &phone.code(&app)).await);
    for _ in 0..9 {
        app.clock.advance(TimeDelta::minutes(16));
        let page = app.first_step(&app.machine(), ALICE).await;
        assert_eq!(give_code(&page, &phone.wrong_code(&app)).await.status, 401);
    }
    assert!(lets_in(&app, &phone.code(&app)).await);
}

#[tokio::test]
async fn case_213_what_is_no_code_is_refused_and_costs_nothing() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let page = app.first_step(&app.machine(), ALICE).await;
    let huge = "4".repeat(100_000);
    for typed in ["", "000", "1e5", "-1", "٤٨٣٩٢٠", "０００００0", "null", "[]", "4839201", &huge]
    {
        let refused = give_code(&page, typed).await;
        assert!(refused.status == 400 || refused.status == 413, "{typed:.20}: {}", refused.status);
    }
    let code = phone.next_code(&app);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    assert_eq!(
        give_code(&page, &spaced).await.status,
        303,
        "nothing was counted, and spaces are fine"
    );
}

#[tokio::test]
async fn case_220_an_app_counts_from_its_first_right_code_on() {
    let app = TestApp::start();
    app.person(ALICE).await;
    let agent = app.machine();
    app.first_step(&agent, ALICE).await;
    let (first, page) = app.begin_app_in(&agent, "Old phone").await;
    assert!(page.has("svg#picture") && page.has("#open-app[href^='otpauth://totp/']"));
    let secret = page.text("#secret");
    assert_eq!(secret.replace(' ', "").len(), 32, "160 bits in Base32");
    assert!(!app.dump().contains(&secret.replace(' ', "")));
    // It is shown once, and counts for nothing yet.
    let wrong = page.form("#confirm-app-form").fill("code", &first.wrong_code(&app)).submit().await;
    assert_eq!(wrong.status, 400, "{}", wrong.summary());
    assert!(!wrong.has("#secret") && !wrong.has("#picture") && !wrong.has("#open-app"));
    assert_eq!(app.first_step(&app.machine(), ALICE).await.url.path(), "/account");
    // Beginning again takes its place; what was begun before is worth nothing.
    let (second, again) = app.begin_app_in(&agent, "New phone").await;
    let old = wrong.form("#confirm-app-form").fill("code", &first.code(&app)).submit().await;
    assert_eq!(old.status, 400, "{}", old.summary());
    let done = again.form("#confirm-app-form").fill("code", &second.code(&app)).submit().await;
    assert_eq!(done.location().path(), "/account/security/recovery-codes");
    assert_eq!(done.follow().await.text("#notice"), "The app is added.");
    assert_eq!(app.first_step(&app.machine(), ALICE).await.url.path(), "/second-factor/app");
    assert_eq!((app.mails_of("factor-added"), app.trail_of("user.factor_added")), (1, 1));
    // A second one that is never confirmed replaces nothing.
    app.begin_app_in(&agent, "Third phone").await;
    assert!(lets_in(&app, &second.next_code(&app)).await);
    // An hour later what was begun is over.
    let (late, page) = app.begin_app_in(&agent, "Late phone").await;
    app.change_setting("fresh_authentication", Some("1d")).await.unwrap();
    app.refresh().await;
    app.clock.advance(TimeDelta::hours(1));
    let over = page.form("#confirm-app-form").fill("code", &late.code(&app)).submit().await;
    assert_eq!(over.status, 400, "{}", over.summary());
    assert_eq!(app.trail_of("user.factor_added"), 1);
}

#[tokio::test]
async fn case_220_several_apps_have_names_and_there_are_ten_at_most() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    let tablet = app.add_app_in(&agent, "  My <b>tablet</b> ").await;
    let page = agent.get(&app.at("/account/security")).await;
    let names = page.text("#apps .factors");
    assert!(names.contains("My phone") && names.contains("My <b>tablet</b>"), "{names}");
    assert!(lets_in(&app, &tablet.next_code(&app)).await);
    assert!(lets_in(&app, &phone.next_code(&app)).await);
    let page = page.click("#apps a[href$='/rename']").await;
    let page = page.form("#name-form").fill("name", "Work phone").submit().await.follow().await;
    assert_eq!(page.text("#notice"), "The new name is saved.");
    assert!(page.text("#apps .factors").contains("Work phone"));
    for name in ["", "  ", &"x".repeat(65), "a\u{202e}b"] {
        let page = agent.get(&app.at("/account/security/apps/new")).await;
        let page = page.form("#name-form").fill("name", name).submit().await;
        assert_eq!(page.status, 400, "{name:?}");
    }
    for n in 2..10 {
        app.add_app_in(&agent, &format!("App {n}")).await;
    }
    assert!(!agent.get(&app.at("/account/security")).await.has("#add-app"));
    let page = agent.get(&app.at("/account/security/apps/new")).await;
    let page = page.form("#name-form").fill("name", "One more").submit().await;
    assert_eq!(page.status, 400, "{}", page.summary());
}

#[tokio::test]
async fn case_221_a_factor_is_changed_with_both_factors_and_not_with_the_password_alone() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    let page = agent.get(&app.at("/account/security")).await;
    let remove = page.attribute("#apps a[href$='/remove']", "href").unwrap();
    // A browser that is trusted leaves the second factor out, and may change nothing.
    let trusting = app.machine();
    let page = app.first_step(&trusting, ALICE).await;
    let form = page.form("#second-factor-form").fill("code", &phone.next_code(&app));
    form.fill("trust", "on").submit().await.follow_all().await;
    app.sign_out(&trusting).await;
    assert_eq!(app.first_step(&trusting, ALICE).await.url.path(), "/account");
    for path in [remove.as_str(), "/account/security/apps/new", "/account/security/recovery-codes"]
    {
        let page = trusting.get(&app.at(path)).await;
        assert_eq!(page.status, 303, "{path}: {}", page.summary());
        let page = page.follow_all().await;
        assert_eq!(page.url.path(), "/second-factor/app", "the second factor alone is asked for");
        assert!(!page.has("#trust"), "trust does not help here");
    }
    let page = trusting.get(&app.at(&remove)).await.follow_all().await;
    let page = give_code(&page, &phone.next_code(&app)).await.follow_all().await;
    assert_eq!(page.url.path(), remove, "{}", page.summary());
    // Case 266: an hour later it is asked for once more, also of a form from before.
    app.clock.advance(TimeDelta::hours(1));
    let late = page.form("#remove-factor-form").submit().await;
    assert_eq!(late.location().path(), "/login", "{}", late.summary());
    assert_eq!(app.trail_of("user.factor_removed"), 0);
    let page = app.sign_in(late, ALICE).await.follow_all().await;
    let page = give_code(&page, &phone.next_code(&app)).await.follow_all().await;
    assert_eq!(page.url.path(), remove, "{}", page.summary());
    let page = page.form("#remove-factor-form").submit().await.follow().await;
    assert_eq!(page.text("#notice"), "The app is removed.");
    assert_eq!((app.mails_of("factor-removed"), app.trail_of("user.factor_removed")), (1, 1));
    assert_eq!(app.first_step(&app.machine(), ALICE).await.url.path(), "/account");
}

#[tokio::test]
async fn case_239_somebody_elses_app_is_not_there() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    let page = agent.get(&app.at("/account/security")).await;
    let remove = page.attribute("#apps a[href$='/remove']", "href").unwrap();
    let own = page.click("#apps a[href$='/remove']").await;
    let bobs = app.person_with_app(BOB).await;
    let bob = app.signed_in_with_app(BOB, &bobs).await;
    let page = bob.get(&app.at("/account/security")).await;
    let his = page.click("#apps a[href$='/remove']").await.form("#remove-factor-form");
    assert_page(&bob.get(&app.at(&remove)).await, 404);
    assert_page(&his.clone().to(&app.at(&remove)).submit().await, 404);
    assert_page(&own.form("#remove-factor-form").submit_by(&bob).await, 403);
    assert!(lets_in(&app, &phone.next_code(&app)).await);
    // Nor does the code of one account let anybody into the other.
    let page = app.first_step(&app.machine(), ALICE).await;
    assert_eq!(give_code(&page, &bobs.next_code(&app)).await.status, 401);
}

#[tokio::test]
async fn the_last_second_factor_stays_where_one_is_insisted_on() {
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    app.change_setting("second_factor", Some("required")).await.unwrap();
    app.refresh().await;
    let agent = app.signed_in_with_app(ALICE, &phone).await;
    let page = agent.get(&app.at("/account/security")).await;
    let page = page.click("#apps a[href$='/remove']").await;
    let refused = page.form("#remove-factor-form").submit().await;
    assert_eq!(refused.status, 409, "{}", refused.summary());
    assert!(refused.text("#error-summary").contains("must have a second step"));
    app.add_app_in(&agent, "Another one").await;
    assert_eq!(refused.form("#remove-factor-form").submit().await.status, 303);
    assert_eq!(app.mails_of("factor-removed"), 1);
}

#[tokio::test]
async fn an_operator_ends_the_lock_of_an_app() {
    use latchkey::domain::audit::{Actor, RequestContext};
    let app = TestApp::start();
    let phone = app.person_with_app(ALICE).await;
    for _ in 0..5 {
        let page = app.first_step(&app.machine(), ALICE).await;
        give_code(&page, &phone.wrong_code(&app)).await;
    }
    assert!(!lets_in(&app, &phone.next_code(&app)).await);
    let identity = app.node().identity();
    let user = identity.find_user(ALICE).await.unwrap().unwrap().user.id;
    identity.unlock_user(Actor::Operator, user, &RequestContext::default()).await.unwrap();
    assert!(lets_in(&app, &phone.next_code(&app)).await);
}

/// Nothing of an app or a code is anywhere in the clear.
#[tokio::test]
async fn case_265_no_secret_stands_in_the_database() {
    let app = TestApp::start();
    let agent: Agent = app.machine();
    app.person(ALICE).await;
    app.first_step(&agent, ALICE).await;
    let (phone, page): (Phone, _) = app.begin_app_in(&agent, "My phone").await;
    let key = page.text("#secret").replace(' ', "");
    page.form("#confirm-app-form").fill("code", &phone.code(&app)).submit().await;
    let codes = app.recovery_codes_in(&agent).await;
    let dump = app.dump().to_lowercase();
    assert!(!dump.contains(&key.to_lowercase()));
    for code in codes {
        assert!(!dump.contains(&code) && !dump.contains(&code.replace('-', "")));
    }
}
