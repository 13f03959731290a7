//! The people of a test: accounts, and what is known about them.

use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::address::{EmailAddress, Username};
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::domain::details::Detail;
use latchkey::domain::session::ACR_TWO_FACTORS;
use latchkey::domain::user::NewUser;
use latchkey::kernel::ids::{RoleId, UserId};
use latchkey::kernel::secret::Secret;

use super::agent::Agent;
use super::app::TestApp;
use super::flow::Client;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

impl TestApp {
    /// Somebody with a verified address and [`PASSWORD`].
    pub async fn person(&self, email: &str) -> UserId {
        self.person_named(email, None).await
    }

    /// Somebody of whom everything is known.
    pub async fn known_person(&self, email: &str) -> UserId {
        let user = self.person_named(email, email.split('@').next()).await;
        let details: Vec<_> = Detail::ALL.iter().map(|detail| (*detail, known(*detail))).collect();
        self.tell(user, &details).await;
        user
    }

    async fn person_named(&self, email: &str, username: Option<&str>) -> UserId {
        let identity = self.node().identity();
        let phc = identity.hash_new_password(&Secret::from(PASSWORD), &[]).await.unwrap();
        let new = NewUser {
            email: EmailAddress::parse(email).unwrap(),
            email_verified: true,
            username: username.map(|name| Username::parse(name).unwrap()),
            name: None,
            subject: None,
            password_phc: Some(phc),
            roles: Vec::new(),
        };
        identity.create_user(Actor::Operator, new, &context()).await.unwrap().user.id
    }

    /// Gives somebody a role, which is made if there is none of that name.
    pub async fn give_role(&self, email: &str, role: &str) {
        let profile = self.node().identity().find_user(email).await.unwrap();
        let user = profile.expect("a known person").user.id;
        let (id, now) = (RoleId::new(&self.env), self.now());
        let role = role.to_owned();
        let given = self.write(move |tx| {
            tx.roles().ensure(id, &role, "", &[], now)?;
            tx.roles().grant(user, &role, now)
        });
        assert!(given.await);
    }

    /// As if whoever is signed in had proved a code of an authenticator app besides, at the same moment.
    pub fn prove_two_factors(&self) {
        let proofs = "jsonb_build_array(jsonb_build_object('factor', 'password', 'at', auth_time), \
                      jsonb_build_object('factor', 'totp', 'at', auth_time))";
        let update = format!(
            "UPDATE sessions SET acr = '{ACR_TWO_FACTORS}', amr = '{{pwd,otp,mfa}}', \
             proofs = {proofs}"
        );
        sql_query(update).execute(&mut self.raw()).unwrap();
    }

    /// Writes down what is known about somebody; the phone number as a verified one.
    pub async fn tell(&self, user: UserId, details: &[(Detail, &str)]) {
        let details = details.iter().map(|(detail, text)| (*detail, (*text).to_owned())).collect();
        let identity = self.node().identity();
        let verified = Some(true);
        identity
            .change_details(user, Actor::Operator, details, verified, &context())
            .await
            .unwrap();
    }

    /// The `sub` of somebody.
    pub async fn subject(&self, email: &str) -> String {
        let found = self.node().identity().find_user(email).await.unwrap();
        found.expect("a known person").user.subject
    }

    pub async fn disable(&self, user: UserId) {
        self.node().identity().disable_user(Actor::Operator, user, &context()).await.unwrap();
    }

    pub async fn delete(&self, user: UserId) {
        self.node().identity().delete_user(Actor::Operator, user, &context()).await.unwrap();
    }

    pub async fn set_password(&self, user: UserId) {
        // A reset is never in the same microsecond as what it ends.
        self.clock.advance(chrono::TimeDelta::microseconds(1));
        let password = Secret::from("another long password");
        let identity = self.node().identity();
        identity.set_password(Actor::Operator, user, &password, &context()).await.unwrap();
    }

    pub async fn sign_out_everywhere(&self, user: UserId) {
        self.node().identity().sign_out_user(Actor::Operator, user, &context()).await.unwrap();
    }

    pub async fn remove_app(&self, user: UserId, client: &Client) {
        let id = client.id.parse().unwrap();
        self.node().identity().remove_app(user, id, &context()).await.unwrap();
    }

    /// How many live sessions somebody has.
    pub async fn sessions(&self, email: &str) -> usize {
        let identity = self.node().identity();
        let profile = identity.find_user(email).await.unwrap().expect("a known person");
        identity.sessions(profile.user.id).await.unwrap().len()
    }

    /// Presses "Sign out" on the account pages.
    pub async fn sign_out(&self, agent: &Agent) {
        let page = agent.get(&self.at("/sign-out")).await;
        let page = page.form("#sign-out").submit().await;
        assert!(page.status.is_redirection(), "{}", page.summary());
    }

    // Clients --------------------------------------------------------------------------------------
}

/// What is known about everybody of whom everything is known.
fn known(detail: Detail) -> &'static str {
    match detail {
        Detail::Name => "Ada Augusta Lovelace",
        Detail::GivenName => "Ada",
        Detail::MiddleName => "Augusta",
        Detail::FamilyName => "Lovelace",
        Detail::Nickname => "Countess",
        Detail::Profile => "https://people.example/ada",
        Detail::Website => "https://ada.example/",
        Detail::Gender => "female",
        Detail::Birthdate => "1815-12-10",
        Detail::Locale => "en-GB",
        Detail::Zoneinfo => "Europe/London",
        Detail::PhoneNumber => "+442079460000",
        Detail::StreetAddress => "12 St James's Square",
        Detail::Locality => "London",
        Detail::Region => "Greater London",
        Detail::PostalCode => "SW1Y 4JH",
        Detail::Country => "United Kingdom",
    }
}

pub(super) fn context() -> RequestContext {
    RequestContext::default()
}
