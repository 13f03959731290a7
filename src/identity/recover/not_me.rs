//! "This was not me": ends the sign-in that a mail told of, and starts recovery.

use chrono::{DateTime, Utc};

use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::factor::Pending;
use crate::domain::grant::RevokeReason;
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::domain::rate_limit::Standing;
use crate::domain::session::{Session, SessionEnd};
use crate::identity::admin::link::LinkError;
use crate::identity::closing::WayBack;
use crate::identity::{Identity, record, session};
use crate::kernel::ids::{SessionId, UserId};
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// What is shown of the sign-in that a link is about.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// When it was.
    pub at: DateTime<Utc>,
    /// Where from.
    pub ip: Option<String>,
    /// What the browser called itself.
    pub user_agent: Option<String>,
}

/// What became of a link that somebody used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disowned {
    /// The sign-in was ended, and this is what leads to another password.
    Now(WayBack),
    /// It had been, by the first click of a double one for example: nothing happened.
    Before,
}

/// Why a sign-in was not ended.
#[derive(Debug, thiserror::Error)]
pub enum NotMeError {
    /// The link never was one, or is too old: which is not told.
    #[error("the link does not work any more")]
    Unusable,
    /// Too many links that do not work were tried from this address; this one may.
    #[error("too many attempts until {retry_at}")]
    TooMany {
        /// When the next attempt is looked at.
        retry_at: DateTime<Utc>,
        /// What is left of which budget.
        standing: Standing,
    },
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<LinkError> for NotMeError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::TooMany { retry_at, standing } => Self::TooMany { retry_at, standing },
            LinkError::Storage(error) => Self::Storage(error),
            // Nothing is typed or hashed here.
            LinkError::Unusable | LinkError::Problems(_) | LinkError::Hashing(_) => Self::Unusable,
        }
    }
}

impl Identity {
    /// The sign-in that a link is about, whether or not it was disowned already. Looking uses nothing
    /// up.
    pub async fn sighting(&self, secret: &Secret<String>) -> Result<Sighting, NotMeError> {
        let (hash, now) = (TokenHash::of(secret.expose()), self.env().now());
        let found: Result<Sighting, LinkError> = self
            .db()
            .read(move |tx| {
                let (link, _, session) = about(tx, hash, now)?;
                let (ip, user_agent) = session.map(|it| (it.ip, it.user_agent)).unwrap_or_default();
                Ok(Sighting { at: link.created_at, ip, user_agent })
            })
            .await?;
        Ok(found?)
    }

    /// Ends the session of the sign-in and all that apps were given in it; the account forgets the
    /// browsers that it has come to know since, and trusts none. Addresses that it has got since go, the
    /// primary one of then is that again, and a link to set a new password is mailed there. The password
    /// itself stays, where it is as old, and so do factors: the holder of this link may be anybody who
    /// reads the mail of a fortnight ago. But passkeys that were added since let nobody in by themselves,
    /// and nor do those that are added before the owner is known to be back.
    pub async fn disown(
        &self,
        secret: &Secret<String>,
        ctx: &RequestContext,
    ) -> Result<Disowned, NotMeError> {
        let (identity, asked, hash) = (self.clone(), ctx.clone(), TokenHash::of(secret.expose()));
        let db = self.db();
        let act = async { db.write(move |tx| disown(tx, &identity, hash, &asked)).await? };
        let disowned = self.within_budget(ctx, act).await?;
        self.outbox().wake();
        Ok(disowned)
    }
}

/// The link of a secret, with the account and the session that it is about. One that was used is found
/// for as long as it would have worked.
fn about(
    tx: &mut Tx<'_>,
    secret: TokenHash,
    now: DateTime<Utc>,
) -> Result<(OneTimeLink, UserId, Option<Session>), Stop<LinkError>> {
    let unusable = || Stop::Refused(LinkError::Unusable);
    let link = tx.one_time_links().find(secret)?.filter(|link| now < link.expires_at);
    let link = link.ok_or_else(unusable)?;
    let LinkPurpose::NotMe { user, session } = link.purpose else { return Err(unusable()) };
    let session: SessionId = session;
    let session = tx.sessions().find(session)?;
    Ok((link, user, session))
}

fn disown(
    tx: &mut Tx<'_>,
    identity: &Identity,
    secret: TokenHash,
    ctx: &RequestContext,
) -> Result<Disowned, Stop<LinkError>> {
    let (env, now) = (identity.env(), identity.env().now());
    let (link, user, _) = about(tx, secret, now)?;
    if let Some(email) = &link.email {
        // Identifiers before accounts, as wherever one is given to an account.
        tx.users().lock_identifiers(&[email.canonical()])?;
    }
    tx.users().lock(user)?;
    let (link, _, session) = about(tx, secret, now)?;
    if !tx.one_time_links().consume(link.id, now)? {
        return Ok(Disowned::Before);
    }
    let by = Actor::User(user);
    let mut event = AuditEvent::new(Action::SignInDisowned, by.clone()).target("user", user);
    if let Some(session) = &session {
        event = event.session(session.id);
    }
    // Whoever signed in there may have done so again since, in the same browser and without another
    // mail, and may have begun to change the address: all of it ends.
    session::end_all(tx, env, ctx, &by, user, None, SessionEnd::EndedByUser)?;
    tx.grants().revoke_for_user(user, RevokeReason::RevokedByUser, now)?;
    tx.users().end_beginnings(user, now)?;
    tx.devices().forget_all(user)?;
    let since = session.map_or(link.created_at, |session| session.created_at);
    // Whoever signed in there may come back through a provider that they have connected, or with a passkey
    // that they have added: on their way in as well, before there was the session.
    let on_the_way_in = since - Pending::LIFETIME;
    tx.federation_links().remove_since(user, on_the_way_in)?;
    identity.take_back(tx, user, since, ctx)?;
    tx.users().disowned(user, now)?;
    let doubted = tx.passkeys().disown_since(user, on_the_way_in, now)?;
    record(tx, env, ctx, &event.details(serde_json::json!({ "passkeys": doubted })))?;
    // Never to an address that came with whoever signed in there.
    let way_back = if identity.take_addresses_back(tx, user, &link, ctx)? {
        identity.begin_recovery(tx, user, ctx)?
    } else {
        WayBack::Operator
    };
    Ok(Disowned::Now(way_back))
}
