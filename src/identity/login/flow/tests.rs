mod claims;
mod two_factors;

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::domain::authorization::{Prompts, ResponseMode};
use crate::domain::client::{
    ApplicationType, AuthMethod, ClientLifetimes, ClientLinks, GrantType, PkcePolicy,
};
use crate::domain::details::Details;
use crate::domain::factor::Proofs;
use crate::domain::flow::Purpose;
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope::Scopes;
use crate::domain::session::{ACR_SINGLE_FACTOR, Session};
use crate::domain::user::{Profile, User, UserStatus};
use crate::kernel::ids::{FlowId, SessionId, UserId};
use crate::kernel::token_hash::TokenHash;

const AGAIN: Next = Next::Login { again: true };
const LOGIN: Next = Next::Login { again: false };

/// A world in which nothing is missing, for each test to take something away.
struct World {
    flow: Flow,
    client: Option<Client>,
    signed_in: Option<SignedIn>,
    enrolled: Option<Enrolled>,
    settings: Settings,
    consent: Option<Consent>,
    registration_open: bool,
    now: DateTime<Utc>,
}

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

fn signed_in(number: u128, auth_time: DateTime<Utc>) -> SignedIn {
    let user_id = UserId(Uuid::from_u128(number));
    let session = Session {
        id: SessionId(Uuid::from_u128(number + 100)),
        sid: format!("sid-{number}"),
        user_id,
        auth_time,
        acr: ACR_SINGLE_FACTOR.to_owned(),
        amr: vec!["pwd".to_owned()],
        proofs: Proofs::of(FactorKind::Password, auth_time),
        trusted: false,
        remember: false,
        ip: None,
        user_agent: None,
        created_at: auth_time,
        last_used_at: auth_time,
        expires_at: auth_time + TimeDelta::days(1),
        ended: None,
    };
    let user = User {
        id: user_id,
        subject: format!("subject-{number}"),
        username: None,
        name: None,
        locale: None,
        zoneinfo: None,
        contact: Details::default(),
        picture: None,
        status: UserStatus::Active,
        credentials_changed_at: auth_time,
        disowned_at: None,
        created_at: auth_time,
        updated_at: auth_time,
    };
    SignedIn {
        session,
        profile: Profile { user, primary_address: None, roles: vec![], needs_second_factor: false },
    }
}

fn world() -> World {
    let begin = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let now = begin + TimeDelta::minutes(10);
    let redirect_uri = RedirectUri::stored("https://app.example/cb".to_owned());
    let request = AuthorizationRequest {
        client_id: "acme-notes".parse().unwrap(),
        redirect_uri: redirect_uri.clone(),
        response_mode: ResponseMode::Query,
        scopes: scopes("openid email"),
        state: None,
        nonce: None,
        code_challenge: None,
        prompt: Prompts::default(),
        max_age: None,
        login_hint: None,
        idp_hint: None,
        hinted_subject: None,
        acr_values: vec![],
        claims: None,
        ui_locales: None,
    };
    let client = Client {
        id: request.client_id.clone(),
        name: "ACME Notes".to_owned(),
        application_type: ApplicationType::Web,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec![redirect_uri],
        post_logout_redirect_uris: vec![],
        scopes: scopes("openid email profile offline_access"),
        grant_types: vec![GrantType::AuthorizationCode],
        first_party: false,
        pkce: PkcePolicy::Required,
        needs_second_factor: false,
        provider: None,
        lifetimes: ClientLifetimes::default(),
        links: ClientLinks::default(),
        secrets: vec![],
        created_at: begin,
        updated_at: begin,
        disabled_at: None,
    };
    let person = signed_in(1, begin);
    let consent = Consent {
        user_id: person.profile.user.id,
        client_id: client.id.as_str().to_owned(),
        scopes: scopes("openid email"),
        claims: std::collections::BTreeSet::new(),
        created_at: begin,
        updated_at: begin,
    };
    let flow = Flow {
        id: FlowId(Uuid::from_u128(9)),
        browser: TokenHash::of("browser"),
        purpose: Purpose::Authorize(Box::new(request)),
        session_id: None,
        authenticated_at: None,
        consented: None,
        pending: None,
        arrival: None,
        created_at: now,
        expires_at: now + TimeDelta::hours(1),
        finished_at: None,
    };
    World {
        flow,
        client: Some(client),
        signed_in: Some(person),
        enrolled: None,
        settings: Settings::default(),
        consent: Some(consent),
        registration_open: true,
        now,
    }
}

impl World {
    fn next(&self) -> Next {
        next(&Situation {
            flow: &self.flow,
            client: self.client.as_ref(),
            signed_in: self.signed_in.as_ref(),
            enrolled: self.enrolled,
            settings: &self.settings,
            consent: self.consent.as_ref(),
            registration_open: self.registration_open,
            now: self.now,
        })
    }

    fn request(&mut self) -> &mut AuthorizationRequest {
        match &mut self.flow.purpose {
            Purpose::Authorize(request) => request,
            Purpose::Account { .. } | Purpose::Confirm { .. } => panic!("there is no request"),
        }
    }

    fn client(&mut self) -> &mut Client {
        self.client.as_mut().unwrap()
    }

    /// The person picked the present session, or allowed something in it.
    fn bind(&mut self) {
        self.flow.session_id = self.signed_in.as_ref().map(|signed_in| signed_in.session.id);
    }

    /// The person proved who they are in this flow.
    fn authenticate(&mut self) {
        self.bind();
        self.flow.authenticated_at = Some(self.now);
        self.signed_in.as_mut().unwrap().session.auth_time = self.now;
    }

    /// Somebody else signed in in the same browser.
    fn become_other(&mut self) {
        let mut other = signed_in(2, self.now);
        other.profile.user.subject = "other".to_owned();
        self.consent.as_mut().unwrap().user_id = other.profile.user.id;
        self.signed_in = Some(other);
    }
}

fn asks(asked: &str, new: &str) -> Next {
    Next::Consent { asked: scopes(asked).into(), new: scopes(new).into() }
}

#[test]
fn a_live_session_and_a_known_consent_suffice() {
    assert_eq!(world().next(), Next::Done);
}

#[test]
fn nobody_signed_in_means_login() {
    let mut world = world();
    world.signed_in = None;
    assert_eq!(world.next(), LOGIN);
    world.request().prompt.login = true;
    assert_eq!(world.next(), LOGIN);
}

#[test]
fn prompt_create_means_register_while_that_is_open() {
    let mut world = world();
    world.request().prompt.create = true;
    assert_eq!(world.next(), Next::Register, "a session at hand is not what was asked for");
    world.registration_open = false;
    assert_eq!(world.next(), Next::Done);
    world.signed_in = None;
    assert_eq!(world.next(), LOGIN);
    world.registration_open = true;
    assert_eq!(world.next(), Next::Register);
    world.signed_in = Some(signed_in(1, world.now));
    world.authenticate();
    assert_eq!(world.next(), Next::Done, "an account was made, or an existing one proved");
}

#[test]
fn case_163_prompt_login_is_met_only_in_this_flow() {
    let mut world = world();
    world.request().prompt.login = true;
    assert_eq!(world.next(), AGAIN);
    world.bind();
    assert_eq!(world.next(), AGAIN, "going on with the session is no proof");
    // A second tab proved the same session anew.
    world.signed_in.as_mut().unwrap().session.auth_time = world.now;
    assert_eq!(world.next(), AGAIN);
    world.authenticate();
    assert_eq!(world.next(), Next::Done);
}

#[test]
fn case_164_max_age_asks_for_a_fresh_proof() {
    let mut world = world();
    world.request().max_age = Some(600);
    assert_eq!(world.next(), Next::Done, "exactly as old as allowed");
    world.now += TimeDelta::microseconds(1);
    assert_eq!(world.next(), AGAIN);
    world.authenticate();
    assert_eq!(world.next(), Next::Done);
    world.now += TimeDelta::minutes(10);
    assert_eq!(world.next(), Next::Done, "reading the consent page may take its time");
    world.now += TimeDelta::microseconds(1);
    assert_eq!(world.next(), AGAIN, "but not more than the age that was asked for");
    world.authenticate();
    assert_eq!(world.next(), Next::Done);
}

#[test]
fn case_164_a_tiny_max_age_is_no_circle() {
    let mut world = world();
    world.request().max_age = Some(1);
    assert_eq!(world.next(), AGAIN);
    world.authenticate();
    world.now += TimeDelta::seconds(30);
    assert_eq!(world.next(), Next::Done, "the way back takes its time, too");
    world.now += TimeDelta::seconds(1);
    assert_eq!(world.next(), AGAIN);
    world.request().max_age = Some(0);
    world.now += TimeDelta::minutes(30);
    assert_eq!(world.next(), Next::Done, "zero asks for a proof, as prompt=login does");
}

#[test]
fn case_164_max_age_zero_always_asks() {
    let mut world = world();
    world.request().max_age = Some(0);
    world.signed_in.as_mut().unwrap().session.auth_time = world.now;
    assert_eq!(world.next(), AGAIN);
    world.signed_in.as_mut().unwrap().session.auth_time = world.now + TimeDelta::seconds(5);
    assert_eq!(world.next(), AGAIN, "a node whose clock runs ahead does not turn it off");
    world.authenticate();
    assert_eq!(world.next(), Next::Done);
}

#[test]
fn a_hint_about_somebody_else_keeps_asking() {
    let mut world = world();
    world.request().hinted_subject = Some("subject-1".to_owned());
    assert_eq!(world.next(), Next::Done);
    world.request().hinted_subject = Some("subject-2".to_owned());
    assert_eq!(world.next(), AGAIN);
    world.authenticate();
    assert_eq!(world.next(), AGAIN, "a proof of being the wrong person does not help");
    world.request().hinted_subject = Some("subject-1".to_owned());
    assert_eq!(world.next(), Next::Done);
}

#[test]
fn select_account_is_met_by_a_choice() {
    let mut world = world();
    world.request().prompt.select_account = true;
    assert_eq!(world.next(), Next::SelectAccount);
    world.bind();
    assert_eq!(world.next(), Next::Done);
    world.request().prompt.login = true;
    assert_eq!(world.next(), AGAIN);
    world.authenticate();
    assert_eq!(world.next(), Next::Done);
}

#[test]
fn case_018_a_flow_does_not_slip_to_somebody_else() {
    let mut world = world();
    world.request().prompt.login = true;
    world.authenticate();
    world.flow.consented = Some(scopes("openid email").into());
    assert_eq!(world.next(), Next::Done);
    world.become_other();
    assert_eq!(world.next(), AGAIN, "the proof was about the first person");
    world.request().prompt.login = false;
    assert_eq!(world.next(), Next::SelectAccount);
    world.request().prompt.consent = true;
    world.bind();
    world.flow.consented = None;
    assert_eq!(world.next(), asks("openid email", ""));
}

#[test]
fn case_159_a_flow_whose_session_is_gone_starts_with_login() {
    let mut world = world();
    world.authenticate();
    world.signed_in = None;
    assert_eq!(world.next(), LOGIN);
    // The session's row was purged, and somebody signed in elsewhere.
    world.become_other();
    world.flow.session_id = None;
    world.request().prompt.login = true;
    assert_eq!(world.next(), AGAIN);
}

#[test]
fn case_289_first_use_and_new_scopes_ask() {
    let mut world = world();
    world.consent = None;
    assert_eq!(world.next(), asks("email openid", "email openid"));
    world.consent = self::world().consent;
    world.request().scopes = scopes("openid email profile offline_access");
    let wider = asks("openid email profile offline_access", "profile offline_access");
    assert_eq!(world.next(), wider);
    world.request().scopes = scopes("openid");
    assert_eq!(world.next(), Next::Done, "less than what was allowed");
}

#[test]
fn a_consent_of_somebody_else_or_for_another_app_does_not_count() {
    let mut world = world();
    world.consent.as_mut().unwrap().user_id = UserId(Uuid::from_u128(2));
    assert_eq!(world.next(), asks("openid email", "openid email"));
    let mut world = self::world();
    world.consent.as_mut().unwrap().client_id = "other-app".to_owned();
    assert_eq!(world.next(), asks("openid email", "openid email"));
}

#[test]
fn a_consent_to_nothing_is_still_asked_for() {
    let mut world = world();
    world.request().scopes = Scopes::default();
    world.consent = None;
    assert_eq!(world.next(), asks("", ""));
}

#[test]
fn prompt_consent_asks_once_a_flow() {
    let mut world = world();
    world.request().prompt.consent = true;
    assert_eq!(world.next(), asks("openid email", ""));
    world.bind();
    assert_eq!(world.next(), asks("openid email", ""), "picking an account is no consent");
    world.flow.consented = Some(scopes("openid").into());
    assert_eq!(world.next(), asks("openid email", ""), "not all of it was allowed");
    world.flow.consented = Some(scopes("openid email").into());
    assert_eq!(world.next(), Next::Done);
    world.flow.session_id = None;
    assert_eq!(world.next(), asks("openid email", ""), "a consent belongs to a session");
}

#[test]
fn first_party_apps_are_not_asked_about() {
    let mut world = world();
    world.client().first_party = true;
    world.consent = None;
    world.request().scopes = scopes("openid offline_access");
    assert_eq!(world.next(), Next::Done);
    world.request().prompt.consent = true;
    let both = "openid offline_access";
    assert_eq!(world.next(), asks(both, both), "unless the app itself wants it");
}

#[test]
fn case_289_apps_that_can_be_impersonated_ask_every_time() {
    for address in ["http://127.0.0.1:8081/cb", "http://localhost/cb", "com.example.app:/cb"] {
        for first_party in [false, true] {
            let mut world = world();
            world.request().redirect_uri = RedirectUri::stored(address.to_owned());
            world.client().first_party = first_party;
            assert_eq!(world.next(), Next::Done, "a client with a secret: {address}");
            world.client().auth_method = AuthMethod::None;
            assert_eq!(world.next(), asks("openid email", ""), "{address}");
            world.bind();
            world.flow.consented = Some(scopes("openid email").into());
            assert_eq!(world.next(), Next::Done, "{address}");
        }
    }
    let mut world = world();
    world.client().auth_method = AuthMethod::None;
    assert_eq!(world.next(), Next::Done, "an https address cannot be claimed by another");
}

#[test]
fn steps_come_in_order() {
    let mut world = world();
    let person = world.signed_in.take();
    world.consent = None;
    world.request().prompt =
        Prompts { login: true, consent: true, select_account: true, ..Prompts::default() };
    assert_eq!(world.next(), LOGIN);
    world.signed_in = person;
    assert_eq!(world.next(), AGAIN);
    world.authenticate();
    assert_eq!(world.next(), asks("openid email", "openid email"));
    world.flow.consented = Some(scopes("openid email").into());
    world.consent = self::world().consent;
    assert_eq!(world.next(), Next::Done);
}

#[test]
fn case_290_a_yes_of_this_flow_ends_when_it_is_taken_back() {
    let mut world = world();
    world.bind();
    world.flow.consented = Some(scopes("openid email").into());
    assert_eq!(world.next(), Next::Done);
    world.consent = None;
    assert_eq!(world.next(), asks("openid email", "openid email"));
}

#[test]
fn an_account_flow_wants_a_person_and_nothing_else() {
    let mut world = world();
    world.flow.purpose = Purpose::Account { page: None };
    world.client = None;
    world.consent = None;
    assert_eq!(world.next(), Next::Done);
    world.signed_in = None;
    assert_eq!(world.next(), LOGIN);
}

#[test]
fn case_266_a_confirmation_wants_a_proof_in_this_flow_and_this_session() {
    let mut world = world();
    world.flow.purpose = Purpose::Confirm { return_to: "/account/password".to_owned() };
    (world.client, world.consent) = (None, None);
    let begun_in = world.signed_in.as_ref().unwrap().session.id;
    world.flow.session_id = Some(begun_in);
    assert_eq!(world.next(), Next::Login { again: true });
    world.flow.authenticated_at = Some(world.now);
    assert_eq!(world.next(), Next::Done);
    // Somebody else signed in meanwhile, in another tab.
    world.flow.session_id = Some(SessionId(Uuid::from_u128(99)));
    assert_eq!(world.next(), Next::Login { again: true });
    world.signed_in = None;
    assert_eq!(world.next(), LOGIN);
}

#[test]
fn case_266_a_sign_in_is_fresh_for_as_long_as_the_setting_says() {
    let world = world();
    let session = world.signed_in.unwrap().session;
    let fresh = |settings: &Settings, age| {
        is_fresh(
            &session,
            Enrolled::default(),
            settings,
            session.auth_time + TimeDelta::seconds(age),
        )
    };
    let settings = Settings::default();
    assert!(fresh(&settings, 0) && fresh(&settings, 899));
    assert!(!fresh(&settings, 900));
    let settings = Settings { fresh_authentication: 60, ..settings };
    assert!(fresh(&settings, 59) && !fresh(&settings, 60));
}
