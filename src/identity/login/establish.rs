//! Somebody proved who they are: the browser gets a session, and only one.

use chrono::{DateTime, Utc};

use super::step::client_of;
use super::{Advanced, FlowError, SessionCookie, Step};
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::factor::Proofs;
use crate::domain::federation_link::FederationLink;
use crate::domain::flow::{Flow, FlowEnded, Purpose};
use crate::domain::session::{Authentication, Session, SessionEnd, SignedIn};
use crate::domain::user::Profile;
use crate::identity::session;
use crate::kernel::ids::{DeviceId, SessionId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::repo::sessions::Rotation;
use crate::storage::tx::{Stop, Tx};

impl Step {
    /// Gives the browser a session of `profile` with a new cookie, and goes on with it.
    ///
    /// A session of the same person that the browser has already stays and only its cookie is new,
    /// so that other tabs and a second click find it unchanged. Somebody else's ends. The account
    /// knows the browser from then on; `known` is how it knows it already. Of one that it did not know
    /// the step tells at its end, by [`crate::identity::Identity::announce`].
    pub(super) fn establish(
        &self,
        tx: &mut Tx<'_>,
        mut flow: Flow,
        profile: Profile,
        authentication: &Authentication,
        remember: bool,
        known: Option<DeviceId>,
    ) -> Result<Advanced, Stop<FlowError>> {
        let rests_elsewhere = authentication.proofs.iter().any(|proof| proof.told.is_some());
        if rests_elsewhere && tx.upstream_sessions().has_ended(flow.id, profile.user.id)? {
            return Err(Stop::Refused(FlowEnded::SignedOutElsewhere.into()));
        }
        let remember = remember && self.settings.offers_remember_me();
        let secret = self.env.random_token("");
        let change = Rotation {
            secret: TokenHash::of(secret.expose()),
            authentication,
            remember,
            expires_at: self.now() + self.settings.session_absolute(remember),
            ip: self.ctx.ip.as_deref(),
            user_agent: self.ctx.user_agent.as_deref(),
        };
        let session = match self.keep(tx, &flow, &profile, &change)? {
            Some(session) => session,
            None => self.begin(tx, &profile, &change)?,
        };
        if rests_elsewhere {
            tx.upstream_sessions().adopt(flow.id, profile.user.id, session.id)?;
        }
        Self::bind(tx, &mut flow, session.id, Some(self.now()))?;
        let event = AuditEvent::new(Action::SignIn, Actor::User(profile.user.id))
            .target("user", profile.user.id)
            .session(session.id)
            .details(serde_json::json!({
                "amr": session.amr, "remember": remember, "known_device": known.is_some(),
            }));
        self.record(tx, &flow, event)?;
        let new_browser = match known {
            Some(_) => None,
            None => self.new_browser(tx, &profile, session.id)?,
        };
        let device = self.know(tx, &profile.user, known)?;
        let cookie = SessionCookie { secret, remember, expires_at: session.expires_at };
        let client = client_of(tx, &flow)?;
        let signed_in = SignedIn { session, profile };
        let next = self.decide(tx, &flow, client.as_ref(), Some(&signed_in))?;
        let (cookie, device) = (Some(cookie), Some(device));
        Ok(Advanced { next, cookie, device, new_browser, standing: vec![], flow })
    }

    /// Where the flow is to confirm somebody, and somebody else signs in, it is an ordinary sign-in
    /// from here on: it does not end where the other one wanted to go.
    pub(super) fn check_about(
        tx: &mut Tx<'_>,
        flow: &mut Flow,
        profile: &Profile,
    ) -> Result<(), StorageError> {
        if flow.purpose.is_confirmation() && !is_about(tx, flow, profile.user.id)? {
            tx.flows().forget_confirmation(flow.id)?;
            flow.purpose = Purpose::Account { page: None };
        }
        Ok(())
    }

    /// Whether somebody who proves anew who they are came back as whom the flow is about. Where that session
    /// is gone, anybody is who has an account.
    pub(in crate::identity) fn is_theirs(
        tx: &mut Tx<'_>,
        flow: &Flow,
        link: Option<&FederationLink>,
    ) -> Result<bool, StorageError> {
        let Some(link) = link else { return Ok(false) };
        Ok(about(tx, flow)?.is_none_or(|user| user == link.user_id))
    }

    /// Rotates the session that the browser has, if it is the same person's; ends the others.
    fn keep(
        &self,
        tx: &mut Tx<'_>,
        flow: &Flow,
        profile: &Profile,
        change: &Rotation<'_>,
    ) -> Result<Option<Session>, StorageError> {
        let now = self.now();
        let mut kept = None;
        for session in self.present_sessions(tx, flow)? {
            let is_usable = session.user_id == profile.user.id
                && session.is_live(&profile.user, &self.settings, now);
            if kept.is_none() && is_usable && tx.sessions().rotate(session.id, change, now)? {
                kept = Some(rotated(session, change, now));
            } else {
                let actor = Actor::User(profile.user.id);
                session::end(tx, &self.env, &self.ctx, actor, &session, SessionEnd::Replaced)?;
            }
        }
        Ok(kept)
    }

    /// The sessions that this browser has: that of the cookie it sent, and one that this flow gave
    /// it a moment ago, when the answer to a first click has not reached it.
    fn present_sessions(&self, tx: &mut Tx<'_>, flow: &Flow) -> Result<Vec<Session>, StorageError> {
        let sent: Option<Session> = self.signed_in(tx)?.map(|it| it.session);
        let sent_id = sent.as_ref().map(|session| session.id);
        let given_id =
            flow.session_id.filter(|id| flow.authenticated_at.is_some() && Some(*id) != sent_id);
        let given = match given_id {
            Some(id) => tx.sessions().find(id)?.filter(|session| session.ended.is_none()),
            None => None,
        };
        Ok(sent.into_iter().chain(given).collect())
    }

    /// Begins a session. It is never older than the account's credentials, even where the node that
    /// changed them has a clock that runs ahead of ours.
    fn begin(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        change: &Rotation<'_>,
    ) -> Result<Session, StorageError> {
        let now = self.now();
        let blank = Session {
            id: SessionId::new(&self.env),
            sid: self.env.random_id(),
            user_id: profile.user.id,
            auth_time: now,
            acr: String::new(),
            amr: vec![],
            proofs: Proofs::default(),
            trusted: false,
            remember: change.remember,
            ip: None,
            user_agent: None,
            created_at: now.max(profile.user.credentials_changed_at),
            last_used_at: now,
            expires_at: change.expires_at,
            ended: None,
        };
        let session = rotated(blank, change, now);
        tx.sessions().insert(&session, change.secret)?;
        Ok(session)
    }
}

/// Whether a flow was begun, or went on, in a session of this person.
fn is_about(tx: &mut Tx<'_>, flow: &Flow, user: UserId) -> Result<bool, StorageError> {
    Ok(about(tx, flow)? == Some(user))
}

/// In whose session a flow was begun, or went on.
pub(super) fn about(tx: &mut Tx<'_>, flow: &Flow) -> Result<Option<UserId>, StorageError> {
    let Some(session) = flow.session_id else { return Ok(None) };
    Ok(tx.sessions().find(session)?.map(|session| session.user_id))
}

/// The session after a new sign-in.
fn rotated(session: Session, change: &Rotation<'_>, now: DateTime<Utc>) -> Session {
    let Authentication { at, proofs, trusted } = change.authentication;
    Session {
        auth_time: *at,
        acr: proofs.acr().to_owned(),
        amr: proofs.amr().into_iter().map(str::to_owned).collect(),
        proofs: proofs.clone(),
        trusted: *trusted,
        remember: change.remember,
        ip: change.ip.map(str::to_owned),
        user_agent: change.user_agent.map(str::to_owned),
        last_used_at: now,
        expires_at: change.expires_at,
        ..session
    }
}
