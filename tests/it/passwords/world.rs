//! What the tests of passwords have in common.

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use latchkey::domain::audit::{Actor, RequestContext};
use latchkey::kernel::ids::UserId;

use crate::support::agent::{Agent, Form, Page};
use crate::support::app::TestApp;
use crate::support::people::PASSWORD;

impl TestApp {
    /// The form on which this person is to register, in a browser of its own.
    pub(super) async fn new_account_form(&self, email: &str) -> Form {
        let page = Agent::new().get(&self.at("/login")).await.follow_all().await;
        let page = page.click("#create-account-link").await;
        page.form("#register-form").fill("email", email)
    }

    /// The form behind a link that an operator makes.
    pub(super) async fn link_form(&self, email: &str) -> Form {
        let identity = self.node().identity();
        let user = identity.find_user(email).await.unwrap().unwrap().user.id;
        let context = RequestContext::default();
        let link = identity.create_password_link(Actor::Operator, user, &context).await.unwrap();
        let url = self.at(&format!("/set-password?token={}", link.secret.expose()));
        Agent::new().get(&url).await.follow_all().await.form("#set-password-form")
    }

    /// The page on which somebody who signs in with [`PASSWORD`] changes it.
    pub(super) async fn change_page(&self, email: &str) -> (Agent, Page) {
        let agent = Agent::new();
        let page = agent.get(&self.at("/account")).await.follow_all().await;
        self.sign_in(page, email).await.follow_all().await;
        let page = agent.get(&self.at("/account/password")).await;
        (agent, page)
    }

    pub(super) fn change_form(page: &Page) -> Form {
        page.form("#change-password-form").fill("current_password", PASSWORD)
    }

    /// Whether this password signs in.
    pub(super) async fn lets_in(&self, email: &str, password: &str) -> bool {
        let page = Agent::new().get(&self.at("/login")).await.follow_all().await;
        let form = page.form("#login-form").fill("identifier", email).fill("password", password);
        form.submit().await.status.is_redirection()
    }

    /// What is stored of somebody's password.
    pub(super) fn stored(&self, user: UserId) -> String {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            phc: String,
        }
        let query = format!("SELECT phc FROM password_credentials WHERE user_id = '{}'", user.0);
        sql_query(query).get_result::<Row>(&mut self.raw()).unwrap().phc
    }
}

/// What the page says about the password.
pub(super) fn reason(page: &Page) -> String {
    assert_eq!(page.status, 400, "{}", page.summary());
    page.text("#password-problem")
}
