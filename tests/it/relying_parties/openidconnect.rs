//! The `openidconnect` crate, in this process.
//!
//! It reads the `iss` of an answer and the `error` of a refusal not by itself, so the app here leaves
//! the first alone and looks at the second; and it gives tokens back over https only, which the
//! provider of the tests does not speak.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreErrorResponseType, CoreGrantType, CoreIdToken, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthorizationCode,
    ClientId, ClientSecret, CsrfToken, EndSessionUrl, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IntrospectionUrl, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardErrorResponse, TokenIntrospectionResponse as _,
    TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::journeys::journeys;
use super::program::{Program, Settings};

/// Endpoints that the crate does not know of by itself.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Endpoints {
    end_session_endpoint: EndSessionUrl,
    introspection_endpoint: IntrospectionUrl,
}
impl AdditionalProviderMetadata for Endpoints {}

type Metadata = ProviderMetadata<
    Endpoints,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type Error = Box<dyn std::error::Error>;
type TokenError<E> = RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>;

struct Attempt {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// The relying party.
pub(super) struct App {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    redirect_uri: String,
    client_auth: AuthType,
    http: reqwest::Client,
    attempts: Vec<Option<Attempt>>,
    held: Option<(CoreIdToken, AccessToken, RefreshToken)>,
}

fn start(settings: &Settings) -> Program {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    Program::Crate(Box::new(App {
        issuer: settings.issuer.clone(),
        client_id: settings.client.id.clone(),
        client_secret: settings.client.secret.clone(),
        redirect_uri: settings.client.redirect_uri.clone(),
        client_auth: match settings.client_auth {
            Some("client_secret_post") => AuthType::RequestBody,
            _ => AuthType::BasicAuth,
        },
        http,
        attempts: Vec::new(),
        held: None,
    }))
}

impl App {
    // docs: begin
    async fn discover(&self) -> Result<(Metadata, Client), Error> {
        let issuer = IssuerUrl::new(self.issuer.clone())?;
        let metadata = Metadata::discover_async(issuer, &self.http).await?;
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.client_id.clone()),
            self.client_secret.clone().map(ClientSecret::new),
        )
        .set_redirect_uri(RedirectUrl::new(self.redirect_uri.clone())?)
        .set_auth_type(self.client_auth.clone());
        Ok((metadata, client))
    }

    async fn sign_in(&self, scopes: &str) -> Result<(Url, Attempt), Error> {
        let (_, client) = self.discover().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes.split(' ').skip(1).map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        // Keep the attempt in the browser's session.
        Ok((url, Attempt { state, nonce, verifier }))
    }

    async fn callback(&self, code: String, attempt: Attempt) -> Result<SignedIn, Error> {
        let (_, client) = self.discover().await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(attempt.verifier)
            .request_async(&self.http)
            .await
            .map_err(refused)?;
        let id_token = tokens.id_token().ok_or("no ID token")?;
        let verifier = client.id_token_verifier();
        let claims = id_token.claims(&verifier, &attempt.nonce)?;
        let (algorithm, key) = (id_token.signing_alg()?, id_token.signing_key(&verifier)?);
        let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)?;
        if claims.access_token_hash().is_some_and(|expected| *expected != hash) {
            return Err("the access token is not the ID token's".into());
        }
        let subject = Some(claims.subject().clone());
        let request = client.user_info(tokens.access_token().clone(), subject)?;
        let userinfo = request.request_async(&self.http).await?;
        Ok((tokens, userinfo))
    }
    // docs: end

    /// What [`Program`] says, with failures as the foreign ones tell them.
    pub(super) async fn perform(&mut self, act: &str, with: &Value) -> Value {
        let text = |name: &str| with[name].as_str().unwrap_or_default();
        let done = match act {
            "authorize" => self.begin(text("scope")).await,
            "callback" => self.finish(text("url"), with["attempt"].as_u64()).await,
            "refresh" => self.refresh().await,
            "introspect" => self.introspect().await,
            "client_credentials" => self.client_credentials(text("scope")).await,
            "logout" => self.logout(text("to"), text("state")).await,
            other => panic!("it cannot {other}"),
        };
        done.unwrap_or_else(|error| {
            let message = error.to_string();
            let code = match error.downcast_ref::<Refused>() {
                Some(Refused(code)) => code.clone(),
                None => "untrusted".to_owned(),
            };
            json!({ "failed": { "code": code, "message": message } })
        })
    }

    async fn begin(&mut self, scopes: &str) -> Result<Value, Error> {
        let (url, attempt) = self.sign_in(scopes).await?;
        self.attempts.push(Some(attempt));
        Ok(json!({ "url": url }))
    }

    async fn finish(&mut self, url: &str, attempt: Option<u64>) -> Result<Value, Error> {
        let url: Url = url.parse()?;
        let param = |name: &str| {
            let found = url.query_pairs().find(|(known, _)| known == name);
            found.map(|(_, value)| value.into_owned())
        };
        let last = self.attempts.len() - 1;
        let index = attempt.map_or(last, |index| usize::try_from(index).unwrap());
        let attempt = self.attempts[index].take().ok_or("an answer to nothing")?;
        if param("state").as_ref() != Some(attempt.state.secret()) {
            return Err("the state is another".into());
        }
        if let Some(error) = param("error") {
            return Err(Refused(error).into());
        }
        let code = param("code").ok_or("no code")?;
        let (tokens, userinfo) = self.callback(code, attempt).await?;
        let id_token = tokens.id_token().ok_or("no ID token")?;
        let claims = crate::support::flow::claims(&id_token.to_string());
        self.keep(&tokens, id_token.clone())?;
        Ok(json!({ "tokens": tokens, "claims": claims, "userinfo": userinfo }))
    }

    fn keep(&mut self, tokens: &CoreTokenResponse, id_token: CoreIdToken) -> Result<(), Error> {
        let refresh_token = tokens.refresh_token().ok_or("no refresh token")?.clone();
        self.held = Some((id_token, tokens.access_token().clone(), refresh_token));
        Ok(())
    }

    async fn refresh(&mut self) -> Result<Value, Error> {
        let (_, client) = self.discover().await?;
        let (id_token, _, refresh_token) = self.held.clone().ok_or("not signed in")?;
        let request = client.exchange_refresh_token(&refresh_token)?;
        let tokens = request.request_async(&self.http).await.map_err(refused)?;
        self.keep(&tokens, id_token)?;
        Ok(json!({ "tokens": tokens }))
    }

    async fn introspect(&self) -> Result<Value, Error> {
        let (metadata, client) = self.discover().await?;
        let (_, access_token, _) = self.held.as_ref().ok_or("not signed in")?;
        let endpoint = metadata.additional_metadata().introspection_endpoint.clone();
        let client = client.set_introspection_url(endpoint);
        let told = client.introspect(access_token).request_async(&self.http).await;
        let told = told.map_err(refused)?;
        Ok(json!({ "active": told.active(), "sub": told.sub() }))
    }

    async fn client_credentials(&self, scope: &str) -> Result<Value, Error> {
        let (_, client) = self.discover().await?;
        let request = client.exchange_client_credentials()?;
        let request = request.add_scope(Scope::new(scope.to_owned()));
        let tokens = request.request_async(&self.http).await.map_err(refused)?;
        Ok(json!({ "tokens": tokens }))
    }

    async fn logout(&self, to: &str, state: &str) -> Result<Value, Error> {
        let (metadata, _) = self.discover().await?;
        let (id_token, _, _) = self.held.as_ref().ok_or("not signed in")?;
        let endpoint = metadata.additional_metadata().end_session_endpoint.clone();
        let url = LogoutRequest::from(endpoint)
            .set_id_token_hint(id_token)
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(to.to_owned())?)
            .set_state(CsrfToken::new(state.to_owned()))
            .http_get_url();
        Ok(json!({ "url": url }))
    }
}

type SignedIn = (CoreTokenResponse, CoreUserInfoClaims);

/// An error of RFC 6749.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

fn refused<E: std::error::Error + 'static>(error: TokenError<E>) -> Error {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            Refused(answer.error().as_ref().to_owned()).into()
        }
        other => other.into(),
    }
}

journeys! { start =>
    signs_somebody_in,
    a_denial_arrives,
    a_wrong_secret_is_understood,
    an_answer_to_another_sign_in_is_refused,
    refreshes_as_long_as_it_may,
    signs_out_at_the_provider,
    asks_about_its_token,
    gets_a_token_for_itself,
    proves_itself_in_the_header_and_in_the_body,
    does_without_a_secret,
}
