//! A new account that has a passkey in the place of a password.

use chrono::TimeDelta;
use futures_util::future::join_all;
use latchkey::domain::mail::MessageKind;

use super::{ALICE, AS_IT_IS, BOB, Question, World};
use crate::support::agent::{Agent, Form, Page};
use crate::support::app::TestApp;
use crate::support::authenticator::{Authenticator, Bent, PRESENT};
use crate::support::flow::{authorization_request, claims, code_request};
use crate::support::people::PASSWORD;
use crate::support::second_factor::recovery_codes_of;

pub(super) const CAROL: &str = "carol@example.com";
const REFUSED: &str =
    "Your account was not created, because the passkey was not accepted. Try again.";

impl World {
    pub(super) async fn register_page(&self, agent: &Agent) -> Page {
        self.login_page(agent).await.click("#create-account-link").await
    }

    /// Registers without a password, up to the page that waits for the code.
    async fn registered(&self, agent: &Agent, email: &str) -> Page {
        let form = self.register_page(agent).await.form("#register-form");
        let form = form.fill("name", "Carol Danvers").fill("email", email).set("passkey", "on");
        let page = form.submit().await;
        assert_eq!(page.status, 303, "{}", page.summary());
        page
    }

    /// The same, with the address confirmed: the page that makes the passkey.
    pub(super) async fn confirmed(&self, agent: &Agent, email: &str) -> Page {
        let registered = self.registered(agent, email).await;
        let page = self.app.confirm_address(registered, email).await.follow_all().await;
        assert_eq!(page.url.path(), "/register/passkey", "{}", page.summary());
        page
    }

    fn make(&self, question: &Question, key: &mut Authenticator) -> String {
        key.create(&question.options, self.origin(), &AS_IT_IS)
    }

    /// Makes an account that has nothing but a passkey; the page with its recovery codes.
    pub(super) async fn registers(
        &self,
        agent: &Agent,
        email: &str,
        key: &mut Authenticator,
    ) -> Page {
        let question = self.ask(&self.confirmed(agent, email).await).await;
        let credential = self.make(&question, key);
        let page = question.answer(&credential).submit().await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page
    }

    fn people(&self) -> usize {
        let dump = self.app.dump_without(&["audit_events"]);
        dump.iter().filter(|line| line.starts_with("users ")).count()
    }
}

fn assert_refused(page: &Page, what: &str) {
    assert_eq!(page.status, 400, "{what}: {}", page.summary());
    assert_eq!(page.text("#error-summary"), REFUSED, "{what}");
    assert!(page.set_cookies().is_empty(), "{what}");
}

#[tokio::test]
async fn a_new_person_gets_an_account_with_a_passkey_and_without_a_password() {
    let world = World::new().await;
    let app = &world.app;
    let agent = app.machine();
    let page = world.confirmed(&agent, CAROL).await;
    assert!(page.body.contains(CAROL), "{}", page.summary());
    assert_eq!(world.people(), 1, "there is no account before its passkey");
    let (before, making) = (world.trail("user.registered").len(), page.url.clone());
    assert!(!world.is_signed_in(&agent).await);
    let question = world.ask(&page).await;
    assert_eq!(question.options["user"]["name"], CAROL);
    assert_eq!(question.options["user"]["displayName"], "Carol Danvers");
    assert_eq!(question.options["authenticatorSelection"]["residentKey"], "required");
    let mut key = Authenticator::new().of_kind("fbfc3007-154e-4ecc-8c0b-6e020557d7bd");
    let credential = world.make(&question, &mut key);
    let page = question.answer(&credential).submit().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let codes = recovery_codes_of(&page);
    assert!(world.is_signed_in(&agent).await);
    let again = agent.get(making.as_str()).await;
    assert_ne!(again.status, 200, "there is nothing to be made any more: {}", again.summary());
    let onward = page.click("#kept").await.follow_all().await;
    assert_eq!(onward.url.path(), "/account", "{}", onward.summary());
    assert_eq!(world.trail("user.registered").len(), before + 1);
    assert_eq!(world.trail("user.passkey_added").len(), 1);
    let kinds: Vec<_> = app.letters(CAROL).await.into_iter().map(|it| it.record.kind).collect();
    assert!(kinds.contains(&MessageKind::Welcome.to_string()), "{kinds:?}");
    assert_eq!(kinds.len(), 2, "the code and the welcome: {kinds:?}");
    let list = agent.get(&app.at("/account/security/passkeys")).await;
    assert_eq!(list.text("#passkeys h2"), "iCloud Keychain");

    // What an app learns is what was proved, and that the mailbox was read is a part of it.
    let client = app.confidential_client("notes").await;
    let code = app.code_for(&agent, &authorization_request(&client), CAROL).await;
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(token["amr"], serde_json::json!(["otp", "pop", "user", "mfa"]));
    assert_eq!(token["email_verified"], serde_json::Value::Null, "it was not asked for");

    // From now on the passkey alone is enough; no password is right; codes stand in for it.
    let again = app.machine();
    assert_eq!(world.sign_in(&again, &mut key, &AS_IT_IS).await.status, 303);
    assert!(world.is_signed_in(&again).await);
    for password in ["", PASSWORD] {
        let page = world.login_page(&app.machine()).await.form("#login-form");
        let page = page.fill("identifier", CAROL).fill("password", password).submit().await;
        assert!(page.status.is_client_error(), "{}", page.summary());
    }
    let stranger = app.machine();
    let page = world.by_mail(&stranger, CAROL).await;
    assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
    let page = page.click("#way-recovery_code").await;
    let page = page.form("#second-factor-form").fill("code", &codes[3]).submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(world.is_signed_in(&stranger).await);
}

#[tokio::test]
async fn case_177_an_address_with_an_account_looks_the_same_without_a_password() {
    let world = World::new().await;
    let mut seen = vec![];
    for email in [ALICE, CAROL] {
        let agent = world.app.machine();
        let page = world.registered(&agent, email).await.follow_all().await;
        assert!(page.has("#code-form"), "{}", page.summary());
        let wrong = page.form("#code-form").fill("code", "000000").submit().await;
        let early = page.url.join("/register/passkey").unwrap();
        let early = agent.get(&format!("{early}?{}", page.url.query().unwrap())).await;
        seen.push((wrong.status, wrong.text("#error-summary"), early.status));
        assert!(early.location().path() != "/register/passkey");
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(world.mails("registration-attempt"), 1, "its owner is told");
    assert_eq!(world.people(), 1);
}

#[tokio::test]
async fn nothing_is_made_before_the_address_is_confirmed() {
    let world = World::new().await;
    let agent = world.app.machine();
    let waiting = world.registered(&agent, CAROL).await.follow_all().await;
    let flow = waiting.url.query().unwrap();
    // A form of the right kind, from the login page of the same flow.
    let login = agent.get(&world.app.at(&format!("/login?{flow}"))).await;
    let form = login.form("#passkey-form");
    let options = world.app.at(&format!("/register/passkey/options?{flow}"));
    assert_eq!(form.clone().to(&options).submit().await.status, 400);
    let question = world.ask(&login).await;
    let mut key = Authenticator::new();
    key.handle = None;
    let there = world.app.at(&format!("/register/passkey?{flow}"));
    let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
    let page = question.answer(&credential).to(&there).submit().await;
    assert!(page.set_cookies().is_empty() && !page.has("#codes"), "{}", page.summary());
    // With a password there is nothing to make afterwards either.
    let other = world.app.machine();
    let form = world.register_page(&other).await.form("#register-form");
    let form = form.fill("name", "Bob").fill("email", BOB).fill("password", PASSWORD);
    let page = world.app.confirm_address(form.submit().await, BOB).await;
    let flow = page.location().query().unwrap().to_owned();
    let page = other.get(&world.app.at(&format!("/register/passkey?{flow}"))).await;
    assert_ne!(page.status, 200, "{}", page.summary());
    assert_eq!(world.people(), 2, "Alice and Bob");
}

#[tokio::test]
async fn case_229_the_challenge_of_a_registration_is_answered_once_and_only_where_it_was_asked() {
    let world = World::new().await;
    let agent = world.app.machine();
    let page = world.confirmed(&agent, CAROL).await;
    let question = world.ask(&page).await;
    let mut key = Authenticator::new();
    let credential = world.make(&question, &mut key);
    let ceremony = question.form.value("ceremony").unwrap();
    // Another browser that registers, too.
    let thief = world.app.machine();
    let own = world.ask(&world.confirmed(&thief, "thief@example.com").await).await;
    let stolen = own.answer(&credential).set("ceremony", ceremony).submit().await;
    assert_refused(&stolen, "another browser");
    // It is none to sign in with, nor to add one to an account.
    let sign_in = world.challenge(&agent).await;
    let bent = Bent {
        challenge: Some(question.options["challenge"].as_str().unwrap().to_owned()),
        ..Bent::default()
    };
    let answer = key.get(&sign_in.options, world.origin(), &bent);
    let page = sign_in.answer(&answer).set("ceremony", ceremony).submit().await;
    World::assert_refused(&page, "another kind");
    let alice = world.browser(ALICE).await;
    let adding = world.ask(&world.add_page(&alice).await).await;
    let page = adding.answer(&credential).set("ceremony", ceremony).submit().await;
    assert_eq!(page.status, 400, "another kind: {}", page.summary());
    // Nobody verified: it is used up by that.
    let bent = Bent { flags: Some(PRESENT), ..Bent::default() };
    let unverified = key.create(&question.options, world.origin(), &bent);
    assert_refused(&question.answer(&unverified).submit().await, "nobody verified");
    assert_refused(&question.answer(&credential).submit().await, "after a failure");
    let elsewhere = Bent { origin: Some("https://evil.test".into()), ..Bent::default() };
    let again = agent.get(page_of(&question).as_str()).await;
    let question = world.ask(&again).await;
    let wrong = key.create(&question.options, world.origin(), &elsewhere);
    assert_refused(&question.answer(&wrong).submit().await, "case 228: another site");
    let question = world.ask(&again).await;
    let late = world.make(&question, &mut key);
    world.app.clock.advance(TimeDelta::minutes(5));
    assert_refused(&question.answer(&late).submit().await, "too late");
    let question = world.ask(&again).await;
    let credential = world.make(&question, &mut key);
    assert_eq!(question.answer(&credential).submit().await.status, 200);
    let twice = question.answer(&credential).submit().await;
    assert!(twice.set_cookies().is_empty() && !twice.has("#codes"), "{}", twice.summary());
    assert_eq!(world.people(), 2, "Alice and Carol");
}

fn page_of(question: &Question) -> String {
    question.form.action().to_owned()
}

#[tokio::test]
async fn case_229_of_twenty_answers_at_once_on_two_nodes_one_makes_an_account() {
    let world = World::new().await;
    let agent = world.app.machine();
    let page = world.confirmed(&agent, CAROL).await;
    // Each with a challenge of its own, so that not the challenge alone sees to it.
    let flow = page.url.query().unwrap().to_owned();
    let there = agent.get(&world.other.at(&format!("/register/passkey?{flow}"))).await;
    let mut forms = vec![];
    for n in 0..20 {
        let question = world.ask(if n % 2 == 0 { &page } else { &there }).await;
        let mut key = Authenticator::new();
        let credential = world.make(&question, &mut key);
        forms.push(question.answer(&credential));
    }
    let answers = join_all(forms.iter().map(Form::submit)).await;
    let made = answers.iter().filter(|page| page.has("#codes")).count();
    assert_eq!(made, 1);
    assert!(answers.iter().all(|page| !page.status.is_server_error()));
    assert_eq!(world.people(), 2, "Alice and Carol");
    assert_eq!(world.trail("user.passkey_added").len(), 1);
    assert_eq!(world.app.sessions(CAROL).await, 1);
    // And one challenge, twenty times.
    let agent = world.app.machine();
    let question = world.ask(&world.confirmed(&agent, BOB).await).await;
    let credential = world.make(&question, &mut Authenticator::new());
    let form = question.answer(&credential);
    let answers = join_all((0..20).map(|_| form.submit())).await;
    assert_eq!(answers.iter().filter(|page| page.has("#codes")).count(), 1);
    assert_eq!(world.trail("user.passkey_added").len(), 2);
}

#[tokio::test]
async fn a_second_click_on_the_code_and_the_way_back_lead_on() {
    let world = World::new().await;
    let agent = world.app.machine();
    let registered = world.registered(&agent, CAROL).await.follow_all().await;
    world.app.clock.advance(TimeDelta::seconds(1));
    let registered = registered.form("#again-form").submit().await.follow_all().await;
    let form = registered.form("#code-form").fill("code", &world.app.mailed_code(CAROL).await);
    let mut clicks = join_all((0..3).map(|_| form.submit())).await;
    clicks.push(form.submit().await);
    for page in clicks {
        assert_eq!(page.location().path(), "/register/passkey", "{}", page.summary());
    }
    let back = agent.get(registered.url.as_str()).await;
    assert_eq!(back.location().path(), "/register/passkey", "{}", back.summary());
    // Who would rather have a password begins anew, and nothing of before is left.
    let page = back.follow().await;
    let form = page.click("#use-password").await.form("#register-form");
    let form = form.fill("name", "Carol").fill("email", CAROL).fill("password", PASSWORD);
    world.app.clock.advance(TimeDelta::seconds(1));
    let page = form.submit().await;
    let stale = agent.get(page.location().as_str().replace("confirm", "passkey").as_str()).await;
    assert_ne!(stale.status, 200, "the new one is not confirmed: {}", stale.summary());
    let page = world.app.confirm_address(page, CAROL).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert!(agent.get(&world.app.at("/account/security/passkeys")).await.has("#no-passkeys"));
}

/// The passkey that was asked for before names what was typed then. Whoever types something else has another
/// one made, whichever node they come to.
#[tokio::test]
async fn a_passkey_belongs_to_the_registration_that_it_was_asked_for() {
    let world = World::new().await;
    let agent = world.app.machine();
    let first = world.confirmed(&agent, CAROL).await;
    let stale = world.ask(&first).await;
    let early = world.make(&stale, &mut Authenticator::new());
    world.app.clock.advance(TimeDelta::seconds(1));
    let form = first.click("#use-password").await.form("#register-form");
    let form = form.fill("name", "Bob").fill("email", BOB).set("passkey", "on");
    let page = world.app.confirm_address(form.submit().await, BOB).await.follow_all().await;
    assert_eq!(page.url.path(), "/register/passkey", "{}", page.summary());
    let there = page.url.query().unwrap().to_owned();
    let there = agent.get(&world.other.at(&format!("/register/passkey?{there}"))).await;
    let late = there.form("#passkey-form").fill("ceremony", stale.form.value("ceremony").unwrap());
    assert_refused(&late.set("credential", &early).submit().await, "another registration's");
    assert_eq!(world.people(), 1);
    let question = world.ask(&there).await;
    let credential = world.make(&question, &mut Authenticator::new());
    assert!(question.answer(&credential).submit().await.has("#codes"));
    let list = world.app.node().identity().find_user(BOB).await.unwrap();
    assert!(list.is_some() && world.people() == 2);
}

/// A node of the release before makes an account of whatever waits and has not expired, and asks for no
/// passkey.
#[tokio::test]
async fn an_older_node_makes_no_account_of_what_waits_for_a_passkey() {
    let world = World::new().await;
    let agent = world.app.machine();
    let waiting = world.registered(&agent, CAROL).await;
    let now = world.app.now().to_rfc3339();
    let query =
        format!("SELECT 1 FROM registrations WHERE finished_at IS NULL AND expires_at > '{now}'");
    let sees = || diesel::RunQueryDsl::execute(diesel::sql_query(&query), &mut world.app.raw());
    assert_eq!(sees().unwrap(), 0, "while it is to be confirmed");
    world.app.clock.advance(TimeDelta::minutes(9));
    let page = world.app.confirm_address(waiting, CAROL).await.follow_all().await;
    assert_eq!(page.url.path(), "/register/passkey", "{}", page.summary());
    assert_eq!(sees().unwrap(), 0, "and while the passkey is to be made");
    world.app.clock.advance(TimeDelta::minutes(30));
    let question = world.ask(&page).await;
    let credential = world.make(&question, &mut Authenticator::new());
    assert!(question.answer(&credential).submit().await.has("#codes"));
    // It ends with its sign-in all the same.
    let late = world.app.machine();
    let page = world.confirmed(&late, BOB).await;
    world.app.clock.advance(TimeDelta::hours(1));
    assert_ne!(late.get(page.url.as_str()).await.status, 200);
}

#[tokio::test]
async fn the_link_in_the_mail_leads_to_the_passkey_too() {
    let world = World::new().await;
    let agent = world.app.machine();
    world.registered(&agent, CAROL).await;
    let link = world.app.mailed_link(CAROL).await;
    let page = agent.get(&link).await.follow_all().await;
    let page = page.form("#mailed-link-form").submit().await.follow_all().await;
    assert_eq!(page.url.path(), "/register/passkey", "{}", page.summary());
    let question = world.ask(&page).await;
    let credential = world.make(&question, &mut Authenticator::new());
    assert!(question.answer(&credential).submit().await.has("#codes"));
}

#[tokio::test]
async fn what_went_to_somebody_else_meanwhile_makes_no_account() {
    let world = World::new().await;
    let (first, second) = (world.app.machine(), world.app.machine());
    let one = world.ask(&world.confirmed(&first, CAROL).await).await;
    world.app.clock.advance(TimeDelta::seconds(1));
    let two = world.ask(&world.confirmed(&second, CAROL).await).await;
    let mut key = Authenticator::new();
    let credential = world.make(&two, &mut key);
    assert!(two.answer(&credential).submit().await.has("#codes"));
    let credential = world.make(&one, &mut Authenticator::new());
    let page = one.answer(&credential).submit().await;
    assert_eq!(page.status, 400, "{}", page.summary());
    assert!(page.text("#error-summary").contains("already an account"), "{}", page.summary());
    assert!(page.set_cookies().is_empty());
    // A passkey that somebody has is nobody else's first.
    let third = world.app.machine();
    let question = world.ask(&world.confirmed(&third, BOB).await).await;
    let mut stolen = Authenticator::new();
    stolen.id = key.id.clone();
    let credential = world.make(&question, &mut stolen);
    assert_refused(&question.answer(&credential).submit().await, "somebody's");
    assert_eq!(world.people(), 2, "Alice and Carol");
}

#[tokio::test]
async fn who_registers_without_a_password_is_asked_for_no_more_than_that() {
    let world = World::new().await;
    let agent = world.app.machine();
    let page = world.register_page(&agent).await;
    assert!(page.has("#without-password[hidden]"), "only a script shows it");
    let form = page.form("#register-form").fill("name", "x").fill("email", "no address");
    let wrong = form.set("passkey", "on").set("password", "short").submit().await;
    assert_eq!(wrong.status, 400, "{}", wrong.summary());
    assert_eq!(wrong.text("#error-summary").matches("password").count(), 0);
    // Where browsers have no passkeys, a password is asked for whatever is sent.
    let bare = TestApp::start_with_issuer("http://127.0.0.1:8080");
    let agent = bare.machine();
    let login = agent.get(&bare.at("/login")).await.follow_all().await;
    let page = login.click("#create-account-link").await;
    assert!(!page.has("#without-password"), "{}", page.summary());
    let form = page.form("#register-form").fill("name", "x").fill("email", CAROL);
    let page = form.set("passkey", "on").submit().await;
    assert_eq!(page.status, 400, "{}", page.summary());
}
