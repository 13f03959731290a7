//! What is found, and what is not.

use latchkey::domain::address::Identifier;
use latchkey::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use latchkey::domain::authorization::{AuthorizationRequest, Prompts, ResponseMode};
use latchkey::domain::claims::Claim;
use latchkey::domain::client::{ClientSecret, SECRET_PREFIX};
use latchkey::domain::consent::ConsentBasis::{FirstParty, Given};
use latchkey::domain::consent::{Allowance, Consent};
use latchkey::domain::flow::{Flow, Purpose};
use latchkey::domain::grant::{Grant, RevokeReason};
use latchkey::domain::redirect_uri::RedirectUri;
use latchkey::domain::role::{ADMINISTRATOR, permission};
use latchkey::domain::scope::Scopes;
use latchkey::domain::session::{Authentication, SessionEnd};
use latchkey::domain::user::UserStatus;
use latchkey::kernel::ids::{AuditEventId, ClientSecretId, FlowId, RoleId, SessionId};
use latchkey::kernel::token_hash::TokenHash;
use latchkey::storage::repo::audit::AuditFilter;
use latchkey::storage::repo::sessions::Rotation;

use super::{at, bench, client};

fn identifier(text: &str) -> Identifier {
    Identifier::parse(text).unwrap()
}

#[test]
fn an_address_signs_its_verified_owner_in() {
    let bench = bench();
    let find = |text: &str| {
        let identifier = identifier(text);
        let found = bench.read(|tx| tx.users().find_by_identifier(&identifier));
        found.map(|profile| profile.user.id)
    };
    let first = bench.user("shared@example.org", false, Some("first"));
    let second = bench.user("shared@example.org", false, None);
    assert_eq!(find("Shared@Example.org"), Some(first), "the oldest, while nobody proved it");
    let owner = bench.user("shared@example.org", true, None);
    assert_eq!(find("shared@example.org"), Some(owner), "whoever proved it");
    assert_eq!(find("FIRST"), Some(first));
    assert_eq!(find("second"), None);
    assert_eq!(find("other@example.org"), None);

    // One that is being deleted still has it: nobody else slips into its place.
    let deleting = UserStatus::Deleting { since: at(1) };
    assert!(bench.write(|tx| tx.users().set_status(owner, deleting, Some(at(1)), at(1))));
    assert_eq!(find("shared@example.org"), Some(owner));
    let profile = bench.read(|tx| tx.users().find(owner)).unwrap();
    assert_eq!(profile.user.status, deleting);
    assert_eq!(profile.user.credentials_changed_at, at(1));
    assert!(bench.write(|tx| tx.users().set_status(owner, UserStatus::Active, None, at(2))));
    let profile = bench.read(|tx| tx.users().find(owner)).unwrap();
    assert!(profile.user.is_active());
    assert_eq!(profile.user.credentials_changed_at, at(1), "unchanged");

    let phc = |text: &str| {
        let identifier = identifier(text);
        bench.read(|tx| tx.users().sign_in_candidate(&identifier)).unwrap().1
    };
    assert_eq!(phc("shared@example.org"), Some(format!("$phc$of-{owner}")));
    bench.write(|tx| tx.passwords().set(second, "$new", at(3)));
    assert_eq!(bench.read(|tx| tx.passwords().find(second)).as_deref(), Some("$new"));
    assert_eq!(phc("first"), Some(format!("$phc$of-{first}")));
}

#[test]
fn an_identifier_is_taken_by_whoever_has_it() {
    let bench = bench();
    bench.user("a@example.org", false, Some("ada"));
    let taken = |text: &str| {
        let identifier = identifier(text);
        bench.write(|tx| {
            tx.users().lock_identifiers(&[identifier.canonical(), "a", identifier.canonical()])?;
            tx.users().identifier_taken(&identifier, TokenHash::of("nobody's"))
        })
    };
    assert!(taken("A@example.org"));
    assert!(taken("Ada"));
    assert!(!taken("b@example.org"));
    assert!(!taken("ad"));
}

#[test]
fn case_310_nothing_that_is_searched_for_is_a_wildcard() {
    let bench = bench();
    let plain = bench.user("abc@example.org", true, Some("abc"));
    let odd = bench.user("a_c@example.org", true, Some("a_c"));
    let percent = bench.user("%x@example.org", true, None);
    let list = |search: &str| -> Vec<_> {
        let found = bench.read(|tx| tx.users().list(Some(search), 10, None));
        found.into_iter().map(|profile| profile.user.id).collect()
    };
    assert_eq!(list("a_c"), [odd]);
    assert_eq!(list("%"), [percent]);
    assert_eq!(list("_"), []);
    assert_eq!(list("\\"), []);
    assert_eq!(list("'; --"), []);
    assert_eq!(list("\0"), []);
    assert_eq!(list("ABC@"), [plain]);
    // In the order of their ids, which follow the time to the millisecond only.
    let mut all = [plain, odd, percent];
    all.sort_by_key(|id| id.0);
    assert_eq!(list("ada love"), all);
    let page = bench.read(|tx| tx.users().list(None, 1, Some(all[0])));
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].user.id, all[1]);
}

#[test]
fn a_clients_id_is_never_given_out_again() {
    let bench = bench();
    let mut app = client("app");
    app.secrets = vec![secret(&bench, 0), secret(&bench, 1)];
    assert!(bench.write(|tx| tx.clients().insert(&app)));
    let found = bench.read(|tx| tx.clients().find(&app.id)).unwrap();
    assert_eq!(found.lifetimes, app.lifetimes);
    assert_eq!(found.redirect_uris, app.redirect_uris);
    let newest_first = [app.secrets[1].id, app.secrets[0].id];
    assert_eq!(found.secrets.iter().map(|s| s.id).collect::<Vec<_>>(), newest_first);

    let added = secret(&bench, 2);
    bench.write(|tx| {
        tx.clients().add_secret(&app.id, &added)?;
        tx.clients().expire_secrets(&app.id, added.id, at(50))?;
        tx.clients().expire_secrets(&app.id, added.id, at(90))
    });
    let found = bench.read(|tx| tx.clients().find(&app.id)).unwrap();
    let expiries: Vec<_> = found.secrets.iter().map(|s| s.expires_at).collect();
    assert_eq!(expiries, [None, Some(at(50)), Some(at(50))], "an end never moves back");

    app.lifetimes.access_token = None;
    app.name = "Renamed".to_owned();
    assert!(bench.write(|tx| tx.clients().update(&app)));
    let found = bench.read(|tx| tx.clients().find(&app.id)).unwrap();
    assert_eq!((found.name.as_str(), found.lifetimes.access_token), ("Renamed", None));

    bench.client("beta");
    assert_eq!(bench.read(|tx| tx.clients().list()).len(), 2);
    assert!(!bench.write(|tx| tx.clients().insert(&client("app"))), "taken");
    assert!(bench.write(|tx| tx.clients().remove(&app.id, at(1))));
    assert!(!bench.write(|tx| tx.clients().remove(&app.id, at(1))), "removed already");
    assert!(bench.read(|tx| tx.clients().find(&app.id)).is_none());
    assert!(!bench.write(|tx| tx.clients().update(&app)));
    assert!(!bench.write(|tx| tx.clients().insert(&client("app"))), "taken for ever");
    assert_eq!(bench.read(|tx| tx.clients().list()).len(), 1);
}

fn secret(bench: &super::Bench, created: i64) -> ClientSecret {
    ClientSecret {
        id: ClientSecretId::new(&bench.env),
        hash: TokenHash::of(bench.env.random_token(SECRET_PREFIX).expose()),
        created_at: at(created),
        expires_at: None,
    }
}

#[test]
fn ending_sessions_ends_what_lives_by_them() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let other = bench.user("b@example.org", true, None);
    let app = bench.client("app");
    let (kept, secret) = bench.session(user);
    let (ended, _) = bench.session(user);
    let (foreign, _) = bench.session(other);
    let online = bench.grant(user, &app, ended, "openid");
    let offline = bench.grant(user, &app, ended, "openid offline_access");

    let reason = SessionEnd::EndedByUser;
    let gone = bench.write(|tx| tx.sessions().end_all(user, Some(kept), reason, at(1)));
    assert_eq!(gone, [ended]);
    let list = |user| -> Vec<SessionId> {
        bench.read(|tx| tx.sessions().list(user)).into_iter().map(|s| s.id).collect()
    };
    assert_eq!(list(user), [kept]);
    assert_eq!(list(other), [foreign]);

    let reason = RevokeReason::SessionEnded;
    assert_eq!(bench.write(|tx| tx.grants().revoke_for_sessions(&[ended], reason, at(1))), 1);
    let revoked = |id| bench.read(|tx| tx.grants().find(id)).unwrap().grant.revoked;
    assert_eq!(revoked(online.id), Some((at(1), RevokeReason::SessionEnded)));
    assert_eq!(revoked(offline.id), None);
    let reason = RevokeReason::RevokedByUser;
    let count = bench.write(|tx| tx.grants().revoke_for_user_and_client(user, &app, reason, at(2)));
    assert_eq!(count, 1);
    assert_eq!(bench.write(|tx| tx.grants().revoke_for_user(user, reason, at(3))), 0);
    assert_eq!(bench.write(|tx| tx.grants().revoke_for_client(&app, reason, at(3))), 0);

    let all = bench.write(|tx| tx.sessions().end_all(user, None, SessionEnd::EndedByUser, at(4)));
    assert_eq!(all, [kept]);
    let signed_in = bench.read(|tx| tx.sessions().find_by_secret(secret)).unwrap();
    assert_eq!(signed_in.session.ended, Some((at(4), SessionEnd::EndedByUser)));
}

#[test]
fn a_session_keeps_its_row_and_changes_its_secret() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let app = bench.client("app");
    let (session, old) = bench.session(user);
    let new = bench.secret();
    let authentication = Authentication::by_password(at(5));
    let change = Rotation {
        secret: new,
        authentication: &authentication,
        remember: true,
        expires_at: at(9000),
        ip: Some("192.0.2.1"),
        user_agent: None,
    };
    assert!(bench.write(|tx| tx.sessions().rotate(session, &change, at(5))));
    assert!(bench.read(|tx| tx.sessions().find_by_secret(old)).is_none());

    let consent = Consent {
        user_id: user,
        client_id: app.as_str().to_owned(),
        scopes: Scopes::parse("openid profile").unwrap(),
        claims: [Claim::Email].into(),
        created_at: at(0),
        updated_at: at(0),
    };
    let find = || bench.read(|tx| tx.sessions().find_by_secret_with_consent(new, &app)).unwrap();
    let (signed_in, none) = find();
    assert!(none.is_none());
    assert_eq!(signed_in.session.id, session);
    assert_eq!(signed_in.session.auth_time, at(5));
    assert!(signed_in.session.remember);
    assert_eq!(signed_in.profile.user.id, user);
    bench.write(|tx| tx.consents().give(&consent));
    let more = Consent {
        scopes: Scopes::parse("openid").unwrap(),
        claims: [Claim::PhoneNumber].into(),
        created_at: at(7),
        updated_at: at(7),
        ..consent
    };
    bench.write(|tx| tx.consents().give(&more));
    let (_, found) = find();
    let found = found.unwrap();
    assert_eq!(found.scopes.to_string(), "openid profile");
    assert_eq!(found.claims, [Claim::Email, Claim::PhoneNumber].into());
    assert_eq!((found.created_at, found.updated_at), (at(0), at(7)));
    let listed = bench.read(|tx| tx.consents().list(user));
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].1.id, app);
    assert!(bench.write(|tx| tx.consents().delete(user, &app)));
    assert!(bench.read(|tx| tx.consents().find(user, &app)).is_none());

    bench.write(|tx| tx.sessions().end(session, SessionEnd::SignedOut, at(8)));
    assert!(!bench.write(|tx| tx.sessions().rotate(session, &change, at(9))), "it has ended");
}

#[test]
fn a_flow_comes_back_as_it_was_stored() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let (session, _) = bench.session(user);
    let request = AuthorizationRequest {
        client_id: bench.client("app"),
        redirect_uri: RedirectUri::stored("https://app.example/cb?a=b".to_owned()),
        response_mode: ResponseMode::FormPost,
        scopes: Scopes::parse("openid profile").unwrap(),
        state: Some("'\\%_ü\"".to_owned()),
        nonce: None,
        code_challenge: Some("c".to_owned()),
        prompt: Prompts { login: true, ..Prompts::default() },
        max_age: Some(0),
        login_hint: None,
        idp_hint: None,
        hinted_subject: None,
        acr_values: vec!["x".to_owned()],
        claims: serde_json::from_str(r#"{"userinfo":{"name":null}}"#).unwrap(),
        ui_locales: None,
    };
    let flow = Flow {
        id: FlowId::new(&bench.env),
        browser: bench.secret(),
        purpose: Purpose::Authorize(Box::new(request)),
        session_id: None,
        authenticated_at: None,
        consented: None,
        pending: None,
        arrival: None,
        created_at: at(0),
        expires_at: at(60),
        finished_at: None,
    };
    bench.write(|tx| tx.flows().insert(&flow));
    let found = bench.read(|tx| tx.flows().find(flow.id)).unwrap();
    assert_eq!(found.purpose, flow.purpose);
    assert_eq!(found.browser, flow.browser);

    let allowed = Allowance {
        scopes: Scopes::parse("openid").unwrap(),
        claims: [Claim::Name, Claim::Email].into(),
    };
    bench.write(|tx| {
        tx.flows().authenticated(flow.id, session, Some(at(1)))?;
        tx.flows().consented(flow.id, &allowed)
    });
    let found = bench.write(|tx| tx.flows().find_for_update(flow.id)).unwrap();
    assert_eq!(found.session_id, Some(session));
    assert_eq!(found.authenticated_at, Some(at(1)));
    assert_eq!(found.consented, Some(allowed));
    bench.write(|tx| tx.flows().authenticated(flow.id, session, None));
    let found = bench.write(|tx| tx.flows().find_for_update(flow.id)).unwrap();
    assert_eq!(found.authenticated_at, None, "going on as somebody proves nothing anew");
}

#[test]
fn roles_add_up_to_permissions() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let ensure = |permissions: &[&str]| {
        let id = RoleId::new(&bench.env);
        bench.write(|tx| tx.roles().ensure(id, ADMINISTRATOR, "Everything", permissions, at(0)))
    };
    let first = ensure(&permission::ALL[..2]);
    assert_eq!(ensure(permission::ALL), first, "the role that was there");
    assert!(!bench.write(|tx| tx.roles().grant(user, "nothing", at(0))));
    for _ in 0..2 {
        assert!(bench.write(|tx| tx.roles().grant(user, ADMINISTRATOR, at(0))));
    }
    let mut all = permission::ALL.to_vec();
    all.sort_unstable();
    assert_eq!(bench.read(|tx| tx.roles().permissions_of(user)), all);
    assert_eq!(bench.read(|tx| tx.users().find(user)).unwrap().roles, [ADMINISTRATOR]);
}

#[test]
fn the_trail_tells_who_did_what() {
    let bench = bench();
    let user = bench.user("a@example.org", true, None);
    let context = RequestContext {
        request_id: Some("r1".to_owned()),
        started_at: Some(at(0)),
        ..RequestContext::default()
    };
    let events = [
        AuditEvent::new(Action::SignIn, Actor::User(user)).target("user", user),
        AuditEvent::new(Action::TokenRefused, Actor::Anonymous).refused("invalid_grant"),
    ];
    for (seconds, event) in (1..).zip(&events) {
        let id = AuditEventId::new(&bench.env);
        bench.write(|tx| tx.audit().append(id, event, &context, at(seconds)));
    }
    let all = bench.read(|tx| tx.audit().list(&AuditFilter::default(), 10));
    let actions: Vec<_> = all.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["token.refused", "session.sign_in"]);
    assert_eq!(all[0].error_code.as_deref(), Some("invalid_grant"));
    assert!(!all[0].success && all[1].success);
    let filter = AuditFilter { person: Some(user.to_string()), ..AuditFilter::default() };
    let theirs = bench.read(|tx| tx.audit().list(&filter, 10));
    assert_eq!(theirs.len(), 1);
    assert_eq!(theirs[0].request_id.as_deref(), Some("r1"));
}

#[test]
fn case_061_no_grant_is_given_in_what_has_ended_meanwhile() {
    let bench = bench();
    let client = bench.client("notes");
    for ended in ["session", "password", "account"] {
        let user = bench.user(&format!("{ended}@example.org"), true, None);
        let (session, _) = bench.session(user);
        let grant = bench.grant(user, &client, session, "openid offline_access");
        bench.write(|tx| match ended {
            "session" => tx.sessions().end(session, SessionEnd::SignedOut, at(1)).map(|_| ()),
            "password" => tx.users().credentials_changed(user, at(1)).map(|_| ()),
            _ => tx.users().set_status(user, UserStatus::Disabled, None, at(1)).map(|_| ()),
        });
        let late = bench.again(&grant);
        assert!(!bench.write(|tx| tx.grants().insert(&late, FirstParty)), "{ended}");
    }
}

#[test]
fn case_290_a_grant_rests_on_a_consent_that_is_there() {
    let bench = bench();
    let client = bench.client("notes");
    let user = bench.user("ada@example.org", true, None);
    let (session, _) = bench.session(user);
    let grant = bench.grant(user, &client, session, "openid email");
    let given = |grant: &Grant, given: Option<(&str, &[Claim])>| {
        bench.write(|tx| tx.consents().delete(user, &client));
        if let Some((scopes, claims)) = given {
            let consent = Consent {
                user_id: user,
                client_id: client.as_str().to_owned(),
                scopes: Scopes::parse(scopes).unwrap(),
                claims: claims.iter().copied().collect(),
                created_at: at(0),
                updated_at: at(0),
            };
            bench.write(|tx| tx.consents().give(&consent));
        }
        let again = bench.again(grant);
        bench.write(|tx| tx.grants().insert(&again, Given))
    };
    assert!(!given(&grant, None));
    assert!(!given(&grant, Some(("openid", &[]))), "not to all of it");
    assert!(given(&grant, Some(("openid email profile", &[]))));

    let claims = serde_json::from_str(r#"{"userinfo":{"name":null},"id_token":{"locale":null}}"#);
    let single = Grant { claims: claims.unwrap(), ..grant };
    for (consent, enough) in [
        (("openid email", &[][..]), false),
        (("openid email", &[Claim::Name]), false),
        (("openid email", &[Claim::Name, Claim::Locale]), true),
        (("openid email profile", &[]), true),
        (("email", &[Claim::Name, Claim::Locale]), false),
    ] {
        assert_eq!(given(&single, Some(consent)), enough, "{consent:?}");
    }
}
