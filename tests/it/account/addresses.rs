//! Several addresses, one of them the primary one (cases 201, 203, 302).

use chrono::TimeDelta;
use latchkey::domain::audit::RequestContext;
use latchkey::identity::addresses::AddressError;
use latchkey::identity::admin::link::LinkError;
use latchkey::kernel::secret::Secret;

use super::{ALICE, BOB, Home, NEW};
use crate::support::agent::Agent;
use crate::support::flow::assert_page;

#[tokio::test]
async fn case_201_an_address_counts_once_it_is_confirmed() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let page = home.asks(&agent, NEW, true).await;
    assert_eq!(page.location().path(), "/account/addresses");
    let page = page.follow().await;
    assert!(page.has("#notice") && page.text("#pending").contains(NEW), "{}", page.summary());

    // Both are told, and nothing has changed: the old one signs in, the new one does not.
    let kinds = async |to: &str| -> Vec<String> {
        home.mails_to(to).await.into_iter().map(|mail| mail.kind).collect()
    };
    assert_eq!(kinds(NEW).await, ["address-change"]);
    assert_eq!(kinds(ALICE).await, ["address-changed"]);
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    assert!(home.signs_in(ALICE).await && !home.signs_in(NEW).await);

    // In a browser where nobody is signed in. Looking uses nothing up, and the page says whose.
    let elsewhere = Agent::new();
    let link = home.link(NEW, "/confirm-address").await;
    for method in ["HEAD", "GET"] {
        elsewhere.request(method, &home.at(&link)).await;
    }
    let page = home.open(&elsewhere, &link).await;
    assert_eq!((page.url.path(), page.url.query()), ("/confirm-address", None), "the secret left");
    assert!(page.text("#mailed-lead").contains(ALICE) && page.text("#mailed-lead").contains(NEW));
    assert!(!page.body.contains(link.split('=').nth(1).unwrap()), "not in the page either");
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    let page = page.form("#mailed-form").submit().await;
    assert!(page.text("#mailed-done").contains(NEW), "{}", page.summary());

    assert_eq!(home.book().await, [(NEW.to_owned(), true)]);
    assert!(home.signs_in(NEW).await && !home.signs_in(ALICE).await);
    assert!(home.is_signed_in(&agent).await);
    assert_eq!(kinds(ALICE).await, ["address-changed", "address-changed"]);
    assert_page(&home.open(&elsewhere, &link).await, 400);
    assert_eq!((home.trail("address.asked"), home.trail("address.added")), (1, 1));
}

#[tokio::test]
async fn case_201_266_nothing_without_a_fresh_sign_in() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.adds(&agent, NEW, false).await;
    let identity = home.app.node().identity();
    let other = identity.addresses(home.alice).await.unwrap().addresses.remove(1);
    let page = agent.get(&home.at("/account/addresses/add")).await;
    let form = page.form("#add-address-form").fill("email", "third@new.example");
    let page = agent.get(&home.at("/account/addresses")).await;
    let primary = page.form("#addresses form");
    home.pass(TimeDelta::minutes(16));
    for answer in [
        agent.get(&home.at("/account/addresses/add")).await,
        form.submit().await,
        primary.submit().await,
        primary
            .clone()
            .to(&home.at(&format!("/account/addresses/{}/remove", other.id)))
            .submit()
            .await,
    ] {
        assert_eq!(answer.location().path(), "/login", "{}", answer.summary());
    }
    // The use cases ask by themselves.
    let (session, ctx) = (home.session(&agent), RequestContext::default());
    let refused = identity.add_address(session, "x@new.example", false, &ctx).await;
    assert!(matches!(refused, Err(AddressError::NotFresh)), "{refused:?}");
    let refused = identity.make_address_primary(session, other.id, &ctx).await;
    assert!(matches!(refused, Err(AddressError::NotFresh)), "{refused:?}");
    let refused = identity.remove_address(session, other.id, &ctx).await;
    assert!(matches!(refused, Err(AddressError::NotFresh)), "{refused:?}");
    assert_eq!(home.book().await.len(), 2);
    assert_eq!(home.pending().await, 0);
}

#[tokio::test]
async fn case_201_a_reset_takes_the_change_that_waits_along() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.asks(&agent, NEW, true).await;
    let link = home.link(NEW, "/confirm-address").await;
    home.app.set_password(home.alice).await;
    assert_page(&home.open(&Agent::new(), &link).await, 400);
    assert_eq!((home.book().await, home.pending().await), (vec![(ALICE.to_owned(), true)], 0));
    // Not by its age alone: a link that survives is older than the credentials.
    home.run("UPDATE one_time_links SET consumed_at = NULL WHERE purpose = 'confirm_address'");
    assert_page(&home.open(&Agent::new(), &link).await, 400);
}

#[tokio::test]
async fn case_201_links_die_of_age_and_of_newer_ones() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.asks(&agent, NEW, true).await;
    let first = home.link(NEW, "/confirm-address").await;
    home.pass(TimeDelta::seconds(1));
    home.asks(&agent, "other@new.example", true).await;
    assert_page(&home.open(&Agent::new(), &first).await, 400);
    assert_eq!(home.pending().await, 1, "one replacement at a time");
    home.asks(&agent, NEW, false).await;
    let link = home.link(NEW, "/confirm-address").await;
    home.pass(TimeDelta::days(1));
    assert_page(&home.open(&Agent::new(), &link).await, 400);
    assert_eq!(home.pending().await, 0);
}

#[tokio::test]
async fn case_203_what_is_no_address_gets_no_mail() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let long = format!("{}@x.example", "a".repeat(300));
    for typed in [
        "v@x.example\r\nBcc:e@y.example",
        "a@b@c.example",
        "\"a,b\"@x.example",
        "v@x.example,e@y.example",
        "[\"v@x.example\",\"e@y.example\"]",
        "<a>@b.example",
        "<a@b.example>",
        &long,
        "v@x.example\0",
        "",
    ] {
        let page = home.asks(&agent, typed, false).await;
        assert_page(&page, 400);
    }
    // Fields of the same name, as an array would be sent.
    let page = agent.get(&home.at("/account/addresses/add")).await;
    let csrf = page.attribute("[name=csrf]", "value").unwrap();
    let fields = [("csrf", &*csrf), ("email", "v@x.example"), ("email", "e@y.example")];
    assert_page(&agent.post(&home.at("/account/addresses/add"), &fields).await, 400);
    assert!(home.mails().await.is_empty());
    assert_eq!(home.pending().await, 0);
}

#[tokio::test]
async fn case_302_nothing_but_the_address_can_be_chosen() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let page = agent.get(&home.at("/account/addresses/add")).await;
    let form = page.form("#add-address-form").fill("email", NEW);
    let more = [
        ("email_verified", "true"),
        ("verified_at", "2020-01-01"),
        ("is_primary", "true"),
        ("user_id", "00000000-0000-0000-0000-000000000000"),
        ("purpose", "password"),
    ];
    let form = more.into_iter().fold(form, |form, (name, value)| form.set(name, value));
    assert_eq!(form.submit().await.status, 303);
    let details = agent.get(&home.at("/account/details")).await.form("#details-form");
    let more = [("email", NEW), ("email_verified", "true"), ("username", "root"), ("picture", "x")];
    let form = more.into_iter().fold(details, |form, (name, value)| form.set(name, value));
    form.submit().await;
    assert_eq!(home.book().await, [(ALICE.to_owned(), true)]);
    let found = home.app.node().identity().find_user(ALICE).await.unwrap().unwrap();
    assert!(found.user.username.is_none());
    assert_eq!(
        home.mails_to(NEW).await[0].kind,
        "confirm-address",
        "it is not to replace anything"
    );
}

#[tokio::test]
async fn several_addresses_are_added_moved_and_removed() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.adds(&agent, NEW, false).await;
    assert!(home.signs_in(ALICE).await && home.signs_in(NEW).await);
    assert_eq!(home.mails_to(ALICE).await.len(), 1, "the primary one is told");
    let page = home.asks(&agent, "ALICE@NEW.example", false).await;
    assert!(page.status == 400 && page.has("#email-problem"), "{}", page.summary());

    let page = agent.get(&home.at("/account/addresses")).await;
    let page = page.form("#addresses form").submit().await.follow().await;
    assert!(page.has("#notice"), "{}", page.summary());
    assert_eq!(home.book().await, [(NEW.to_owned(), true), (ALICE.to_owned(), false)]);
    assert_eq!(home.mails_to(ALICE).await.len(), 2);

    let page = page.click("#addresses a.button").await;
    assert!(page.text("#remove-address").contains(ALICE), "{}", page.summary());
    page.form("#remove-address-form").submit().await;
    assert_eq!(home.book().await, [(NEW.to_owned(), true)]);
    assert!(!home.signs_in(ALICE).await);
}

#[tokio::test]
async fn neither_the_primary_address_nor_the_last_confirmed_one_goes() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    let (session, ctx) = (home.session(&agent), RequestContext::default());
    let identity = home.app.node().identity();
    let ids = async || -> Vec<_> {
        let book = identity.addresses(home.alice).await.unwrap();
        book.addresses.iter().map(|it| it.id).collect()
    };
    let refused = identity.remove_address(session, ids().await[0], &ctx).await;
    assert!(matches!(refused, Err(AddressError::Needed)), "{refused:?}");
    home.adds(&agent, NEW, false).await;
    home.run("UPDATE addresses SET verified_at = NULL WHERE is_primary");
    let refused = identity.remove_address(session, ids().await[1], &ctx).await;
    assert!(matches!(refused, Err(AddressError::Needed)), "the last confirmed one: {refused:?}");
    // One that was not confirmed cannot be the primary one.
    home.run("UPDATE addresses SET is_primary = false");
    home.run("UPDATE addresses SET is_primary = true WHERE verified_at IS NOT NULL");
    let unconfirmed = ids().await[1];
    let refused = identity.make_address_primary(session, unconfirmed, &ctx).await;
    assert!(matches!(refused, Err(AddressError::NotFound)), "{refused:?}");
    assert_eq!(home.book().await.len(), 2);
}

#[tokio::test]
async fn nobody_learns_whose_an_address_is() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    let agent = home.browser(ALICE).await;
    let ask = async |email: &str| {
        let before = home.app.statements();
        let page = home.asks(&agent, email, true).await;
        let listed = page.follow().await.text("#pending").replace(email, "…");
        (page.status, page.location().to_string(), listed, home.app.statements() - before)
    };
    // One that waits is replaced by the next.
    ask("first@new.example").await;
    let free = ask("nobody@new.example").await;
    assert_eq!(ask(BOB).await, free);
    // Its owner is told, and gets no link that would take it away.
    let [mail] = &home.mails_to(BOB).await[..] else { panic!("one mail") };
    assert_eq!(mail.kind, "registration-attempt");
    assert!(!mail.text.contains("token="), "{}", mail.text);
    assert!(home.signs_in(BOB).await);
}

#[tokio::test]
async fn case_196_links_in_the_mailbox_that_was_left_are_worth_nothing() {
    for replaces in [true, false] {
        let home = Home::new().await;
        let agent = home.browser(ALICE).await;
        home.pass(TimeDelta::seconds(1));
        let page = Agent::new().get(&home.at("/forgot-password")).await;
        page.form("#forgot-form").fill("identifier", ALICE).submit().await;
        let link = home.link(ALICE, "/set-password").await;
        home.adds(&agent, NEW, replaces).await;
        if !replaces {
            let page = home.open(&Agent::new(), &link).await;
            assert!(page.has("#set-password-form"), "it is the main one yet: {}", page.summary());
            let page = agent.get(&home.at("/account/addresses")).await;
            page.form("#addresses form").submit().await;
        }
        assert!(home.book().await.contains(&(NEW.to_owned(), true)));
        assert_page(&home.open(&Agent::new(), &link).await, 400);
    }
}

#[tokio::test]
async fn an_address_that_is_only_claimed_keeps_nobody_from_it() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    home.run("UPDATE addresses SET verified_at = NULL WHERE email = 'bob@example.com'");
    let agent = home.browser(ALICE).await;
    home.adds(&agent, BOB, false).await;
    assert_eq!(home.book().await.len(), 2);
}

#[tokio::test]
async fn of_two_people_who_race_for_an_address_one_gets_it() {
    let home = Home::new().await;
    home.app.person(BOB).await;
    let other = home.app.second_node();
    let (alice, bob) = (home.browser(ALICE).await, home.browser(BOB).await);
    let link = async |agent: &Agent| -> Secret<String> {
        assert_eq!(home.asks(agent, NEW, false).await.status, 303);
        let link = home.link(NEW, "/confirm-address").await;
        link.split('=').nth(1).unwrap().into()
    };
    let secrets = [link(&alice).await, {
        home.pass(TimeDelta::seconds(1));
        link(&bob).await
    }];
    let nodes = [home.app.node().identity().clone(), other.node.identity().clone()];
    let tries = (0..8).map(|n| {
        let (identity, secret) = (nodes[n % 2].clone(), secrets[(n / 2) % 2].clone());
        tokio::spawn(
            async move { identity.confirm_address(&secret, &RequestContext::default()).await },
        )
    });
    let mut won = 0;
    for answer in tries.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(_) => won += 1,
            refused => assert!(matches!(refused, Err(LinkError::Unusable)), "{refused:?}"),
        }
    }
    assert_eq!((won, home.trail("address.added")), (1, 1));
    assert!(home.signs_in(NEW).await);
}

#[tokio::test]
async fn an_account_asks_and_a_recipient_gets_only_so_often() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    for n in 0..10 {
        let page = home.asks(&agent, &format!("n{n}@new.example"), true).await;
        assert_eq!(page.status, 303, "{n}");
        home.pass(TimeDelta::milliseconds(1));
    }
    let page = home.asks(&agent, "more@new.example", true).await;
    assert!(page.status == 429 && page.header("retry-after").is_some(), "{}", page.summary());
    assert!(home.mails_to("more@new.example").await.is_empty());
    home.pass(TimeDelta::hours(1));
    let agent = home.browser(ALICE).await;
    assert_eq!(home.asks(&agent, "more@new.example", true).await.status, 303);
    // The old address got a notice of each, up to what one recipient gets.
    assert_eq!(home.mails_to(ALICE).await.len(), 11);
}

#[tokio::test]
async fn an_address_that_waits_can_be_dropped() {
    let home = Home::new().await;
    let agent = home.browser(ALICE).await;
    home.asks(&agent, NEW, false).await;
    let link = home.link(NEW, "/confirm-address").await;
    home.pass(TimeDelta::hours(1));
    let page = agent.get(&home.at("/account/addresses")).await;
    let page = page.form("#pending form").submit().await;
    assert_eq!(page.status, 303, "what takes something back needs no fresh sign-in");
    assert_eq!(home.pending().await, 0);
    assert_page(&home.open(&Agent::new(), &link).await, 400);
}
