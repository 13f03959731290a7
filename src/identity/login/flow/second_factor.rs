//! Whether one factor is enough.
//!
//! Who asks for two: the setting `second_factor`, a role, an app, a request (by `acr`), and whatever
//! changes how an account is entered. A browser that the account trusts replaces the second one, but not
//! where a request or such a change asks for it.

use super::{Next, Situation, is_recent};
use crate::domain::authorization::AuthorizationRequest;
use crate::domain::factor::{Enrolled, Evidence, FactorKind, Proofs};
use crate::domain::session::{ACR_SINGLE_FACTOR, ACR_TWO_FACTORS, SignedIn, reached};
use crate::domain::setting::{SecondFactorRule, Settings};

/// That two factors are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::identity::login) struct Demand {
    /// A trusted browser does not replace the second one.
    pub(in crate::identity::login) strict: bool,
    /// Who has no second one sets it up. Otherwise they go on without.
    pub(in crate::identity::login) insists: bool,
    /// A password after mail does as well, where the account has no second factor of its own.
    pub(in crate::identity::login) any_way: bool,
}

/// Two factors whatever it takes.
const EVERYTHING: Demand = Demand { strict: true, insists: true, any_way: true };

impl Demand {
    /// What both ask for together.
    fn and(self, other: Option<Self>) -> Self {
        let other = other.unwrap_or_default();
        Self {
            strict: self.strict || other.strict,
            insists: self.insists || other.insists,
            any_way: self.any_way || other.any_way,
        }
    }
}

/// What a flow asks of somebody who signs in in it; `None`: one factor suffices.
pub(in crate::identity::login) fn demand_at_sign_in(
    situation: &Situation<'_>,
    role_asks: bool,
) -> Option<Demand> {
    let rule = situation.settings.second_factor_rule();
    let own = (rule != SecondFactorRule::Off).then_some(Demand::default());
    let confirming = situation.flow.purpose.is_confirmation() && rule != SecondFactorRule::Off;
    let confirming = confirming.then_some(Demand { strict: true, ..Demand::default() });
    [confirming, standing_demand(situation, role_asks)]
        .into_iter()
        .flatten()
        .fold(own, |demand, more| Some(more.and(demand)))
}

/// What a flow asks of somebody who is signed in; `None`: the session is enough as it is.
pub(super) fn demand_of_session(situation: &Situation<'_>, signed_in: &SignedIn) -> Option<Demand> {
    let demand = if situation.flow.purpose.is_confirmation() {
        demand_at_sign_in(situation, signed_in.profile.needs_second_factor)
    } else {
        standing_demand(situation, signed_in.profile.needs_second_factor)
    }?;
    (demand.strict || !signed_in.session.trusted).then_some(demand)
}

/// What is asked of everybody, signed in or not.
fn standing_demand(situation: &Situation<'_>, role_asks: bool) -> Option<Demand> {
    let by_app = situation.client.is_some_and(|client| client.needs_second_factor);
    let by_rule = situation.settings.second_factor_rule() == SecondFactorRule::Required;
    let policy = (by_rule || role_asks || by_app).then_some(Demand { strict: false, ..EVERYTHING });
    let request = situation.flow.request().and_then(demand_of_request);
    match (policy, request) {
        (Some(policy), request) => Some(policy.and(request)),
        (None, request) => request,
    }
}

/// What the `acr` values of a request ask for: an essential one insists (OIDC Core §5.5.1.1), a voluntary
/// one is met where it can be (§3.1.2.1).
fn demand_of_request(request: &AuthorizationRequest) -> Option<Demand> {
    let asks = |wanted: &[String]| {
        !wanted.is_empty()
            && reached(ACR_SINGLE_FACTOR, wanted).is_none()
            && reached(ACR_TWO_FACTORS, wanted).is_some()
    };
    if asks(request.required_acr()) {
        Some(EVERYTHING)
    } else {
        asks(&request.acr_values).then_some(Demand { insists: false, ..EVERYTHING })
    }
}

/// Whether who has this much proves two factors before changing how the account is entered.
pub(super) fn is_strict_for_changes(enrolled: Enrolled, settings: &Settings) -> bool {
    settings.second_factor_rule() != SecondFactorRule::Off && enrolled.has_second_factor()
}

/// What is missing of two factors.
pub(in crate::identity::login) fn missing(
    proofs: &Proofs,
    demand: Demand,
    enrolled: Enrolled,
    settings: &Settings,
) -> Option<Next> {
    if proofs.suffice(enrolled) {
        return None;
    }
    let ways = ways(proofs, demand, enrolled, settings);
    if ways.is_empty() {
        demand.insists.then_some(Next::SetUp)
    } else {
        Some(Next::SecondFactor { ways })
    }
}

/// What makes two factors of what was proved, best first. A weaker one never stands in for a stronger
/// one that the account has.
fn ways(
    proofs: &Proofs,
    demand: Demand,
    enrolled: Enrolled,
    settings: &Settings,
) -> Vec<FactorKind> {
    let mut ways = vec![];
    if enrolled.has_second_factor() {
        let has = [
            (FactorKind::Passkey, enrolled.passkey),
            (FactorKind::Totp, enrolled.totp),
            (FactorKind::ProviderSecondFactor, enrolled.second_provider),
            (FactorKind::RecoveryCode, enrolled.recovery_codes > 0),
        ];
        ways.extend(has.into_iter().filter(|(_, has)| *has).map(|(factor, _)| factor));
    } else if proofs.show(Evidence::Elsewhere) {
        // Neither a password nor mail makes two factors of what a provider vouches for.
    } else {
        // To be connected is a way to sign in, and no wish to be asked for more by itself.
        if demand.any_way && enrolled.second_provider {
            ways.push(FactorKind::ProviderSecondFactor);
        }
        if demand.any_way && !proofs.show(Evidence::Knowledge) && enrolled.password {
            ways.push(FactorKind::Password);
        } else if enrolled.mailbox && settings.mailed_second_factor() {
            ways.push(FactorKind::MailedCode);
        }
    }
    ways.retain(|way| adds_to(proofs, way.evidence()));
    ways
}

/// Whether it shows what was not shown yet. Whoever came in through a provider may have come through the
/// very one that would be asked again.
fn adds_to(proofs: &Proofs, evidence: Evidence) -> bool {
    match evidence {
        Evidence::Vouched => !proofs.show_possession() && !proofs.show(Evidence::Elsewhere),
        other => !proofs.show(other),
    }
}

/// What somebody still has to prove who has proved a part here.
pub(super) fn of_pending(situation: &Situation<'_>) -> Option<Next> {
    let pending = situation.pending()?;
    // That something was missing was judged when the part was proved.
    let enrolled = situation.enrolled.unwrap_or_default();
    missing(&pending.proofs, EVERYTHING, enrolled, situation.settings)
}

/// What is missing in a session that has one factor.
pub(super) fn of_session(situation: &Situation<'_>, signed_in: &SignedIn) -> Option<Next> {
    let demand = demand_of_session(situation, signed_in)?;
    let enrolled = situation.enrolled.unwrap_or_default();
    let missing = missing(&signed_in.session.proofs, demand, enrolled, situation.settings);
    // Nobody adds a factor to an account in a browser that was left open (ASVS 7.5.1).
    match missing {
        Some(Next::SetUp) if !is_recent(&signed_in.session, situation.settings, situation.now) => {
            Some(Next::Login { again: true })
        }
        missing => missing,
    }
}

/// Whether the account may be made to trust the browser in which a second factor is proved in this flow:
/// not where one is insisted on in every browser.
pub(in crate::identity::login) fn may_trust(situation: &Situation<'_>, role_asks: bool) -> bool {
    situation.settings.trusted_browser_lifetime > 0
        && !demand_at_sign_in(situation, role_asks).is_some_and(|demand| demand.strict)
}
