//! Narrowing, for any sets of scopes: what comes out of the engine is never more than was asked
//! for, registered and granted (case 016, case 060).

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use url::form_urlencoded::Serializer;

use super::registrar::OneClient;
use super::vocabulary::{scope_of, scopes_of};
use super::{authorization, client_credentials, code, refresh};
use crate::domain::client::{
    ApplicationType, AuthMethod, Client, ClientLifetimes, ClientLinks, GrantType, PkcePolicy,
};
use crate::domain::details::Details;
use crate::domain::grant::{Code, Grant, GrantAuthentication, LiveGrant};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope::Scopes;
use crate::domain::user::{Profile, User, UserStatus};
use crate::kernel::env::Env;
use crate::kernel::ids::{GrantId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::protocol::error::OAuthError;
use crate::protocol::params::Params;
use crate::storage::{Stop, StorageError};

const REDIRECT: &str = "https://app.example/cb";
const KNOWN: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "roles",
    "api:read",
    "api:write",
    "A",
    "a",
    "!~",
];

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn client(scopes: &Scopes) -> Client {
    Client {
        id: "notes".parse().unwrap(),
        name: "Notes".to_owned(),
        application_type: ApplicationType::Web,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec![RedirectUri::register(REDIRECT, ApplicationType::Web).unwrap()],
        post_logout_redirect_uris: Vec::new(),
        scopes: scopes.clone(),
        grant_types: GrantType::ALL.to_vec(),
        first_party: false,
        pkce: PkcePolicy::NonceSuffices,
        needs_second_factor: false,
        provider: None,
        lifetimes: ClientLifetimes::default(),
        links: ClientLinks::default(),
        secrets: Vec::new(),
        created_at: now(),
        updated_at: now(),
        disabled_at: None,
    }
}

fn live(scopes: &Scopes) -> LiveGrant {
    let env = Env::system();
    let user = User {
        id: UserId::new(&env),
        subject: "alice".to_owned(),
        username: None,
        name: None,
        locale: None,
        zoneinfo: None,
        contact: Details::default(),
        picture: None,
        status: UserStatus::Active,
        credentials_changed_at: now(),
        disowned_at: None,
        created_at: now(),
        updated_at: now(),
    };
    let grant = Grant {
        id: GrantId::new(&env),
        client_id: "notes".parse().unwrap(),
        user_id: user.id,
        session_id: None,
        scopes: scopes.clone(),
        redirect_uri: RedirectUri::stored(REDIRECT.to_owned()),
        nonce: None,
        code_challenge: None,
        claims: None,
        authentication: GrantAuthentication {
            at: now(),
            acr: String::new(),
            amr: Vec::new(),
            sid: String::new(),
        },
        code: Code { hash: TokenHash::of("the-code"), expires_at: now(), consumed_at: None },
        created_at: now(),
        expires_at: now(),
        revoked: None,
    };
    LiveGrant {
        grant,
        profile: Profile {
            user,
            primary_address: None,
            roles: Vec::new(),
            needs_second_factor: false,
        },
        session: None,
        client_disabled: false,
        client_scopes: scopes.clone(),
    }
}

fn params(pairs: &[(&str, &str)]) -> Params {
    Params::parse(&Serializer::new(String::new()).extend_pairs(pairs).finish()).unwrap()
}

/// What rows would be written for; the database then fails, so that no token has to be made.
fn written(
    engine: impl FnOnce(&dyn Fn(Scopes) -> StorageError) -> Stop<crate::protocol::error::Refusal>,
) -> Result<Scopes, OAuthError> {
    let seen = RefCell::new(None);
    let stop = engine(&|scopes| {
        seen.replace(Some(scopes));
        StorageError::Busy
    });
    match (stop, seen.into_inner()) {
        (Stop::Failed(StorageError::Busy), Some(scopes)) => Ok(scopes),
        (Stop::Refused(refusal), None) => Err(refusal.error),
        (stop, seen) => panic!("{stop:?} after {seen:?}"),
    }
}

fn refreshed(client: &Client, live: &LiveGrant, scope: &str) -> Result<Scopes, OAuthError> {
    let sent = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("scope", scope)];
    let params = params(&sent);
    written(|write| refresh::refresh(client, &params, live, |s| Err(write(s))).unwrap_err())
}

fn scopes() -> impl Strategy<Value = Scopes> {
    subsequence(KNOWN, 0..=KNOWN.len()).prop_map(|names| names.into_iter().collect())
}

/// A `scope` parameter: known and unknown names, mostly parted by one space, and now and then not.
fn asked() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        9 => select(KNOWN).prop_map(str::to_owned),
        1 => "[!-~]{1,6}",
    ];
    let gap = prop_oneof![9 => Just(" "), 1 => select(vec!["  ", "\t", "\n", "\u{a0}", ","])];
    prop::collection::vec((name, gap), 0..5).prop_map(|words| {
        let mut text = String::new();
        for (at, (name, gap)) in words.iter().enumerate() {
            if at > 0 {
                text.push_str(gap);
            }
            text.push_str(name);
        }
        text
    })
}

fn check_order(scopes: &Scopes) {
    let text = scopes.to_string();
    let names: Vec<&str> = text.split(' ').filter(|name| !name.is_empty()).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{text}");
    assert_eq!(Scopes::parse(&text).as_ref(), Ok(scopes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn case_016_a_request_gets_what_is_asked_for_and_registered(
        registered in scopes(), asked in asked(),
    ) {
        let client = client(&registered);
        let sent = [
            ("client_id", "notes"),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", &asked),
        ];
        let got = authorization::negotiate(&client, &params(&sent), true);
        let allowed = Scopes::parse(&asked).map(|asked| asked.intersection(&registered));
        let bad = allowed.is_err();
        match (got, allowed) {
            (Ok(got), Ok(allowed)) => {
                check_order(&got.scopes);
                prop_assert!(!allowed.is_empty());
                prop_assert_eq!(got.scopes, allowed);
            }
            (Err(refusal), allowed) => {
                prop_assert!(allowed.is_ok_and(|allowed| allowed.is_empty()) || bad);
                prop_assert_eq!(refusal.error, OAuthError::InvalidScope);
            }
            (Ok(got), Err(_)) => panic!("{asked:?} was read as {}", got.scopes),
        }
    }

    #[test]
    fn a_request_is_only_bound_to_a_registered_address(sent in prop_oneof![
        Just(REDIRECT.to_owned()),
        "https://(app|APP)\\.example(:443)?/(cb|CB|c%62)/?[?#]?",
        any::<String>(),
    ]) {
        let scopes: Scopes = ["openid"].into_iter().collect();
        let client = client(&scopes);
        let pairs = [
            ("client_id", "notes"),
            ("redirect_uri", &*sent),
            ("response_type", "code"),
            ("scope", "openid"),
        ];
        prop_assume!(!sent.contains('\0'));
        let got = authorization::negotiate(&client, &params(&pairs), true);
        prop_assert_eq!(got.is_ok(), sent == REDIRECT, "{}", sent);
    }

    #[test]
    fn case_060_a_refresh_never_goes_beyond_the_grant(
        registered in scopes(), granted in scopes(), asked in prop::collection::vec(asked(), 1..4),
    ) {
        let (client, live) = (client(&registered), live(&granted));
        for asked in asked.iter().map(String::as_str).chain([""]) {
            let got = refreshed(&client, &live, asked);
            let within = Scopes::parse(asked).ok().filter(|asked| asked.is_subset(&granted));
            match (got, within) {
                (Ok(got), Some(within)) => {
                    check_order(&got);
                    prop_assert!(got.is_subset(&granted));
                    // Nothing asked for is everything granted, however narrow the one before was.
                    prop_assert_eq!(&got, if asked.is_empty() { &granted } else { &within });
                }
                (Err(error), None) => prop_assert_eq!(error, OAuthError::InvalidScope),
                (got, within) => panic!("{asked:?} of {granted}: {got:?}, not {within:?}"),
            }
        }
    }

    #[test]
    fn a_code_is_worth_what_was_granted_whatever_is_asked(granted in scopes(), asked in asked()) {
        let (client, live) = (client(&granted), live(&granted));
        let params = params(&[
            ("grant_type", "authorization_code"),
            ("code", "the-code"),
            ("redirect_uri", REDIRECT),
            ("scope", &asked),
        ]);
        let redeem = |write: &dyn Fn(Scopes) -> StorageError| {
            code::redeem(&client, &params, &live, |scopes| Err(write(scopes))).unwrap_err()
        };
        let got = written(redeem);
        prop_assert_eq!(got, Ok(granted));
    }

    #[test]
    fn a_client_gets_for_itself_what_is_its_own(registered in scopes(), asked in asked()) {
        let client = client(&registered);
        let own = client.own_scopes();
        let params = params(&[("grant_type", "client_credentials"), ("scope", &asked)]);
        let expected = match Scopes::parse(&asked) {
            Ok(asked) if asked.is_empty() => Ok(own.clone()),
            Ok(asked) if !asked.intersection(&own).is_empty() => Ok(asked.intersection(&own)),
            _ => Err(OAuthError::InvalidScope),
        };
        let got = client_credentials::negotiate(&client, &params, &own);
        prop_assert_eq!(got.map_err(|refusal| refusal.error), expected);
    }

    #[test]
    fn the_engines_set_and_ours_are_the_same(scopes in scopes()) {
        let there = scope_of(&scopes).unwrap();
        prop_assert_eq!(scopes_of(&there), scopes);
    }
}

#[test]
fn the_registrar_knows_its_own_client_only() {
    use oxide_auth::primitives::registrar::Registrar as _;

    let client = client(&Scopes::default());
    let registrar = OneClient(&client);
    assert!(registrar.check("notes", None).is_ok());
    for other in ["", "note", "notes ", "NOTES", "notes2"] {
        assert!(registrar.check(other, Some(b"secret")).is_err(), "{other:?}");
    }
}
