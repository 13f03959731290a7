//! The second click of a double one, behind a first that has signed somebody in.

use super::step::client_of;
use super::{Advanced, FlowError, SessionCookie, Step};
use crate::domain::flow::Flow;
use crate::domain::one_time_link::DOUBLE_CLICK;
use crate::domain::session::{Authentication, Session, SignedIn};
use crate::identity::session;
use crate::kernel::token_hash::TokenHash;
use crate::storage::repo::sessions::Rotation;
use crate::storage::tx::{Stop, Tx};

impl Step {
    /// Gives the browser another cookie of the session that this flow, which is locked, has given it a
    /// moment ago: a browser shows the answer to its last click, and the cookies of the others never
    /// reach it. The cookie before is worth nothing any more. Nothing else of the session changes, and
    /// nobody is signed in by this.
    ///
    /// It is for those alone who show once more what the first click showed. `None`: there is no such
    /// session, it is over, or the browser has one.
    pub(super) fn give_again(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
    ) -> Result<Option<Advanced>, Stop<FlowError>> {
        let Some(signed_in) = self.given(tx, flow)? else { return Ok(None) };
        let SignedIn { session, profile } = &signed_in;
        let Session { remember, expires_at, .. } = *session;
        let secret = self.env.random_token("");
        let change = Rotation {
            secret: TokenHash::of(secret.expose()),
            authentication: &Authentication {
                at: session.auth_time,
                proofs: session.proofs.clone(),
                trusted: session.trusted,
            },
            remember,
            expires_at,
            ip: self.ctx.ip.as_deref(),
            user_agent: self.ctx.user_agent.as_deref(),
        };
        if !tx.sessions().rotate(session.id, &change, self.now())? {
            return Ok(None);
        }
        let known = self.known_device(tx, Some(&profile.user))?;
        let device = Some(self.know(tx, &profile.user, known)?);
        let client = client_of(tx, flow)?;
        let next = self.decide(tx, flow, client.as_ref(), Some(&signed_in))?;
        let cookie = Some(SessionCookie { secret, remember, expires_at });
        let mut advanced = Advanced::quietly(next, flow.clone());
        (advanced.cookie, advanced.device) = (cookie, device);
        Ok(Some(advanced))
    }

    /// The session that the flow has begun or renewed a moment ago, if it lives and the browser, which is
    /// the flow's, does not have it.
    fn given(&self, tx: &mut Tx<'_>, flow: &Flow) -> Result<Option<SignedIn>, Stop<FlowError>> {
        let now = self.now();
        let is_recent = flow.authenticated_at.is_some_and(|at| now - at < DOUBLE_CLICK);
        let Some(id) = flow.session_id.filter(|_| is_recent) else { return Ok(None) };
        if self.signed_in(tx)?.is_some() {
            return Ok(None);
        }
        let Some(session) = tx.sessions().find(id)? else { return Ok(None) };
        // Whoever changes the credentials waits, or ends the session before.
        tx.users().hold(session.user_id)?;
        let profile = tx.users().find(session.user_id)?;
        let given = profile.map(|profile| SignedIn { session, profile });
        Ok(session::live(given, &self.settings, now))
    }
}
