//! OpenID Connect, for all who speak it. The only file, beside the demo's, that names the library.
//!
//! The library has the protocol: metadata, addresses, the exchange of the code, signatures and claims.
//! What it leaves to its user is here: which algorithms and keys are taken, `azp`, `nbf`, `at_hash` and
//! the issuer of the answer.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGrantType, CoreIdToken, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, DiscoveryError, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenVerifier, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _, http,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::call::{Call, Proof};
use super::connector::{Claims, OF_TOKENS, OpenId};
use super::error::{FederationError, TokenProblem, named};
use super::oauth;
use super::strict;
use super::trip::{Hints, Trip, UpstreamAnswer};
use super::wire::Wire;
use crate::domain::provider::UpstreamAuth;
use crate::domain::upstream::UpstreamPerson;
use crate::kernel::secret::Secret;
use crate::outbound::Answer;

/// Algorithms of signatures that are taken: none without a signature, and none with a key that both sides
/// have, which a public key could be passed off for (RFC 8725 §2.1).
const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How far a provider's clock may be from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// How old an ID token may be that was fetched just now.
const OLDEST: TimeDelta = TimeDelta::hours(1);

/// What else is in the metadata.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct More {
    /// RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
    /// RFC 8414 §2.
    code_challenge_methods_supported: Option<Vec<String>>,
}
impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
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

/// What a provider tells about itself, with its keys.
#[derive(Debug, Clone)]
pub(super) struct Discovered(Metadata);

/// Where the browser is sent.
pub(super) async fn begin(
    call: &Call<'_>,
    kind: &dyn OpenId,
    trip: &Trip,
    hints: &Hints,
) -> Result<Url, FederationError> {
    let found = discovered(call, kind).await?;
    let client = client(call, &found, trip)?;
    let (state, nonce) = (trip.state.expose().clone(), trip.nonce.expose().clone());
    let verifier = PkceCodeVerifier::new(trip.verifier.expose().clone());
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new(state),
            || Nonce::new(nonce),
        )
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    for scope in call.scopes() {
        request = request.add_scope(Scope::new(scope.to_owned()));
    }
    for (name, value) in hints.given() {
        let value = if name == "prompt" { kind.prompt(value) } else { value };
        request = request.add_extra_param(name, value.to_owned());
    }
    if let Some(seconds) = trip.max_age {
        request = request.add_extra_param("max_age", seconds.to_string());
    }
    for (name, value) in kind.parameters(call.provider, hints) {
        request = request.add_extra_param(name, value);
    }
    Ok(request.url().0)
}

/// Who came back.
pub(super) async fn complete(
    call: &Call<'_>,
    kind: &dyn OpenId,
    answer: &UpstreamAnswer,
    trip: &Trip,
) -> Result<UpstreamPerson, FederationError> {
    let found = discovered(call, kind).await?;
    check_issuer(&found, answer)?;
    if let Some(error) = &answer.error {
        return Err(FederationError::answered(error));
    }
    let code = answer.code.as_ref().ok_or(FederationError::NoCode)?;
    let tokens = exchange(call, kind, &found, code, trip).await?;
    let id_token = tokens.id_token().ok_or(TokenProblem::Missing)?;
    let said = strict::claims(&id_token.to_string())?;
    let issuer = kind.issuer(call.provider, found.0.issuer(), &said)?;
    let checks = Checks { call, issuer: &issuer, trip, access_token: tokens.access_token() };
    match checks.check(&found, id_token, &said) {
        Err(TokenProblem::UnknownKey) => {
            let newer = renewed(call, &found).await?.ok_or(TokenProblem::UnknownKey)?;
            checks.check(&newer, id_token, &said)?;
        }
        checked => checked?,
    }
    // Where the metadata speak for many issuers, only the token says which one it was.
    if answer.iss.as_ref().is_some_and(|iss| *iss != issuer) {
        return Err(FederationError::OtherIssuer);
    }
    let claims = with_userinfo(call, kind, &found, said, tokens.access_token()).await?;
    kind.person(call.provider, claims, answer)
}

/// Whether the settings fit the metadata.
pub(super) async fn check(
    call: &Call<'_>,
    kind: &dyn OpenId,
) -> Result<Vec<String>, FederationError> {
    let found = discovered(call, kind).await?;
    let Discovered(metadata) = &*found;
    let token_endpoint = metadata.token_endpoint().map_or("", |url| url.as_str());
    kind.proof(call, token_endpoint)?;
    if token_endpoint.is_empty() {
        return Err(FederationError::Mismatch("it has no token endpoint"));
    }
    let signs = metadata.id_token_signing_alg_values_supported();
    if !signs.iter().any(|algorithm| ALGORITHMS.contains(algorithm)) {
        return Err(FederationError::Mismatch(
            "it signs ID tokens with none of RS256, PS256, ES256 and EdDSA",
        ));
    }
    let method = match call.provider.auth {
        UpstreamAuth::ClientSecretBasic => CoreClientAuthMethod::ClientSecretBasic,
        UpstreamAuth::ClientSecretPost => CoreClientAuthMethod::ClientSecretPost,
        UpstreamAuth::PrivateKeyJwt => CoreClientAuthMethod::PrivateKeyJwt,
        UpstreamAuth::None => CoreClientAuthMethod::None,
    };
    // Without a list it takes the first of them (OIDC Discovery §3).
    let basic = vec![CoreClientAuthMethod::ClientSecretBasic];
    let methods = metadata.token_endpoint_auth_methods_supported().unwrap_or(&basic);
    if !methods.contains(&method) {
        return Err(FederationError::Mismatch(
            "it does not take the way in which we prove ourselves; choose another --auth-method",
        ));
    }
    let mut notes = Vec::new();
    let scopes = metadata.scopes_supported();
    for scope in call.scopes() {
        if scopes.is_some_and(|all| all.iter().all(|one| one.as_str() != scope)) {
            notes.push(format!("it does not name the scope {scope} among those that it knows"));
        }
    }
    let challenges = &metadata.additional_metadata().code_challenge_methods_supported;
    if challenges.as_ref().is_some_and(|all| all.iter().all(|one| one != "S256")) {
        notes.push("it does not name S256 among the PKCE methods that it knows".to_owned());
    }
    if metadata.jwks().keys().is_empty() {
        notes.push("it publishes no key that can be used".to_owned());
    }
    Ok(notes)
}

async fn discovered(
    call: &Call<'_>,
    kind: &dyn OpenId,
) -> Result<Arc<Discovered>, FederationError> {
    let wire = &call.wire;
    wire.upstream.discovered.get(wire.env.now(), || discover(call, kind)).await
}

/// Fetches metadata and keys (OIDC Discovery §4). The issuer is compared by the connector, because that
/// of Microsoft stands for many.
async fn discover(call: &Call<'_>, kind: &dyn OpenId) -> Result<Discovered, FederationError> {
    let url = call.provider.issuer.join("/.well-known/openid-configuration");
    let answer = call.wire.get(&url, &[("accept", "application/json")]).await?;
    match answer.status {
        200 => {}
        404 | 410 => return Err(FederationError::Metadata("there are none below its issuer")),
        status => return Err(FederationError::Status(status)),
    }
    let metadata: Metadata = serde_json::from_slice(&answer.body)
        .map_err(|_| FederationError::Metadata("they are no metadata of an OpenID provider"))?;
    // To the byte (§4.3).
    if !kind.knows_itself(call.provider, metadata.issuer()) {
        return Err(FederationError::Metadata("they are those of another issuer"));
    }
    let keys = keys(call, &metadata).await?;
    Ok(Discovered(metadata.set_jwks(keys)))
}

/// Newer keys, because one is missing; `None`: they were fetched a moment ago.
async fn renewed(
    call: &Call<'_>,
    known: &Arc<Discovered>,
) -> Result<Option<Arc<Discovered>>, FederationError> {
    let fetch = || async { Ok(Discovered(known.0.clone().set_jwks(keys(call, &known.0).await?))) };
    call.wire.upstream.discovered.renew(known, call.wire.env.now(), fetch).await
}

/// The provider's keys, without the weak ones.
async fn keys(call: &Call<'_>, metadata: &Metadata) -> Result<CoreJsonWebKeySet, FederationError> {
    let http = http_client(call.wire.clone());
    let all = CoreJsonWebKeySet::fetch_async(metadata.jwks_uri(), &http).await;
    let all = all.map_err(|error| match error {
        DiscoveryError::Request(error) => error,
        DiscoveryError::Response(status, ..) if status.as_u16() != 200 => {
            FederationError::Status(status.as_u16())
        }
        _ => FederationError::Unreadable("the provider's key set"),
    })?;
    let mut strong = all.keys().clone();
    strong.retain(strict::is_strong);
    Ok(CoreJsonWebKeySet::new(strong))
}

fn client(call: &Call<'_>, found: &Discovered, trip: &Trip) -> Result<Client, FederationError> {
    let redirect = RedirectUrl::new(trip.redirect_uri.clone())
        .map_err(|_| FederationError::Misconfigured("our own address is none"))?;
    let client_id = ClientId::new(call.provider.client_id.clone());
    let client = CoreClient::from_provider_metadata(found.0.clone(), client_id, None);
    Ok(client.set_redirect_uri(redirect))
}

/// Exchanges the code (OIDC Core §3.1.3.1, RFC 7636 §4.5).
async fn exchange(
    call: &Call<'_>,
    kind: &dyn OpenId,
    found: &Discovered,
    code: &Secret<String>,
    trip: &Trip,
) -> Result<CoreTokenResponse, FederationError> {
    let endpoint = found.0.token_endpoint().map_or("", |url| url.as_str());
    let proof = kind.proof(call, endpoint)?;
    let client = client(call, found, trip)?;
    let client = match &proof {
        Proof::Basic(secret) => client
            .set_auth_type(AuthType::BasicAuth)
            .set_client_secret(ClientSecret::new(secret.expose().clone())),
        Proof::Post(secret) => client
            .set_auth_type(AuthType::RequestBody)
            .set_client_secret(ClientSecret::new(secret.expose().clone())),
        Proof::Statement(_) | Proof::Nothing => client.set_auth_type(AuthType::RequestBody),
    };
    let no_endpoint = FederationError::Metadata("they name no token endpoint");
    let mut request = client
        .exchange_code(AuthorizationCode::new(code.expose().clone()))
        .map_err(|_| no_endpoint)?
        .set_pkce_verifier(PkceCodeVerifier::new(trip.verifier.expose().clone()));
    if let Proof::Statement(statement) = &proof {
        request = request
            .add_extra_param(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .add_extra_param("client_assertion", statement.expose().clone());
    }
    let http = http_client(call.wire.clone());
    request.request_async(&http).await.map_err(|error| match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(error) => {
            FederationError::Exchange(named(error.error().as_ref()))
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            FederationError::Unreadable("the answer of the token endpoint")
        }
    })
}

/// The issuer of the answer (RFC 9207 §2.4), which an error has as well. Metadata that speak for many
/// issuers name none to compare it with; then the token does.
fn check_issuer(found: &Discovered, answer: &UpstreamAnswer) -> Result<(), FederationError> {
    let promised = found.0.additional_metadata().authorization_response_iss_parameter_supported;
    let known = found.0.issuer().as_str();
    match &answer.iss {
        Some(iss) if iss == known || known.contains('{') => Ok(()),
        None if !promised => Ok(()),
        Some(_) | None => Err(FederationError::OtherIssuer),
    }
}

/// What an ID token is held against.
struct Checks<'a> {
    call: &'a Call<'a>,
    issuer: &'a str,
    trip: &'a Trip,
    access_token: &'a AccessToken,
}

impl Checks<'_> {
    /// All of OIDC Core §3.1.3.7, with these keys.
    fn check(
        &self,
        found: &Discovered,
        id_token: &CoreIdToken,
        said: &Claims,
    ) -> Result<(), TokenProblem> {
        let now = self.call.wire.env.now();
        let issuer = IssuerUrl::new(self.issuer.to_owned()).map_err(|_| TokenProblem::Issuer)?;
        let client_id = ClientId::new(self.call.provider.client_id.clone());
        let max_age = self.trip.max_age;
        // As a public client, whatever we are: then no secret of ours can be the key of a signature.
        let verifier =
            IdTokenVerifier::new_public_client(client_id, issuer, found.0.jwks().clone())
                .set_allowed_algs(ALGORITHMS)
                .set_time_fn(move || now - LEEWAY)
                .set_issue_time_verifier_fn(move |at| check_issued(at, now))
                .set_auth_time_verifier_fn(move |at| check_auth_time(at, max_age, now));
        let nonce = Nonce::new(self.trip.nonce.expose().clone());
        let claims = id_token.claims(&verifier, &nonce).map_err(|error| problem(&error))?;
        let azp = claims.authorized_party();
        if azp.is_some_and(|azp| azp.as_str() != self.call.provider.client_id) {
            return Err(TokenProblem::AuthorizedParty);
        }
        if !strict::has_begun(said, now + LEEWAY) {
            return Err(TokenProblem::IssuedAt);
        }
        if let Some(told) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(|_| TokenProblem::Algorithm)?;
            let key = id_token.signing_key(&verifier).map_err(|_| TokenProblem::UnknownKey)?;
            let hash = AccessTokenHash::from_token(self.access_token, algorithm, key);
            if hash.map_err(|_| TokenProblem::AccessTokenHash)? != *told {
                return Err(TokenProblem::AccessTokenHash);
            }
        }
        Ok(())
    }
}

fn check_issued(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), String> {
    let is_good = at <= now + LEEWAY && at >= now - OLDEST;
    if is_good { Ok(()) } else { Err(ISSUED.to_owned()) }
}

/// What tells our refusal of `iat` from the library's of `exp`, which share a name.
const ISSUED: &str = "iat";

fn check_auth_time(
    at: Option<DateTime<Utc>>,
    max_age: Option<u32>,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let Some(max_age) = max_age else { return Ok(()) };
    let oldest = now - TimeDelta::seconds(i64::from(max_age)) - LEEWAY;
    let is_good = at.is_some_and(|at| at >= oldest && at <= now + LEEWAY);
    if is_good { Ok(()) } else { Err("auth_time".to_owned()) }
}

/// What the library found wrong. Its errors may grow, and what is unknown is refused all the same.
fn problem(error: &ClaimsVerificationError) -> TokenProblem {
    match error {
        ClaimsVerificationError::Expired(reason) if reason == ISSUED => TokenProblem::IssuedAt,
        ClaimsVerificationError::Expired(_) => TokenProblem::Expired,
        ClaimsVerificationError::InvalidAudience(_) => TokenProblem::Audience,
        ClaimsVerificationError::InvalidAuthTime(_) => TokenProblem::AuthTime,
        ClaimsVerificationError::InvalidIssuer(_) => TokenProblem::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => TokenProblem::Nonce,
        ClaimsVerificationError::SignatureVerification(error) => match error {
            SignatureVerificationError::NoMatchingKey => TokenProblem::UnknownKey,
            SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::NoSignature
            | SignatureVerificationError::UnsupportedAlg(_) => TokenProblem::Algorithm,
            _ => TokenProblem::Signature,
        },
        _ => TokenProblem::Unreadable,
    }
}

/// The claims, with those of the userinfo endpoint where the token has no address (OIDC Core §5.3). What
/// the token says is not said otherwise there.
async fn with_userinfo(
    call: &Call<'_>,
    kind: &dyn OpenId,
    found: &Discovered,
    mut claims: Claims,
    access_token: &AccessToken,
) -> Result<Claims, FederationError> {
    let is_missing = !claims.contains_key("email") && call.scopes().contains(&"email");
    let endpoint = found.0.userinfo_endpoint().filter(|_| is_missing && kind.asks_userinfo());
    let Some(endpoint) = endpoint else { return Ok(claims) };
    let access_token = Secret::from(access_token.secret().as_str());
    let more: Claims = oauth::ask(call, endpoint.as_str(), &access_token).await?;
    // §5.3.2: or it is about somebody else.
    if more.get("sub").is_none() || more.get("sub") != claims.get("sub") {
        return Err(FederationError::Identity("the userinfo endpoint tells of somebody else"));
    }
    // It says something of the address that is not there, and nothing of another one.
    claims.remove("email_verified");
    for (name, value) in more.into_iter().filter(|(name, _)| !OF_TOKENS.contains(&name.as_str())) {
        claims.entry(name).or_insert(value);
    }
    Ok(claims)
}

/// The library's way to the provider: ours.
fn http_client(
    wire: Wire,
) -> impl Fn(
    HttpRequest,
) -> std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, FederationError>> + Send>> {
    move |request| {
        let wire = wire.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let fields: Vec<(&str, &str)> = parts
                .headers
                .iter()
                .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
                .collect();
            let url = parts.uri.to_string();
            let answer = match parts.method {
                http::Method::POST => wire.post(&url, &fields, body).await?,
                _ => wire.get(&url, &fields).await?,
            };
            response(answer)
        })
    }
}

fn response(answer: Answer) -> Result<HttpResponse, FederationError> {
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.fields {
        response = response.header(name, value);
    }
    response.body(answer.body).map_err(|_| FederationError::Unreadable("an answer of the provider"))
}
