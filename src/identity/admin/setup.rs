//! The first administrator: made by a link, once in the life of a database.

use super::issue::{IssuedLink, Issuing};
use super::link::{LinkError, OpenLink, consume, usable};
use super::{AdminError, ensure_administrator_role};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::LinkPurpose;
use crate::domain::role;
use crate::domain::setting::seconds;
use crate::domain::user::NewUser;
use crate::identity::register::{self, Registration};
use crate::identity::{Identity, record};
use crate::kernel::ids::UserId;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::tx::{Stop, Tx};

impl Identity {
    /// Makes a link that makes the first administrator. Earlier ones stop working. Refused once
    /// there was an administrator, also when that account is gone.
    pub async fn create_setup_link(
        &self,
        by: Actor,
        ctx: &RequestContext,
    ) -> Result<IssuedLink, AdminError> {
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let now = identity.env().now();
                if tx.instance().administrator_exists()? {
                    return Err(Stop::Refused(AdminError::AdministratorExists));
                }
                tx.one_time_links().kill_setup_links(now)?;
                record(tx, identity.env(), &ctx, &AuditEvent::new(Action::LinkCreated, by))?;
                let issuing = Issuing {
                    purpose: LinkPurpose::Administrator,
                    not_before: now,
                    lifetime: seconds(identity.settings().one_time_link_lifetime),
                    mailed_to: None,
                };
                let secret = identity.env().random_token("");
                let expires_at = identity.keep_link(tx, true, &issuing, &secret)?;
                Ok(IssuedLink { secret, expires_at })
            })
            .await?
    }

    /// Makes the first administrator with a link of [`Identity::create_setup_link`].
    pub async fn redeem_setup_link(
        &self,
        secret: &Secret<String>,
        registration: &Registration,
        ctx: &RequestContext,
    ) -> Result<UserId, LinkError> {
        self.within_budget(ctx, self.administrator_by_link(secret, registration, ctx)).await
    }

    async fn administrator_by_link(
        &self,
        secret: &Secret<String>,
        registration: &Registration,
        ctx: &RequestContext,
    ) -> Result<UserId, LinkError> {
        let OpenLink::Administrator = self.open_link(secret).await? else {
            return Err(LinkError::Unusable);
        };
        // With a password alone the first of all people gets in, whatever becomes of their device.
        let registration = Registration { passkey: false, ..registration.clone() };
        let checked = registration
            .check(&self.settings(), &self.0.options.brand)
            .map_err(LinkError::Problems)?;
        let password_phc = self.hash_wanted(checked.password).await?;
        let new = NewUser {
            email: checked.email,
            email_verified: false,
            username: checked.username,
            name: checked.name,
            subject: None,
            password_phc,
            roles: vec![role::ADMINISTRATOR.to_owned()],
        };
        let (identity, ctx, hash) = (self.clone(), ctx.clone(), TokenHash::of(secret.expose()));
        self.db().write(move |tx| identity.make_administrator(tx, &ctx, hash, &new)).await?
    }

    /// Everything that can be refused comes before the first write: a refusal commits, and neither
    /// a link without an administrator nor a second administrator may be what is left.
    fn make_administrator(
        &self,
        tx: &mut Tx<'_>,
        ctx: &RequestContext,
        secret: TokenHash,
        new: &NewUser,
    ) -> Result<UserId, Stop<LinkError>> {
        let env = self.env();
        let now = env.now();
        register::lock_identifiers(tx, new)?;
        let (link, OpenLink::Administrator) = usable(tx, secret, now)? else {
            return Err(Stop::Refused(LinkError::Unusable));
        };
        let problems = register::taken(tx, self.master(), new)?;
        if !problems.is_empty() {
            return Err(Stop::Refused(LinkError::Problems(problems)));
        }
        consume(tx, &link, ctx, now)?;
        if !tx.instance().administrator_made(now)? {
            return Err(Stop::Refused(LinkError::Unusable));
        }
        tx.one_time_links().kill_setup_links(now)?;
        ensure_administrator_role(tx, env)?;
        let user = register::insert(tx, env, new)?.user.id;
        let event = AuditEvent::new(Action::AdministratorCreated, Actor::User(user));
        record(tx, env, ctx, &event.target("user", user))?;
        Ok(user)
    }
}
