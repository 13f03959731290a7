//! Somebody comes back from a provider in a sign-in: the account that is known by them, or what becomes
//! of who is a stranger here.

use chrono::TimeDelta;

use super::newcomer::Newcomer;
use super::{NoEntry, Problem, mapping};
use crate::domain::address::EmailAddress;
use crate::domain::arrival::{Arrival, Reception, reception};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::claim_rule::When;
use crate::domain::factor::{FactorKind, Told};
use crate::domain::federation_link::FederationLink;
use crate::domain::flow::{Flow, Purpose};
use crate::domain::methods::Methods;
use crate::domain::provider::Provider;
use crate::domain::upstream::UpstreamPerson;
use crate::domain::user::Profile;
use crate::identity::Identity;
use crate::identity::login::{Advanced, Proved, Step, enrolled};
use crate::kernel::ids::UserId;
use crate::mail::message::{Factor, Message};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// The word of a provider about who came back.
pub(super) struct Word {
    pub(super) provider: Provider,
    pub(super) person: UpstreamPerson,
}

/// How far the clock of a provider may be behind ours.
pub(super) const SKEW: TimeDelta = TimeDelta::seconds(60);

impl Word {
    /// Whether the provider asked the person as freshly as the flow demands. One that does not say when it
    /// asked is believed: it was told to.
    fn is_fresh_for(&self, step: &Step, flow: &Flow) -> bool {
        let Some(auth_time) = self.person.auth_time else { return true };
        let is_since = |start| auth_time >= start - SKEW;
        match &flow.purpose {
            Purpose::Authorize(request) => {
                let is_young = request.max_age().is_none_or(|age| is_since(step.now() - age));
                is_young && (!request.prompt.login || is_since(flow.created_at))
            }
            Purpose::Account { .. } => true,
            Purpose::Confirm { .. } => is_since(flow.created_at),
        }
    }

    /// Whether it is enough for somebody who is signed in and is to prove it anew. Many a provider sends
    /// people back without asking anybody, and does not say when it last did: that is taken where
    /// there is no other way to prove it.
    fn confirms(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: &Flow,
        user: UserId,
    ) -> Result<bool, StorageError> {
        if !flow.purpose.is_confirmation() || self.person.auth_time.is_some() {
            return Ok(true);
        }
        Ok(!enrolled(tx, step.offers, user)?.has_own_way_in())
    }

    /// What it says of how they proved who they are.
    pub(super) fn told(&self) -> Told {
        Told { auth_time: self.person.auth_time, methods: Methods::of(&self.person.amr) }
    }

    fn proved(&self) -> Proved {
        let is_two = self.provider.policy.proves_second_factor(&self.person);
        Proved {
            factor: if is_two { FactorKind::ProviderTwoFactors } else { FactorKind::Provider },
            told: Some(self.told()),
            remember: None,
            known: None,
            trust_browser: false,
        }
    }

    /// What everybody locks who connects an account with who came back, or makes one, before they look whether
    /// somebody did.
    pub(super) fn identity(&self) -> String {
        format!("{}\n{}", self.person.issuer, self.person.subject)
    }

    pub(super) fn refused(&self, flow: &Flow, problem: Problem) -> Stop<NoEntry> {
        Stop::Refused(NoEntry::at(&self.provider, problem).in_flow(flow.id))
    }
}

impl Identity {
    /// The end of a trip to a provider, with the flow locked. Also tells who is new here.
    pub(super) fn receive(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: Flow,
        word: &Word,
    ) -> Result<(Advanced, Option<Newcomer>), Stop<NoEntry>> {
        if !word.is_fresh_for(step, &flow) {
            return Err(word.refused(&flow, Problem::NotAskedAnew));
        }
        // Whoever comes at the same moment, on any node, waits here, and finds what was made meanwhile.
        let identity = word.identity();
        let email = word.person.email.as_ref().map(EmailAddress::canonical);
        let marks = word.names();
        let mut names: Vec<&str> = [Some(identity.as_str()), email].into_iter().flatten().collect();
        names.extend(marks.iter().map(String::as_str));
        tx.users().lock_identifiers(&names)?;
        if word.is_over(tx)? {
            return Err(word.refused(&flow, Problem::SignedOutThere));
        }
        let known = tx.federation_links().find(&word.person.issuer, &word.person.subject)?;
        if flow.purpose.is_confirmation() && !Step::is_theirs(tx, &flow, known.as_ref())? {
            return Err(word.refused(&flow, Problem::OtherPerson));
        }
        if let Some(link) = known {
            return Ok((self.known(tx, step, flow, word, &link)?, None));
        }
        let owner = match &word.person.email {
            Some(email) => tx.users().owner_of_address(email)?,
            None => None,
        };
        match reception(&word.provider.policy, &word.person, owner) {
            Reception::Connect(owner) => {
                let profile = usable(tx, &flow, word, owner)?;
                self.connect(tx, step, &flow, word, &profile)?;
                Ok((self.enter(tx, step, flow, word, profile.user.id)?, None))
            }
            Reception::AskForAccount => Ok((wait(tx, step, flow, word)?, None)),
            Reception::Register => {
                let newcomer = self.newcomer(tx, step, &flow, word)?;
                let advanced = self.enter(tx, step, flow, word, newcomer.user)?;
                Ok((advanced, Some(newcomer)))
            }
        }
    }

    /// Somebody whom the account is known by.
    fn known(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: Flow,
        word: &Word,
        link: &FederationLink,
    ) -> Result<Advanced, Stop<NoEntry>> {
        usable(tx, &flow, word, link.user_id)?;
        if !word.confirms(tx, step, &flow, link.user_id)? {
            return Err(word.refused(&flow, Problem::NotAskedAnew));
        }
        let now = step.now();
        if !tx.federation_links().sync(word.provider.id, link.user_id, &word.person, now)? {
            return Err(word.refused(&flow, Problem::Closed));
        }
        mapping::apply(tx, &step.env, &step.ctx, link.user_id, word, When::Each)?;
        self.enter(tx, step, flow, word, link.user_id)
    }

    fn enter(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        mut flow: Flow,
        word: &Word,
        user: UserId,
    ) -> Result<Advanced, Stop<NoEntry>> {
        // Who came from there before, and took another account then, is not meant any more.
        if flow.arrival.take_if(|it| it.provider == word.provider.id).is_some() {
            tx.flows().arrived(flow.id, None)?;
        }
        // What the rules changed is in it.
        let profile = tx.users().find(user)?.ok_or(StorageError::Corrupt("users.id"))?;
        let id = flow.id;
        self.remember(tx, step, &flow, word, user)?;
        let known = step.known_device(tx, Some(&profile.user))?;
        let proved = Proved { known, ..word.proved() };
        let advanced = step.proved(tx, flow, profile, &proved);
        let advanced = advanced.map_err(|stop| stop.map(|error| NoEntry::stopped(id, error)))?;
        self.announce(tx, &step.ctx, &advanced)?;
        Ok(advanced)
    }

    /// Connects an account with who came back.
    pub(super) fn connect(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: &Flow,
        word: &Word,
        profile: &Profile,
    ) -> Result<(), Stop<NoEntry>> {
        let user = profile.user.id;
        let link = FederationLink::new(&step.env, user, word.provider.id, &word.person);
        if !tx.federation_links().insert(&link)? {
            return Err(word.refused(flow, Problem::Taken));
        }
        mapping::apply(tx, &step.env, &step.ctx, user, word, When::First)?;
        step.record(tx, flow, connected(&word.provider, user))?;
        let (factor, occasion) =
            (Factor::Provider(word.provider.label.clone()), self.occasion(&step.ctx));
        self.notify(tx, profile, &Message::FactorAdded { factor, occasion })?;
        Ok(())
    }
}

/// The account, if it can be entered, held until the commit.
pub(super) fn usable(
    tx: &mut Tx<'_>,
    flow: &Flow,
    word: &Word,
    user: UserId,
) -> Result<Profile, Stop<NoEntry>> {
    tx.users().hold(user)?;
    let profile = tx.users().find(user)?.filter(|profile| profile.user.is_active());
    profile.ok_or_else(|| {
        let refused = NoEntry::at(&word.provider, Problem::Closed);
        Stop::Refused(refused.in_flow(flow.id).about(user))
    })
}

/// Who came back has an account, or is to say which: they sign in to it, in this flow.
fn wait(
    tx: &mut Tx<'_>,
    step: &Step,
    mut flow: Flow,
    word: &Word,
) -> Result<Advanced, Stop<NoEntry>> {
    let (provider, person) = (word.provider.id, word.person.clone());
    let arrival = Arrival { provider, person, at: step.now() };
    tx.flows().arrived(flow.id, Some(&arrival))?;
    flow.arrival = Some(arrival);
    let id = flow.id;
    step.settle_here(tx, flow).map_err(|stop| stop.map(|error| NoEntry::stopped(id, error)))
}

/// What the trail says of a connection.
pub(super) fn connected(provider: &Provider, user: UserId) -> AuditEvent {
    AuditEvent::new(Action::ProviderConnected, Actor::User(user))
        .target("user", user)
        .details(serde_json::json!({ "provider": provider.slug.as_str() }))
}
