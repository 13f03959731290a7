//! The operator's own front end, which signs people in through the JSON API.
//!
//! It gets its tokens as every public client does: by an authorization request with PKCE, a code, and
//! the token endpoint's use case. Only the way between them is short, because nothing leaves the
//! process. The verifier is never kept: it follows from the request's `state`, the browser and the
//! master key, so whoever has the code has nothing, and the pages cannot finish such a request.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use super::Provider;
use super::access_token;
use super::authorize::{Browser, Response, ResumeError, Step};
use super::error::{OAuthError, ProtocolError, Refusal};
use super::issue::{RefreshClaims, TokenBody};
use super::params::Params;
use super::token::TokenRequest;
use crate::crypto::jose::typ;
use crate::crypto::seal::MasterKey;
use crate::domain::audit::RequestContext;
use crate::domain::client::{Client, ClientId};
use crate::domain::grant::LiveGrant;
use crate::domain::scope::OFFLINE_ACCESS;
use crate::domain::session::SignedIn;
use crate::identity::login::Next;
use crate::kernel::ids::FlowId;
use crate::kernel::secret::Secret;
use crate::storage::error::StorageError;

/// The client of the operator's own front end.
#[derive(Clone)]
pub struct FirstParty {
    provider: Provider,
    master: Arc<MasterKey>,
    client_id: ClientId,
}

/// What a front end gets.
pub struct Tokens {
    /// Goes into the body of the answer.
    pub access_token: Secret<String>,
    /// Seconds.
    pub expires_in: i64,
    /// Goes into a cookie that no script reads, with its expiry.
    pub refresh: Option<(Secret<String>, DateTime<Utc>)>,
}

/// What became of a sign-in.
pub enum Finished {
    /// It is done.
    Tokens(Box<Tokens>),
    /// Somebody who is signed in has proved it anew. There are no tokens: what the front end has stays good
    /// for as long as its session.
    Confirmed,
    /// Somebody else has signed in instead. What the front end has is worth nothing any more.
    SomebodyElse,
    /// It waits for something.
    Waiting(Next),
    /// It is over, and there are no tokens.
    Refused(Box<Refusal>),
}

/// Why the front end gets nothing.
#[derive(Debug, thiserror::Error)]
pub enum FirstPartyError {
    /// The client is not registered, is disabled, keeps a secret or is not the operator's own.
    #[error("the client of [api] {0}")]
    Misconfigured(&'static str),
    /// There is no going on with the sign-in.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The token endpoint's use case refused.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
}

impl From<StorageError> for FirstPartyError {
    fn from(error: StorageError) -> Self {
        Self::Protocol(error.into())
    }
}

/// Whose access token it is.
pub enum Bearer {
    /// Somebody's, of the operator's own front end.
    Own(Box<LiveGrant>),
    /// A good one of another client.
    Foreign,
}

impl FirstParty {
    /// The client `client_id` at `provider`.
    pub fn new(provider: Provider, master: Arc<MasterKey>, client_id: ClientId) -> Self {
        Self { provider, master, client_id }
    }

    /// Its id.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Whether the client is one that a front end can be.
    pub async fn client(&self) -> Result<Client, FirstPartyError> {
        let id = self.client_id.clone();
        let client = self.provider.db.load(move |tx| tx.clients().find(&id)).await?;
        let client = client.ok_or(FirstPartyError::Misconfigured("is not registered"))?;
        match () {
            () if !client.is_public() => Err(FirstPartyError::Misconfigured("keeps a secret")),
            () if !client.first_party => Err(FirstPartyError::Misconfigured("is not first-party")),
            () => Ok(client),
        }
    }

    /// Begins a sign-in in this browser, as an authorization request of the client for all that it is
    /// registered for. Somebody always proves anew who they are: a front end that sends a password
    /// wants to know whether it is right.
    pub async fn begin(
        &self,
        browser: Browser,
        remember: bool,
        context: RequestContext,
    ) -> Result<FlowId, FirstPartyError> {
        let client = self.client().await?;
        let params = self.request(&client, browser, remember)?;
        match self.provider.authorize(params, browser, context).await? {
            // The front end's own form comes first, wherever its client sends people otherwise.
            Ok(Step::Interact(flow, _) | Step::Leave(flow, _)) => Ok(flow),
            Ok(_) => Err(FirstPartyError::Misconfigured("needs no sign-in")),
            Err(_) => Err(FirstPartyError::Misconfigured("may not ask for a code")),
        }
    }

    fn request(
        &self,
        client: &Client,
        browser: Browser,
        remember: bool,
    ) -> Result<Params, FirstPartyError> {
        let nowhere = FirstPartyError::Misconfigured("has no redirect URI");
        let redirect_uri = client.redirect_uris.first().ok_or(nowhere)?;
        let scopes = client.scopes.iter().filter(|scope| remember || *scope != OFFLINE_ACCESS);
        let scopes = scopes.collect::<Vec<_>>().join(" ");
        let state = self.provider.env.random_token("");
        let verifier = self.verifier(state.expose(), browser);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
        read(&[
            ("client_id", client.id.as_str()),
            ("redirect_uri", redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", &scopes),
            ("state", state.expose()),
            ("prompt", "login"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ])
    }

    /// The PKCE verifier of a request: 43 characters (RFC 7636 §4.1).
    fn verifier(&self, state: &str, browser: Browser) -> Secret<String> {
        let of = [state.as_bytes(), browser.browser.as_bytes()].concat();
        Secret::new(URL_SAFE_NO_PAD.encode(self.master.keyed_hash("first-party-verifier", &of)))
    }

    /// Goes on with a sign-in as the dispatcher of the pages does, and redeems its code.
    pub async fn finish(
        &self,
        flow: FlowId,
        browser: Browser,
        context: RequestContext,
    ) -> Result<Finished, FirstPartyError> {
        match self.provider.resume(flow, browser).await?? {
            Step::Respond(response) => {
                let request = self.redemption(&response, browser)?;
                Ok(Finished::Tokens(Box::new(self.token(request, context).await?)))
            }
            Step::Refuse(_, refusal) => Ok(Finished::Refused(refusal)),
            Step::Interact(_, next) => Ok(Finished::Waiting(next)),
            Step::Leave(..) => Ok(Finished::Waiting(Next::Login { again: false })),
            Step::Confirmed(_) => Ok(Finished::Confirmed),
            Step::Account(_) => Ok(Finished::SomebodyElse),
        }
    }

    /// Ends a sign-in because the person said no.
    pub async fn deny(&self, flow: FlowId, browser: Browser) -> Result<(), FirstPartyError> {
        self.provider.deny(flow, browser).await??;
        Ok(())
    }

    fn redemption(
        &self,
        response: &Response,
        browser: Browser,
    ) -> Result<TokenRequest, FirstPartyError> {
        let of = |name| response.params().find(|(it, _)| *it == name).map(|(_, value)| value);
        let state = response.target.state.as_deref().unwrap_or_default();
        let verifier = self.verifier(state, browser);
        self.asked(&[
            ("grant_type", "authorization_code"),
            ("code", of("code").unwrap_or_default()),
            ("redirect_uri", response.target.redirect_uri.as_str()),
            ("code_verifier", verifier.expose()),
        ])
    }

    /// Exchanges a refresh token for the next one. One whose session was ended by somebody, or is
    /// forgotten, is given back instead: signing out a browser from afar means its front end as well.
    pub async fn refresh(
        &self,
        token: &str,
        context: RequestContext,
    ) -> Result<Tokens, FirstPartyError> {
        self.provider.fresh_keys().await?;
        if let Some(live) = self.grant_of(token).await?
            && !is_signed_in(&live)
        {
            self.give_back(token, context).await?;
            return Err(FirstPartyError::Protocol(signed_out().into()));
        }
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(self.asked(&pairs)?, context).await
    }

    async fn grant_of(&self, token: &str) -> Result<Option<LiveGrant>, StorageError> {
        let claims = self.provider.keyring.verify(token, typ::REFRESH_TOKEN);
        let Ok(RefreshClaims { grant_id, .. }) = claims else { return Ok(None) };
        self.provider.db.load(move |tx| tx.grants().find(grant_id)).await
    }

    /// Ends the family of a refresh token. One that is worth nothing is none to complain about.
    pub async fn give_back(
        &self,
        token: &str,
        context: RequestContext,
    ) -> Result<(), FirstPartyError> {
        match self.provider.revoke(self.asked(&[("token", token)])?, context).await {
            // Somebody else's token, which is not for this client to end.
            Ok(()) | Err(ProtocolError::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whose access token this is. Refuses with `invalid_token`.
    pub async fn bearer(&self, token: &str) -> Result<Bearer, ProtocolError> {
        self.provider.fresh_keys().await?;
        let claims = access_token::verify(&self.provider, token)?;
        if claims.client_id != self.client_id {
            return Ok(Bearer::Foreign);
        }
        let provider = self.provider.clone();
        let live =
            self.provider.db.read(move |tx| access_token::live_grant(&provider, tx, &claims));
        let live = live.await??;
        if !is_signed_in(&live) {
            return Err(signed_out().into());
        }
        Ok(Bearer::Own(Box::new(live)))
    }

    fn asked(&self, pairs: &[(&str, &str)]) -> Result<TokenRequest, FirstPartyError> {
        let all = [&[("client_id", self.client_id.as_str())], pairs].concat();
        Ok(TokenRequest { authorization: None, params: read(&all)? })
    }

    async fn token(
        &self,
        request: TokenRequest,
        context: RequestContext,
    ) -> Result<Tokens, FirstPartyError> {
        let body = self.provider.token(request, context).await?;
        Ok(self.told(&body))
    }

    fn told(&self, body: &TokenBody) -> Tokens {
        let refresh = body.refresh_token().and_then(|token| {
            let claims: RefreshClaims =
                self.provider.keyring.verify(token, typ::REFRESH_TOKEN).ok()?;
            Some((Secret::from(token), DateTime::from_timestamp(claims.exp, 0)?))
        });
        Tokens {
            access_token: Secret::from(body.access_token()),
            expires_in: body.expires_in(),
            refresh,
        }
    }
}

/// Whether the browser session behind a grant was ended by nobody. One whose time is over is as good
/// as a live one here: that is what being remembered means.
fn is_signed_in(live: &LiveGrant) -> bool {
    live.session.as_ref().is_some_and(|session| session.ended.is_none())
}

/// The session in which somebody is signed in at the front end, as far as it is still known.
pub fn signed_in_of(live: LiveGrant) -> Option<SignedIn> {
    live.session.map(|session| SignedIn { session, profile: live.profile })
}

fn signed_out() -> Refusal {
    Refusal::new(
        OAuthError::InvalidGrant,
        "check_grant_honoured",
        "RFC 6749 6",
        "the session of the token was ended",
    )
    .compared("a session that nobody ended", "one that was ended")
}

fn read(pairs: &[(&str, &str)]) -> Result<Params, FirstPartyError> {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Params::parse(&encoded).map_err(|_| FirstPartyError::Misconfigured("asks for too much"))
}
