//! OpenID Connect, for all who speak it. The only place, beside the demo, that names the library.
//!
//! The library has the protocol: metadata, addresses, the exchange of the code, signatures and claims.
//! What it leaves to its user is in `discovery` (which keys are taken), in `id_token`, and here (the issuer
//! of the answer).

mod discovery;
mod id_token;
mod settings;
mod signature;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreTokenResponse};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse as _,
    http,
};
use url::Url;

use self::id_token::Checks;
use super::call::{Call, Proof};
use super::connector::{Claims, OF_TOKENS, OpenId};
use super::error::{FederationError, TokenProblem, named};
use super::oauth;
use super::strict;
use super::trip::{Hints, Trip, UpstreamAnswer};
use super::wire::Wire;
use crate::domain::upstream::{IdToken, UpstreamPerson};
use crate::kernel::secret::Secret;
use crate::outbound::Answer;

pub(super) use self::discovery::{Discovered, discovered, renewed};
pub(super) use self::id_token::{LEEWAY, OLDEST};
pub(super) use self::settings::check;
pub(super) use self::signature::check_signature;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

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
    let mut person = kind.person(call.provider, claims, answer)?;
    person.id_token = Some(IdToken(Secret::new(id_token.to_string())));
    Ok(person)
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
