//! The steps that prove nothing: go on as who is signed in, allow, deny.

use super::flow::Next;
use super::step::client_of;
use super::{Advanced, FlowError, Step};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::identity::consent;
use crate::storage::tx::{Stop, Tx};

impl Step {
    /// Goes on as who is signed in, where that is what was asked.
    pub(super) fn continue_as(&self, tx: &mut Tx<'_>) -> Result<Advanced, Stop<FlowError>> {
        let mut flow = self.lock_flow(tx)?;
        let (client, signed_in) = (client_of(tx, &flow)?, self.signed_in(tx)?);
        let next = self.decide(tx, &flow, client.as_ref(), signed_in.as_ref())?;
        if let (Next::SelectAccount, Some(signed_in)) = (&next, &signed_in) {
            Self::bind(tx, &mut flow, signed_in.session.id, None)?;
        }
        self.settle(tx, flow, client.as_ref(), signed_in.as_ref())
    }

    /// Allows what the stored request asks for, where that is what was asked. Whoever else signed
    /// in since the page was shown is asked anew.
    pub(super) fn allow(&self, tx: &mut Tx<'_>) -> Result<Advanced, Stop<FlowError>> {
        let mut flow = self.lock_flow(tx)?;
        let (client, signed_in) = (client_of(tx, &flow)?, self.signed_in(tx)?);
        let next = self.decide(tx, &flow, client.as_ref(), signed_in.as_ref())?;
        let (Next::Consent { asked, .. }, Some(client), Some(signed_in)) =
            (&next, &client, &signed_in)
        else {
            return Ok(Advanced::quietly(next, flow));
        };
        if flow.session_id != Some(signed_in.session.id) {
            return Ok(Advanced::quietly(next, flow));
        }
        consent::give(tx, signed_in.profile.user.id, &client.id, asked, self.now())?;
        tx.flows().consented(flow.id, asked)?;
        flow.consented = Some(asked.clone());
        let event = AuditEvent::new(Action::ConsentGiven, Actor::User(signed_in.profile.user.id))
            .target("client", &client.id)
            .session(signed_in.session.id)
            .details(serde_json::json!({
                "scope": asked.scopes.to_string(),
                "claims": asked.claims.iter().map(|claim| claim.as_str()).collect::<Vec<_>>(),
            }));
        self.record(tx, &flow, event)?;
        self.settle(tx, flow, Some(client), Some(signed_in))
    }

    /// Notes that the person said no. Whoever tells the relying party so ends the flow.
    pub(super) fn deny(&self, tx: &mut Tx<'_>) -> Result<Advanced, Stop<FlowError>> {
        let flow = self.lock_flow(tx)?;
        let event = match self.signed_in(tx)? {
            Some(signed_in) => {
                let actor = Actor::User(signed_in.profile.user.id);
                AuditEvent::new(Action::ConsentRefused, actor).session(signed_in.session.id)
            }
            None => AuditEvent::new(Action::ConsentRefused, Actor::Anonymous),
        };
        let event = match flow.request() {
            Some(request) => event.target("client", &request.client_id),
            None => event,
        };
        self.record(tx, &flow, event)?;
        Ok(Advanced::quietly(Next::Denied, flow))
    }
}
