//! A sign-in in a browser that the account did not know is told by mail, with a link for who did not
//! do it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::audit::RequestContext;
use crate::domain::one_time_link::LinkPurpose;
use crate::domain::user::Profile;
use crate::identity::Identity;
use crate::identity::admin::issue::Issuing;
use crate::identity::login::{Advanced, Step};
use crate::kernel::ids::SessionId;
use crate::mail::message::{Message, Occasion};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// How long the link works: for who reads mail after the holidays.
const LIFETIME: TimeDelta = TimeDelta::days(14);

/// How long after a new password the first browser needs no word: it is that of who set it.
const SETTLING: TimeDelta = TimeDelta::days(1);

/// A sign-in that is to be told.
#[derive(Clone, Debug)]
pub struct NewBrowser {
    profile: Profile,
    session: SessionId,
    at: DateTime<Utc>,
}

impl Step {
    /// Whether the account is to be told of a sign-in in a browser that nobody has found to be known.
    /// To be asked before the account comes to know the browser.
    pub(in crate::identity) fn new_browser(
        &self,
        tx: &mut Tx<'_>,
        profile: &Profile,
        session: SessionId,
    ) -> Result<Option<NewBrowser>, StorageError> {
        if !self.offers.mail || profile.primary_address.is_none() {
            return Ok(None);
        }
        let (now, user) = (self.env.now(), &profile.user);
        let known = tx.devices().acquaintance(self.at.device_secret, user, now)?;
        let is_first = !known.any && now < user.credentials_changed_at + SETTLING;
        let told = NewBrowser { profile: profile.clone(), session, at: now };
        Ok((!known.this && !is_first).then_some(told))
    }
}

impl Identity {
    /// The end of every step that may sign somebody in, behind the counters that it takes: a browser
    /// that the account did not know is told by mail.
    pub(in crate::identity) fn announce(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        advanced: &Advanced,
    ) -> Result<(), StorageError> {
        let Some(NewBrowser { profile, session, at }) = &advanced.new_browser else {
            return Ok(());
        };
        let issuing = Issuing {
            purpose: LinkPurpose::NotMe { user: profile.user.id, session: *session },
            not_before: *at,
            lifetime: LIFETIME,
            // One that was not confirmed may be a stranger's, who is to bring nothing back by it.
            mailed_to: profile.primary_address.as_ref().filter(|it| it.verified_at.is_some()),
        };
        let token = self.env().random_token("");
        let occasion = Occasion::new(*at, ctx.ip.as_deref(), ctx.user_agent.as_deref());
        let occasion = occasion.at_place(self.place(ctx.ip.as_deref()));
        let message = Message::NewSignIn { token: token.clone(), occasion };
        if self.mail(tx, profile, &message, *at + LIFETIME)? {
            self.keep_link(tx, true, &issuing, &token)?;
        }
        Ok(())
    }
}
