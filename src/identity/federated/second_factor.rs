//! A provider as the second factor: whoever has proved another one signs in anew at a provider that their
//! account is connected with, where the operator says that this counts.
//!
//! Only a connection that the account has counts. Nothing is connected here, and nobody else is signed in.

use chrono::{DateTime, Utc};
use url::Url;

use super::arrive::{SKEW, Word, usable};
use super::trip::max_age;
use super::{NoEntry, Problem, mapping};
use crate::domain::audit::RequestContext;
use crate::domain::claim_rule::When;
use crate::domain::factor::FactorKind;
use crate::domain::federation_link::FederationLink;
use crate::domain::flow::Flow;
use crate::domain::provider::Provider;
use crate::domain::upstream::UpstreamPlace;
use crate::federation::Hints;
use crate::identity::Identity;
use crate::identity::login::{Advanced, Asked, FlowAt, FlowError, Proved, Step};
use crate::kernel::ids::UserId;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

const FACTOR: FactorKind = FactorKind::ProviderSecondFactor;

impl Identity {
    /// The providers at which somebody can prove a second factor.
    pub async fn second_factor_providers(
        &self,
        user: UserId,
    ) -> Result<Vec<Provider>, StorageError> {
        let links = self.db().load(move |tx| tx.federation_links().list(user)).await?;
        let all = self.provider_cache().get();
        let is_theirs = |provider: &&Provider| of(&links, provider).is_some();
        Ok(all.iter().filter(|it| counts(it)).filter(is_theirs).cloned().collect())
    }

    /// Where to send the browser of somebody who proves a second factor. `None`: the flow does not ask for
    /// that, or not any more.
    pub async fn go_to_second_factor(
        &self,
        slug: &str,
        at: FlowAt,
    ) -> Result<Option<Url>, NoEntry> {
        let (provider, federation) = self.way_to(slug)?;
        let step = self.step(at, &RequestContext::default());
        let found = self.db().read(move |tx| asked(tx, &step)).await?;
        let found = found.map_err(|error| NoEntry::stopped(at.flow, error))?;
        let Some((flow, links)) = found else { return Ok(None) };
        let Some(link) = of(&links, &provider).filter(|_| counts(&provider)) else {
            return Err(NoEntry::nowhere());
        };
        let place = UpstreamPlace::SecondFactor(flow.id);
        let hints = Hints {
            login_hint: link.email.clone(),
            prompt: Some("login".to_owned()),
            ui_locales: flow.request().and_then(|request| request.ui_locales.clone()),
            acr_values: None,
        };
        let token = self.env().random_token("");
        let trip = self.trip(&provider, token, at.browser, max_age(place, Some(&flow)));
        let sent = self.send(&provider, &federation, at.browser, place, trip, hints).await;
        sent.map(Some).map_err(|refused| refused.in_flow(flow.id).of_second_factor())
    }

    /// The end of a trip that proves a second factor, which began at `since`, with the flow locked.
    pub(super) fn receive_second_factor(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: Flow,
        word: &Word,
        since: DateTime<Utc>,
    ) -> Result<Advanced, Stop<NoEntry>> {
        let (id, now) = (flow.id, step.now());
        let stopped = |stop: Stop<FlowError>| stop.map(|error| NoEntry::stopped(id, error));
        let is_asked = |asked: &Asked| asked.ways.contains(&FACTOR) && counts(&word.provider);
        let mut asked = step.asked_now(tx, &flow).map_err(stopped)?.filter(is_asked);
        if let Some(found) = &asked {
            let user = found.profile.user.id;
            // From here to the commit nobody changes the account or its credentials.
            usable(tx, &flow, word, user)?;
            let again = step.asked_now(tx, &flow).map_err(stopped)?.filter(is_asked);
            asked = again.filter(|again| again.profile.user.id == user);
        }
        let Some(asked) = asked else {
            // Another tab has gone on meanwhile.
            return step.settle_here(tx, flow).map_err(stopped);
        };
        let user = asked.profile.user.id;
        let refused = |problem| {
            let refused = NoEntry::at(&word.provider, problem).in_flow(id).about(user);
            Stop::Refused(refused)
        };
        // It was told to ask anew, so one that does not say when it did has not.
        let is_anew = word.person.auth_time.is_some_and(|at| at >= since - SKEW);
        if !is_anew {
            return Err(refused(Problem::NotAskedAnew));
        }
        let link = tx.federation_links().find(&word.person.issuer, &word.person.subject)?;
        if link.is_none_or(|link| link.user_id != user) {
            return Err(refused(Problem::OtherPerson));
        }
        if !tx.federation_links().sync(word.provider.id, user, &word.person, now)? {
            return Err(refused(Problem::OtherPerson));
        }
        mapping::apply(tx, &step.env, &step.ctx, user, word, When::Each)?;
        // What the rules changed is in it.
        let profile = tx.users().find(user)?.ok_or(StorageError::Corrupt("users.id"))?;
        let proved = Proved {
            factor: FACTOR,
            told: Some(word.told()),
            remember: None,
            known: step.known_device(tx, Some(&profile.user))?,
            trust_browser: false,
        };
        let advanced = step.proved(tx, flow, profile, &proved).map_err(stopped)?;
        self.announce(tx, &step.ctx, &advanced)?;
        Ok(advanced)
    }
}

/// Whether people may prove a second factor there.
fn counts(provider: &Provider) -> bool {
    provider.is_enabled() && provider.policy.is_second_factor
}

/// The connection with this provider.
fn of<'a>(links: &'a [FederationLink], provider: &Provider) -> Option<&'a FederationLink> {
    links.iter().find(|link| link.provider_id == Some(provider.id))
}

/// The flow, and what the account is connected with of which it asks this factor now.
fn asked(
    tx: &mut Tx<'_>,
    step: &Step,
) -> Result<Option<(Flow, Vec<FederationLink>)>, Stop<FlowError>> {
    let flow = step.load_flow(tx)?;
    let asked = step.asked_now(tx, &flow)?.filter(|asked| asked.ways.contains(&FACTOR));
    let Some(asked) = asked else { return Ok(None) };
    let links = tx.federation_links().list(asked.profile.user.id)?;
    Ok(Some((flow, links)))
}
