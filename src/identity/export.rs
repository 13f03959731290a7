//! People take with them what is kept about them.

use super::fresh::NotFresh;
use super::{Identity, record};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::kernel::token_hash::TokenHash;
use crate::storage::error::StorageError;
use crate::storage::tx::Stop;

/// The version of the document: raised when what an older reader knows changes its meaning.
pub const VERSION: u32 = 1;

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Nobody is signed in (any more).
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has to sign in once more first.
    #[error("the sign-in is too long ago")]
    NotFresh,
    /// The database gave no answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<NotFresh> for ExportError {
    fn from(reason: NotFresh) -> Self {
        match reason {
            NotFresh::Nobody => Self::NotSignedIn,
            NotFresh::Stale => Self::NotFresh,
        }
    }
}

impl Identity {
    /// Everything that is kept about who is signed in, without secrets; docs/account.md says what is
    /// in it.
    pub async fn export(
        &self,
        session: TokenHash,
        ctx: &RequestContext,
    ) -> Result<serde_json::Value, ExportError> {
        let who = self.fresh_person(session).await??;
        let (identity, ctx) = (self.clone(), ctx.clone());
        self.db()
            .write(move |tx| {
                let gone = || Stop::Refused(ExportError::NotSignedIn);
                let user = identity.lock_signed_in(tx, &who)?.ok_or_else(gone)?.user.id;
                let event = AuditEvent::new(Action::DataExported, Actor::User(user))
                    .target("user", user)
                    .session(who.session.id);
                record(tx, identity.env(), &ctx, &event)?;
                let document = tx.exports().of(user)?.ok_or_else(gone)?;
                Ok(serde_json::json!({
                    "version": VERSION,
                    "issuer": identity.0.options.issuer.as_str(),
                    "exported_at": identity.env().now(),
                    "data": document,
                }))
            })
            .await?
    }
}
