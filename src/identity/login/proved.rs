//! Somebody proved a factor. Whoever has proved enough is signed in; nobody else gets a session.

use super::flow::{Next, second_factor};
use super::step::{client_of, enrolled};
use super::{Advanced, FlowError, Step};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::factor::{FactorKind, Pending, Proof, Proofs, Told};
use crate::domain::flow::{Flow, Purpose};
use crate::domain::session::{Authentication, SignedIn};
use crate::domain::setting::seconds;
use crate::domain::user::{Profile, User};
use crate::kernel::ids::{DeviceId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// A factor that somebody has just proved.
#[derive(Clone, Copy, Debug)]
pub(in crate::identity) struct Proved {
    /// Which.
    pub(in crate::identity) factor: FactorKind,
    /// What another provider says of it, where it was proved there.
    pub(in crate::identity) told: Option<Told>,
    /// Whether "keep me signed in" was ticked; `None`: what was said at the first factor counts, or, where
    /// nothing was, what the session of the same person says already.
    pub(in crate::identity) remember: Option<bool>,
    /// The browser, where it was looked for already and the account knows it.
    pub(in crate::identity) known: Option<DeviceId>,
    /// Whether the account is to ask for no second factor in this browser for some time.
    pub(in crate::identity) trust_browser: bool,
}

/// Of whom a flow asks a second factor.
#[derive(Clone, Debug)]
pub(in crate::identity) struct Asked {
    /// The person.
    pub(in crate::identity) profile: Profile,
    /// What they can prove it with, best first; empty where they are to set one up.
    pub(in crate::identity) ways: Vec<FactorKind>,
}

impl Step {
    /// The end of every step that proves a factor, with the flow and the account locked.
    ///
    /// The factor counts together with what the person has proved in this flow, and with what their
    /// session in this browser shows. Where that is enough they are signed in. Otherwise the flow
    /// remembers it, and no cookie is given out.
    pub(in crate::identity) fn proved(
        &self,
        tx: &mut Tx<'_>,
        mut flow: Flow,
        profile: Profile,
        proved: &Proved,
    ) -> Result<Advanced, Stop<FlowError>> {
        Self::check_about(tx, &mut flow, &profile)?;
        let (now, user) = (self.now(), profile.user.id);
        let here = flow.pending.take().filter(|it| it.counts_for(&profile.user, now));
        let said = proved.remember.or(here.as_ref().map(|it| it.remember));
        let mut proofs = here.map(|it| it.proofs).unwrap_or_default();
        // Never older than the credentials, even where another node's clock runs ahead.
        let at = now.max(profile.user.counts_since());
        proofs.put(Proof { factor: proved.factor, at, told: proved.told });
        let signed_in = self.signed_in(tx)?.filter(|it| it.session.user_id == user);
        // A step up changes nothing of how long the session lasts.
        let before = signed_in.as_ref().map(|it| it.session.remember);
        let remember = said.or(before).unwrap_or_default();
        let mut all = proofs.completed(now);
        if let Some(signed_in) = &signed_in {
            all.add_all(&self.carried(&flow, signed_in));
        }
        let client = client_of(tx, &flow)?;
        let situation = self.situation(&flow, client.as_ref(), signed_in.as_ref(), None);
        let demand = second_factor::demand_at_sign_in(&situation, profile.needs_second_factor);
        let missing = match demand {
            // Mail is a second factor of those alone who have no better one.
            Some(demand) if !(all.are_two_factors() && all.show_possession()) => {
                let enrolled = enrolled(tx, self.offers, user)?;
                second_factor::missing(&all, demand, enrolled, &self.settings)
                    .map(|it| (it, demand))
            }
            _ => None,
        };
        let may_trust = second_factor::may_trust(&situation, profile.needs_second_factor);
        let mut trusted = false;
        if let Some((next, demand)) = missing {
            trusted = !demand.strict && self.is_trusted(tx, &profile)?;
            if !trusted {
                return self.wait(
                    tx,
                    flow,
                    &profile,
                    proved,
                    Pending { user, proofs, remember },
                    next,
                );
            }
        }
        let at = all.auth_time().unwrap_or(now);
        // One factor makes no browser fit to stand in for another one.
        let may_trust = may_trust && proved.trust_browser && all.are_two_factors();
        let authentication = Authentication { at, proofs: all, trusted };
        let advanced =
            self.establish(tx, flow, profile, &authentication, remember, proved.known)?;
        if may_trust {
            self.trust(tx, &advanced, user)?;
        }
        Ok(advanced)
    }

    /// What of a session still counts in a flow. Nothing, where the flow is to prove everything anew;
    /// nothing that is older than the flow allows.
    fn carried(&self, flow: &Flow, signed_in: &SignedIn) -> Proofs {
        let age = match &flow.purpose {
            Purpose::Authorize(request) if request.prompt.login => return Proofs::default(),
            Purpose::Authorize(request) => request.max_age(),
            Purpose::Account { .. } => None,
            Purpose::Confirm { .. } => Some(self.settings.fresh_authentication()),
        };
        let proofs = &signed_in.session.proofs;
        age.map_or_else(|| proofs.clone(), |age| proofs.within(age, self.now()))
    }

    /// What somebody has proved so far, in this flow and with their session in this browser.
    pub(in crate::identity::login) fn shown(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        user: &User,
    ) -> Result<Proofs, StorageError> {
        let here = flow.pending.as_ref().filter(|it| it.counts_for(user, self.now()));
        let mut proofs = here.map(|it| it.proofs.clone()).unwrap_or_default();
        if let Some(signed_in) = self.signed_in(tx)?.filter(|it| it.session.user_id == user.id) {
            proofs.add_all(&signed_in.session.proofs);
        }
        Ok(proofs)
    }

    /// Whether the account asks for no second factor in this browser.
    fn is_trusted(&self, tx: &mut Tx<'_>, profile: &Profile) -> Result<bool, StorageError> {
        if self.settings.trusted_browser_lifetime == 0 || self.at.device_secret.is_none() {
            return Ok(false);
        }
        let device = tx.devices().find(self.at.device_secret, Some(profile.user.id))?;
        Ok(device.is_some_and(|device| device.is_trusted(&profile.user, self.now())))
    }

    /// Makes the account trust the browser that has just got its cookie.
    fn trust(
        &self,
        tx: &mut Tx<'_>,
        advanced: &Advanced,
        user: UserId,
    ) -> Result<(), StorageError> {
        let lifetime = self.settings.trusted_browser_lifetime;
        let new = advanced.device.as_ref().and_then(|device| device.secret.as_ref());
        let secret = new.map(|secret| TokenHash::of(secret.expose())).or(self.at.device_secret);
        match secret {
            Some(secret) if lifetime > 0 => {
                tx.devices().trust(secret, user, self.now() + seconds(lifetime))
            }
            _ => Ok(()),
        }
    }

    /// The flow waits for the rest. Nobody is signed in by this.
    fn wait(
        &self,
        tx: &mut Tx<'_>,
        mut flow: Flow,
        profile: &Profile,
        proved: &Proved,
        pending: Pending,
        next: Next,
    ) -> Result<Advanced, Stop<FlowError>> {
        tx.flows().pending(flow.id, Some(&pending))?;
        let event = AuditEvent::new(Action::FactorProved, Actor::User(profile.user.id))
            .target("user", profile.user.id)
            .details(serde_json::json!({ "factor": proved.factor.as_str() }));
        self.record(tx, &flow, event)?;
        flow.pending = Some(pending);
        Ok(Advanced::quietly(next, flow))
    }

    /// Of whom the flow asks a second factor, where it waits for `next`.
    pub(in crate::identity) fn asked(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        signed_in: Option<&SignedIn>,
        next: &Next,
    ) -> Result<Option<Asked>, StorageError> {
        let ways = match next {
            Next::SecondFactor { ways } => ways.clone(),
            Next::SetUp => vec![],
            _ => return Ok(None),
        };
        let pending = flow.pending.as_ref().filter(|pending| pending.is_live(self.now()));
        let profile = match (pending, signed_in) {
            (Some(pending), _) => {
                let found = tx.users().find(pending.user)?;
                found.filter(|found| pending.counts_for(&found.user, self.now()))
            }
            (None, Some(signed_in)) => Some(signed_in.profile.clone()),
            (None, None) => None,
        };
        Ok(profile.map(|profile| Asked { profile, ways }))
    }

    /// Of whom the locked flow asks a second factor now; `None`: it does not, or does no more, and the
    /// step is to end with [`Step::settle`].
    pub(in crate::identity) fn asked_now(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
    ) -> Result<Option<Asked>, Stop<FlowError>> {
        let (client, signed_in) = (client_of(tx, flow)?, self.signed_in(tx)?);
        let next = self.decide(tx, flow, client.as_ref(), signed_in.as_ref())?;
        let asked = self.asked(tx, flow, signed_in.as_ref(), &next)?;
        Ok(asked.filter(|asked| asked.profile.user.is_active()))
    }
}
