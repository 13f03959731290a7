//! Adding, renaming and removing passkeys.

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use futures_util::future::join_all;

use super::{ALICE, AS_IT_IS, BOB, World};
use crate::support::agent::{Agent, Form, Page};
use crate::support::authenticator::{Authenticator, Bent, EDDSA, PRESENT, VERIFIED, cbor};

const LIST: &str = "/account/security/passkeys";

impl World {
    async fn list(&self, agent: &Agent) -> Page {
        agent.get(&self.app.at(LIST)).await
    }

    /// Tries to add a passkey whose answer is bent.
    async fn add_bent(&self, agent: &Agent, key: &mut Authenticator, bent: &Bent) -> Page {
        let question = self.ask(&self.add_page(agent).await).await;
        let credential = key.create(&question.options, self.origin(), bent);
        question.answer(&credential).submit().await
    }

    fn execute(&self, statement: &str) {
        sql_query(statement).execute(&mut self.app.raw()).unwrap();
    }
}

#[tokio::test]
async fn a_passkey_is_added_named_after_its_kind_noted_and_told() {
    let world = World::new().await;
    let agent = world.browser(ALICE).await;
    assert!(world.list(&agent).await.has("#no-passkeys"));
    let question = world.ask(&world.add_page(&agent).await).await;
    assert_eq!(question.options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(question.options["attestation"], "none");
    assert_eq!(question.options["user"]["name"], ALICE);
    let id = world.alice.to_string().replace('-', "");
    let mut key = Authenticator::new().of_kind("fbfc3007-154e-4ecc-8c0b-6e020557d7bd");
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    let handle = key.handle.as_ref().unwrap();
    assert_eq!(handle.len(), 32);
    let hex = hex(handle);
    assert!(!hex.contains(&id), "the handle is not the key of the row");
    let page = question.answer(&credential).submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    let list = page.follow().await;
    assert_eq!(list.text("#notice"), "Your passkey is added.");
    assert_eq!(list.text("#passkeys h2"), "iCloud Keychain");
    assert!(list.text("#passkeys").contains("Never used"));
    assert_eq!(world.trail("user.passkey_added").len(), 1);
    assert_eq!(world.mails("factor-added"), 1);
}

/// An account that has a second factor is changed by nobody who has not proved it.
#[tokio::test]
async fn case_235_nothing_is_added_after_a_stale_or_a_password_only_sign_in() {
    let world = World::new().await;
    let agent = world.browser(ALICE).await;
    let page = world.add_page(&agent).await;
    let question = world.ask(&page).await;
    let mut key = Authenticator::new();
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    world.app.clock.advance(TimeDelta::minutes(4));
    let fresh = world.browser(ALICE).await;
    world.app.clock.advance(TimeDelta::minutes(12));
    // Begun in time, and finished too late; and asked for too late.
    let late = question.answer(&credential).submit().await;
    assert_eq!((late.status.as_u16(), late.location().path()), (303, "/login"));
    assert_eq!(world.try_to_ask(&page).await.status, 403);
    assert!(world.add_page(&agent).await.status.is_redirection());
    assert!(world.list(&agent).await.has("#no-passkeys"));
    // The sign-in of twelve minutes ago still does, for the first one; the next one takes the first.
    let added = world.add(&fresh, &mut key).await;
    assert_eq!(added.status, 303, "{}", added.summary());
    let next = world.add_page(&fresh).await.follow_all().await;
    assert_eq!(next.url.path(), "/second-factor/passkey", "{}", next.summary());
    let question = world.ask(&next).await;
    let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
    let back = question.answer(&credential).submit().await.follow_all().await;
    assert_eq!(back.url.path(), "/account/security/passkeys/add", "{}", back.summary());
    // So that the order of the list is known.
    world.app.clock.advance(TimeDelta::milliseconds(1));
    let added = world.add(&fresh, &mut Authenticator::new()).await;
    assert_eq!(added.status, 303, "{}", added.summary());
    assert_eq!(world.list(&fresh).await.text("#passkeys li:nth-child(2) h2"), "Passkey 2");
}

#[tokio::test]
async fn case_234_what_is_no_right_answer_adds_nothing() {
    let world = World::new().await;
    let agent = world.browser(ALICE).await;
    let origin = world.origin().to_owned();
    let bytes = |bytes: &[u8]| Bent { object: Some(bytes.to_vec()), ..Bent::default() };
    let attested = |format, statement: &[(Vec<u8>, Vec<u8>)]| Bent {
        attestation: Some((format, cbor::map(statement))),
        ..Bent::default()
    };
    let signed = (cbor::text("sig"), cbor::bytes(&[0x30, 0x06, 2, 1, 1, 2, 1, 1]));
    let with = |head: Vec<u8>| {
        let object = [(cbor::text("fmt"), cbor::text("none")), (cbor::text("authData"), head)];
        Bent { object: Some(cbor::map(&object)), ..Bent::default() }
    };
    for (what, bent) in [
        ("another site", Bent { origin: Some("https://evil.test".into()), ..Bent::default() }),
        ("https", Bent { origin: Some(origin.replace("http:", "https:")), ..Bent::default() }),
        ("a path", Bent { origin: Some(format!("{origin}/x")), ..Bent::default() }),
        ("a frame", Bent { cross_origin: Some(true), ..Bent::default() }),
        ("another act", Bent { kind: Some("webauthn.get"), ..Bent::default() }),
        ("another relying party", Bent { rp_id: Some("evil.test"), ..Bent::default() }),
        ("another challenge", Bent { challenge: Some("AAAA".into()), ..Bent::default() }),
        ("nobody verified", Bent { flags: Some(PRESENT), ..Bent::default() }),
        ("nobody present", Bent { flags: Some(VERIFIED), ..Bent::default() }),
        ("an algorithm not asked for", Bent { algorithm: Some(EDDSA), ..Bent::default() }),
        ("an unknown algorithm", Bent { algorithm: Some(-65_535), ..Bent::default() }),
        ("an unknown statement", attested("android-safetynet", &[])),
        ("a made-up statement", attested("made-up", &[])),
        (
            "a wrong signature of itself",
            attested("packed", &[(cbor::text("alg"), cbor::int(-7)), signed.clone()]),
        ),
        ("a statement without a signature", attested("packed", &[])),
        ("a statement that none was asked for", attested("none", &[signed])),
        ("nothing", bytes(&[])),
        ("no map", bytes(&cbor::text("fmt"))),
        ("half a map", bytes(&cbor::map(&[(cbor::text("fmt"), vec![])]))),
        ("a map without end", bytes(&[0xbf; 4000])),
        ("lists in lists", bytes(&[0x81; 10_000])),
        ("zeros", bytes(&[0; 10_000])),
        ("short data", with(cbor::bytes(&[0; 20]))),
        ("data that is announced only", with(cbor::announced(u64::MAX))),
        ("much that is announced only", bytes(&[0x9b, 0x7f, 255, 255, 255, 255, 255, 255, 255])),
    ] {
        let page = world.add_bent(&agent, &mut Authenticator::new(), &bent).await;
        assert_eq!(page.status, 400, "{what}: {}", page.summary());
        assert!(page.text("#error-summary").contains("not added"), "{what}");
        assert_eq!(page.header("set-cookie"), None, "{what}");
    }
    let question = world.ask(&world.add_page(&agent).await).await;
    for credential in ["", "{}", "null", "[[[[", &"9".repeat(30_000)] {
        assert_eq!(question.answer(credential).submit().await.status, 400);
    }
    let huge = question.answer(&"a".repeat(100_000)).submit().await;
    assert_eq!(huge.status, 413);
    assert!(world.list(&agent).await.has("#no-passkeys"));
    assert_eq!(world.add(&agent, &mut Authenticator::new()).await.status, 303, "unbent it is fine");
}

#[tokio::test]
async fn case_234_a_passkey_that_somebody_has_is_not_added_again() {
    let world = World::new().await;
    world.app.person(BOB).await;
    let bobs = world.passkey_of(BOB).await;
    let agent = world.browser(ALICE).await;
    let mut stolen = Authenticator::new();
    stolen.id = bobs.id.clone();
    let page = world.add(&agent, &mut stolen).await;
    assert_eq!(page.status, 400);
    assert!(page.text("#error-summary").contains("in use already"), "{}", page.summary());
    let mut own = Authenticator::new();
    assert_eq!(world.add(&agent, &mut own).await.status, 303);
    let agent = world.browser_with(&mut own).await;
    let question = world.ask(&world.add_page(&agent).await).await;
    let excluded = question.options["excludeCredentials"].as_array().unwrap();
    assert_eq!(excluded.len(), 1);
    let credential = own.create(&question.options, world.origin(), &AS_IT_IS);
    assert_eq!(question.answer(&credential).submit().await.status, 400);
    assert_eq!(world.trail("user.passkey_added").len(), 2);
}

#[tokio::test]
async fn case_229_the_challenge_of_a_new_passkey_is_used_once_in_its_own_session() {
    let world = World::new().await;
    world.app.person(BOB).await;
    let (alice, bob) = (world.browser(ALICE).await, world.browser(BOB).await);
    let question = world.ask(&world.add_page(&alice).await).await;
    let bobs = world.ask(&world.add_page(&bob).await).await;
    let mut key = Authenticator::new();
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    let ceremony = question.form.value("ceremony").unwrap();
    let page = bobs.answer(&credential).set("ceremony", ceremony).submit().await;
    assert_eq!(page.status, 400, "another session");
    let sign_in = world.challenge(&world.app.machine()).await;
    let ceremony = sign_in.form.value("ceremony").unwrap();
    let page = question.answer(&credential).set("ceremony", ceremony).submit().await;
    assert_eq!(page.status, 400, "another kind");
    let bent = Bent { flags: Some(PRESENT), ..Bent::default() };
    let wrong = key.create(&question.options, world.origin(), &bent);
    assert_eq!(question.answer(&wrong).submit().await.status, 400);
    assert_eq!(question.answer(&credential).submit().await.status, 400, "after a failure");
    let question = world.ask(&world.add_page(&alice).await).await;
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    world.app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(question.answer(&credential).submit().await.status, 400, "too late");
    assert!(world.list(&alice).await.has("#no-passkeys"));
}

/// Whoever has stolen the session answers in a browser of their own.
#[tokio::test]
async fn case_229_the_challenge_of_a_new_passkey_is_answered_in_the_browser_that_asked() {
    let world = World::new().await;
    let alice = world.browser(ALICE).await;
    let question = world.ask(&world.add_page(&alice).await).await;
    let mut key = Authenticator::new();
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    let ceremony = question.form.value("ceremony").unwrap();
    let elsewhere = world.app.machine();
    world.login_page(&elsewhere).await;
    elsewhere.set_cookie("localhost", &world.app.session_cookie(&alice));
    // The session is good there, and a question of its own is answered.
    let own = world.ask(&world.add_page(&elsewhere).await).await;
    let page = own.answer(&credential).set("ceremony", ceremony).submit().await;
    assert_eq!(page.status, 400, "{}", page.summary());
    assert!(world.list(&alice).await.has("#no-passkeys"));
    assert_eq!(question.answer(&credential).submit().await.status, 303, "where it was asked");
    let credential = Authenticator::new().create(&own.options, world.origin(), &AS_IT_IS);
    assert_eq!(own.answer(&credential).submit().await.status, 303);
}

/// Twenty passkeys that answer one challenge, so that not their names alone keep the others out.
#[tokio::test]
async fn case_229_of_twenty_answers_at_once_on_two_nodes_one_adds_a_passkey() {
    let world = World::new().await;
    let agent = world.browser(ALICE).await;
    let question = world.ask(&world.add_page(&agent).await).await;
    let there = agent.get(&world.other.at(latchkey::http::pages::account::passkeys::ADD)).await;
    let there = there.form("#passkey-form");
    let there = there.set("ceremony", question.form.value("ceremony").unwrap());
    let forms: Vec<_> = (0..20)
        .map(|n| {
            let mut key = Authenticator::new();
            let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
            let form = if n % 2 == 0 { question.form.clone() } else { there.clone() };
            form.set("credential", &credential)
        })
        .collect();
    let answers = join_all(forms.iter().map(Form::submit)).await;
    let added = |page: &&Page| page.status == 303 && page.location().path() == LIST;
    assert_eq!(answers.iter().filter(added).count(), 1);
    assert_eq!(world.trail("user.passkey_added").len(), 1);
    assert_eq!(world.mails("factor-added"), 1);
}

#[tokio::test]
async fn a_passkey_is_renamed() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let agent = world.browser_with(&mut key).await;
    let page = world.list(&agent).await.click("#passkeys a.button").await;
    assert_eq!(page.attribute("#name", "value").as_deref(), Some("Passkey"));
    let wrong = page.form("#rename-passkey-form").fill("name", " ").submit().await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.has("#name[aria-invalid=true]"));
    let name = "<b>Ada’s</b> phone";
    let list = page.form("#rename-passkey-form").fill("name", name).submit().await.follow().await;
    assert_eq!(list.text("#passkeys h2"), name);
    assert_eq!(world.trail("user.passkey_renamed").len(), 1);
}

#[tokio::test]
async fn case_239_the_last_way_in_stays_and_others_passkeys_are_nobodys() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let agent = world.browser_with(&mut key).await;
    let question = world.list(&agent).await.click("#passkeys a.button:last-child").await;
    let path = question.url.path().to_owned();
    world.execute("DELETE FROM password_credentials");
    world.execute("UPDATE addresses SET verified_at = NULL");
    let page = question.form("#remove-passkey").submit().await;
    assert_eq!(page.status, 400, "{}", page.summary());
    assert!(page.text("#error-summary").contains("could not sign in"), "{}", page.summary());
    assert_eq!(world.trail("user.passkey_removed").len(), 0);

    world.execute("UPDATE addresses SET verified_at = created_at");
    world.app.person(BOB).await;
    let bob = world.browser(BOB).await;
    for act in ["rename", "remove"] {
        let there = path.replace("remove", act);
        assert_eq!(bob.get(&world.app.at(&there)).await.status, 404);
        let own = world.add_page(&bob).await.form("#passkey-form").set("name", "mine");
        assert_eq!(own.to(&world.app.at(&there)).submit().await.status, 404, "{act}");
    }
    let page = question.form("#remove-passkey").submit().await;
    assert_eq!(page.status, 303, "the address is a way in: {}", page.summary());
    let list = page.follow().await;
    assert!(list.has("#no-passkeys"));
    assert_eq!(world.mails("factor-removed"), 1);
    assert_eq!(world.trail("user.passkey_removed").len(), 1);
    assert_eq!(question.form("#remove-passkey").submit().await.status, 404);
}

/// What is passed on as a login is asked anew: adding and removing end every browser's trust.
#[tokio::test]
async fn case_225_no_browser_is_trusted_after_a_passkey_comes_or_goes() {
    let world = World::new().await;
    let trust = "UPDATE devices SET trusted_until = expires_at";
    let trusted = || {
        let dump = world.app.dump_without(&["sessions", "flows"]);
        dump.iter().filter(|it| it.starts_with("devices ") && !it.ends_with(",,127.0.0.1)")).count()
    };
    let agent = world.browser(ALICE).await;
    world.execute(trust);
    assert_eq!(trusted(), 1);
    let mut key = Authenticator::new();
    world.add(&agent, &mut key).await;
    assert_eq!(trusted(), 0);
    let agent = world.browser_with(&mut key).await;
    world.execute(trust);
    let question = world.list(&agent).await.click("#passkeys a.button:last-child").await;
    question.form("#remove-passkey").submit().await;
    assert_eq!(trusted(), 0);
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
