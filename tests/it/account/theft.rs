//! Somebody who knows the password signs in and changes the address; its owner disowns the sign-in (case 201).

use chrono::TimeDelta;
use diesel::{RunQueryDsl as _, sql_query};
use latchkey::domain::audit::RequestContext;
use latchkey::domain::user::UserStatus;
use latchkey::identity::admin::link::LinkError;
use latchkey::identity::recover::Disowned;
use latchkey::kernel::secret::Secret;

use super::{ALICE, BOB, Home};
use crate::identity::world::until;
use crate::support::agent::{Agent, Page};
use crate::support::flow::assert_page;
use crate::support::people::PASSWORD;

const THIEF: &str = "mallory@elsewhere.example";
const OWNERS: &str = "a quite different one";

/// Somebody has signed in with the password, and the owner was told.
struct Robbed {
    home: Home,
    thief: Agent,
    /// "This was not me."
    link: String,
}

impl Robbed {
    async fn new() -> Self {
        Self::of(Home::new().await).await
    }

    async fn of(home: Home) -> Self {
        home.browser(ALICE).await;
        home.pass(TimeDelta::seconds(1));
        let thief = home.browser(ALICE).await;
        let link = home.not_me(ALICE).await;
        home.pass(TimeDelta::seconds(1));
        Self { home, thief, link }
    }

    /// The thief's address takes the place of hers.
    async fn replaced() -> Self {
        let robbed = Self::new().await;
        robbed.home.adds(&robbed.thief, THIEF, true).await;
        assert_eq!(robbed.home.book().await, [(THIEF.to_owned(), true)]);
        robbed.home.pass(TimeDelta::seconds(1));
        robbed
    }

    /// She presses the button, and the thief is told nothing.
    async fn disowns(&self) {
        let before = self.home.mails_of_the_thief().await;
        assert_eq!(self.home.disowns(&self.link).await.status, 303);
        assert_eq!(self.home.trail("session.disowned"), 1);
        assert_eq!(self.home.mails_of_the_thief().await, before);
    }

    /// She has her address and no other, and was mailed a link, with which she comes in again.
    async fn is_hers_again(&self) {
        let home = &self.home;
        assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
        assert!(!home.is_signed_in(&self.thief).await);
        let mail = home.mails_to(ALICE).await.remove(0);
        assert_eq!(mail.kind, "password-reset");
        let page = home.open(&Agent::new(), &home.link(ALICE, "/set-password").await).await;
        let page = page.form("#set-password-form").fill("password", OWNERS).submit().await;
        assert_eq!(page.status, 200, "{}", page.summary());
        assert!(home.try_sign_in(&Agent::new(), ALICE, OWNERS).await.status.is_redirection());
        for (who, password) in [(ALICE, PASSWORD), (THIEF, OWNERS), (THIEF, PASSWORD)] {
            let page = home.try_sign_in(&Agent::new(), who, password).await;
            assert_eq!(page.status, 401, "{who}: {}", page.summary());
        }
    }
}

impl Home {
    /// The newest link that disowns a sign-in.
    pub(super) async fn not_me(&self, to: &str) -> String {
        let mails = self.mails().await;
        let told = mails.iter().find(|it| it.to == to && it.kind == "new-sign-in").unwrap();
        let from = told.text.find("/not-me?token=").expect("a link");
        told.text[from..].split_whitespace().next().unwrap().to_owned()
    }

    async fn mails_of_the_thief(&self) -> usize {
        self.mails().await.iter().filter(|mail| mail.to == THIEF).count()
    }

    pub(super) async fn disowns(&self, link: &str) -> Page {
        let page = self.open(&Agent::new(), link).await;
        assert!(page.has("#not-me-form"), "{}", page.summary());
        page.form("#not-me-form").submit().await
    }

    /// Makes the first other address the primary one.
    async fn makes_primary(&self, agent: &Agent) {
        let page = agent.get(&self.at("/account/addresses")).await;
        assert_eq!(page.form("#addresses form").submit().await.status, 303);
    }

    /// Removes the first address that can be.
    async fn removes(&self, agent: &Agent) {
        let page = agent.get(&self.at("/account/addresses")).await;
        let page = page.click("#addresses a.button").await;
        assert_eq!(page.form("#remove-address-form").submit().await.status, 303);
    }
}

fn secret(link: &str) -> Secret<String> {
    link.split_once("token=").unwrap().1.into()
}

#[tokio::test]
async fn case_201_not_me_mails_nothing_to_an_address_that_came_with_the_thief() {
    let robbed = Robbed::replaced().await;
    let home = &robbed.home;
    // All that the thief's mailbox has, and what is under way with it.
    let page = Agent::new().get(&home.at("/forgot-password")).await;
    page.form("form[method=post]").fill("identifier", THIEF).submit().await;
    let reset = home.link(THIEF, "/set-password").await;
    home.pass(TimeDelta::seconds(1));
    let half = Agent::new();
    let login = half.get(&home.at("/login")).await.follow_all().await;
    let to = home.at(&login.attribute("#email-code", "formaction").unwrap());
    let typing = login.form("#login-form").fill("identifier", THIEF).to(&to).submit().await;
    let typing = typing.follow_all().await;
    let code = home.app.mailed_code(THIEF).await;
    home.pass(TimeDelta::seconds(1));

    robbed.disowns().await;
    assert_eq!(home.trail("address.kept"), 1);
    typing.form("#code-form").fill("code", &code).submit().await;
    assert!(!home.is_signed_in(&half).await);
    assert_page(&home.open(&Agent::new(), &reset).await, 400);
    robbed.is_hers_again().await;
}

#[tokio::test]
async fn case_201_not_me_brings_an_address_back_that_was_removed() {
    let robbed = Robbed::new().await;
    let (home, thief) = (&robbed.home, &robbed.thief);
    home.adds(thief, THIEF, false).await;
    home.makes_primary(thief).await;
    home.removes(thief).await;
    assert_eq!(home.book().await, [(THIEF.to_owned(), true)]);
    home.pass(TimeDelta::seconds(1));
    robbed.disowns().await;
    robbed.is_hers_again().await;
}

#[tokio::test]
async fn case_201_not_me_takes_away_an_address_that_was_only_added() {
    let robbed = Robbed::new().await;
    let home = &robbed.home;
    home.adds(&robbed.thief, THIEF, false).await;
    // What the thief chose since is worth nothing either.
    home.pass(TimeDelta::seconds(1));
    home.app.set_password(home.alice).await;
    home.pass(TimeDelta::seconds(1));
    robbed.disowns().await;
    let page = home.try_sign_in(&Agent::new(), ALICE, "another long password").await;
    assert_eq!(page.status, 401, "{}", page.summary());
    robbed.is_hers_again().await;
}

#[tokio::test]
async fn case_201_an_address_that_the_owner_had_before_stays() {
    let home = Home::new().await;
    home.adds(&home.browser(ALICE).await, super::NEW, false).await;
    home.pass(TimeDelta::seconds(1));
    let robbed = Robbed::of(home).await;
    let home = &robbed.home;
    home.makes_primary(&robbed.thief).await;
    home.adds(&robbed.thief, THIEF, true).await;
    assert_eq!(home.book().await, [(THIEF.to_owned(), true), (ALICE.to_owned(), false)]);
    robbed.disowns().await;
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    // Where nothing about the addresses has changed, nothing does.
    let home = Home::new().await;
    home.adds(&home.browser(ALICE).await, super::NEW, false).await;
    home.pass(TimeDelta::seconds(1));
    let robbed = Robbed::of(home).await;
    robbed.disowns().await;
    let both = [(ALICE.to_owned(), true), (super::NEW.to_owned(), false)];
    assert_eq!(robbed.home.book().await, both);
    assert_eq!(robbed.home.trail("address.kept"), 0);
    assert!(robbed.home.signs_in(ALICE).await, "an older password is not taken away");
}

#[tokio::test]
async fn case_201_a_thief_who_closes_the_account_behind_a_new_address_gets_nothing() {
    for deletes in [false, true] {
        let robbed = Robbed::replaced().await;
        let (home, thief) = (&robbed.home, &robbed.thief);
        if deletes {
            let page = thief.get(&home.at("/account/data/delete")).await;
            assert_eq!(page.form("#delete-form").submit().await.status, 303);
        } else {
            assert_eq!(home.deactivates(thief).await.status, 303);
        }
        let restoring = home.link(THIEF, "/restore-account").await;
        home.pass(TimeDelta::seconds(1));
        robbed.disowns().await;
        let user = home.app.node().identity().find_user(ALICE).await.unwrap().unwrap();
        assert_eq!((user.user.id, user.user.status), (home.alice, UserStatus::Active));
        assert_page(&home.open(&Agent::new(), &restoring).await, 400);
        robbed.is_hers_again().await;
    }
}

#[tokio::test]
async fn case_201_what_was_mailed_to_the_thief_does_not_do_it_once_more() {
    // Of a sign-in, and of an address that was left.
    for back in [false, true] {
        let robbed = Robbed::new().await;
        let (home, thief) = (&robbed.home, &robbed.thief);
        home.adds(thief, THIEF, false).await;
        home.makes_primary(thief).await;
        home.pass(TimeDelta::seconds(1));
        let again = home.browser(THIEF).await;
        let thiefs = home.not_me(THIEF).await;
        let mut keeper = None;
        if back {
            home.pass(TimeDelta::seconds(1));
            home.makes_primary(&again).await;
            home.removes(&again).await;
            assert_eq!(home.book().await, [(ALICE.to_owned(), true)], "as if nothing had been");
            keeper = Some(home.link(THIEF, "/keep-address").await);
        }
        home.pass(TimeDelta::seconds(1));
        robbed.disowns().await;
        let page = home.disowns(&thiefs).await;
        assert_eq!((page.status.as_u16(), home.trail("session.disowned")), (303, 1));
        if let Some(keeper) = keeper {
            assert_page(&home.open(&Agent::new(), &keeper).await, 400);
        }
        robbed.is_hers_again().await;
    }
    // Nor is it any use before: the older one is stronger.
    let robbed = Robbed::replaced().await;
    let home = &robbed.home;
    home.browser(THIEF).await;
    let thiefs = home.not_me(THIEF).await;
    assert_eq!(home.disowns(&thiefs).await.status, 303);
    assert_eq!(home.book().await, [(THIEF.to_owned(), true)]);
    home.disowns(&robbed.link).await;
    assert_eq!(home.trail("session.disowned"), 2);
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    assert_eq!(home.mails_to(ALICE).await[0].kind, "password-reset");
}

/// She may have made another account with it meanwhile, because she could not come into this one.
#[tokio::test]
async fn case_201_an_address_that_another_account_has_by_now_is_mailed_all_the_same() {
    let robbed = Robbed::replaced().await;
    let home = &robbed.home;
    let other = home.app.person(ALICE).await;
    home.pass(TimeDelta::seconds(1));
    robbed.disowns().await;
    let book = home.app.node().identity().addresses(home.alice).await.unwrap().addresses;
    assert_eq!(book.len(), 1);
    assert_eq!((book[0].email.as_typed(), book[0].is_primary), (ALICE, true));
    assert_eq!(book[0].verified_at, None, "it is the other account's");
    let found = home.app.node().identity().find_user(ALICE).await.unwrap().unwrap();
    assert_eq!(found.user.id, other);
    let mail = home.mails_to(ALICE).await.remove(0);
    assert_eq!(mail.kind, "password-reset");
    let page = home.open(&Agent::new(), &home.link(ALICE, "/set-password").await).await;
    let page = page.form("#set-password-form").fill("password", OWNERS).submit().await;
    assert_eq!(page.status, 200, "{}", page.summary());
    assert!(home.signs_in(ALICE).await, "the other account has its own password");
    assert!(home.mails_to(THIEF).await.iter().all(|mail| mail.kind != "password-reset"));
}

/// An address that nobody confirmed may be a stranger's: it brings nothing back, and what came since is mailed
/// nothing.
#[tokio::test]
async fn case_201_an_address_that_was_never_confirmed_brings_nothing_back() {
    for changes in [true, false] {
        let home = Home::new().await;
        home.run("UPDATE addresses SET verified_at = NULL");
        let robbed = Robbed::of(home).await;
        let home = &robbed.home;
        if changes {
            home.adds(&robbed.thief, BOB, true).await;
            home.pass(TimeDelta::seconds(1));
        }
        robbed.disowns().await;
        assert!(!home.is_signed_in(&robbed.thief).await);
        let primary = if changes { BOB } else { ALICE };
        assert_eq!(home.book().await, [(primary.to_owned(), true)]);
        let resets: Vec<_> =
            home.mails().await.into_iter().filter(|mail| mail.kind == "password-reset").collect();
        let told: Vec<_> = resets.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!(told, if changes { vec![] } else { vec![ALICE] });
    }
}

/// A link of the release before names no address.
#[tokio::test]
async fn case_201_a_link_that_names_no_address_mails_to_an_older_one() {
    let home = Home::new().await;
    home.adds(&home.browser(ALICE).await, super::NEW, false).await;
    home.pass(TimeDelta::seconds(1));
    let robbed = Robbed::of(home).await;
    let home = &robbed.home;
    home.run("UPDATE one_time_links SET email = NULL WHERE purpose = 'not_me'");
    home.adds(&robbed.thief, THIEF, true).await;
    home.pass(TimeDelta::seconds(1));
    robbed.disowns().await;
    assert_eq!(home.book().await, [(super::NEW.to_owned(), true)]);
    assert_eq!(home.mails_to(super::NEW).await[0].kind, "password-reset");
    assert!(home.mails_to(THIEF).await.iter().all(|mail| mail.kind != "password-reset"));
}

#[tokio::test]
async fn of_twenty_who_disown_a_sign_in_at_once_over_two_nodes_one_does() {
    let robbed = Robbed::replaced().await;
    let home = &robbed.home;
    let node = home.app.second_node();
    let nodes = [home.app.node().identity().clone(), node.node.identity().clone()];
    let tries = (0..20).map(|n| {
        let (identity, secret) = (nodes[n % 2].clone(), secret(&robbed.link));
        tokio::spawn(async move { identity.disown(&secret, &RequestContext::default()).await })
    });
    let mut now = 0;
    for answer in tries.collect::<Vec<_>>() {
        now += usize::from(matches!(answer.await.unwrap().unwrap(), Disowned::Now(_)));
    }
    assert_eq!((now, home.trail("address.kept")), (1, 1));
    let resets = home.mails().await.into_iter().filter(|mail| mail.kind == "password-reset");
    assert_eq!(resets.map(|mail| mail.to).collect::<Vec<_>>(), [ALICE]);
    robbed.is_hers_again().await;
}

/// The thief confirms the new address on one node while the sign-in is disowned on the other, whichever comes
/// first.
#[tokio::test]
async fn case_201_an_address_that_is_just_being_confirmed_elsewhere_is_mailed_nothing() {
    for thief_first in [true, false] {
        let robbed = Robbed::new().await;
        let home = &robbed.home;
        let node = home.app.second_node();
        home.asks(&robbed.thief, THIEF, true).await;
        let confirming = secret(&home.link(THIEF, "/confirm-address").await);
        home.pass(TimeDelta::seconds(1));
        let (mut holder, mut watcher) = (home.app.raw(), home.app.raw());
        for statement in ["BEGIN", "SELECT 1 FROM users FOR UPDATE"] {
            sql_query(statement).execute(&mut holder).unwrap();
        }
        let mut waiting = |count: usize| {
            let query = "SELECT 1 FROM pg_stat_activity \
                         WHERE datname = current_database() AND wait_event_type = 'Lock'";
            sql_query(query).execute(&mut watcher).unwrap() >= count
        };
        let (here, there) = (home.app.node().identity().clone(), node.node.identity().clone());
        let disowning = secret(&robbed.link);
        let confirm =
            async move { here.confirm_address(&confirming, &RequestContext::default()).await };
        let disown =
            async move { there.disown(&disowning, &RequestContext::default()).await.unwrap() };
        let (confirmed, disowned);
        if thief_first {
            confirmed = tokio::spawn(confirm);
            until("the address is about to be confirmed", || waiting(1)).await;
            disowned = tokio::spawn(disown);
        } else {
            disowned = tokio::spawn(disown);
            until("the sign-in is about to be disowned", || waiting(1)).await;
            confirmed = tokio::spawn(confirm);
        }
        until("both wait", || waiting(2)).await;
        sql_query("COMMIT").execute(&mut holder).unwrap();
        let confirmed = confirmed.await.unwrap();
        assert!(matches!(disowned.await.unwrap(), Disowned::Now(_)));
        if thief_first {
            assert!(confirmed.is_ok(), "{confirmed:?}");
        } else {
            assert!(matches!(confirmed, Err(LinkError::Unusable)), "{confirmed:?}");
        }
        robbed.is_hers_again().await;
    }
}
