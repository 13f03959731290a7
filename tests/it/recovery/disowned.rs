//! "This was not me."

use chrono::TimeDelta;
use latchkey::domain::audit::Actor;
use latchkey::domain::user::UserStatus;
use latchkey::identity::closing::WayBack;
use latchkey::identity::recover::{Disowned, NotMeError};

use super::{ALICE, NEW, token};
use crate::identity::world::{Browser, PASSWORD, World, context, until};

struct Robbed {
    world: World,
    owner: Browser,
    thief: Browser,
    token: latchkey::kernel::secret::Secret<String>,
}

impl Robbed {
    async fn new() -> Self {
        let world = World::new().await;
        world.person(ALICE).await;
        let owner = world.signed_in_browser(ALICE).await;
        world.pass(TimeDelta::seconds(1));
        let thief = world.signed_in_browser(ALICE).await;
        let token = token(&world.letters_of(ALICE, "new-sign-in").await[0]);
        Self { world, owner, thief, token }
    }
}

#[tokio::test]
async fn case_199_looking_ends_nothing() {
    let Robbed { world, thief, token, .. } = Robbed::new().await;
    for _ in 0..3 {
        let sighting = world.identity.sighting(&token).await.unwrap();
        assert_eq!(sighting.ip.as_deref(), Some("203.0.113.7"));
    }
    assert!(world.who(&thief).await.is_some());
    // Nor does a link of another kind open it, or it another one's page.
    assert!(world.identity.open_link(&token).await.is_err());
    assert!(!world.redeem(&token, NEW).await);
    let reset = world.reset_token(ALICE).await;
    let refused = world.identity.sighting(&reset).await;
    assert!(matches!(refused, Err(NotMeError::Unusable)), "{refused:?}");
}

#[tokio::test]
async fn a_sign_in_that_was_not_mine_ends_with_all_it_gave() {
    let Robbed { world, owner, thief, token } = Robbed::new().await;
    let client = world.client("notes").await;
    let offline = world.grant(&thief, &client, "openid offline_access").await;
    let mine = world.grant(&owner, &client, "openid offline_access").await;
    let other = world.second_node();
    let uses = (0..20).map(|n| {
        let identity = if n % 2 == 0 { world.identity.clone() } else { other.identity.clone() };
        let token = token.clone();
        tokio::spawn(async move { identity.disown(&token, &context()).await.unwrap() })
    });
    let mut now = 0;
    for answer in uses.collect::<Vec<_>>() {
        now += usize::from(answer.await.unwrap() == Disowned::Now(WayBack::Mailed));
    }
    assert_eq!(now, 1, "of twenty at once one does it, and none fails");
    for node in [&world, &other] {
        assert!(node.who(&thief).await.is_none());
        assert!(node.who(&owner).await.is_none(), "which one is the owner's nobody knows");
        assert!(node.dead(offline).await.is_some() && node.dead(mine).await.is_some());
    }
    assert_eq!(world.trail("session.disowned").await, 1);
    assert_eq!(world.rows("devices").len(), 0, "the browsers are forgotten");
    let resets = world.letters_of(ALICE, "password-reset").await;
    assert_eq!(resets.len(), 1);

    // The thief, who still has the password, cannot take that link away by signing in once more.
    world.pass(TimeDelta::seconds(1));
    let mut again = thief.clone();
    let flow = world.account_flow(&again).await;
    world.login(&mut again, flow, ALICE, PASSWORD).await.unwrap();
    assert_eq!(world.letters_of(ALICE, "new-sign-in").await.len(), 2, "a stranger again");
    assert!(world.redeem(&super::token(&resets[0]), NEW).await);
    assert!(world.who(&again).await.is_none());
}

/// Both change the account and its links, and begin with the account, so that neither has what the other
/// waits for.
#[tokio::test]
async fn a_sign_in_is_disowned_here_while_the_account_is_closed_there() {
    let Robbed { world, thief, token, .. } = Robbed::new().await;
    let other = world.second_node();
    let user = world.who(&thief).await.unwrap().profile.user.id;
    let (mut holder, mut watcher) = (world.raw(), world.raw());
    for statement in ["BEGIN", "SELECT 1 FROM users FOR UPDATE"] {
        diesel::RunQueryDsl::execute(diesel::sql_query(statement), &mut holder).unwrap();
    }
    let mut waiting = |count: usize| {
        let query = "SELECT 1 FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        diesel::RunQueryDsl::execute(diesel::sql_query(query), &mut watcher).unwrap() >= count
    };
    let (closing, disowning) = (world.identity.clone(), other.identity.clone());
    let closed =
        tokio::spawn(async move { closing.disable_user(Actor::Operator, user, &context()).await });
    until("the account is about to be closed", || waiting(1)).await;
    let disowned = tokio::spawn(async move { disowning.disown(&token, &context()).await });
    until("the sign-in is about to be disowned", || waiting(2)).await;
    diesel::RunQueryDsl::execute(diesel::sql_query("COMMIT"), &mut holder).unwrap();
    closed.await.unwrap().unwrap();
    assert_eq!(disowned.await.unwrap().unwrap(), Disowned::Before);
    let profile = world.identity.find_user(ALICE).await.unwrap().unwrap();
    assert_eq!(profile.user.status, UserStatus::Disabled);
    assert!(world.letters_of(ALICE, "password-reset").await.is_empty());
}

#[tokio::test]
async fn what_a_stranger_has_begun_ends_with_the_sign_in() {
    let Robbed { world, thief, token, .. } = Robbed::new().await;
    let mut half = Browser::at_address("198.51.100.1");
    super::all(
        &world,
        &[
            "INSERT INTO authenticators (id, user_id, name, sealed_secret, seal_key_id, seal_nonce, \
             created_at, confirmed_at) \
             SELECT gen_random_uuid(), id, 'Phone', '', '', '', created_at, created_at FROM users",
        ],
    );
    let flow = world.account_flow(&half).await;
    let advanced = world.login(&mut half, flow, ALICE, PASSWORD).await.unwrap();
    assert!(advanced.cookie.is_none(), "half way in");
    super::all(
        &world,
        &[
            "INSERT INTO mailed_codes (id, purpose, flow_id, user_id, email, code_hash, created_at, \
             expires_at) SELECT gen_random_uuid(), 'second_factor', f.id, u.id, 'a@b.c', \
             sha256('x'), u.created_at, '2100-01-01' FROM users u, flows f LIMIT 1",
            "INSERT INTO passkey_ceremonies (id, purpose, browser_hash, session_id, state, \
             created_at, expires_at) SELECT gen_random_uuid(), 'add', sha256('x'), id, '{}', \
             created_at, '2100-01-01' FROM sessions LIMIT 1",
            "INSERT INTO one_time_links (id, purpose, secret_hash, user_id, email, created_at, \
             expires_at) SELECT gen_random_uuid(), purpose, sha256(purpose::bytea), id, 'a@b.c', \
             created_at, '2100-01-01' FROM users, unnest('{confirm_address,keep_address}'::text[]) \
             AS purpose",
        ],
    );
    world.pass(TimeDelta::seconds(1));
    let disowned = world.identity.disown(&token, &context()).await.unwrap();
    assert_eq!(disowned, Disowned::Now(WayBack::Mailed));
    assert!(world.one("SELECT bool_and(consumed_at IS NOT NULL) FROM mailed_codes"));
    assert!(world.one("SELECT bool_and(consumed_at IS NOT NULL) FROM passkey_ceremonies"));
    assert!(world.one("SELECT bool_and(user_id IS NULL) FROM flows"), "who is half way in is out");
    let lives = |purpose| {
        format!("SELECT consumed_at IS NULL FROM one_time_links WHERE purpose = '{purpose}'")
    };
    assert!(!world.one(&lives("confirm_address")), "an address that waited");
    assert!(world.one(&lives("keep_address")), "what undoes something stays");
    assert!(world.who(&thief).await.is_none());
}

#[tokio::test]
async fn the_link_outlives_the_thiefs_own_new_password_and_a_fortnight_ends_it() {
    let Robbed { world, token, .. } = Robbed::new().await;
    let link = world.reset_token(ALICE).await;
    assert!(world.redeem(&link, NEW).await);
    assert!(world.identity.sighting(&token).await.is_ok());
    world.pass(TimeDelta::days(14));
    let late = world.identity.disown(&token, &context()).await;
    assert!(matches!(late, Err(NotMeError::Unusable)), "{late:?}");
    let made_up = world.identity.disown(&"made up".into(), &context()).await;
    assert!(matches!(made_up, Err(NotMeError::Unusable)), "{made_up:?}");
}
