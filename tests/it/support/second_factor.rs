//! People with an authenticator app, as the app on their phone sees it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::agent::{Agent, Page};
use super::app::{Running, TestApp};

/// An app on somebody's phone.
#[derive(Clone)]
pub struct Phone(Totp);

impl Phone {
    /// Takes the key that a page shows.
    pub fn scanned(key: &str) -> Self {
        let secret = Secret::try_from_base32(key.replace(' ', "")).unwrap();
        let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6);
        Self(totp.with_step_duration(30).with_skew(0).with_secret(secret).build().unwrap())
    }

    /// What it shows at that time.
    pub fn code_at(&self, time: DateTime<Utc>) -> String {
        self.0.generate(u64::try_from(time.timestamp()).unwrap()).to_string()
    }

    /// What it shows now.
    pub fn code(&self, app: &TestApp) -> String {
        self.code_at(app.now())
    }

    /// What it shows next, when that time has come.
    pub fn next_code(&self, app: &TestApp) -> String {
        app.clock.advance(TimeDelta::seconds(30));
        self.code(app)
    }

    /// Six digits that are none of its codes around now.
    pub fn wrong_code(&self, app: &TestApp) -> String {
        let near: Vec<String> =
            (-3..=3).map(|n| self.code_at(app.now() + TimeDelta::seconds(30 * n))).collect();
        let mut guesses = (0..10).map(|n| format!("{n}{n}{n}{n}{n}{n}"));
        guesses.find(|guess| !near.contains(guess)).unwrap()
    }
}

impl TestApp {
    /// Somebody with a verified address, the usual password and an app.
    pub async fn person_with_app(&self, email: &str) -> Phone {
        self.person(email).await;
        self.add_app(email).await
    }

    /// Adds an app to the account of somebody who has none.
    pub async fn add_app(&self, email: &str) -> Phone {
        let agent = self.machine();
        let page = agent.get(&self.at("/login")).await;
        let page = self.sign_in(page, email).await.follow_all().await;
        assert_eq!(page.status, 200, "{}", page.summary());
        self.add_app_in(&agent, "My phone").await
    }

    /// Adds an app in a browser in which somebody has just signed in.
    pub async fn add_app_in(&self, agent: &Agent, name: &str) -> Phone {
        let (phone, page) = self.begin_app_in(agent, name).await;
        let form = page.form("#confirm-app-form").fill("code", &phone.code(self));
        let page = form.submit().await;
        assert_eq!(page.status, 303, "{}", page.summary());
        phone
    }

    /// The phone that has scanned a page, and the page.
    pub async fn begin_app_in(&self, agent: &Agent, name: &str) -> (Phone, Page) {
        let page = agent.get(&self.at("/account/security/apps/new")).await;
        let page = page.form("#name-form").fill("name", name).submit().await;
        assert_eq!(page.status, 200, "{}", page.summary());
        (Phone::scanned(&page.text("#secret")), page)
    }

    /// Makes recovery codes in a browser in which somebody has just proved both factors.
    pub async fn recovery_codes_in(&self, agent: &Agent) -> Vec<String> {
        let page = agent.get(&self.at("/account/security/recovery-codes")).await;
        let page = page.form("#make-codes-form").submit().await;
        recovery_codes_of(&page)
    }

    /// Begins a sign-in with the right password: the page of the second step.
    pub async fn first_step(&self, agent: &Agent, email: &str) -> Page {
        let page = agent.get(&self.at("/login")).await;
        let page = self.sign_in(page, email).await.follow_all().await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page
    }

    /// The same by way of another node.
    pub async fn first_step_at(&self, node: &Running, agent: &Agent, email: &str) -> Page {
        let page = agent.get(&node.at("/login")).await;
        self.sign_in(page, email).await.follow_all().await
    }

    /// A browser in which somebody is signed in with password and app.
    pub async fn signed_in_with_app(&self, email: &str, phone: &Phone) -> Agent {
        let agent = self.machine();
        let page = self.first_step(&agent, email).await;
        let page = give_code(&page, &phone.next_code(self)).await.follow_all().await;
        assert_eq!(page.url.path(), "/account", "{}", page.summary());
        agent
    }

    /// How many mails of a kind were written.
    pub fn mails_of(&self, kind: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            mails: i64,
        }
        let query = sql_query("SELECT count(*) AS mails FROM mails WHERE kind = $1");
        query.bind::<Text, _>(kind).get_result::<Row>(&mut self.raw()).unwrap().mails
    }

    /// How many entries of an action the trail has.
    pub fn trail_of(&self, action: &str) -> usize {
        let words = format!(",{action},");
        self.dump().lines().filter(|line| line.contains(&words)).count()
    }
}

/// Types a code on the page of a second step.
pub async fn give_code(page: &Page, code: &str) -> Page {
    page.form("#second-factor-form").fill("code", code).submit().await
}

/// The codes that a page shows.
pub fn recovery_codes_of(page: &Page) -> Vec<String> {
    let codes: Vec<String> = page.text("#codes").split_whitespace().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10, "{}", page.summary());
    codes
}
