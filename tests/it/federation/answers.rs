//! Which answers are taken.

use latchkey::federation::{FederationError, TokenProblem, UpstreamAnswer};
use serde_json::{Value, json};

use super::{CLIENT_ID, World};
use crate::support::upstream::{Page, Sign, object};

#[tokio::test]
async fn a_right_answer_tells_who_somebody_is() {
    let world = World::new();
    world.tells(json!({
        "email": "ada@example.com", "name": "Ada Lovelace", "acr": "urn:a", "amr": ["pwd", "otp"],
        "auth_time": 1_700_000_000, "sid": "s-1", "azp": CLIENT_ID, "groups": ["staff"],
    }));
    for sign in [Sign::Rs256, Sign::Ps256, Sign::Es256, Sign::EdDsa] {
        world.says(|script| script.sign = sign);
        let person = world.complete().await.unwrap_or_else(|error| panic!("{sign:?}: {error}"));
        assert_eq!((person.issuer, person.subject.as_str()), (world.upstream.issuer(), "1"));
        assert_eq!(person.email.unwrap().canonical(), "ada@example.com");
        assert!(person.email_verified);
        assert_eq!(person.profile.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!((person.acr.as_deref(), person.amr.len()), (Some("urn:a"), 2));
        assert_eq!(person.auth_time.unwrap().timestamp(), 1_700_000_000);
        assert_eq!(person.sid.as_deref(), Some("s-1"));
        assert_eq!(person.claims["groups"], json!(["staff"]));
    }
    // The metadata and the keys are those of the first time.
    assert_eq!(world.upstream.count("/.well-known/openid-configuration"), 1);
    assert_eq!(world.upstream.count("/jwks"), 1);
}

#[tokio::test]
async fn case_242_an_id_token_with_a_wrong_claim_is_refused() {
    let world = World::new();
    let now = world.now().timestamp();
    world.complete().await.unwrap();
    for (claims, problem) in [
        (json!({ "aud": "another-client" }), TokenProblem::Audience),
        (json!({ "aud": null }), TokenProblem::Audience),
        (json!({ "aud": [CLIENT_ID, "another-client"] }), TokenProblem::Audience),
        (json!({ "azp": "another-client" }), TokenProblem::AuthorizedParty),
        (json!({ "iss": "https://evil.example" }), TokenProblem::Issuer),
        (json!({ "iss": world.upstream.issuer() + "/" }), TokenProblem::Issuer),
        (json!({ "exp": now - 61 }), TokenProblem::Expired),
        (json!({ "iat": now + 61 }), TokenProblem::IssuedAt),
        (json!({ "iat": now - 3601 }), TokenProblem::IssuedAt),
        (json!({ "nbf": now + 61 }), TokenProblem::IssuedAt),
        (json!({ "nbf": "later" }), TokenProblem::IssuedAt),
        (json!({ "nonce": "another" }), TokenProblem::Nonce),
        (json!({ "nonce": null }), TokenProblem::Nonce),
        (json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }), TokenProblem::AccessTokenHash),
    ] {
        world.tells(claims.clone());
        assert_eq!(world.problem().await, problem, "{claims}");
    }
    // What is off by less than a minute is a clock's fault; what need not be there need not.
    for claims in [
        json!({ "exp": now - 59 }),
        json!({ "iat": now + 59 }),
        json!({ "nbf": now + 59 }),
        json!({ "at_hash": null }),
        json!({ "aud": [CLIENT_ID] }),
    ] {
        world.tells(claims.clone());
        assert!(world.complete().await.is_ok(), "{claims}");
    }
    // What the library does not even read.
    for claims in [json!({ "iss": null }), json!({ "exp": null }), json!({ "sub": null })] {
        world.tells(claims.clone());
        assert!(world.complete().await.is_err(), "{claims}");
    }
    for subject in [json!(""), json!("x".repeat(256)), json!("a\u{0}b")] {
        world.tells(json!({ "sub": subject }));
        let error = world.complete().await.unwrap_err();
        assert!(matches!(error, FederationError::Identity(_)), "{subject}: {error}");
    }
}

#[tokio::test]
async fn case_121_122_242_a_token_that_is_signed_otherwise_is_refused() {
    let world = World::new();
    for (sign, problem) in [
        (Sign::Nothing, TokenProblem::Algorithm),
        (Sign::PublicKeyAsSecret, TokenProblem::Algorithm),
        // Although both sides have this secret.
        (Sign::Secret(super::CLIENT_SECRET), TokenProblem::Algorithm),
        (Sign::Forged, TokenProblem::Signature),
        (Sign::Broken, TokenProblem::Signature),
        // There is such a key, and it is worth nothing.
        (Sign::Weak, TokenProblem::UnknownKey),
    ] {
        world.says(|script| script.sign = sign);
        assert_eq!(world.problem().await, problem, "{sign:?}");
    }
}

#[tokio::test]
async fn case_123_124_127_a_header_brings_no_key_and_no_extension() {
    let world = World::new();
    world.says(|script| script.sign = Sign::Forged);
    let evil = format!("{}/evil", world.upstream.issuer());
    for header in [
        json!({ "jku": evil }),
        json!({ "x5u": evil, "kid": "rsa-1" }),
        json!({ "jwk": { "kty": "RSA", "e": "AQAB", "n": "AQAB" } }),
    ] {
        world.says(|script| script.header = object(header.clone()));
        assert_eq!(world.problem().await, TokenProblem::Signature, "{header}");
    }
    assert_eq!(world.upstream.count("/evil"), 0);
    for (header, problem) in [
        (json!({ "kid": "../../dev/null" }), TokenProblem::UnknownKey),
        (json!({ "kid": "' OR 1=1--" }), TokenProblem::UnknownKey),
        (json!({ "kid": "\u{0}" }), TokenProblem::UnknownKey),
        (json!({ "crit": ["b64"], "b64": true }), TokenProblem::Unreadable),
        (json!({ "typ": "at+jwt" }), TokenProblem::Unreadable),
    ] {
        world.says(|script| {
            script.sign = Sign::Rs256;
            script.header = object(header.clone());
        });
        assert_eq!(world.problem().await, problem, "{header}");
    }
    // Encrypted, or no token at all.
    for id_token in ["a.b.c.d.e", "no token", ""] {
        world.says(|script| script.id_token = Some(id_token.to_owned()));
        let error = world.complete().await.unwrap_err();
        assert!(matches!(error, FederationError::Unreadable(_)), "{id_token}: {error}");
    }
}

#[tokio::test]
async fn case_244_an_address_is_verified_by_true_alone() {
    let world = World::new();
    for (said, verified) in
        [(json!(true), true), (json!("true"), false), (json!(false), false), (json!(null), false)]
    {
        world.tells(json!({ "email_verified": said }));
        let person = world.complete().await.unwrap();
        assert_eq!(person.email_verified, verified, "{said}");
        assert!(person.email.is_some());
    }
}

#[tokio::test]
async fn case_252_an_answer_of_another_provider_is_refused() {
    let (world, other) = (World::new(), World::new());
    let with = |iss: Option<String>| UpstreamAnswer { iss, ..UpstreamAnswer::of_code("c") };
    world.complete_with(&with(Some(world.upstream.issuer()))).await.unwrap();
    world.upstream.heard();
    let mixed_up = with(Some(other.upstream.issuer()));
    let refused = Err(FederationError::OtherIssuer);
    assert_eq!(world.complete_with(&mixed_up).await, refused);
    let error = UpstreamAnswer { error: Some("access_denied".to_owned()), code: None, ..mixed_up };
    assert_eq!(world.complete_with(&error).await, refused);
    // Nobody got to see the code.
    assert_eq!(world.upstream.count("/token"), 0);
    // Whoever says that they name themselves has to.
    let world = World::new();
    let promise = "authorization_response_iss_parameter_supported".to_owned();
    world.says(|script| drop(script.metadata.insert(promise, json!(true))));
    assert_eq!(world.complete_with(&with(None)).await, refused);
    assert!(world.complete_with(&with(Some(world.upstream.issuer()))).await.is_ok());
}

#[tokio::test]
async fn metadata_of_another_issuer_are_refused() {
    for issuer in ["https://evil.example", "SELF/", "SELF?x"] {
        let world = World::new();
        let issuer = issuer.replace("SELF", &world.upstream.issuer());
        world.says(|script| drop(script.metadata.insert("issuer".to_owned(), json!(issuer))));
        let error = world.complete().await.unwrap_err();
        assert_eq!(error, FederationError::Metadata("they are those of another issuer"));
        assert_eq!(world.upstream.count("/jwks"), 0);
    }
}

#[tokio::test]
async fn case_139_an_endpoint_elsewhere_is_not_asked() {
    for (member, url) in [
        ("jwks_uri", "http://169.254.169.254/keys"),
        ("jwks_uri", "https://example.com/keys"),
        ("token_endpoint", "http://10.0.0.1/token"),
        ("token_endpoint", "file:///etc/passwd"),
    ] {
        let world = World::new();
        world.says(|script| drop(script.metadata.insert(member.to_owned(), json!(url))));
        let error = world.complete().await.unwrap_err();
        assert!(!matches!(error, FederationError::Token(_)), "{member} {url}: {error}");
        assert!(!error.to_string().contains("169") && !error.to_string().contains("passwd"));
    }
}

#[tokio::test]
async fn who_signed_in_there_too_long_ago_does_so_again() {
    let mut world = World::new();
    let now = world.now().timestamp();
    world.trip.max_age = Some(300);
    for (auth_time, taken) in [
        (json!(now), true),
        (json!(now - 359), true),
        (json!(now - 361), false),
        (json!(now + 61), false),
        (json!(null), false),
    ] {
        world.tells(json!({ "auth_time": auth_time }));
        match world.complete().await {
            Ok(_) => assert!(taken, "{auth_time}"),
            Err(error) => {
                assert!(!taken, "{auth_time}");
                assert_eq!(error, FederationError::Token(TokenProblem::AuthTime));
            }
        }
    }
}

#[tokio::test]
async fn the_operators_conditions_are_held_against_what_was_said() {
    let mut world = World::new();
    world.provider.policy.required_claims = vec!["groups contains staff".parse().unwrap()];
    assert!(matches!(world.complete().await, Err(FederationError::NotAdmitted(_))));
    world.tells(json!({ "groups": ["staff"] }));
    world.complete().await.unwrap();
    world.provider.policy.allowed_domains = vec!["example.org".to_owned()];
    assert!(matches!(world.complete().await, Err(FederationError::NotAdmitted(_))));
}

#[tokio::test]
async fn what_the_token_leaves_out_the_userinfo_endpoint_tells() {
    let world = World::new();
    let endpoint = format!("{}/userinfo", world.upstream.issuer());
    world.says(|script| {
        drop(script.metadata.insert("userinfo_endpoint".to_owned(), json!(endpoint)));
    });
    let userinfo = |world: &World, told: Value| {
        world.says(|script| drop(script.pages.insert("/userinfo", Page::Json(200, told))));
    };
    // It has an address: nobody is asked.
    world.complete().await.unwrap();
    assert_eq!(world.upstream.count("/userinfo"), 0);
    world.tells(json!({ "email": null, "email_verified": true, "name": "Ada" }));
    userinfo(&world, json!({ "sub": "1", "email": "eve@example.com", "name": "Eve", "iss": "x" }));
    let person = world.complete().await.unwrap();
    assert_eq!(person.email.unwrap().canonical(), "eve@example.com");
    assert!(!person.email_verified, "that was said of another address");
    assert_eq!(person.profile.name.as_deref(), Some("Ada"));
    assert_eq!(person.issuer, world.upstream.issuer());
    userinfo(&world, json!({ "sub": "1", "email": "a@example.com", "email_verified": true }));
    assert!(world.complete().await.unwrap().email_verified);
    // About somebody else, or nobody.
    for told in [json!({ "sub": "2", "email": "a@b.example" }), json!({ "email": "a@b.example" })] {
        userinfo(&world, told);
        assert!(matches!(world.complete().await, Err(FederationError::Identity(_))));
    }
}

#[tokio::test]
async fn an_error_tells_what_to_show() {
    let world = World::new();
    let said = async |error: &str| {
        let answer = UpstreamAnswer { error: Some(error.to_owned()), ..Default::default() };
        world.complete_with(&answer).await.unwrap_err()
    };
    assert_eq!(said("access_denied").await, FederationError::Cancelled);
    assert_eq!(said("login_required").await, FederationError::Interaction);
    assert_eq!(said("invalid_scope").await, FederationError::Refused("invalid_scope"));
    let neither = world.complete_with(&UpstreamAnswer::default()).await.unwrap_err();
    assert_eq!(neither, FederationError::NoCode);
    // An error goes before a code.
    let both = UpstreamAnswer { error: Some("x".to_owned()), ..UpstreamAnswer::of_code("c") };
    assert_eq!(
        world.complete_with(&both).await.unwrap_err(),
        FederationError::Refused("another error")
    );
    assert_eq!(world.upstream.count("/token"), 0);
    world.says(|script| script.token = Page::Json(400, json!({ "error": "invalid_grant" })));
    assert_eq!(world.complete().await.unwrap_err(), FederationError::Exchange("invalid_grant"));
    world.says(|script| {
        script.token = Page::Json(200, json!({ "access_token": "a", "token_type": "Bearer" }));
    });
    assert_eq!(world.problem().await, TokenProblem::Missing);
}
