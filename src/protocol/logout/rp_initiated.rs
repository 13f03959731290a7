//! RP-Initiated Logout (OpenID Connect RP-Initiated Logout 1.0).

use url::form_urlencoded;

use crate::crypto::jose::{self, typ};
use crate::domain::audit::{Actor, RequestContext};
use crate::domain::client::{Client, ClientId};
use crate::domain::session::{SessionEnd, SignedIn};
use crate::identity::session;
use crate::kernel::token_hash::TokenHash;
use crate::protocol::Provider;
use crate::protocol::issue::IdTokenHint;
use crate::protocol::params::Params;
use crate::storage::{Stop, StorageError, Tx};

/// A request to sign out, as far as it could be verified. What could not is as if it had not been
/// sent (§4): then a person confirms, and the browser stays here.
#[derive(Clone, Debug, Default)]
pub struct LogoutRequest {
    client_id: Option<ClientId>,
    hint: Option<IdTokenHint>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// What happens next.
#[derive(Debug)]
pub enum LogoutStep {
    /// A person must confirm (§2): nothing proves that the request is theirs.
    Confirm {
        /// Who would be signed out.
        signed_in: Box<SignedIn>,
        /// The app that asks, if it is known.
        client: Option<Box<Client>>,
    },
    /// Nobody is signed in any more.
    Done {
        /// Where the browser goes; `None` means our own page.
        redirect: Option<String>,
        /// The app that asked, if it is known.
        client: Option<Box<Client>>,
    },
}

impl LogoutRequest {
    /// Reads the parameters. An ID token that is not ours, or not of the client that is named, is
    /// left out; an expired one of ours will do (§2).
    pub fn read(provider: &Provider, params: &Params) -> Self {
        let keyring = &provider.keyring;
        let hint = params
            .get("id_token_hint")
            .and_then(|token| jose::verify(token, typ::ID_TOKEN, |kid| keyring.verifier(kid)).ok())
            .filter(|hint: &IdTokenHint| hint.iss == provider.issuer.as_str());
        let named = params.get("client_id");
        let hint = hint.filter(|hint| named.is_none_or(|id| id == hint.aud));
        let client_id = named.or(hint.as_ref().map(|hint| hint.aud.as_str()));
        Self {
            client_id: client_id.and_then(|id| id.parse().ok()),
            post_logout_redirect_uri: params.get("post_logout_redirect_uri").map(str::to_owned),
            state: params.get("state").map(str::to_owned),
            hint,
        }
    }

    fn is_about(&self, signed_in: &SignedIn) -> bool {
        self.hint.as_ref().is_some_and(|hint| {
            hint.sid == signed_in.session.sid && hint.sub == signed_in.profile.user.subject
        })
    }

    /// The registered address to go to, with the state (§3). A client that is only named, without an
    /// ID token, gets no automatic redirect unless a person confirmed.
    fn redirect(&self, client: Option<&Client>, confirmed: bool) -> Option<String> {
        let uri = self.post_logout_redirect_uri.as_deref()?;
        if !client?.allows_post_logout(uri) || (self.hint.is_none() && !confirmed) {
            return None;
        }
        let Some(state) = &self.state else { return Some(uri.to_owned()) };
        let separator = if uri.contains('?') { '&' } else { '?' };
        let encoded =
            form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
        Some(format!("{uri}{separator}{encoded}"))
    }
}

impl Provider {
    /// Goes on with a sign-out: at once when the ID token is of the browser's very session or a
    /// person `confirmed`, else after asking.
    pub async fn logout(
        &self,
        request: LogoutRequest,
        session: Option<TokenHash>,
        confirmed: bool,
        context: RequestContext,
    ) -> Result<LogoutStep, StorageError> {
        let provider = self.clone();
        let step = self
            .db
            .write(move |tx| logout(&provider, tx, &request, session, confirmed, &context))
            .await?;
        Ok(step.unwrap_or_else(|never: std::convert::Infallible| match never {}))
    }
}

fn logout(
    provider: &Provider,
    tx: &mut Tx,
    request: &LogoutRequest,
    secret: Option<TokenHash>,
    confirmed: bool,
    context: &RequestContext,
) -> Result<LogoutStep, Stop<std::convert::Infallible>> {
    let now = provider.env.now();
    let client = match &request.client_id {
        Some(id) => tx.clients().find(id)?.map(Box::new),
        None => None,
    };
    let loaded = match secret {
        Some(secret) => tx.sessions().find_by_secret(secret)?,
        None => None,
    };
    if let Some(signed_in) = session::live(loaded, &provider.settings.get(), now) {
        if !confirmed && !request.is_about(&signed_in) {
            return Ok(LogoutStep::Confirm { signed_in: Box::new(signed_in), client });
        }
        let actor = Actor::User(signed_in.session.user_id);
        session::end(tx, &provider.env, context, actor, &signed_in.session, SessionEnd::SignedOut)?;
    }
    let redirect = request.redirect(client.as_deref(), confirmed);
    Ok(LogoutStep::Done { redirect, client })
}
