//! What is stored of providers, links and trips.

use std::convert::Infallible;

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::federation_link::FederationLink;
use latchkey::domain::flow::{Flow, Purpose};
use latchkey::domain::provider::{Provider, ProviderKind};
use latchkey::domain::upstream::{UpstreamPerson, UpstreamPlace, UpstreamRequest};
use latchkey::kernel::ids::{FlowId, ProviderId, UpstreamRequestId, UserId};
use latchkey::kernel::token_hash::TokenHash;
use latchkey::storage::{StorageError, Tx};
use serde_json::json;

use super::provider;
use crate::support::app::TestApp;
use crate::support::upstream::object;

impl TestApp {
    pub(super) fn tx<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError>) -> T {
        let db = self.node().db();
        db.write_blocking::<T, Infallible>(|tx| Ok(f(tx)?)).unwrap().unwrap()
    }

    /// Adds a provider as it is.
    pub(super) fn has(&self, slug: &str) -> Provider {
        let mut provider = provider(&self.env(), ProviderKind::Oidc, "https://up.example");
        provider.slug = slug.parse().unwrap();
        assert!(self.tx(|tx| tx.providers().insert(&provider)));
        provider
    }
}

fn person(subject: &str) -> UpstreamPerson {
    let claims =
        object(json!({ "email": "ada@example.com", "email_verified": true, "name": "Ada" }));
    UpstreamPerson::from_claims("https://up.example", subject, claims).unwrap()
}

#[tokio::test]
async fn a_provider_reads_back() {
    let app = TestApp::start();
    let mut stored = app.has("up");
    let same = Provider { id: ProviderId::new(&app.env()), ..stored.clone() };
    assert!(!app.tx(|tx| tx.providers().insert(&same)), "the name is taken");
    stored.policy.rules = vec!["hd exists -> role staff at each sign-in".parse().unwrap()];
    (stored.position, stored.hidden, stored.disabled_at) = (-3, true, Some(app.now()));
    assert!(app.tx(|tx| tx.providers().update(&stored)));
    let slug = stored.slug.clone();
    assert_eq!(app.tx(|tx| tx.providers().find(&slug)), Some(stored.clone()));
    // One of a later release is left out, and keeps nobody from the others.
    let other = app.has("later");
    let mut raw = app.raw();
    let broken = "UPDATE providers SET policy = '{\"rules\": [\"?\"]}' WHERE slug = 'later'";
    sql_query(broken).execute(&mut raw).unwrap();
    let (usable, unusable) = app.tx(|tx| tx.providers().list());
    assert_eq!(usable, [stored]);
    assert_eq!((unusable[0].slug.as_str(), unusable[0].column), ("later", "providers.policy"));
    assert!(app.tx(|tx| tx.providers().remove(other.id)));
}

fn link(app: &TestApp, user: UserId, provider: &Provider, subject: &str) -> FederationLink {
    FederationLink::new(&app.env(), user, provider.id, &person(subject))
}

#[tokio::test]
async fn case_243_249_an_identity_belongs_to_one_account() {
    let app = TestApp::start();
    let (ada, eve) = (app.person("ada@example.com").await, app.person("eve@example.com").await);
    let up = app.has("up");
    let first = link(&app, ada, &up, "1");
    assert!(app.tx(|tx| tx.federation_links().insert(&first)));
    // The same identity goes nowhere else; another one of the same address is another one.
    for user in [ada, eve] {
        let again = link(&app, user, &up, "1");
        assert!(!app.tx(|tx| tx.federation_links().insert(&again)));
    }
    app.clock.advance(TimeDelta::seconds(1));
    let second = link(&app, ada, &up, "2");
    assert!(app.tx(|tx| tx.federation_links().insert(&second)));
    let found = app.tx(|tx| tx.federation_links().find("https://up.example", "1"));
    assert_eq!(found, Some(first.clone()));
    for (issuer, subject) in [("https://up.example", "3"), ("https://up.example/", "1")] {
        assert_eq!(app.tx(|tx| tx.federation_links().find(issuer, subject)), None);
    }
    assert_eq!(app.tx(|tx| tx.federation_links().list(ada)), [first.clone(), second]);
    assert_eq!(app.tx(|tx| tx.federation_links().list(eve)), []);

    app.clock.advance(TimeDelta::hours(1));
    let mut told = person("1");
    (told.email, told.email_verified, told.profile.name) = (None, false, Some("Ada L".to_owned()));
    // What was read before it became another account's is not taken for that one.
    assert!(!app.tx(|tx| tx.federation_links().sync(up.id, eve, &told, app.now())));
    assert!(app.tx(|tx| tx.federation_links().sync(up.id, ada, &told, app.now())));
    let synced = app.tx(|tx| tx.federation_links().find("https://up.example", "1")).unwrap();
    assert_eq!((synced.email.as_deref(), synced.email_verified), (None, false));
    assert_eq!(synced.profile.name.as_deref(), Some("Ada L"));
    assert_eq!((synced.created_at, synced.synced_at), (first.created_at, app.now()));
    // Nobody ends somebody else's link.
    assert!(!app.tx(|tx| tx.federation_links().remove(eve, first.id)));
    assert!(app.tx(|tx| tx.federation_links().remove(ada, first.id)));
}

#[tokio::test]
async fn a_link_outlives_its_provider_and_goes_with_its_account() {
    let app = TestApp::start();
    let ada = app.person("ada@example.com").await;
    let up = app.has("up");
    let linked = link(&app, ada, &up, "1");
    app.tx(|tx| tx.federation_links().insert(&linked));
    let export = app.tx(|tx| tx.exports().of(ada)).unwrap();
    let told = &export["sign_in_accounts"][0];
    assert_eq!((&told["issuer"], &told["subject"]), (&json!("https://up.example"), &json!("1")));
    assert_eq!(
        (&told["email"], &told["profile"]["name"]),
        (&json!("ada@example.com"), &json!("Ada"))
    );
    assert!(app.tx(|tx| tx.providers().remove(up.id)));
    let left = app.tx(|tx| tx.federation_links().list(ada));
    assert_eq!((left.len(), left[0].provider_id), (1, None));
    let mut raw = app.raw();
    let gone = format!("DELETE FROM users WHERE id = '{ada}'");
    sql_query(gone).execute(&mut raw).unwrap();
    assert_eq!(app.tx(|tx| tx.federation_links().find("https://up.example", "1")), None);
}

impl TestApp {
    fn flow(&self, browser: TokenHash) -> FlowId {
        let flow = Flow {
            id: FlowId::new(&self.env()),
            browser,
            purpose: Purpose::Account { page: None },
            session_id: None,
            authenticated_at: None,
            consented: None,
            pending: None,
            arrival: None,
            created_at: self.now(),
            expires_at: self.now() + TimeDelta::hours(1),
            finished_at: None,
        };
        self.tx(|tx| tx.flows().insert(&flow));
        flow.id
    }

    fn trip(&self, provider: &Provider, state: &str) -> UpstreamRequest {
        let browser = TokenHash::of("browser");
        let request = UpstreamRequest {
            id: UpstreamRequestId::new(&self.env()),
            state: TokenHash::of(state),
            provider_id: provider.id,
            browser,
            place: UpstreamPlace::Flow(self.flow(browser)),
            created_at: self.now(),
            expires_at: self.now() + TimeDelta::minutes(10),
        };
        self.tx(|tx| tx.upstream_requests().insert(&request));
        request
    }
}

#[tokio::test]
async fn case_241_252_an_answer_is_taken_once_from_the_browser_and_provider_it_belongs_to() {
    let app = TestApp::start();
    let (up, other) = (app.has("up"), app.has("other"));
    let trip = app.trip(&up, "state");
    let consume = |state: &str, provider: &Provider, browser: &str| {
        let (state, browser) = (TokenHash::of(state), TokenHash::of(browser));
        app.tx(|tx| tx.upstream_requests().consume(state, provider.id, browser, app.now()))
    };
    assert_eq!(consume("another", &up, "browser"), None);
    assert_eq!(consume("state", &up, "stranger"), None);
    assert_eq!(consume("state", &other, "browser"), None);
    assert_eq!(consume("state", &up, "browser"), Some(trip));
    assert_eq!(consume("state", &up, "browser"), None, "a replay");
    app.trip(&up, "late");
    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(consume("late", &up, "browser"), None);
    // What is there tells nobody how to go on.
    let dump = app.dump_without(&[]);
    assert!(dump.iter().any(|row| row.starts_with("upstream_requests ")));
}

#[tokio::test]
async fn of_those_who_bring_one_answer_at_once_one_is_taken() {
    let app = TestApp::start();
    let up = app.has("up");
    let trip = app.trip(&up, "state");
    let second = app.second_node();
    let take = |db: &latchkey::storage::Db| {
        let db = db.clone();
        let now = app.now();
        async move {
            let taken: Result<_, Infallible> = db
                .write(move |tx| {
                    let (state, browser) = (trip.state, trip.browser);
                    Ok(tx.upstream_requests().consume(state, trip.provider_id, browser, now)?)
                })
                .await
                .unwrap();
            taken.unwrap().is_some()
        }
    };
    let (a, b) = (app.node().db(), second.node.db());
    let (one, two, three, four) = tokio::join!(take(a), take(b), take(a), take(b));
    assert_eq!([one, two, three, four].iter().filter(|taken| **taken).count(), 1);
}
