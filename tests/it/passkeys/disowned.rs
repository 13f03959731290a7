//! Passkeys that were added when somebody else may have been signed in, as the owner has said since.

mod under_way;

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::config::Profile;

use super::register::CAROL;
use super::{ALICE, AS_IT_IS, Question, World};
use crate::support::agent::{Agent, Form, Page};
use crate::support::authenticator::Authenticator;
use crate::support::people::PASSWORD;

const LIST: &str = "/account/security/passkeys";
const NEW: &str = "a quite different one";

/// Somebody who knows Alice's password has signed in, which she is told of, and has added a passkey.
struct Robbed {
    world: World,
    thief: Agent,
    key: Authenticator,
    /// "This was not me."
    link: String,
}

impl Robbed {
    async fn new() -> Self {
        let world = World::new().await;
        world.browser(ALICE).await;
        world.app.clock.advance(TimeDelta::minutes(1));
        let thief = world.browser(ALICE).await;
        Self::by(world, thief).await
    }

    /// The same of an account that has a passkey, of which somebody has got a copy.
    async fn with_own() -> (Self, Authenticator) {
        let world = World::new().await;
        let own = world.passkey_of(ALICE).await;
        world.app.clock.advance(TimeDelta::days(2));
        let thief = world.browser_with(&mut own.clone()).await;
        (Self::by(world, thief).await, own)
    }

    async fn by(world: World, thief: Agent) -> Self {
        let link = world.mailed(ALICE, "/not-me").await;
        let mut key = Authenticator::new();
        assert_eq!(world.add(&thief, &mut key).await.status, 303);
        world.app.clock.advance(TimeDelta::minutes(1));
        Self { world, thief, key, link }
    }

    async fn disown(&self) {
        self.world.disown(&self.link).await;
    }

    /// Whether the thief's passkey lets somebody in by itself.
    async fn comes_back(&mut self) -> bool {
        self.world.lets_in(&mut self.key).await
    }
}

impl World {
    /// The form behind a link that says "this was not me".
    async fn not_me(&self, link: &str) -> Form {
        let page = self.app.machine().get(link).await.follow_all().await;
        page.form("#not-me-form")
    }

    async fn disown(&self, link: &str) {
        let page = self.not_me(link).await.submit().await;
        assert_eq!(page.status, 303, "{}", page.summary());
        let page = page.follow_all().await;
        assert!(page.body.contains("not yours"), "it says what is left to do: {}", page.summary());
    }

    /// Sets [`NEW`] by the link that was mailed last.
    async fn resets(&self, email: &str) {
        let link = self.mailed(email, "/set-password").await;
        let page = self.app.machine().get(&link).await.follow_all().await;
        let page = page.form("#set-password-form").fill("password", NEW).submit().await;
        assert_eq!(page.status, 200, "{}", page.summary());
    }

    async fn answer(&self, question: &Question, key: &mut Authenticator) -> Page {
        let credential = key.get(&question.options, self.origin(), &AS_IT_IS);
        question.answer(&credential).submit().await
    }

    /// Whether a passkey lets somebody in by itself. If not, it is as one that is not known.
    async fn lets_in(&self, key: &mut Authenticator) -> bool {
        let agent = self.app.machine();
        let page = self.sign_in(&agent, key, &AS_IT_IS).await;
        let is_in = self.is_signed_in(&agent).await;
        if !is_in {
            World::assert_refused(&page, "it is in doubt");
        }
        is_in
    }

    /// Signs in with a passkey behind a password.
    async fn behind(&self, password: &str, key: &mut Authenticator) -> Agent {
        let agent = self.app.machine();
        let form = self.login_page(&agent).await.form("#login-form");
        let page = form.fill("identifier", ALICE).fill("password", password).submit().await;
        self.second(&page.follow_all().await, key).await;
        assert!(self.is_signed_in(&agent).await);
        agent
    }

    /// Proves the second factor that a page asks for.
    async fn second(&self, page: &Page, key: &mut Authenticator) {
        assert_eq!(page.url.path(), "/second-factor/passkey", "{}", page.summary());
        let page = self.answer(&self.ask(page).await, key).await;
        assert_eq!(page.status, 303, "{}", page.summary());
    }

    async fn in_doubt(&self) -> Vec<bool> {
        let passkeys = self.app.node().identity().passkeys(self.alice).await.unwrap();
        passkeys.iter().map(|it| it.disowned_at.is_some()).collect()
    }
}

#[tokio::test]
async fn case_231_a_passkey_that_a_thief_has_added_is_as_one_that_is_not_known() {
    let mut robbed = Robbed::new().await;
    assert!(robbed.comes_back().await, "a way back");
    let again = robbed.world.mailed(ALICE, "/not-me").await;
    assert_ne!(again, robbed.link);
    let begun = robbed.world.challenge(&robbed.world.app.machine()).await;
    robbed.disown().await;
    assert!(!robbed.world.is_signed_in(&robbed.thief).await);
    assert!(!robbed.comes_back().await);
    let page = robbed.world.answer(&begun, &mut robbed.key).await;
    World::assert_refused(&page, "asked before, and answered after");
    assert_eq!(robbed.world.reasons(), ["disowned", "disowned"]);
    // What came of coming back was disowned with it: the link about that has nothing left to do.
    robbed.world.disown(&again).await;
    let said = robbed.world.trail("session.disowned");
    let in_doubt = |line: &&String| line.contains("passkeys\"\": 1");
    assert_eq!((said.len(), said.iter().filter(in_doubt).count()), (1, 1), "{said:?}");
}

#[tokio::test]
async fn a_passkey_that_is_older_than_the_sign_in_stays_as_good_as_it_was() {
    let (mut robbed, mut own) = Robbed::with_own().await;
    robbed.disown().await;
    assert!(robbed.world.lets_in(&mut own).await);
    assert!(!robbed.comes_back().await);
    assert_eq!(robbed.world.in_doubt().await, [false, true]);
}

/// The account is as strong as it was: the password alone lets nobody in. Who knows no more than the thief
/// may get in by both, and is not taken for the owner for that.
#[tokio::test]
async fn case_196_behind_the_password_that_was_stolen_it_is_a_second_factor_and_stays_in_doubt() {
    let mut robbed = Robbed::new().await;
    robbed.disown().await;
    for _ in 0..2 {
        robbed.world.behind(PASSWORD, &mut robbed.key).await;
        assert!(!robbed.comes_back().await);
    }
    assert!(robbed.world.trail("user.passkey_trusted").is_empty());
    robbed.world.resets(ALICE).await;
    assert!(!robbed.comes_back().await, "a new password makes nobody's passkey better");
    let agent = robbed.world.app.machine();
    let page = robbed.world.password_only(&agent, ALICE).await;
    assert_eq!(page.url.path(), "/login", "{}", page.summary());
}

#[tokio::test]
async fn behind_a_password_that_was_set_by_mail_since_it_is_the_owners_again() {
    let mut robbed = Robbed::new().await;
    robbed.disown().await;
    robbed.world.resets(ALICE).await;
    robbed.world.behind(NEW, &mut robbed.key).await;
    assert_eq!(robbed.world.trail("user.passkey_trusted").len(), 1);
    assert!(robbed.comes_back().await);
    // A second click, on the link that was used, changes nothing.
    robbed.disown().await;
    assert!(robbed.comes_back().await);
    assert_eq!(robbed.world.trail("user.passkey_trusted").len(), 1, "said once");
}

/// A password that was set in a session may have been set by whoever signed in there.
#[tokio::test]
async fn behind_a_password_that_was_changed_on_the_account_pages_it_stays_in_doubt() {
    let mut robbed = Robbed::new().await;
    robbed.disown().await;
    let agent = robbed.world.behind(PASSWORD, &mut robbed.key).await;
    let page = agent.get(&robbed.world.app.at("/account/password")).await;
    let form = page.form("#change-password-form").fill("current_password", PASSWORD);
    let page = form.fill("password", NEW).submit().await;
    assert_eq!(page.status, 303, "{}", page.summary());
    robbed.world.behind(NEW, &mut robbed.key).await;
    assert!(!robbed.comes_back().await);
}

#[tokio::test]
async fn behind_a_mailed_code_it_is_the_owners_again() {
    let mut robbed = Robbed::new().await;
    robbed.disown().await;
    let agent = robbed.world.app.machine();
    let page = robbed.world.by_mail(&agent, ALICE).await;
    robbed.world.second(&page, &mut robbed.key).await;
    assert!(robbed.world.is_signed_in(&agent).await);
    assert!(robbed.comes_back().await);
}

/// Until the password is another one, whoever knows it adds nothing that outlives it. Who reads the mail is
/// the owner.
#[tokio::test]
async fn case_196_what_is_added_with_the_stolen_password_after_that_is_in_doubt_as_well() {
    let (mut robbed, mut own) = Robbed::with_own().await;
    robbed.disown().await;
    let world = &robbed.world;
    let thief = world.behind(PASSWORD, &mut robbed.key).await;
    let (mut another, mut owners) = (Authenticator::new(), Authenticator::new());
    assert_eq!(world.add(&thief, &mut another).await.status, 303);
    assert!(!world.lets_in(&mut another).await);
    let owner = world.app.machine();
    let page = world.by_mail(&owner, ALICE).await;
    world.second(&page, &mut own).await;
    assert_eq!(world.add(&owner, &mut owners).await.status, 303);
    assert!(world.lets_in(&mut owners).await);
    world.resets(ALICE).await;
    assert!(!world.lets_in(&mut another).await);
    // From now on all is as it was before.
    let agent = world.behind(NEW, &mut own).await;
    let mut latest = Authenticator::new();
    assert_eq!(world.add(&agent, &mut latest).await.status, 303);
    assert!(world.lets_in(&mut latest).await);
}

/// It is older than the session, if by a little: the session begins when it is proved.
#[tokio::test]
async fn a_passkey_that_was_set_up_on_the_way_in_is_younger_than_the_sign_in() {
    let world = World::new().await;
    world.browser(ALICE).await;
    world.app.change_setting("second_factor", Some("required")).await.unwrap();
    world.app.refresh().await;
    let (thief, mut key) = (world.app.machine(), Authenticator::new());
    let page = world.password_only(&thief, ALICE).await;
    assert_eq!(page.url.path(), "/second-factor/set-up", "{}", page.summary());
    let question = world.ask(&page).await;
    world.app.clock.advance(TimeDelta::minutes(1));
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    assert_eq!(question.answer(&credential).submit().await.status, 200);
    assert!(world.is_signed_in(&thief).await);
    let link = world.mailed(ALICE, "/not-me").await;
    world.disown(&link).await;
    assert!(!world.lets_in(&mut key).await);
}

/// Nor one that is set up where the password alone was proved, after it was disowned.
#[tokio::test]
async fn a_passkey_that_is_set_up_on_the_way_in_with_the_stolen_password_is_in_doubt() {
    let robbed = Robbed::new().await;
    robbed.disown().await;
    let world = &robbed.world;
    sql_query("DELETE FROM passkeys").execute(&mut world.app.raw()).unwrap();
    world.app.change_setting("second_factor", Some("required")).await.unwrap();
    world.app.refresh().await;
    let (thief, mut key) = (world.app.machine(), Authenticator::new());
    let question = world.ask(&world.password_only(&thief, ALICE).await).await;
    let credential = key.create(&question.options, world.origin(), &AS_IT_IS);
    assert_eq!(question.answer(&credential).submit().await.status, 200);
    assert!(world.is_signed_in(&thief).await);
    assert!(!world.lets_in(&mut key).await);
}

/// Where it would count as everything.
#[tokio::test]
async fn case_266_it_does_not_confirm_by_itself_who_is_signed_in() {
    let mut robbed = Robbed::new().await;
    robbed.disown().await;
    let agent = robbed.world.behind(PASSWORD, &mut robbed.key).await;
    robbed.world.app.clock.advance(TimeDelta::minutes(16));
    let login = robbed.world.add_page(&agent).await.follow_all().await;
    assert_eq!(login.url.path(), "/login", "{}", login.summary());
    let page = robbed.world.answer(&robbed.world.ask(&login).await, &mut robbed.key).await;
    World::assert_refused(&page, "alone");
    assert_eq!(robbed.world.add_page(&agent).await.status, 303, "as stale as before");
}

#[tokio::test]
async fn case_239_a_passkey_in_doubt_is_no_way_in_that_another_one_could_go_for() {
    let world = World::new().await;
    let (agent, mut own, mut key) =
        (world.app.machine(), Authenticator::new(), Authenticator::new());
    world.registers(&agent, CAROL, &mut own).await;
    world.app.clock.advance(TimeDelta::days(2));
    let thief = world.browser_with(&mut own).await;
    assert_eq!(world.add(&thief, &mut key).await.status, 303);
    world.disown(&world.mailed(CAROL, "/not-me").await).await;
    let agent = world.browser_with(&mut own).await;
    let unmailed = world.app.node_with(|config| config.profile = Profile::Serve);
    let identity = unmailed.node.identity();
    let user = identity.find_user(CAROL).await.unwrap().unwrap().user.id;
    let passkeys = identity.passkeys(user).await.unwrap();
    let remove = async |n: usize| {
        let page = agent.get(&unmailed.at(&format!("{LIST}/{}/remove", passkeys[n].id))).await;
        page.form("#remove-passkey").submit().await
    };
    let refused = remove(0).await;
    assert_eq!(refused.status, 400, "{}", refused.summary());
    assert!(refused.text("#error-summary").contains("could not sign in"));
    assert_eq!(remove(1).await.status, 303);
}

#[tokio::test]
async fn its_person_is_told_of_it_beside_it() {
    let (robbed, mut own) = Robbed::with_own().await;
    robbed.disown().await;
    let world = &robbed.world;
    let agent = world.browser_with(&mut own).await;
    for path in [LIST, "/account/security"] {
        let page = agent.get(&world.app.at(path)).await;
        assert_eq!(page.body.matches("someone else may have been signed in").count(), 1, "{path}");
    }
    let page = agent.get(&world.app.at("/account/data")).await;
    let data = page.form("#export-form").submit().await.json()["data"].clone();
    let passkeys = &data["factors"]["passkeys"];
    assert!(passkeys[0]["in_doubt_since"].is_null() && passkeys[1]["in_doubt_since"].is_string());
    assert!(data["account"]["sign_in_disowned_at"].is_string());
    let page = agent.get(&world.app.at(LIST)).await;
    let page = page.click("#passkeys li:last-child a.button:last-child").await;
    let page = page.form("#remove-passkey").submit().await.follow().await;
    assert!(!page.body.contains("someone else may have been signed in"), "{}", page.summary());
}
