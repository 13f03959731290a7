//! What is particular about each kind of provider.

use hmac::{Hmac, KeyInit as _, Mac as _};
use latchkey::domain::provider::{ProviderKind, UpstreamAuth};
use latchkey::federation::{FederationError, Hints, TokenProblem, UpstreamAnswer};
use serde_json::{Value, json};
use sha2::Sha256;

use super::begin::parameters;
use super::proofs::verified;
use super::{CLIENT_ID, CLIENT_SECRET, World};
use crate::support::upstream::{ACCESS_TOKEN, Page, client_key, object};

impl World {
    fn page(&self, path: &'static str, told: Value) {
        self.says(|script| drop(script.pages.insert(path, Page::Json(200, told))));
    }
}

#[tokio::test]
async fn google_is_asked_for_a_domain_and_has_to_say_it() {
    let mut world = World::of(ProviderKind::Google);
    world.complete().await.unwrap();
    let asked = parameters(&world.begin(&Hints::default()).await.unwrap());
    assert!(!asked.contains_key("hd"));
    world.provider.policy.hosted_domain = Some("example.com".to_owned());
    let asked = parameters(&world.begin(&Hints::default()).await.unwrap());
    assert_eq!(asked["hd"], "example.com");
    // The address is at the domain, which says nothing.
    for hd in [json!(null), json!("evil.example"), json!(["example.com"]), json!("")] {
        world.tells(json!({ "hd": hd, "email": "ada@example.com" }));
        assert!(matches!(world.complete().await, Err(FederationError::NotAdmitted(_))), "{hd}");
    }
    world.tells(json!({ "hd": "Example.com" }));
    world.complete().await.unwrap();
}

#[tokio::test]
async fn google_is_asked_only_what_it_knows() {
    let world = World::of(ProviderKind::Google);
    for (wanted, asked) in [("login", "select_account"), ("consent", "consent")] {
        let hints = Hints { prompt: Some(wanted.to_owned()), ..Hints::default() };
        assert_eq!(parameters(&world.begin(&hints).await.unwrap())["prompt"], asked);
    }
}

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const OTHER_TENANT: &str = "99999999-2222-3333-4444-555555555555";
const OBJECT: &str = "aaaaaaaa-2222-3333-4444-555555555555";

/// A provider for many tenants, whose metadata are below the path of all of them.
fn microsoft(tenant: &str) -> World {
    let mut world = World::of(ProviderKind::Microsoft);
    let base = world.upstream.issuer();
    world.provider.issuer = format!("{base}/{tenant}/v2.0").parse().unwrap();
    let told = json!({
        "issuer": format!("{base}/{{tenantid}}/v2.0"),
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    });
    world.page("/common/v2.0/.well-known/openid-configuration", told);
    world
}

#[tokio::test]
async fn case_243_microsoft_tells_people_apart_by_object_and_tenant() {
    let world = microsoft("common");
    let base = world.upstream.issuer();
    let token = |tid: &str, iss: &str| {
        json!({
            "iss": format!("{base}/{iss}/v2.0"), "tid": tid, "oid": OBJECT, "sub": "pairwise",
            "email": "victim@example.com", "email_verified": true,
        })
    };
    world.tells(token(TENANT, TENANT));
    let one = world.complete().await.unwrap();
    assert_eq!((one.issuer, one.subject.as_str()), (format!("{base}/{TENANT}/v2.0"), OBJECT));
    assert!(!one.email_verified, "whoever runs a tenant writes any address");
    world.tells(token(OTHER_TENANT, OTHER_TENANT));
    assert_eq!(world.complete().await.unwrap().issuer, format!("{base}/{OTHER_TENANT}/v2.0"));
    // A tenant that speaks for another one, or for none.
    world.tells(token(OTHER_TENANT, TENANT));
    assert_eq!(world.problem().await, TokenProblem::Issuer);
    world.tells(token("common", "common"));
    assert_eq!(world.problem().await, TokenProblem::Issuer);
    // The answer may name its issuer, which has to be the token's.
    world.tells(token(TENANT, TENANT));
    let answer = |iss: &str| UpstreamAnswer {
        iss: Some(format!("{base}/{iss}/v2.0")),
        ..UpstreamAnswer::of_code("c")
    };
    world.complete_with(&answer(TENANT)).await.unwrap();
    let refused = world.complete_with(&answer(OTHER_TENANT)).await.unwrap_err();
    assert_eq!(refused, FederationError::OtherIssuer);
    assert_eq!(world.federation.check(&world.provider).await, Ok(Vec::new()));
}

#[tokio::test]
async fn apple_gets_a_statement_for_a_secret_and_answers_in_a_form() {
    let mut world = World::of(ProviderKind::Apple);
    let asked = parameters(&world.begin(&Hints::default()).await.unwrap());
    assert_eq!(
        (asked["response_mode"].as_str(), asked["scope"].as_str()),
        ("form_post", "openid email name")
    );
    assert!(matches!(world.complete().await, Err(FederationError::Misconfigured(_))));
    let (pem, public) = client_key();
    world.provider.policy.team_id = Some("TEAM".to_owned());
    world.provider.policy.key_id = Some("KEY".to_owned());
    world.seal(&pem);
    let heard = world.exchanged("/token").await;
    let (header, claims) = verified(&heard.form["client_secret"], &public);
    assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &json!("KEY")));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("TEAM"), &json!(CLIENT_ID)));
    assert_eq!(claims["aud"], world.upstream.issuer());
    let lifetime = claims["exp"].as_i64().unwrap() - world.now().timestamp();
    assert!((1..=15_777_000).contains(&lifetime));
    let answer = UpstreamAnswer {
        user: Some(r#"{"name":{"firstName":"Ada"},"email":"eve@example.com"}"#.to_owned()),
        ..UpstreamAnswer::of_code("c")
    };
    let person = world.complete_with(&answer).await.unwrap();
    assert_eq!(person.profile.name.as_deref(), Some("Ada"));
    assert_eq!(person.email.unwrap().canonical(), "ada@example.com");
    assert!(ProviderKind::Apple.answers_by_post());
}

fn github() -> World {
    let world = World::of(ProviderKind::Github);
    let token = json!({ "access_token": ACCESS_TOKEN, "token_type": "bearer" });
    world.page("/login/oauth/access_token", token);
    world.page(
        "/api/v3/user",
        json!({
            "id": 583_231, "login": "octocat", "name": "Octo Cat", "email": "victim@example.com",
            "email_verified": true, "avatar_url": "https://pictures.example/1",
        }),
    );
    world.page(
        "/api/v3/user/emails",
        json!([
            { "email": "victim@example.com", "primary": false, "verified": false },
            { "email": "octo@example.com", "primary": true, "verified": true },
        ]),
    );
    world
}

#[tokio::test]
async fn github_tells_a_number_and_the_confirmed_primary_address() {
    let world = github();
    let hints = Hints { login_hint: Some("octocat".to_owned()), ..Hints::default() };
    let url = world.begin(&hints).await.unwrap();
    assert!(
        url.as_str().starts_with(&format!("{}/login/oauth/authorize?", world.upstream.issuer()))
    );
    let asked = parameters(&url);
    assert_eq!((asked["state"].as_str(), asked["login"].as_str()), ("state", "octocat"));
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["scope"], "read:user user:email");
    let heard = world.exchanged("/login/oauth/access_token").await;
    assert_eq!(heard.form["client_secret"], CLIENT_SECRET);
    assert_eq!(&heard.form["code_verifier"], world.trip.verifier.expose());
    let person = world.complete().await.unwrap();
    assert_eq!((person.issuer, person.subject.as_str()), (world.upstream.issuer(), "583231"));
    assert_eq!(person.email.unwrap().canonical(), "octo@example.com");
    assert!(person.email_verified);
    assert_eq!(person.profile.username.as_deref(), Some("octocat"));
    let asked = world.upstream.heard();
    let user = asked.iter().find(|it| it.path == "/api/v3/user").unwrap();
    assert_eq!(user.fields["authorization"], format!("Bearer {ACCESS_TOKEN}"));
    // The address of the profile is nobody's.
    world.page(
        "/api/v3/user/emails",
        json!([
            { "email": "a@example.com", "primary": true, "verified": false },
            { "email": "b@example.com", "primary": false, "verified": true },
        ]),
    );
    let person = world.complete().await.unwrap();
    assert!(person.email.is_none() && !person.email_verified);
}

#[tokio::test]
async fn github_that_says_something_else_is_refused() {
    let world = github();
    let other = UpstreamAnswer {
        iss: Some("https://evil.example/login/oauth".to_owned()),
        ..UpstreamAnswer::of_code("c")
    };
    assert_eq!(world.complete_with(&other).await.unwrap_err(), FederationError::OtherIssuer);
    let own = format!("{}/login/oauth", world.upstream.issuer());
    let own = UpstreamAnswer { iss: Some(own), ..UpstreamAnswer::of_code("c") };
    world.complete_with(&own).await.unwrap();
    for user in [json!({ "login": "octocat" }), json!({ "id": "583231" }), json!({ "id": -1 })] {
        world.page("/api/v3/user", user.clone());
        assert!(matches!(world.complete().await, Err(FederationError::Identity(_))), "{user}");
    }
    // It refuses with status 200.
    world.page("/login/oauth/access_token", json!({ "error": "bad_verification_code" }));
    let error = world.complete().await.unwrap_err();
    assert_eq!(error, FederationError::Exchange("another error"));
    world.page("/login/oauth/access_token", json!({ "access_token": "x", "token_type": "mac" }));
    assert!(matches!(world.complete().await, Err(FederationError::Unreadable(_))));
}

/// What only an ID token says, in the profile of somebody who would like it to be so.
fn pretended() -> Value {
    json!({
        "acr": "gold", "amr": ["mfa"], "auth_time": 1, "sid": "s", "azp": "a", "nonce": "n",
        "at_hash": "h", "aud": "a", "hd": "example.com",
    })
}

/// What somebody writes into a profile is no evidence of how they signed in, or of whose account it is.
fn assert_believes_none_of_it(person: &latchkey::domain::upstream::UpstreamPerson) {
    assert_eq!((&person.acr, person.auth_time, &person.sid), (&None, None, &None));
    assert!(person.amr.is_empty(), "{:?}", person.amr);
    for name in object(pretended()).keys() {
        assert!(!person.claims.contains_key(name), "{name}");
    }
    assert_eq!(person.claims["note"], "kept");
}

#[tokio::test]
async fn a_profile_says_nothing_of_what_a_token_says() {
    let with = |mut profile: Value| {
        let pretended = object(pretended());
        profile.as_object_mut().unwrap().extend(pretended);
        profile["note"] = json!("kept");
        profile
    };
    let world = github();
    world.page("/api/v3/user", with(json!({ "id": 583_231, "login": "octocat" })));
    assert_believes_none_of_it(&world.complete().await.unwrap());

    let world = facebook();
    world.page("/v23.0/me", with(json!({ "id": "10220" })));
    assert_believes_none_of_it(&world.complete().await.unwrap());

    let world = World::new();
    world.tells(json!({ "email": null }));
    world.says(|script| {
        let endpoint = json!(format!("{}/userinfo", world.upstream.issuer()));
        script.metadata.insert("userinfo_endpoint".to_owned(), endpoint);
    });
    world.page("/userinfo", with(json!({ "sub": "1" })));
    let person = world.complete().await.unwrap();
    // These are the token's own.
    let own = ["aud", "nonce", "at_hash"];
    assert_eq!((&person.acr, &person.sid, person.amr.len()), (&None, &None, 0));
    for name in object(pretended()).keys().filter(|name| !own.contains(&name.as_str())) {
        assert!(!person.claims.contains_key(name), "{name}");
    }
    assert_eq!(
        (&person.claims["note"], &person.claims["aud"]),
        (&json!("kept"), &json!(CLIENT_ID))
    );
}

#[tokio::test]
async fn who_cannot_tell_when_somebody_signed_in_is_not_asked() {
    for mut world in [github(), facebook()] {
        world.trip.max_age = Some(3600);
        let too_old = FederationError::Token(TokenProblem::AuthTime);
        assert_eq!(world.begin(&Hints::default()).await.unwrap_err(), too_old);
        assert_eq!(world.complete().await.unwrap_err(), too_old);
        assert!(world.upstream.heard().is_empty(), "nothing is asked for what is not taken");
        world.trip.max_age = None;
        world.begin(&Hints::default()).await.unwrap();
        world.complete().await.unwrap();
    }
}

fn facebook() -> World {
    let world = World::of(ProviderKind::Facebook);
    let token = json!({ "access_token": ACCESS_TOKEN, "token_type": "bearer" });
    world.page("/v23.0/oauth/access_token", token);
    world.page(
        "/v23.0/me",
        json!({
            "id": "10220", "name": "Ada Lovelace", "first_name": "Ada", "last_name": "Lovelace",
            "email": "ada@example.com", "email_verified": true,
        }),
    );
    world
}

#[tokio::test]
async fn facebook_gets_a_proof_and_vouches_for_no_address() {
    let world = facebook();
    assert_eq!(world.provider.auth, UpstreamAuth::ClientSecretPost);
    let url = world.begin(&Hints::default()).await.unwrap();
    assert_eq!(url.path(), "/v23.0/dialog/oauth");
    let person = world.complete().await.unwrap();
    assert_eq!((person.issuer, person.subject.as_str()), (world.upstream.issuer(), "10220"));
    assert_eq!(person.profile.given_name.as_deref(), Some("Ada"));
    assert!(person.email.is_some() && !person.email_verified);
    let asked = world.upstream.heard();
    let me = asked.iter().find(|it| it.path == "/v23.0/me").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(CLIENT_SECRET.as_bytes()).unwrap();
    mac.update(ACCESS_TOKEN.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let proof = bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    assert_eq!(me.query["appsecret_proof"], proof);
    assert!(!me.query.contains_key("access_token"), "it would stay in a log");
    for id in [json!(null), json!(10220), json!("../1"), json!("")] {
        world.page("/v23.0/me", json!({ "id": id }));
        assert!(matches!(world.complete().await, Err(FederationError::Identity(_))), "{id}");
    }
    // An error there is an object.
    let error = json!({ "error": { "message": "<script>", "code": 100 } });
    world.says(|it| drop(it.pages.insert("/v23.0/oauth/access_token", Page::Json(400, error))));
    let error = world.complete().await.unwrap_err();
    assert_eq!(error, FederationError::Exchange("another error"));
}
