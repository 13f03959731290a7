//! A passkey as the first factor.

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::{ALICE, AS_IT_IS, BOB, World};
use crate::support::authenticator::{Authenticator, Bent, PRESENT, VERIFIED, encoded};
use crate::support::flow::{authorization_request, claims, code_request};

#[tokio::test]
async fn a_passkey_signs_in_without_a_name_and_counts_as_two_factors() {
    let world = World::new().await;
    let app = &world.app;
    let mut key = world.passkey_of(ALICE).await;
    let agent = app.machine();
    let page = world.login_page(&agent).await;
    assert_eq!(page.attribute("#identifier", "autocomplete").as_deref(), Some("username webauthn"));
    let question = world.ask(&page).await;
    assert_eq!(question.options["rpId"], "localhost");
    assert_eq!(question.options["userVerification"], "required");
    assert_eq!(question.options["allowCredentials"], serde_json::json!([]));
    let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
    let page = question.answer(&credential).submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(world.is_signed_in(&agent).await);
    let client = app.confidential_client("notes").await;
    let params = authorization_request(&client).with("acr_values", "urn:latchkey:acr:2fa");
    let code = app.code_for(&agent, &params, ALICE).await;
    let tokens = app.token(&client, &code_request(&client, &code)).await.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["amr"], serde_json::json!(["pop", "user", "mfa"]));
    let list = agent.get(&app.at("/account/security/passkeys")).await;
    assert!(list.text("#passkeys").contains("Last used"), "{}", list.summary());
}

#[tokio::test]
async fn case_228_an_answer_from_elsewhere_signs_nobody_in() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let origin = world.origin().to_owned();
    let from = |origin: &str| Bent { origin: Some(origin.to_owned()), ..Bent::default() };
    let port = origin.rsplit(':').next().unwrap();
    for (what, bent) in [
        ("another site", from("https://evil.test")),
        ("https", from(&origin.replace("http:", "https:"))),
        ("another port", from("http://localhost:1")),
        ("no port", from("http://localhost")),
        ("a subdomain", from(&format!("http://a.localhost:{port}"))),
        ("a longer name", from(&format!("http://xlocalhost:{port}"))),
        ("a slash", from(&format!("{origin}/"))),
        ("a path", from(&format!("{origin}/login"))),
        ("a user", from(&format!("http://a@localhost:{port}"))),
        ("capitals", from(&origin.to_uppercase())),
        ("nothing", from("")),
        ("null", from("null")),
        ("a frame", Bent { cross_origin: Some(true), ..Bent::default() }),
        ("a frame of", Bent { top_origin: Some(origin.clone()), ..Bent::default() }),
        ("another act", Bent { kind: Some("webauthn.create"), ..Bent::default() }),
        ("no act", Bent { kind: Some(""), ..Bent::default() }),
        ("another relying party", Bent { rp_id: Some("evil.test"), ..Bent::default() }),
        ("a broken signature", Bent { signature: Some(vec![0x30, 0]), ..Bent::default() }),
    ] {
        let agent = world.app.machine();
        let page = world.sign_in(&agent, &mut key, &bent).await;
        World::assert_refused(&page, what);
        assert!(!world.is_signed_in(&agent).await, "{what}");
    }
    let agent = world.app.machine();
    assert_eq!(world.sign_in(&agent, &mut key, &AS_IT_IS).await.status, 303, "unbent it is fine");
}

#[tokio::test]
async fn case_229_a_challenge_is_answered_once_and_only_where_it_was_asked() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let agent = world.app.machine();
    let question = world.challenge(&agent).await;
    let good = key.get(&question.options, world.origin(), &AS_IT_IS);

    // Another browser, with its own form and the stolen challenge.
    let thief = world.app.machine();
    let own = world.challenge(&thief).await;
    let ceremony = question.form.value("ceremony").unwrap();
    let page = own.answer(&good).set("ceremony", ceremony).submit().await;
    World::assert_refused(&page, "another browser");
    // Another sign-in of the same browser.
    let second = world.challenge(&agent).await;
    let page = second.answer(&good).set("ceremony", ceremony).submit().await;
    World::assert_refused(&page, "another sign-in");
    // The answer to another challenge.
    World::assert_refused(&second.answer(&good).submit().await, "another challenge");
    // A challenge that the caller made up.
    let third = world.challenge(&agent).await;
    let bent = Bent { challenge: Some(encoded(&[7; 32])), ..Bent::default() };
    let made_up = key.get(&third.options, world.origin(), &bent);
    World::assert_refused(&third.answer(&made_up).submit().await, "a made-up challenge");
    // It was used up by that, although it was not answered rightly.
    let right = key.get(&third.options, world.origin(), &AS_IT_IS);
    World::assert_refused(&third.answer(&right).submit().await, "after a failure");
    let unknown = "00000000-0000-7000-8000-000000000000";
    let page = third.answer(&good).set("ceremony", unknown).submit().await;
    World::assert_refused(&page, "no such challenge");
    assert_eq!(third.answer(&good).set("ceremony", "x").submit().await.status, 400);
    // The first one still works where it was asked, and once.
    assert_eq!(question.answer(&good).submit().await.status, 303);
    assert!(world.is_signed_in(&agent).await);
    let over = || world.reasons().iter().filter(|reason| *reason == "challenge_over").count();
    let before = over();
    let twice = question.answer(&good).submit().await;
    assert!(twice.set_cookies().is_empty(), "{}", twice.summary());
    assert_eq!(over(), before + 1);
}

#[tokio::test]
async fn case_229_a_challenge_lives_for_five_minutes() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    for (minutes, status) in [(4, 303), (5, 400)] {
        let agent = world.app.machine();
        let question = world.challenge(&agent).await;
        let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
        world.app.clock.advance(TimeDelta::minutes(minutes));
        assert_eq!(question.answer(&credential).submit().await.status, status, "{minutes}");
    }
}

#[tokio::test]
async fn case_229_the_challenge_of_a_new_passkey_signs_nobody_in() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    world.app.person(BOB).await;
    let signed_in = world.browser(BOB).await;
    let adding = world.ask(&world.add_page(&signed_in).await).await;
    let client = world.app.confidential_client("notes").await;
    let again = authorization_request(&client).with("prompt", "login");
    let page = world.app.authorize(&signed_in, &again).await.follow_all().await;
    let question = world.ask(&page).await;
    let bent = Bent {
        challenge: Some(adding.options["challenge"].as_str().unwrap().to_owned()),
        ..Bent::default()
    };
    let credential = key.get(&question.options, world.origin(), &bent);
    let ceremony = adding.form.value("ceremony").unwrap();
    let page = question.answer(&credential).set("ceremony", ceremony).submit().await;
    World::assert_refused(&page, "a challenge of another kind");
}

#[tokio::test]
async fn case_229_of_twenty_answers_at_once_on_two_nodes_one_signs_in() {
    let world = World::new().await;
    let mut key = world.passkey(ALICE, Authenticator::new().counting_from(1)).await;
    let agent = world.app.machine();
    let question = world.challenge(&agent).await;
    let credential = key.get(&question.options, world.origin(), &AS_IT_IS);
    let here = question.answer(&credential);
    let flow = here.action().split_once('?').unwrap().1;
    let there = agent.get(&world.other.at(&format!("/login?{flow}"))).await.form("#passkey-form");
    let there = there
        .set("ceremony", question.form.value("ceremony").unwrap())
        .set("credential", &credential);
    let answers = (0..20).map(|n| {
        let form = if n % 2 == 0 { here.clone() } else { there.clone() };
        async move { form.submit().await }
    });
    let answers = join_all(answers).await;
    let signed_in = answers.iter().filter(|page| !page.set_cookies().is_empty()).count();
    assert_eq!(signed_in, 1);
    assert_eq!(world.reasons().len(), 19);
    assert!(world.reasons().iter().all(|reason| reason == "challenge_over"));
    assert_eq!(world.app.sessions(ALICE).await, 2, "the one that it was added in, and this one");
}

#[tokio::test]
async fn case_231_a_passkey_of_nobody_of_another_or_of_a_closed_account_is_refused() {
    let world = World::new().await;
    let app = &world.app;
    let mut key = world.passkey_of(ALICE).await;
    app.person(BOB).await;
    let bobs = world.passkey_of(BOB).await;
    let own = key.handle.clone();
    for (what, handle) in
        [("none", None), ("of another", bobs.handle.clone()), ("empty", Some(vec![]))]
    {
        key.handle = handle;
        let page = world.sign_in(&app.machine(), &mut key, &AS_IT_IS).await;
        World::assert_refused(&page, what);
    }
    key.handle = own;
    let mut unknown = Authenticator::new();
    unknown.handle.clone_from(&key.handle);
    let page = world.sign_in(&app.machine(), &mut unknown, &AS_IT_IS).await;
    World::assert_refused(&page, "nobody's");
    // The id of one and the key of another.
    let mut mixed = bobs.clone();
    (mixed.id, mixed.handle) = (key.id.clone(), key.handle.clone());
    let page = world.sign_in(&app.machine(), &mut mixed, &AS_IT_IS).await;
    World::assert_refused(&page, "another key");
    app.disable(world.alice).await;
    let page = world.sign_in(&app.machine(), &mut key, &AS_IT_IS).await;
    World::assert_refused(&page, "a closed account");
}

#[tokio::test]
async fn case_231_a_removed_passkey_is_refused() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let mut other = world.app.machine();
    assert_eq!(world.sign_in(&other, &mut key, &AS_IT_IS).await.status, 303);
    let list = other.get(&world.app.at("/account/security/passkeys")).await;
    let question = list.click("#passkeys a.button:last-child").await;
    assert_eq!(question.form("#remove-passkey").submit().await.status, 303);
    other = other.fresh();
    let page = world.sign_in(&other, &mut key, &AS_IT_IS).await;
    World::assert_refused(&page, "removed");
}

#[tokio::test]
async fn case_232_the_server_looks_whether_the_person_was_there_and_verified() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    for flags in [0, PRESENT, VERIFIED] {
        let bent = Bent { flags: Some(flags), ..Bent::default() };
        let agent = world.app.machine();
        let page = world.sign_in(&agent, &mut key, &bent).await;
        World::assert_refused(&page, &format!("flags {flags:b}"));
    }
    let mut reasons = world.reasons();
    reasons.sort();
    assert_eq!(reasons, ["not_present", "not_present", "not_verified"]);
}

#[tokio::test]
async fn case_233_a_counter_that_does_not_grow_is_refused_and_shown() {
    let world = World::new().await;
    let app = &world.app;
    let mut key = world.passkey(ALICE, Authenticator::new().counting_from(5)).await;
    let mut copy = key.clone();
    for _ in 0..2 {
        assert_eq!(world.sign_in(&app.machine(), &mut key, &AS_IT_IS).await.status, 303);
    }
    let agent = world.browser_with(&mut key).await;
    let list = agent.get(&app.at("/account/security/passkeys")).await;
    assert!(!list.has("#passkeys .problem"));
    // The copy counts 6; the first one 8.
    let page = world.sign_in(&app.machine(), &mut copy, &AS_IT_IS).await;
    World::assert_refused(&page, "a copy");
    let mut same = key.clone();
    same.counter -= 1;
    let page = world.sign_in(&app.machine(), &mut same, &AS_IT_IS).await;
    World::assert_refused(&page, "the same count");
    assert_eq!(world.reasons(), ["counter", "counter"]);
    assert_eq!(world.trail("user.passkey_cloned").len(), 1, "said once");
    let told: Vec<_> = app.letters(ALICE).await;
    let told: Vec<_> = told.iter().filter(|it| it.record.kind == "passkey-copied").collect();
    assert_eq!(told.len(), 1, "told once");
    assert!(told[0].text.contains("Passkey"), "which one: {}", told[0].text);
    let list = agent.get(&app.at("/account/security/passkeys")).await;
    assert!(list.text("#passkeys .problem").contains("copy"), "{}", list.summary());
    // What is stored stayed where it was, so the first one goes on.
    assert_eq!(world.sign_in(&app.machine(), &mut key, &AS_IT_IS).await.status, 303);
}

#[tokio::test]
async fn case_233_an_authenticator_that_never_counts_is_no_copy() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    for _ in 0..3 {
        let page = world.sign_in(&world.app.machine(), &mut key, &AS_IT_IS).await;
        assert_eq!(page.status, 303, "{}", page.summary());
    }
    assert!(world.trail("user.passkey_cloned").is_empty());
}

#[tokio::test]
async fn case_237_the_relying_party_is_the_issuer_whatever_host_is_asked() {
    let world = World::new().await;
    let agent = world.app.machine();
    let page = world.login_page(&agent).await;
    let options = page.attribute("#passkey-form", "data-options").unwrap();
    let form = page.form("#passkey-form").to(page.url.join(&options).unwrap().as_str());
    let evil = form.clone().submit_with_header("host", "evil.test").await;
    assert_eq!(evil.status, 421);
    let forwarded = form.clone().submit_with_header("x-forwarded-host", "evil.test").await;
    assert_eq!(forwarded.json()["publicKey"]["rpId"], "localhost");
    // An answer for the address of the other node is none for the issuer.
    let mut key = world.passkey_of(ALICE).await;
    let elsewhere = world.other.at("");
    let bent = Bent { origin: Some(elsewhere), ..Bent::default() };
    let page = world.sign_in(&world.app.machine(), &mut key, &bent).await;
    World::assert_refused(&page, "the other node's address");
}

#[tokio::test]
async fn case_179_a_locked_password_lets_a_passkey_in() {
    let world = World::new().await;
    let mut key = world.passkey_of(ALICE).await;
    let stranger = world.app.machine();
    for _ in 0..6 {
        let page = world.login_page(&stranger).await;
        let form = page.form("#login-form").fill("identifier", ALICE).fill("password", "wrong");
        form.submit().await;
    }
    let locked = world.password_only(&world.app.machine(), ALICE).await;
    assert_eq!(locked.status, 429, "{}", locked.summary());
    let agent = world.app.machine();
    let page = world.sign_in(&agent, &mut key, &AS_IT_IS).await;
    assert_eq!(page.status, 303, "{}", page.summary());
    assert!(world.is_signed_in(&agent).await);
}

#[tokio::test]
async fn a_form_of_another_site_asks_for_nothing() {
    let world = World::new().await;
    let agent = world.app.machine();
    let page = world.login_page(&agent).await;
    let options = page.attribute("#passkey-form", "data-options").unwrap();
    let form = page.form("#passkey-form").to(page.url.join(&options).unwrap().as_str());
    assert_eq!(form.clone().without("csrf").submit().await.status, 403);
    assert_eq!(form.clone().set("csrf", "AAAA").submit().await.status, 403);
    assert_eq!(form.submit_with_header("origin", "https://evil.test").await.status, 403);
    let form = page.form("#passkey-form").set("credential", "{}").without("csrf");
    assert_eq!(form.submit().await.status, 403);
}
