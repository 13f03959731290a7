//! The system's clock runs on while these count, so a few more than the quota get through.

use chrono::TimeDelta;

use super::*;

/// 600 a minute for pages, so one comes back every tenth of a second.
const QUOTA: u32 = 600;

fn flood(env: &Env) -> Flood {
    let pages = NonZeroU32::new(QUOTA);
    Flood::new(env, &LimitsConfig { pages, ..LimitsConfig::default() })
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// How many of so many requests are admitted.
fn admitted(flood: &Flood, client: impl Into<Option<IpAddr>>, requests: u32) -> u32 {
    let client = client.into();
    let admitted = (0..requests).filter(|_| flood.admit(Class::Pages, client).is_ok());
    u32::try_from(admitted.count()).unwrap()
}

#[track_caller]
fn assert_about(count: u32, quota: u32) {
    assert!((quota..quota + quota / 10).contains(&count), "{count}, not {quota}");
}

#[test]
fn case_324_a_flood_is_refused_and_a_minute_later_it_is_forgotten() {
    let env = Env::system();
    let flood = flood(&env);
    assert_about(admitted(&flood, ip("203.0.113.9"), 2000), QUOTA);
    let refused = flood.admit(Class::Pages, Some(ip("203.0.113.9"))).unwrap_err();
    assert_eq!((refused.limit.attempts, refused.remaining), (QUOTA, 0));
    let wait = refused.resets_at - env.now();
    assert!(wait > TimeDelta::zero() && wait <= TimeDelta::seconds(1), "{wait}");
    assert!(flood.admit(Class::Pages, Some(ip("203.0.113.8"))).is_ok(), "others are served");
    assert!(flood.admit(Class::Authorize, Some(ip("203.0.113.9"))).is_ok(), "another limit");
    env.clock().correct(TimeDelta::seconds(61));
    assert_about(admitted(&flood, ip("203.0.113.9"), 2000), QUOTA);
}

#[test]
fn case_173_who_moves_within_a_network_stays_the_same_client() {
    let flood = flood(&Env::system());
    let mut count = 0;
    for n in 0..2000 {
        count += admitted(&flood, ip(&format!("2001:db8:1:2:{n:x}::{n:x}")), 1);
    }
    assert_about(count, QUOTA);
    assert_eq!(admitted(&flood, ip("::ffff:203.0.113.9"), 1), 1);
    assert_eq!(admitted(&flood, ip("2001:db8:1:3::1"), 1), 1);
}

#[test]
fn case_173_who_has_many_networks_has_a_wider_bound() {
    let flood = flood(&Env::system());
    let mut count = 0;
    for n in 0..20_000 {
        count += admitted(&flood, ip(&format!("2001:db8:1:{n:x}::1")), 1);
    }
    assert_about(count, 10 * QUOTA);
    assert_eq!(admitted(&flood, ip("2001:db8:2::1"), 1), 1, "another site is served");
}

#[test]
fn case_173_those_without_an_address_share_one_budget() {
    let flood = flood(&Env::system());
    assert_about(admitted(&flood, None::<IpAddr>, 2000), QUOTA);
}

#[test]
fn case_312_what_is_remembered_is_bounded_and_forgotten() {
    let env = Env::system();
    let once_a_minute = LimitsConfig { pages: NonZeroU32::new(1), ..LimitsConfig::default() };
    let flood = Flood::new(&env, &once_a_minute);
    let Some(limit) = &flood.limits[0].1 else { panic!("no limit") };
    let remembered = || {
        let (narrow, wide) = (limit.narrow.limiter.read(), limit.wide.limiter.read());
        narrow.unwrap().len() + wide.unwrap().len()
    };
    for n in 0..300_000_u32 {
        let _ = flood.admit(Class::Pages, Some(std::net::Ipv4Addr::from_bits(n).into()));
    }
    assert!((64_000..=65_536).contains(&remembered()), "{}", remembered());
    env.clock().correct(TimeDelta::minutes(3));
    admitted(&flood, ip("203.0.113.9"), SWEEP_EVERY);
    assert!(remembered() < 10, "{}", remembered());
}

#[test]
fn case_324_a_full_house_turns_no_newcomer_away() {
    let flood = flood(&Env::system());
    // As many addresses as there are places, each far below its limit.
    for n in 0..200_000_u32 {
        let _ = flood.admit(Class::Pages, Some(std::net::Ipv4Addr::from_bits(n).into()));
    }
    for n in 0..1000_u32 {
        let newcomer = std::net::Ipv4Addr::from_bits(0xcb00_7100 + n);
        assert!(flood.admit(Class::Pages, Some(newcomer.into())).is_ok(), "{newcomer}");
    }
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let env = Env::system();
    let flood = flood(&env);
    assert_about(admitted(&flood, ip("203.0.113.9"), 2000), QUOTA);
    env.clock().correct(TimeDelta::days(-400));
    assert_about(admitted(&flood, ip("203.0.113.9"), 2000), QUOTA);
    assert!(flood.admit(Class::Pages, Some(ip("203.0.113.9"))).is_err(), "and is still a limit");
}

#[test]
fn every_class_has_its_paths() {
    for (path, class) in [
        ("/login", Class::Pages),
        ("/", Class::Pages),
        ("/oauth2/authorize/continue", Class::Pages),
        ("/oauth2/logout", Class::Pages),
        ("/nowhere", Class::Pages),
        ("/oauth2/authorize", Class::Authorize),
        ("/oauth2/token", Class::Programs),
        ("/oauth2/userinfo", Class::Programs),
        ("/oauth2/jwks", Class::Public),
        ("/.well-known/openid-configuration", Class::Public),
        ("/health/ready", Class::Public),
        ("/assets/x.css", Class::Public),
        ("/pictures/x.96.jpg", Class::Pictures),
        ("/account/picture", Class::Pages),
    ] {
        assert_eq!(Class::of(path), class, "{path}");
    }
}
