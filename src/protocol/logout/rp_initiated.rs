//! RP-Initiated Logout (OpenID Connect RP-Initiated Logout 1.0).

use url::form_urlencoded;

use crate::crypto::jose::typ;
use crate::domain::audit::{Actor, RequestContext};
use crate::domain::client::{Client, ClientId};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::session::{SessionEnd, SignedIn};
use crate::identity::session;
use crate::kernel::ids::SessionId;
use crate::kernel::token_hash::TokenHash;
use crate::protocol::Provider;
use crate::protocol::error::{OAuthError, Refusal};
use crate::protocol::issue::IdTokenHint;
use crate::protocol::params::Params;
use crate::storage::{Stop, StorageError, Tx};

/// A request to sign out, as far as it could be verified. What could not is as if it had not been
/// sent (§4): then a person confirms, and the browser stays here.
#[derive(Clone, Debug, Default)]
pub struct LogoutRequest {
    client_id: Option<ClientId>,
    hint: Option<IdTokenHint>,
    /// Why the ID token that was sent is left out.
    hint_problem: Option<String>,
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
        /// The session that ended just now.
        ended: Option<SessionId>,
        /// Where the browser goes; `None` means our own page.
        redirect: Option<String>,
        /// The app that asked, if it is known.
        client: Option<Box<Client>>,
    },
}

impl LogoutRequest {
    /// Reads the parameters. An ID token that is not ours, or not of the client that is named, is
    /// left out; an expired one of ours will do (§2).
    pub async fn read(provider: &Provider, params: &Params) -> Result<Self, StorageError> {
        provider.fresh_keys().await?;
        let named = params.get("client_id");
        let (hint, hint_problem) = match read_hint(provider, params.get("id_token_hint"), named) {
            Ok(hint) => (hint, None),
            Err(problem) => (None, Some(problem)),
        };
        let client_id = named.or(hint.as_ref().map(|hint| hint.aud.as_str()));
        Ok(Self {
            client_id: client_id.and_then(|id| id.parse().ok()),
            post_logout_redirect_uri: params.get("post_logout_redirect_uri").map(str::to_owned),
            state: params.get("state").map(str::to_owned),
            hint,
            hint_problem,
        })
    }

    /// What was left out of the request, and why: nobody is refused, but an operator may ask why a
    /// browser did not go back to the app, or why the person was asked.
    pub fn left_out(&self, client: Option<&Client>, goes_back: bool) -> Option<Refusal> {
        let refusal = |check, section, description| {
            Refusal::new(OAuthError::InvalidRequest, check, section, description)
        };
        if let Some(problem) = &self.hint_problem {
            let section = "OIDC RP-Initiated Logout 4";
            let description = "the id_token_hint is not one that this client got here";
            let expected = "an ID token that this client got here";
            return Some(
                refusal("check_logout_hint", section, description).compared(expected, problem),
            );
        }
        let sent = self.post_logout_redirect_uri.as_deref().filter(|_| !goes_back)?;
        let registered: Vec<_> = client
            .iter()
            .flat_map(|client| &client.post_logout_redirect_uris)
            .map(RedirectUri::as_str)
            .collect();
        let section = "OIDC RP-Initiated Logout 3";
        let description = "the post_logout_redirect_uri is not registered for a known client";
        Some(
            refusal("check_post_logout_redirect_uri", section, description)
                .compared(registered.join(" "), sent),
        )
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

/// The ID token of a request, or what is wrong with it.
fn read_hint(
    provider: &Provider,
    sent: Option<&str>,
    client: Option<&str>,
) -> Result<Option<IdTokenHint>, String> {
    let Some(token) = sent else { return Ok(None) };
    let hint: IdTokenHint =
        provider.keyring.verify(token, typ::ID_TOKEN).map_err(|error| error.to_string())?;
    if hint.iss != provider.issuer.as_str() {
        return Err(format!("one of {}", hint.iss));
    }
    if client.is_some_and(|id| id != hint.aud) {
        return Err(format!("one of the client {}", hint.aud));
    }
    Ok(Some(hint))
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
    let mut ended = None;
    if let Some(signed_in) = session::live(loaded, &provider.settings.get(), now) {
        if !confirmed && !request.is_about(&signed_in) {
            return Ok(LogoutStep::Confirm { signed_in: Box::new(signed_in), client });
        }
        let actor = Actor::User(signed_in.session.user_id);
        session::end(tx, &provider.env, context, actor, &signed_in.session, SessionEnd::SignedOut)?;
        ended = Some(signed_in.session.id);
    }
    let redirect = request.redirect(client.as_deref(), confirmed);
    Ok(LogoutStep::Done { ended, redirect, client })
}
