//! The end of a change, in one transaction.

use super::{Attempt, ChangeError, Changed, Outcome};
use crate::domain::audit::Actor;
use crate::domain::factor::FactorKind;
use crate::domain::setting::seconds;
use crate::identity::admin::password::Kept;
use crate::identity::login::{DeviceCookie, Introduced};
use crate::storage::tx::{Stop, Tx};

impl Attempt {
    /// Sets the password if all is still as it was `judged`; without a new one it only renews the
    /// cookie. The account's row comes first, as wherever its credentials are changed.
    pub(super) fn conclude(
        &self,
        tx: &mut Tx<'_>,
        judged: Option<String>,
        phc: Option<&str>,
    ) -> Result<Outcome, Stop<ChangeError>> {
        tx.users().lock(self.user())?;
        let gone = || Stop::Refused(ChangeError::NotSignedIn);
        let profile = tx.users().find(self.user())?.ok_or_else(gone)?;
        let session = tx.sessions().find(self.who.session.id)?.ok_or_else(gone)?;
        let (settings, now) = (self.identity.settings(), self.identity.env().now());
        if !session.is_live(&profile.user, &settings, now) {
            return Err(gone());
        }
        let present = tx.passwords().find(self.user())?;
        if present != judged {
            return Ok(Outcome::Look(present));
        }
        if let Some(phc) = phc {
            let (by, id) = (Actor::User(self.user()), session.id);
            let kept = if self.end_others { Kept::Session(id) } else { Kept::Sessions(id) };
            self.identity.replace_password(tx, &self.ctx, by, &profile, phc, kept)?;
        }
        let identity = &self.identity;
        let cookie = identity.renew(tx, &self.ctx, &session, FactorKind::Password)?;
        let cookie = cookie.ok_or_else(gone)?;
        // Last, because everybody at the same address waits for these rows.
        if phc.is_some() {
            self.identity.meet_anew(tx, self.user(), Some(&self.taken))?;
        } else {
            self.taken.succeeded(tx)?;
        }
        let device = self.introduce(tx)?;
        if phc.is_some() {
            self.identity.tell_password_changed(tx, self.user(), &self.ctx)?;
        }
        Ok(Outcome::Changed(Changed { session: cookie, device }))
    }

    /// Makes the account know this browser, in which the password was just proved.
    fn introduce(&self, tx: &mut Tx<'_>) -> Result<DeviceCookie, Stop<ChangeError>> {
        let (identity, env) = (&self.identity, self.identity.env());
        let found = tx.users().find(self.user())?.ok_or(Stop::Refused(ChangeError::NotSignedIn))?;
        let browser = Introduced {
            old_secret: self.device,
            user_agent: self.ctx.user_agent.as_deref(),
            ip: self.ctx.ip.as_deref(),
            expires_at: env.now() + seconds(identity.settings().device_lifetime),
        };
        Ok(browser.to(tx, env, &found.user)?)
    }
}
