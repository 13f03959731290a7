//! What the `claims` parameter makes a flow wait for.

use serde_json::json;

use super::{AGAIN, World, scopes, world};
use crate::domain::claims::Claim;
use crate::domain::consent::Allowance;
use crate::domain::session::ACR_SINGLE_FACTOR;
use crate::identity::login::flow::Next;

impl World {
    fn ask(&mut self, claims: serde_json::Value) {
        self.request().claims = Some(serde_json::from_value(claims).unwrap());
    }
}

#[test]
fn a_sub_asked_for_by_value_is_that_person_or_nobody() {
    let mut world = world();
    world.ask(json!({
        "id_token": { "sub": { "values": ["subject-1", "subject-3"] } },
    }));
    assert_eq!(world.next(), Next::Done);
    world.ask(json!({
        "userinfo": { "sub": { "value": "subject-2" } },
    }));
    assert_eq!(world.next(), AGAIN);
    world.authenticate();
    assert_eq!(world.next(), AGAIN, "a proof by somebody else does not do");
}

#[test]
fn case_104_an_essential_acr_is_reached_or_the_flow_ends() {
    let mut world = world();
    let essential = json!({ "essential": true, "value": ACR_SINGLE_FACTOR });
    world.ask(json!({ "id_token": { "acr": essential } }));
    assert_eq!(world.next(), Next::Done);
    world.signed_in.as_mut().unwrap().session.acr = "urn:latchkey:acr:0fa".to_owned();
    assert_eq!(world.next(), AGAIN, "the old session is not enough");
    world.authenticate();
    assert_eq!(world.next(), Next::Unmet, "the proof came, and is not enough either");
    world.signed_in.as_mut().unwrap().session.acr = ACR_SINGLE_FACTOR.to_owned();
    assert_eq!(world.next(), Next::Done);
    world.ask(json!({ "id_token": { "acr": { "value": "x" } } }));
    assert_eq!(world.next(), Next::Done, "a voluntary one is no condition");
}

#[test]
fn case_289_a_single_claim_needs_consent_of_its_own() {
    let mut world = world();
    world.ask(json!({
        "userinfo": { "name": { "essential": true }, "email": null },
    }));
    let single = |new: &str| Next::Consent {
        asked: Allowance { claims: [Claim::Name].into(), ..scopes("openid email").into() },
        new: Allowance { claims: [Claim::Name].into(), ..scopes(new).into() },
    };
    assert_eq!(world.next(), single(""), "the scope email speaks for the claim email only");
    world.consent.as_mut().unwrap().claims = [Claim::Name].into();
    assert_eq!(world.next(), Next::Done);
    world.consent.as_mut().unwrap().claims = [Claim::Birthdate].into();
    assert_eq!(world.next(), single(""));
    world.consent.as_mut().unwrap().scopes = scopes("openid email profile");
    assert_eq!(world.next(), Next::Done, "who allowed the scope allowed each claim of it");
    world.request().scopes = scopes("openid profile");
    world.consent.as_mut().unwrap().scopes = scopes("openid");
    world.consent.as_mut().unwrap().claims = [Claim::Name, Claim::Email].into();
    let whole = Next::Consent {
        asked: Allowance { claims: [Claim::Email].into(), ..scopes("openid profile").into() },
        new: scopes("profile").into(),
    };
    assert_eq!(world.next(), whole, "who allowed single claims did not allow the scope");
}
