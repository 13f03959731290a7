//! Which session at a provider a sign-in here rests on.

use super::arrive::Word;
use crate::domain::flow::Flow;
use crate::domain::upstream_session::{UpstreamMark, UpstreamSession};
use crate::identity::Identity;
use crate::identity::login::Step;
use crate::kernel::ids::{UpstreamSessionId, UserId};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

impl Word {
    /// What whoever comes in with it locks before it looks whether the session there is over.
    pub(super) fn names(&self) -> Vec<String> {
        UpstreamMark::of(&self.person).0.names(self.provider.id)
    }

    /// Whether the provider has said meanwhile that the session there is over.
    pub(super) fn is_over(&self, tx: &mut Tx<'_>) -> Result<bool, StorageError> {
        if !self.provider.kind.is_openid() {
            return Ok(false);
        }
        let (mark, at) = UpstreamMark::of(&self.person);
        tx.upstream_logouts().cover(self.provider.id, &mark, at)
    }
}

impl Identity {
    /// Notes what the sign-in rests on. A provider without ID tokens has no sessions that it tells of. The
    /// ID token is kept only where it is going to be of use.
    pub(super) fn remember(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: &Flow,
        word: &Word,
        user: UserId,
    ) -> Result<(), StorageError> {
        let (provider, id) = (&word.provider, UpstreamSessionId::new(&step.env));
        if !provider.kind.is_openid() {
            return Ok(());
        }
        let id_token = word.person.id_token.as_ref().filter(|_| provider.passes_sign_outs_on());
        let providers = self.0.options.providers.as_ref();
        let hint = providers
            .zip(id_token)
            .and_then(|(providers, id_token)| providers.federation.seal_hint(id, id_token));
        tx.upstream_sessions().insert(&UpstreamSession {
            id,
            user_id: user,
            provider_id: provider.id,
            flow: flow.id,
            mark: UpstreamMark::of(&word.person).0,
            hint,
            created_at: step.now(),
        })
    }
}
