//! What every step of a flow does first and last: load the flow, judge the browser, decide.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::establish::about;
use super::flow::{self, Next, Situation, second_factor};
use super::{Advanced, Anew, FlowAt, FlowError, FlowView, Offers};
use crate::domain::audit::{AuditEvent, RequestContext};
use crate::domain::client::Client;
use crate::domain::consent::Consent;
use crate::domain::factor::Enrolled;
use crate::domain::flow::Flow;
use crate::domain::session::SignedIn;
use crate::domain::setting::Settings;
use crate::identity::{record, session};
use crate::kernel::env::Env;
use crate::kernel::ids::{SessionId, UserId};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// One request that wants to move a flow on.
#[derive(Clone, Debug)]
pub(in crate::identity) struct Step {
    pub(in crate::identity) at: FlowAt,
    pub(in crate::identity) ctx: RequestContext,
    pub(in crate::identity) env: Env,
    pub(in crate::identity) settings: Arc<Settings>,
    pub(in crate::identity) offers: Offers,
}

impl Step {
    pub(in crate::identity) fn now(&self) -> DateTime<Utc> {
        self.env.now()
    }

    /// The flow, locked: steps of one flow happen one after the other.
    pub(in crate::identity) fn lock_flow(&self, tx: &mut Tx<'_>) -> Result<Flow, Stop<FlowError>> {
        let found = tx.flows().find_for_update(self.at.flow)?;
        self.check(found)
    }

    /// The flow, without a lock.
    pub(in crate::identity) fn load_flow(&self, tx: &mut Tx<'_>) -> Result<Flow, Stop<FlowError>> {
        let found = tx.flows().find(self.at.flow)?;
        self.check(found)
    }

    fn check(&self, found: Option<Flow>) -> Result<Flow, Stop<FlowError>> {
        let flow = found.ok_or(Stop::Refused(FlowError::NotFound))?;
        if flow.browser != self.at.browser {
            return Err(Stop::Refused(FlowError::OtherBrowser));
        }
        flow.check_open(self.now()).map_err(|ended| Stop::Refused(ended.into()))?;
        Ok(flow)
    }

    /// Who is signed in in this browser.
    pub(in crate::identity) fn signed_in(
        &self,
        tx: &mut Tx<'_>,
    ) -> Result<Option<SignedIn>, StorageError> {
        let Some(secret) = self.at.session_secret else { return Ok(None) };
        let loaded = tx.sessions().find_by_secret(secret)?;
        Ok(session::live(loaded, &self.settings, self.now()))
    }

    /// Everything about the flow, and what it waits for.
    pub(super) fn view(&self, tx: &mut Tx<'_>) -> Result<FlowView, Stop<FlowError>> {
        let mut flow = self.load_flow(tx)?;
        let signed_in = self.signed_in(tx)?;
        let client = client_of(tx, &flow)?;
        let mut next = self.decide(tx, &flow, client.as_ref(), signed_in.as_ref())?;
        let asked = self.asked(tx, &flow, signed_in.as_ref(), &next)?;
        if asked.is_none() && flow.pending.is_some() {
            // What was proved here is older than the credentials.
            flow.pending = None;
            next = self.decide(tx, &flow, client.as_ref(), signed_in.as_ref())?;
        }
        let asked = asked.map(|asked| asked.profile);
        let may_trust = asked.as_ref().is_some_and(|profile| {
            let situation = self.situation(&flow, client.as_ref(), signed_in.as_ref(), None);
            second_factor::may_trust(&situation, profile.needs_second_factor)
        });
        let anew = if flow.purpose.is_confirmation() { self.anew(tx, &flow)? } else { None };
        Ok(FlowView { flow, client, signed_in, asked, may_trust, anew, next })
    }

    fn anew(&self, tx: &mut Tx<'_>, flow: &Flow) -> Result<Option<Anew>, StorageError> {
        let Some(user) = about(tx, flow)? else { return Ok(None) };
        let links = tx.federation_links().list(user)?;
        let connected = links.into_iter().filter_map(|link| link.provider_id).collect();
        let has_own_way_in = enrolled(tx, self.offers, user)?.has_own_way_in();
        Ok(Some(Anew { connected, has_own_way_in }))
    }

    /// What the flow waits for.
    pub(in crate::identity) fn decide(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        client: Option<&Client>,
        signed_in: Option<&SignedIn>,
    ) -> Result<Next, StorageError> {
        let consent = known_consent(tx, client, signed_in)?;
        decide(tx, self.offers, self.situation(flow, client, signed_in, consent.as_ref()))
    }

    /// What the policy looks at, but for the factors.
    pub(super) fn situation<'a>(
        &'a self,
        flow: &'a Flow,
        client: Option<&'a Client>,
        signed_in: Option<&'a SignedIn>,
        consent: Option<&'a Consent>,
    ) -> Situation<'a> {
        Situation {
            flow,
            client,
            signed_in,
            enrolled: None,
            consent,
            settings: &self.settings,
            registration_open: self.offers.registration,
            now: self.now(),
        }
    }

    /// The end of a step in which nobody got a new cookie.
    pub(in crate::identity) fn settle(
        &self,
        tx: &mut Tx<'_>,
        flow: Flow,
        client: Option<&Client>,
        signed_in: Option<&SignedIn>,
    ) -> Result<Advanced, Stop<FlowError>> {
        let next = self.decide(tx, &flow, client, signed_in)?;
        Ok(Advanced::quietly(next, flow))
    }

    /// The end of a step that came when the flow waited for something else.
    pub(in crate::identity) fn settle_here(
        &self,
        tx: &mut Tx<'_>,
        flow: Flow,
    ) -> Result<Advanced, Stop<FlowError>> {
        let (client, signed_in) = (client_of(tx, &flow)?, self.signed_in(tx)?);
        self.settle(tx, flow, client.as_ref(), signed_in.as_ref())
    }

    /// Notes in the flow with which session it goes on. A proof or a consent that it remembers
    /// stays only if that is the same session.
    pub(super) fn bind(
        tx: &mut Tx<'_>,
        flow: &mut Flow,
        session: SessionId,
        authenticated_at: Option<DateTime<Utc>>,
    ) -> Result<(), StorageError> {
        tx.flows().authenticated(flow.id, session, authenticated_at)?;
        if flow.session_id != Some(session) {
            flow.consented = None;
        }
        flow.pending = None;
        flow.session_id = Some(session);
        flow.authenticated_at = authenticated_at;
        Ok(())
    }

    /// [`Self::bind`] for a flow that goes on with nobody yet.
    pub(super) fn pin(&self, tx: &mut Tx<'_>, session: SessionId) -> Result<Flow, Stop<FlowError>> {
        let mut flow = self.lock_flow(tx)?;
        if flow.session_id.is_none() {
            Self::bind(tx, &mut flow, session, None)?;
        }
        Ok(flow)
    }

    /// Writes an entry of the trail, with the relying party in it.
    pub(in crate::identity) fn record(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        mut event: AuditEvent,
    ) -> Result<(), StorageError> {
        event.client_id = flow.request().map(|request| request.client_id.clone());
        record(tx, &self.env, &self.ctx, &event)
    }
}

/// What the flow waits for. Loads the factors of the account where they decide it.
pub fn decide(
    tx: &mut Tx<'_>,
    offers: Offers,
    mut situation: Situation<'_>,
) -> Result<Next, StorageError> {
    if let Some(user) = flow::asks_about(&situation) {
        situation.enrolled = Some(enrolled(tx, offers, user)?);
    }
    Ok(flow::next(&situation))
}

/// What an account can be entered with here and now: a mailbox is nothing where no mail is sent.
pub(in crate::identity) fn enrolled(
    tx: &mut Tx<'_>,
    offers: Offers,
    user: UserId,
) -> Result<Enrolled, StorageError> {
    let enrolled = tx.factors().enrolled(user)?;
    Ok(Enrolled { mailbox: enrolled.mailbox && offers.mail, ..enrolled })
}

/// The relying party that began the flow.
pub(in crate::identity) fn client_of(
    tx: &mut Tx<'_>,
    flow: &Flow,
) -> Result<Option<Client>, Stop<FlowError>> {
    let Some(request) = flow.request() else { return Ok(None) };
    let client = tx.clients().find(&request.client_id)?;
    client.map(Some).ok_or(Stop::Refused(FlowError::ClientRemoved))
}

/// What somebody allowed the relying party before.
fn known_consent(
    tx: &mut Tx<'_>,
    client: Option<&Client>,
    signed_in: Option<&SignedIn>,
) -> Result<Option<Consent>, StorageError> {
    let (Some(client), Some(signed_in)) = (client, signed_in) else { return Ok(None) };
    tx.consents().find(signed_in.profile.user.id, &client.id)
}
