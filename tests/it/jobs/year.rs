//! A busy year: the tables stay bounded, and nothing that lives goes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::address::EmailAddress;
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::client::ClientSecret;
use latchkey::domain::mail::{Letter, MailBudget, MessageKind};
use latchkey::domain::provider::ProviderKind;
use latchkey::domain::upstream::{UpstreamPlace, UpstreamRequest};
use latchkey::domain::upstream_session::{UpstreamDeparture, UpstreamLogout, UpstreamMark};
use latchkey::jobs::purge::LINES;
use latchkey::kernel::ids::{
    ClientSecretId, ProviderId, UpstreamDepartureId, UpstreamLogoutId, UpstreamRequestId, UserId,
};
use latchkey::kernel::token_hash::TokenHash;

use super::tables::BOUNDED;
use super::{counts, purge, write};
use crate::federation::provider;
use crate::support::agent::Agent;
use crate::support::app::TestApp;
use crate::support::flow::{Client, Params, assert_error, authorization_request, refresh_request};
use crate::support::people::PASSWORD;

const ALICE: &str = "alice@example.com";
/// How often in the year something happens, and the purge runs.
const STEPS: u32 = 12;
const OFFLINE: &str = "openid offline_access";

/// What the tables keep without a purge line, growing with what people make.
fn may_grow(table: &str) -> bool {
    table == "retired_identifiers"
}

struct Year {
    app: TestApp,
    alice: UserId,
    notes: Client,
    machine: Client,
    provider: ProviderId,
}

impl Year {
    async fn new() -> Self {
        let app = TestApp::start();
        let alice = app.person(ALICE).await;
        let notes = app.confidential_client("notes").await;
        let machine = app.client(app.registration("machine").machine("profile")).await;
        let up = provider(&app.env(), ProviderKind::Oidc, "https://up.example");
        let provider = up.id;
        assert!(write(&app, move |tx| tx.providers().insert(&up)).await);
        Self { app, alice, notes, machine, provider }
    }

    /// Somebody who is signed in sets out to a provider, and does not come back.
    async fn elsewhere(&self) {
        let (app, now) = (&self.app, self.app.now());
        let session = app.node().identity().sessions(self.alice).await.unwrap()[0].id;
        let request = UpstreamRequest {
            id: UpstreamRequestId::new(&app.env()),
            state: TokenHash::of(app.env().random_token("").expose()),
            provider_id: self.provider,
            browser: TokenHash::of("a browser"),
            place: UpstreamPlace::Session(session),
            created_at: now,
            expires_at: now + TimeDelta::minutes(15),
        };
        write(app, move |tx| tx.upstream_requests().insert(&request)).await;
        self.signed_out_elsewhere().await;
    }

    /// A provider says that somebody signed out there, and somebody is sent there to sign out.
    async fn signed_out_elsewhere(&self) {
        let (app, now) = (&self.app, self.app.now());
        let hash = || TokenHash::of(app.env().random_token("").expose());
        let mark = UpstreamMark {
            issuer: "https://up.example".to_owned(),
            subject: Some(hash()),
            sid: None,
        };
        let expires_at = now + TimeDelta::minutes(15);
        let logout = UpstreamLogout { mark, jti: hash(), issued_at: now, expires_at };
        let (id, provider) = (UpstreamLogoutId::new(&app.env()), self.provider);
        assert!(write(app, move |tx| tx.upstream_logouts().insert(id, provider, &logout)).await);
        let departure = UpstreamDeparture {
            id: UpstreamDepartureId::new(&app.env()),
            state: hash(),
            provider_id: provider,
            browser: hash(),
            onward: None,
            created_at: now,
            expires_at,
        };
        write(app, move |tx| tx.upstream_departures().insert(&departure)).await;
    }

    /// A bit of everything that leaves a row.
    async fn some_weeks(&self, step: u32) {
        let Self { app, notes, .. } = self;
        // An app that refreshes without its person, and a browser that is left.
        let agent = Agent::new();
        let tokens = app.tokens_in(&agent, notes, ALICE, OFFLINE).await;
        let tokens = self.refreshed(&tokens["refresh_token"]).await;
        self.refreshed(&tokens["refresh_token"]).await;
        app.sign_out(&agent).await;
        // An app is refused something.
        let page = app.token(notes, &refresh_request("nonsense")).await;
        assert_error(&page, 400, "invalid_grant");
        // Somebody guesses, and goes away.
        let page = app.authorize(&Agent::new(), &authorization_request(notes)).await;
        let login = page.follow_all().await.form("#login-form");
        let nobody = format!("nobody{step}@example.com");
        login.fill("identifier", &nobody).fill("password", "wrong").submit().await;
        // Somebody registers, and never confirms the address.
        let page = app.authorize(&Agent::new(), &authorization_request(notes)).await;
        let page = page.follow_all().await.click("#create-account-link").await;
        let form = page.form("#register-form").fill("email", &nobody);
        assert_eq!(form.fill("password", PASSWORD).submit().await.status, 303);
        self.factors(notes).await;
        self.operators(step).await;
        // A program gets a token and gives it back.
        let mine = Params::new(&[("grant_type", "client_credentials")]);
        let token = app.token(&self.machine, &mine).await.json();
        let given = Params::new(&[("token", token["access_token"].as_str().unwrap())]);
        let page = app.token_at(&app.at("/oauth2/revoke"), &self.machine, &given).await;
        assert_eq!(page.status, 200, "{}", page.summary());
    }

    /// A passkey is asked for, and an authenticator app begun; neither is finished.
    async fn factors(&self, notes: &Client) {
        let (app, agent) = (&self.app, Agent::new());
        let page = app.authorize(&agent, &authorization_request(notes)).await.follow_all().await;
        let options =
            page.attribute("#passkey-form", "data-options").expect("passkeys are offered");
        let csrf = page.attribute("#passkey-form [name=csrf]", "value").unwrap();
        let asked = agent.post(&app.at(&options), &[("csrf", &csrf)]).await;
        assert_eq!(asked.status, 200, "{}", asked.summary());
        app.sign_in(page, ALICE).await;
        let page = agent.get(&app.at("/account/security/apps/new")).await;
        let page = page.form("#name-form").fill("name", "Phone").submit().await;
        assert_eq!(page.status, 200, "{}", page.summary());
        self.elsewhere().await;
        app.sign_out(&agent).await;
    }

    /// A link for Alice, a new secret that ends soon, and an account that comes and goes.
    async fn operators(&self, step: u32) {
        let Self { app, alice, notes, machine, .. } = self;
        let identity = app.node().identity();
        let none = RequestContext::default();
        identity.create_password_link(Actor::Operator, *alice, &none).await.unwrap();
        let secret = ClientSecret {
            id: ClientSecretId::new(&app.env()),
            hash: TokenHash::of(app.env().random_token("").expose()),
            created_at: app.now(),
            expires_at: Some(app.now() + TimeDelta::days(1)),
        };
        let id = machine.id.parse().unwrap();
        write(app, move |tx| tx.clients().add_secret(&id, &secret)).await;
        let (outbox, until) = (identity.outbox().clone(), app.now() + TimeDelta::days(1));
        let letter = Letter {
            to: EmailAddress::parse(ALICE).unwrap(),
            kind: MessageKind::Welcome,
            budget: MailBudget::Acts,
            language: "en".to_owned(),
            subject: "Welcome".to_owned(),
            text: "Welcome".to_owned(),
            html: "Welcome".to_owned(),
        };
        write(app, move |tx| outbox.enqueue(tx, &letter, until, None)).await;
        let guest = format!("guest{step}@example.com");
        let user = app.person(&guest).await;
        app.tokens_in(&Agent::new(), notes, &guest, OFFLINE).await;
        app.delete(user).await;
    }

    async fn refreshed(&self, refresh_token: &serde_json::Value) -> serde_json::Value {
        let request = refresh_request(refresh_token.as_str().unwrap());
        let page = self.app.token(&self.notes, &request).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.json()
    }
}

#[tokio::test]
async fn case_334_the_tables_of_a_busy_year_stay_bounded() {
    let year = Year::new().await;
    let mut deleted: BTreeMap<&str, u64> = BTreeMap::new();
    let mut before = BTreeMap::new();
    for step in 0..STEPS {
        year.some_weeks(step).await;
        year.app.clock.advance(TimeDelta::days(365) / i32::try_from(STEPS).unwrap());
        // The keys go on with time, too, and leave entries in the trail: at this moment, and not
        // when the node happens to look.
        year.app.node().refresh().await.unwrap();
        year.app.node().keep_keys().await.unwrap();
        for (what, rows) in purge(&year.app).await.counts {
            *deleted.entry(what).or_default() += rows;
        }
        if step + 1 == STEPS / 2 {
            before = counts(&year.app);
        }
    }
    // Every line had work, which no other line did for it.
    for line in LINES {
        assert!(deleted[line.name] > 0, "{line:?}: {deleted:?}");
    }
    assert_eq!(deleted["accounts"], u64::from(STEPS), "{deleted:?}");
    // At the end each table is as long as in the middle, to the row.
    let mut after = counts(&year.app);
    before.retain(|table, _| !may_grow(table));
    after.retain(|table, _| !may_grow(table));
    assert_eq!(before, after);
    // And short: what a step leaves times the steps that it is kept for.
    for (table, rows) in &after {
        let is_bounded = BOUNDED.iter().any(|(bounded, _)| bounded == table);
        let most = match table.as_str() {
            "audit_events" => 4 * 30,
            "__diesel_schema_migrations" => i64::MAX,
            _ if is_bounded => 10,
            _ => 2 * 5,
        };
        assert!(*rows <= most, "{table} has {rows} rows: {after:?}");
    }
}

#[tokio::test]
async fn what_lives_survives_every_purge() {
    let year = Year::new().await;
    let app = &year.app;
    let agent = Agent::new();
    let page = app.authorize(&agent, &authorization_request(&year.notes)).await.follow_all().await;
    let form = page.form("#login-form").fill("identifier", ALICE);
    let form = form.fill("password", PASSWORD).fill("remember", "on");
    app.to_relying_party(form.submit().await).await;
    let mut tokens = app.tokens_in(&agent, &year.notes, ALICE, OFFLINE).await;
    for _ in 0..4 {
        app.clock.advance(TimeDelta::days(6));
        purge(app).await;
        // The browser is still signed in, and the app still refreshes.
        let page = agent.get(&app.at("/account")).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        tokens = year.refreshed(&tokens["refresh_token"]).await;
        purge(app).await;
        let page = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(page.status, 200, "{}", page.summary());
    }
    // A sign-in under way is kept until its time is over, and a day longer.
    let open = app.authorize(&Agent::new(), &authorization_request(&year.notes)).await;
    app.clock.advance(TimeDelta::minutes(59));
    purge(app).await;
    let page = app.sign_in(open, ALICE).await;
    let page = app.to_relying_party(page).await;
    assert!(page.location_param("code").is_some(), "{}", page.location());
}

#[tokio::test]
async fn apps_with_offline_access_outlive_the_row_of_their_session() {
    let year = Year::new().await;
    let app = &year.app;
    let offline = app.tokens_in(&Agent::new(), &year.notes, ALICE, OFFLINE).await;
    let bound = app.tokens_in(&Agent::new(), &year.notes, ALICE, "openid").await;
    // Sessions last for a day, and their rows for another one.
    app.clock.advance(TimeDelta::days(3));
    purge(app).await;
    let counts = counts(app);
    assert_eq!((counts["sessions"], counts["grants"]), (0, 2));
    year.refreshed(&offline["refresh_token"]).await;
    let request = refresh_request(bound["refresh_token"].as_str().unwrap());
    let page = app.token(&year.notes, &request).await;
    assert_error(&page, 400, "invalid_grant");
}

#[tokio::test]
async fn case_334_the_audit_trail_is_kept_for_as_long_as_operators_say() {
    let app = TestApp::start();
    let kept = |app: &TestApp| counts(app)["audit_events"];
    let configure = async |seconds: u32| {
        let row = format!(
            "INSERT INTO settings VALUES ('audit_retention', '{seconds}', now(), 'test') \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        );
        sql_query(row).execute(&mut app.raw()).unwrap();
        app.node().refresh().await.unwrap();
    };
    app.person(ALICE).await;
    app.clock.advance(TimeDelta::days(90) - TimeDelta::microseconds(1));
    purge(&app).await;
    assert_eq!(kept(&app), 1, "90 days by default");
    app.clock.advance(TimeDelta::microseconds(1));
    purge(&app).await;
    assert_eq!(kept(&app), 0);

    configure(30 * 86_400).await;
    app.person("bob@example.com").await;
    app.clock.advance(TimeDelta::days(30));
    purge(&app).await;
    assert_eq!(kept(&app), 0);

    // What the commands would refuse leaves it at the default.
    configure(0).await;
    app.person("eve@example.com").await;
    app.clock.advance(TimeDelta::days(89));
    purge(&app).await;
    assert_eq!(kept(&app), 1);
}
