//! OAuth 2.0 for providers without ID tokens (RFC 6749 §4.1, RFC 7636).

use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use super::call::{Call, Proof};
use super::connector::OAuth;
use super::error::{FederationError, TokenProblem, named};
use super::trip::{Hints, Trip, UpstreamAnswer};
use crate::domain::upstream::UpstreamPerson;
use crate::kernel::secret::Secret;

/// Where the browser is sent.
pub(super) fn begin(
    call: &Call<'_>,
    kind: &dyn OAuth,
    trip: &Trip,
    hints: &Hints,
) -> Result<Url, FederationError> {
    check_age(trip)?;
    let endpoint = kind.authorization_endpoint(call.provider);
    let nowhere = FederationError::Misconfigured("its issuer is no address");
    let mut url = Url::parse(&endpoint).map_err(|_| nowhere)?;
    let scopes = call.scopes().join(" ");
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &call.provider.client_id)
        .append_pair("redirect_uri", &trip.redirect_uri)
        .append_pair("scope", &scopes)
        .append_pair("state", trip.state.expose())
        .append_pair("code_challenge", &trip.challenge())
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(kind.parameters(hints));
    Ok(url)
}

/// Who came back.
pub(super) async fn complete(
    call: &Call<'_>,
    kind: &dyn OAuth,
    answer: &UpstreamAnswer,
    trip: &Trip,
) -> Result<UpstreamPerson, FederationError> {
    check_age(trip)?;
    check_issuer(call, answer)?;
    if let Some(error) = &answer.error {
        return Err(FederationError::answered(error));
    }
    let code = answer.code.as_ref().ok_or(FederationError::NoCode)?;
    let access_token = exchange(call, kind, code, trip).await?;
    kind.person(call, &access_token).await
}

/// These providers never tell when somebody signed in there, so nothing of them is young enough.
fn check_age(trip: &Trip) -> Result<(), FederationError> {
    match trip.max_age {
        Some(_) => Err(TokenProblem::AuthTime.into()),
        None => Ok(()),
    }
}

/// These providers have no metadata that says what `iss` (RFC 9207) will be; who sends one is on the host
/// that it should be on, or it is another provider's answer.
fn check_issuer(call: &Call<'_>, answer: &UpstreamAnswer) -> Result<(), FederationError> {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    match &answer.iss {
        Some(iss) if origin(iss) != origin(call.provider.issuer.as_str()) => {
            Err(FederationError::OtherIssuer)
        }
        Some(_) | None => Ok(()),
    }
}

#[derive(Deserialize)]
struct Exchanged {
    access_token: Option<Secret<String>>,
    token_type: Option<String>,
    /// A text (RFC 6749 §5.2), or an object of Facebook's.
    error: Option<serde_json::Value>,
}

async fn exchange(
    call: &Call<'_>,
    kind: &dyn OAuth,
    code: &Secret<String>,
    trip: &Trip,
) -> Result<Secret<String>, FederationError> {
    let endpoint = kind.token_endpoint(call.provider);
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("client_id", &call.provider.client_id),
        ("code", code.expose()),
        ("redirect_uri", &trip.redirect_uri),
        ("code_verifier", trip.verifier.expose()),
    ];
    let proof = call.proof(&endpoint)?;
    match &proof {
        Proof::Post(secret) => pairs.push(("client_secret", secret.expose())),
        Proof::Nothing => {}
        Proof::Basic(_) | Proof::Statement(_) => {
            let reason = "providers of this kind take the secret in the body";
            return Err(FederationError::Misconfigured(reason));
        }
    }
    let fields =
        [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let answer = call.wire.post(&endpoint, &fields, body.into_bytes()).await?;
    let unreadable = FederationError::Unreadable("the answer of the token endpoint");
    let exchanged: Exchanged =
        serde_json::from_slice(&answer.body).map_err(|_| unreadable.clone())?;
    // GitHub refuses with status 200.
    if let Some(error) = &exchanged.error {
        return Err(FederationError::Exchange(named(error.as_str().unwrap_or_default())));
    }
    let is_bearer = exchanged.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    exchanged.access_token.filter(|_| answer.status == 200 && is_bearer).ok_or(unreadable)
}

/// Asks the provider's API for something of the person's.
pub(super) async fn ask<T: DeserializeOwned>(
    call: &Call<'_>,
    url: &str,
    access_token: &Secret<String>,
) -> Result<T, FederationError> {
    let bearer = Secret::new(format!("Bearer {}", access_token.expose()));
    let fields = [("accept", "application/json"), ("authorization", bearer.expose().as_str())];
    let answer = call.wire.get(url, &fields).await?;
    if answer.status != 200 {
        return Err(FederationError::Status(answer.status));
    }
    let unreadable = FederationError::Unreadable("what the provider tells of the person");
    serde_json::from_slice(&answer.body).map_err(|_| unreadable)
}
