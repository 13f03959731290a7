//! When one factor is enough.

use super::*;
use crate::domain::factor::{FactorKind, Pending, Proofs};
use crate::domain::session::ACR_TWO_FACTORS;
use crate::identity::login::flow::second_factor::{Demand, demand_at_sign_in, missing};

const APP: Enrolled = Enrolled {
    password: true,
    mailbox: true,
    totp: true,
    passkey: false,
    passkey_alone: false,
    recovery_codes: 10,
    provider: false,
    second_provider: false,
};
const NOTHING_MORE: Enrolled = Enrolled { totp: false, recovery_codes: 0, ..APP };

const SECOND: [FactorKind; 2] = [FactorKind::Totp, FactorKind::RecoveryCode];

fn by(ways: &[FactorKind]) -> Next {
    Next::SecondFactor { ways: ways.to_vec() }
}

impl World {
    /// What is missing after `first` was proved by somebody new in this browser.
    fn after(&self, first: FactorKind, enrolled: Enrolled) -> Option<Next> {
        let demand = self.demand()?;
        missing(&Proofs::of(first, self.now), demand, enrolled, &self.settings)
    }

    fn demand(&self) -> Option<Demand> {
        let situation = Situation {
            flow: &self.flow,
            client: self.client.as_ref(),
            signed_in: None,
            enrolled: None,
            consent: None,
            settings: &self.settings,
            registration_open: false,
            now: self.now,
        };
        demand_at_sign_in(&situation, false)
    }

    fn prove(&mut self, factor: FactorKind) {
        let session = &mut self.signed_in.as_mut().unwrap().session;
        session.proofs.add(factor, self.now);
        session.acr = session.proofs.acr().to_owned();
    }
}

#[test]
fn who_has_a_second_factor_is_asked_for_it() {
    let mut world = world();
    assert_eq!(world.after(FactorKind::Password, APP), Some(by(&SECOND)));
    assert_eq!(world.after(FactorKind::Password, NOTHING_MORE), None);
    world.settings.second_factor = 0;
    assert_eq!(world.after(FactorKind::Password, APP), None);
}

#[test]
fn where_everybody_proves_two_who_has_one_sets_up_another() {
    let mut world = world();
    world.settings.second_factor = 2;
    assert_eq!(world.after(FactorKind::Password, APP), Some(by(&SECOND)));
    assert_eq!(world.after(FactorKind::Password, NOTHING_MORE), Some(Next::SetUp));
    world.settings.second_factor_by_mail = 1;
    let mail = by(&[FactorKind::MailedCode]);
    assert_eq!(world.after(FactorKind::Password, NOTHING_MORE), Some(mail));
    let with_password = by(&[FactorKind::Password]);
    assert_eq!(world.after(FactorKind::MailedCode, NOTHING_MORE), Some(with_password));
    let mail_alone = Enrolled { password: false, ..NOTHING_MORE };
    assert_eq!(world.after(FactorKind::MailedLink, mail_alone), Some(Next::SetUp));
}

#[test]
fn case_215_mail_is_no_second_factor_of_who_has_an_app_or_a_passkey() {
    let mut world = world();
    world.settings.second_factor_by_mail = 1;
    assert_eq!(world.after(FactorKind::Password, APP), Some(by(&SECOND)));
    assert_eq!(world.after(FactorKind::MailedCode, APP), Some(by(&SECOND)));
    let passkey = Enrolled { passkey: true, ..NOTHING_MORE };
    assert_eq!(world.after(FactorKind::MailedLink, passkey), Some(by(&[FactorKind::Passkey])));
}

#[test]
fn a_passkey_is_enough() {
    let mut world = world();
    world.settings.second_factor = 2;
    let passkey = Enrolled { passkey: true, ..APP };
    assert_eq!(world.after(FactorKind::Passkey, passkey), None);
}

#[test]
fn recovery_codes_alone_are_no_second_factor() {
    let world = world();
    let paper = Enrolled { recovery_codes: 10, ..NOTHING_MORE };
    assert_eq!(world.after(FactorKind::Password, paper), None);
}

#[test]
fn a_role_or_an_app_may_ask_for_two() {
    let mut world = world();
    world.enrolled = Some(APP);
    assert_eq!(world.next(), Next::Done);
    world.client().needs_second_factor = true;
    assert_eq!(world.next(), by(&SECOND));
    world.signed_in.as_mut().unwrap().session.trusted = true;
    assert_eq!(world.next(), Next::Done, "the account trusts the browser");
    world.client().needs_second_factor = false;
    world.signed_in.as_mut().unwrap().session.trusted = false;
    world.signed_in.as_mut().unwrap().profile.needs_second_factor = true;
    assert_eq!(world.next(), by(&SECOND));
    world.prove(FactorKind::Totp);
    assert_eq!(world.next(), Next::Done);
    world.signed_in.as_mut().unwrap().session.proofs = Proofs::of(FactorKind::Password, world.now);
    world.enrolled = Some(NOTHING_MORE);
    assert_eq!(world.next(), Next::SetUp);
}

#[test]
fn acr_values_ask_for_just_the_second_factor() {
    let mut world = world();
    world.enrolled = Some(APP);
    world.request().acr_values = vec![ACR_TWO_FACTORS.to_owned()];
    assert_eq!(world.next(), by(&SECOND));
    world.signed_in.as_mut().unwrap().session.trusted = true;
    assert_eq!(world.next(), by(&SECOND), "a trusted browser proves nothing");
    world.enrolled = Some(NOTHING_MORE);
    assert_eq!(world.next(), Next::Done, "a wish that cannot be met is left");
    world.request().acr_values.insert(0, ACR_SINGLE_FACTOR.to_owned());
    world.enrolled = Some(APP);
    assert_eq!(world.next(), Next::Done, "one factor would do as well");
}

#[test]
fn an_essential_acr_insists() {
    let mut world = world();
    let acr = serde_json::json!({ "id_token": { "acr": {
        "essential": true, "value": ACR_TWO_FACTORS,
    } } });
    world.request().claims = Some(serde_json::from_value(acr).unwrap());
    world.settings.second_factor = 0;
    world.enrolled = Some(APP);
    assert_eq!(world.next(), by(&SECOND), "the setting does not overrule the app");
    world.enrolled = Some(NOTHING_MORE);
    assert_eq!(world.next(), Next::SetUp);
    world.prove(FactorKind::Totp);
    assert_eq!(world.next(), Next::Done);
}

#[test]
fn who_is_half_way_is_asked_for_the_rest_whoever_is_signed_in() {
    let mut world = world();
    world.enrolled = Some(APP);
    world.flow.pending = Some(Pending {
        user: UserId(Uuid::from_u128(7)),
        proofs: Proofs::of(FactorKind::Password, world.now),
        remember: false,
    });
    assert_eq!(world.next(), by(&SECOND));
    world.signed_in = None;
    assert_eq!(world.next(), by(&SECOND));
    world.now += Pending::LIFETIME;
    assert_eq!(world.next(), LOGIN, "the first factor does not wait for ever");
}

#[test]
fn case_221_changes_want_the_second_factor_of_who_has_one() {
    let mut world = world();
    world.flow.purpose = Purpose::Confirm { return_to: "/account/security".to_owned() };
    (world.client, world.consent) = (None, None);
    assert_eq!(world.demand(), Some(Demand { strict: true, ..Demand::default() }));
    world.enrolled = Some(APP);
    world.signed_in.as_mut().unwrap().session.trusted = true;
    assert_eq!(world.next(), by(&SECOND), "the first one was proved ten minutes ago");
    world.now += TimeDelta::minutes(5);
    assert_eq!(world.next(), AGAIN, "and now it is too long ago");
    let session = world.signed_in.as_ref().unwrap().session.clone();
    let at = session.auth_time;
    assert!(!is_fresh(&session, APP, &world.settings, at));
    assert!(is_fresh(&session, NOTHING_MORE, &world.settings, at));
    let both = Proofs::of(FactorKind::Passkey, at);
    assert!(is_fresh(&Session { proofs: both, ..session }, APP, &world.settings, at));
}

#[test]
fn a_provider_is_a_second_factor_of_whoever_is_connected_with_it() {
    let mut world = world();
    let with = |enrolled| Enrolled { second_provider: true, ..enrolled };
    let second = FactorKind::ProviderSecondFactor;
    let all = by(&[FactorKind::Totp, second, FactorKind::RecoveryCode]);
    assert_eq!(world.after(FactorKind::Password, with(APP)), Some(all));
    // By itself it asks nobody for more.
    assert_eq!(world.after(FactorKind::Password, with(NOTHING_MORE)), None);
    world.client().needs_second_factor = true;
    let after = |first, enrolled| world.after(first, enrolled);
    assert_eq!(after(FactorKind::Password, with(NOTHING_MORE)), Some(by(&[second])));
    let both = by(&[second, FactorKind::Password]);
    assert_eq!(after(FactorKind::MailedCode, with(NOTHING_MORE)), Some(both));
    // Whoever came in through a provider has nothing of it twice.
    assert_eq!(after(FactorKind::Provider, with(NOTHING_MORE)), Some(Next::SetUp));
    assert_eq!(after(FactorKind::Provider, with(APP)), Some(by(&SECOND)));
}

#[test]
fn a_provider_that_was_the_second_factor_is_none_beside_a_sign_in_there() {
    let mut world = world();
    world.client().needs_second_factor = true;
    let demand = world.demand().unwrap();
    let mut proofs = Proofs::of(FactorKind::ProviderSecondFactor, world.now);
    proofs.add(FactorKind::Provider, world.now);
    let enrolled = Enrolled { second_provider: true, ..APP };
    assert_eq!(missing(&proofs, demand, enrolled, &world.settings), Some(by(&SECOND)));
}
