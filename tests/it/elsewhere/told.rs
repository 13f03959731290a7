//! What people are told who do not come in, or not as they thought.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{ALICE, Home, Trip, ada};
use crate::support::agent::{Agent, Page};
use crate::support::flow::{assert_page, authorization_request};
use crate::support::upstream::{Page as Answer, Upstream};

const LIST: &str = "/account/providers";

impl Home {
    /// A provider that says no to somebody.
    async fn says_no(&self, trip: &Trip) -> Page {
        let path = format!("/auth/up/callback?error=access_denied&state={}", trip.param("state"));
        trip.agent.get(&self.at(&path)).await
    }

    async fn becomes(&self, kind: &str) {
        self.run(&format!("UPDATE providers SET kind = '{kind}' WHERE slug = 'up'"));
        self.app.refresh().await;
    }

    async fn disable(&self, slug: &str) {
        self.run(&format!("UPDATE providers SET disabled_at = now() WHERE slug = '{slug}'"));
        self.app.refresh().await;
    }

    /// Alice, who is connected as `alice-there`, an hour after she signed in.
    async fn alice_later(&self) -> Agent {
        self.app.person(ALICE).await;
        let agent = self.alice().await;
        let page = self.connects(&agent, json!({ "sub": "alice-there" })).await;
        assert_eq!(page.status, 303, "{}", page.summary());
        self.app.clock.advance(TimeDelta::hours(1));
        agent
    }

    /// The page on which she proves anew who she is.
    async fn asked_anew(&self, agent: &Agent) -> Page {
        let page = agent.get(&self.at("/account/data/delete")).await.follow_all().await;
        assert_eq!(page.url.path(), "/login", "{}", page.summary());
        page
    }
}

fn arrives(verified: bool) -> Value {
    json!({ "sub": "a", "email": ALICE, "email_verified": verified })
}

#[tokio::test]
async fn who_does_not_connect_a_provider_is_told_on_the_account_pages() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    home.up.says(|script| script.discovery = Answer::Json(503, json!({})));
    let page = agent.get(&home.at(LIST)).await;
    let page = page.form("form[action$='/up/connect']").submit().await;
    assert_page(&page, 503);
    assert!(page.text("#error-summary").contains("UP does not answer"), "{}", page.summary());
    assert!(page.header("retry-after").is_some() && page.has("#request-id"));
    home.up.says(|script| script.discovery = Answer::Right);
    home.app.clock.advance(TimeDelta::seconds(20));

    let trip = home.sets_out(&agent).await;
    let page = home.says_no(&trip).await;
    assert_page(&page, 200);
    assert_eq!(page.text("h1"), "Connected providers");
    let told = page.text("#error-summary");
    assert!(told.contains("did not finish signing in with UP, so it was not connected"), "{told}");
    assert!(!page.has("#request-id"), "nobody has to look into anything");
    // The way back is there, and the language menu does not repeat the answer.
    assert!(page.has("form[action$='/up/connect']"));
    assert_eq!(page.attribute("#language-form input", "value").as_deref(), Some(LIST));

    let trip = home.sets_out(&agent).await;
    home.knows(&trip, json!({ "sub": "alice", "aud": "another" }));
    let page = home.returns(&trip).await;
    assert_page(&page, 400);
    assert!(page.text("#error-summary").contains("could not be connected"), "{}", page.summary());
    assert_eq!(Some(page.text("#request-id").as_str()), page.header("x-request-id"));

    // Nobody is signed in any more: nothing is known of where they came from.
    let trip = home.sets_out(&agent).await;
    home.app.sign_out(&agent).await;
    let page = home.says_no(&trip).await;
    assert_page(&page, 200);
    assert_eq!(page.text("h1"), "Signing in with another provider did not work");
    assert!(!page.text("#error-advice").contains("app"), "{}", page.summary());
    assert_eq!(home.count("federation_links"), 0);
}

#[tokio::test]
async fn case_235_whom_nobody_is_connected_with_confirms_nothing_and_gets_no_account() {
    for trusts_email in [false, true] {
        let home = Home::with(|policy| policy.trusts_email = trusts_email).await;
        let agent = home.alice_later().await;
        let alice = home.account_of(&agent).await;
        // Somebody else has an account, and is connected.
        home.signs_in(&Agent::new(), json!({ "sub": "bob" })).await;
        let page = home.asked_anew(&agent).await;
        for who in ["nobody", "bob"] {
            let trip = home.leaves_from(&agent, &page).await;
            let now = home.app.now().timestamp();
            let told = json!({ "sub": who, "email": ALICE, "email_verified": true,
                "auth_time": now });
            home.knows(&trip, told);
            let page = home.returns(&trip).await;
            assert_eq!(page.status, 403, "{who}: {}", page.summary());
            let told = page.text("#error-summary");
            assert!(
                told.contains("another account at UP than the one that is connected"),
                "{told}"
            );
            assert_eq!((home.count("users"), home.count("federation_links")), (2, 2), "{who}");
            assert_eq!(home.account_of(&agent).await, alice, "her session goes on");
        }
        let trip = home.leaves_from(&agent, &page).await;
        let now = home.app.now().timestamp();
        home.knows(&trip, json!({ "sub": "alice-there", "auth_time": now }));
        let page = home.returns(&trip).await.follow_all().await;
        assert!(page.has("#delete-form"), "{}", page.summary());
    }
}

#[tokio::test]
async fn who_proves_it_anew_is_offered_the_providers_that_can() {
    let home = Home::new().await;
    let other = Upstream::start();
    home.add(home.provider("other", &other), |_| {}).await;
    let agent = home.alice_later().await;
    let page = home.asked_anew(&agent).await;
    assert!(page.has("#provider-up") && !page.has("#provider-other"), "{}", page.summary());
    // One without a button is her own all the same.
    home.run("UPDATE providers SET hidden = true WHERE slug = 'up'");
    home.app.refresh().await;
    assert!(home.asked_anew(&agent).await.has("#provider-up"));
    // One that never says when it asked is no use to who has a password.
    home.becomes("google").await;
    assert!(!home.asked_anew(&agent).await.has("#provider-up"));

    let home = Home::new().await;
    let agent = Agent::new();
    home.signs_in(&agent, json!({ "sub": "nothing-else" })).await;
    home.app.clock.advance(TimeDelta::hours(1));
    home.becomes("google").await;
    assert!(home.asked_anew(&agent).await.has("#provider-up"), "there is nothing else");
}

#[tokio::test]
async fn who_is_not_let_in_with_one_account_is_asked_for_another() {
    let home = Home::with(|policy| policy.hosted_domain = Some("corp.example".to_owned())).await;
    home.becomes("google").await;
    let client = home.app.confidential_client("shop").await;
    let agent = Agent::new();
    let request = authorization_request(&client).with("login_hint", "ada@other.example");
    let page = home.app.authorize(&agent, &request).await.follow_all().await;
    let trip = home.leaves_from(&agent, &page).await;
    assert_eq!(trip.param("login_hint"), "ada@other.example");
    assert!(!trip.to.as_str().contains("prompt="), "{}", trip.to);
    home.knows(&trip, json!({ "sub": "ada", "hd": "other.example" }));
    let page = home.returns(&trip).await;
    assert_eq!(page.status, 403, "{}", page.summary());
    assert!(page.text("#error-summary").contains("is not let in here"), "{}", page.summary());
    let trip = home.leaves_from(&agent, &page).await;
    assert_eq!(trip.param("prompt"), "select_account");
    assert!(!trip.to.as_str().contains("login_hint"), "{}", trip.to);
    home.knows(&trip, json!({ "sub": "ada", "hd": "Corp.example" }));
    assert_eq!(home.returns(&trip).await.status, 303);
}

#[tokio::test]
async fn who_arrives_can_take_another_account_there() {
    let home = Home::new().await;
    let other = Upstream::start();
    home.add(home.provider("other", &other), |_| {}).await;
    home.app.person(ALICE).await;
    let agent = Agent::new();
    let page = home.signs_in(&agent, arrives(true)).await;
    assert!(page.has("#arrival"), "{}", page.summary());
    assert_eq!(page.form("#login-form").value("identifier"), Some(ALICE));
    // The provider that they come from is the last one now.
    let first = page.attribute("#providers a:first-of-type", "id");
    assert_eq!(first.as_deref(), Some("provider-other"), "{}", page.summary());
    assert!(!page.attribute("#provider-other", "href").unwrap().contains("prompt"));
    let trip = home.leaves_from(&agent, &page).await;
    assert_eq!(trip.param("prompt"), "select_account");
    home.knows(&trip, json!({ "sub": "b" }));
    let page = home.returns(&trip).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "the first one is not meant: {}", page.summary());

    // Nor does the app's hint put it first again.
    let client = home.app.confidential_client("shop").await;
    let agent = Agent::new();
    let request = authorization_request(&client).with("idp_hint", "up");
    let mut page = home.app.authorize(&agent, &request).await;
    while page.location().as_str().starts_with(home.app.issuer()) {
        page = page.follow().await;
    }
    let trip = Trip { to: page.location(), agent: agent.clone() };
    home.knows(&trip, arrives(true));
    let page = home.returns(&trip).await.follow_all().await;
    assert!(page.has("#arrival") && !page.has("#provider-hinted"), "{}", page.summary());
    assert!(page.has("#providers #provider-up"));
}

#[tokio::test]
async fn an_account_is_spoken_of_only_where_there_is_one() {
    for (registration, owned, verified, known) in [
        (true, true, true, true),
        (false, true, true, false),
        (false, true, false, false),
        (false, false, true, false),
    ] {
        let home = Home::with(|policy| policy.registration = registration).await;
        if owned {
            home.app.person(ALICE).await;
        }
        let page = home.signs_in(&Agent::new(), arrives(verified)).await;
        let told = page.text("#arrival");
        let about = if known { "There is an account with" } else { "No account here is connected" };
        assert!(told.starts_with(about), "{registration} {owned} {verified}: {told}");
    }
}

#[tokio::test]
async fn why_nobody_came_in_is_on_the_trail_and_under_the_number_of_the_page() {
    let home = Home::new().await;
    let agent = Agent::new();
    let trip = home.leaves(&agent).await;
    home.knows(&trip, json!({ "sub": "ada", "aud": "another" }));
    let page = home.returns(&trip).await;
    assert_eq!(page.status, 400, "{}", page.summary());
    assert!(page.text("#error-summary").contains("did not work"), "{}", page.summary());
    let id = page.text("#request-id");
    assert_eq!(Some(id.as_str()), page.header("x-request-id"));
    let cause = "the ID token is not taken: it is for somebody else, or for others too";
    let dump = home.app.dump();
    let refused = |line: &&str| line.contains(",session.sign_in_refused,") && line.contains(&id);
    let entry = dump.lines().find(refused).expect("an entry");
    assert!(entry.contains("answer_refused") && entry.contains(cause), "{entry}");
    let kept = format!("refusals WHERE request_id = '{id}' AND got LIKE '%{cause}%'");
    assert_eq!(home.count(&kept), 1);
}

#[tokio::test]
async fn what_happened_is_told_to_who_is_signed_in_already() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = home.alice().await;
    let gone = agent.get(&home.at("/api/auth/up")).await;
    let trip = Trip { to: gone.location(), agent: agent.clone() };
    let page = home.says_no(&trip).await;
    assert_page(&page, 200);
    assert!(page.text("#error-what").contains("did not finish"), "{}", page.summary());
    assert_eq!(page.text("#error-advice"), "You can go on without it.");
    let page = page.click("#next").await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
}

#[tokio::test]
async fn a_provider_that_is_disabled_while_somebody_is_there_leaves_them_the_other_ways() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    let agent = Agent::new();
    let login = agent.get(&home.at("/login")).await.follow_all().await;
    let trip = home.leaves_from(&agent, &login).await;
    home.knows(&trip, ada());
    home.disable("up").await;
    let page = home.returns(&trip).await;
    assert_eq!(page.status, 403, "{}", page.summary());
    let told = page.text("#error-summary");
    assert!(told.contains("Nobody can sign in with UP here at present"), "{told}");
    assert!(!page.has("#provider-up") && home.up.count("/token") == 0);
    // The button of a page that was open, too.
    let page = login.click("#provider-up").await;
    assert_eq!((page.status.as_u16(), page.has("#login-form")), (403, true), "{}", page.summary());
    let page = home.app.sign_in(page, ALICE).await.follow_all().await;
    assert_eq!(page.url.path(), "/account", "{}", page.summary());
    assert_eq!(home.count("users"), 1);
    // What it told before is used up, whoever it is.
    home.run("UPDATE providers SET disabled_at = NULL");
    home.app.refresh().await;
    assert_page(&home.returns(&trip).await, 400);
}

#[tokio::test]
async fn nobody_is_asked_about_a_provider_that_is_disabled() {
    let home = Home::new().await;
    home.app.person(ALICE).await;
    for asked_before in [false, true] {
        let agent = Agent::new();
        let mut page = home.signs_in(&agent, arrives(true)).await;
        assert!(page.has("#arrival"), "{}", page.summary());
        if asked_before {
            page = home.app.sign_in(page, ALICE).await.follow_all().await;
            assert_eq!(page.url.path(), "/connect", "{}", page.summary());
            home.disable("up").await;
            page = agent.get(page.url.as_str()).await.follow_all().await;
        } else {
            home.disable("up").await;
            page = home.app.sign_in(page, ALICE).await.follow_all().await;
        }
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        home.run("UPDATE providers SET disabled_at = NULL");
        home.app.refresh().await;
    }
    assert_eq!(home.count("federation_links"), 0);
}
