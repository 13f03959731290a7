//! What the app receives and keeps: codes and refresh tokens are exchanged, answers verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{CoreErrorResponseType, CoreGenderClaim, CoreIdToken, CoreTokenResponse};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AuthorizationCode, ClaimsVerificationError,
    Nonce, NonceVerifier, OAuth2TokenResponse as _, PkceCodeVerifier, RefreshToken,
    RequestTokenError, SignatureVerificationError, StandardErrorResponse, SubjectIdentifier,
    TokenResponse as _, UserInfoError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::provider::{Failure, Metadata, Provider, error_chain};
use super::sessions::Attempt;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// Everything the app holds after a sign-in.
#[derive(Debug, Clone)]
pub(super) struct SignedIn {
    /// The ID token as it was received.
    pub(super) id_token: CoreIdToken,
    /// The ID token's JOSE header.
    pub(super) header: Object,
    /// The ID token's verified claims.
    pub(super) claims: Object,
    /// What the userinfo endpoint says, or why it says nothing.
    pub(super) userinfo: Result<Object, String>,
    /// When the access token expires, if the provider said so.
    pub(super) access_expires: Option<DateTime<Utc>>,
    /// The scopes granted.
    pub(super) scopes: Vec<String>,
    /// How often the tokens were refreshed.
    pub(super) refreshes: u32,
    /// What the last refresh changed, a sentence each.
    pub(super) changes: Vec<String>,
    access_token: AccessToken,
    refresh_token: Option<RefreshToken>,
}

impl SignedIn {
    /// Whether the provider gave a refresh token.
    pub(super) fn can_refresh(&self) -> bool {
        self.refresh_token.is_some()
    }
}

/// Claims beyond the standard ones, kept for display.
#[derive(Debug, Deserialize, Serialize)]
struct OtherClaims(Object);
impl AdditionalClaims for OtherClaims {}

impl Provider {
    /// Exchanges the authorization code and verifies what comes back.
    pub(super) async fn redeem(
        &self,
        code: String,
        attempt: &Attempt,
    ) -> Result<SignedIn, Failure> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata)?;
        let response = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Failure::Unreachable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.expose().clone()))
            .request_async(&self.http)
            .await
            .map_err(token_failure)?;
        let id_token = response
            .id_token()
            .ok_or_else(|| Failure::Untrusted("there is no ID token in the answer".to_owned()))?
            .clone();
        let nonce = Nonce::new(attempt.nonce.clone());
        self.verify(&id_token, response.access_token(), &nonce).await?;
        let [header, claims] = parts(&id_token)?;
        let held = SignedIn {
            id_token,
            header,
            claims,
            userinfo: Ok(Object::new()),
            access_expires: self.expiry(&response),
            scopes: self.scopes(&response),
            refreshes: 0,
            changes: Vec::new(),
            access_token: response.access_token().clone(),
            refresh_token: response.refresh_token().cloned(),
        };
        Ok(self.userinfo(held).await)
    }

    /// Refreshes the tokens (RFC 6749 §6) and verifies a new ID token (OIDC Core §12.2).
    pub(super) async fn refresh(&self, mut held: SignedIn) -> Result<SignedIn, Failure> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata)?;
        let refresh_token = held.refresh_token.clone().ok_or_else(|| {
            Failure::Untrusted("the provider gave this app no refresh token".to_owned())
        })?;
        let response = client
            .exchange_refresh_token(&refresh_token)
            .map_err(|error| Failure::Unreachable(error.to_string()))?
            .request_async(&self.http)
            .await
            .map_err(token_failure)?;

        held.changes.clear();
        if let Some(id_token) = response.id_token() {
            // A nonce may be left out here; when there is one it must be the first token's.
            let first = held.claims.get("nonce").and_then(Value::as_str).map(str::to_owned);
            let same_nonce = |nonce: Option<&Nonce>| match nonce {
                Some(nonce) if Some(nonce.secret()) != first.as_ref() => {
                    Err("it is not the nonce of this sign-in".to_owned())
                }
                _ => Ok(()),
            };
            self.verify(id_token, response.access_token(), same_nonce).await?;
            let [header, claims] = parts(id_token)?;
            for name in ["iss", "sub", "aud", "auth_time"] {
                let left_out = name == "auth_time" && !claims.contains_key(name);
                if !left_out && claims.get(name) != held.claims.get(name) {
                    let text = format!("{name} is not what it was at the sign-in");
                    return Err(Failure::Untrusted(text));
                }
            }
            held.id_token = id_token.clone();
            held.changes.push("The ID token is a new one.".to_owned());
            (held.header, held.claims) = (header, claims);
        } else {
            held.changes.push("The ID token stays as it was.".to_owned());
        }
        held.changes.push(
            match response.refresh_token() {
                Some(token) if token.secret() != refresh_token.secret() => {
                    "The refresh token was replaced; the old one is worth nothing now."
                }
                _ => "The refresh token stays as it was.",
            }
            .to_owned(),
        );
        if response.access_token().secret() != held.access_token.secret() {
            held.changes.push("The access token is a new one.".to_owned());
        }
        held.access_token = response.access_token().clone();
        held.refresh_token = response.refresh_token().cloned().or(held.refresh_token);
        held.access_expires = self.expiry(&response);
        if response.scopes().is_some() {
            held.scopes = self.scopes(&response);
        }
        held.refreshes += 1;
        Ok(self.userinfo(held).await)
    }

    /// Asks the userinfo endpoint again (OIDC Core §5.3).
    pub(super) async fn userinfo(&self, mut held: SignedIn) -> SignedIn {
        let subject = held.claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        held.userinfo = self.fetch_userinfo(&held.access_token, subject).await;
        held
    }

    async fn fetch_userinfo(&self, token: &AccessToken, subject: String) -> Result<Object, String> {
        let metadata = self.metadata().await.map_err(|error| error.to_string())?;
        let client = self.client(&metadata).map_err(|error| error.to_string())?;
        let claims = client
            .user_info(token.clone(), Some(SubjectIdentifier::new(subject)))
            .map_err(|error| error.to_string())?
            .request_async::<OtherClaims, _, CoreGenderClaim>(&self.http)
            .await
            .map_err(|error| match error {
                UserInfoError::Response(status, _, _) => format!("the answer was {status}"),
                error => error_chain(&error),
            })?;
        match serde_json::to_value(claims) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err("the answer is no JSON object".to_owned()),
        }
    }

    /// Verifies signature, issuer, audience, expiry, nonce and `at_hash` of an ID token (OIDC Core
    /// §3.1.3.7). An unknown key id fetches the keys once more, since providers rotate them.
    async fn verify<N>(
        &self,
        id_token: &CoreIdToken,
        access_token: &AccessToken,
        nonce: N,
    ) -> Result<(), Failure>
    where
        N: NonceVerifier + Clone,
    {
        let known = self.metadata().await?;
        match self.verify_with(&known, id_token, access_token, nonce.clone())? {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let fresh = self.discover().await?;
                self.verify_with(&fresh, id_token, access_token, nonce)?
            }
            verdict => verdict,
        }
        .map_err(|error| Failure::Untrusted(format!("the ID token: {}", error_chain(&error))))
    }

    fn verify_with(
        &self,
        metadata: &Metadata,
        id_token: &CoreIdToken,
        access_token: &AccessToken,
        nonce: impl NonceVerifier,
    ) -> Result<Result<(), ClaimsVerificationError>, Failure> {
        let client = self.client(metadata)?;
        let verifier = client.id_token_verifier().set_time_fn(|| self.env.now());
        Ok(id_token.claims(&verifier, nonce).and_then(|claims| {
            let Some(expected) = claims.access_token_hash() else { return Ok(()) };
            let refuse = ClaimsVerificationError::SignatureVerification;
            let algorithm = id_token.signing_alg().map_err(refuse)?;
            let key = id_token.signing_key(&verifier).map_err(refuse)?;
            match AccessTokenHash::from_token(access_token, algorithm, key) {
                Ok(hash) if hash == *expected => Ok(()),
                Ok(_) => Err("at_hash is that of another access token".to_owned()),
                Err(error) => Err(error.to_string()),
            }
            .map_err(ClaimsVerificationError::Other)
        }))
    }

    fn expiry(&self, response: &CoreTokenResponse) -> Option<DateTime<Utc>> {
        let lifetime = TimeDelta::from_std(response.expires_in()?).ok()?;
        self.env.now().checked_add_signed(lifetime)
    }

    /// The scopes granted; an answer that names none grants what was asked (RFC 6749 §5.1).
    fn scopes(&self, response: &CoreTokenResponse) -> Vec<String> {
        match response.scopes() {
            Some(scopes) => scopes.iter().map(|scope| scope.to_string()).collect(),
            None => self.settings.scopes.clone(),
        }
    }
}

/// Header and payload of a compact JWS whose signature was verified.
fn parts(id_token: &CoreIdToken) -> Result<[Object; 2], Failure> {
    let compact = id_token.to_string();
    let mut parts = compact.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Object>(&bytes).ok()
    });
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(header), Some(payload)) => Ok([header, payload]),
        _ => Err(Failure::Untrusted("the ID token is no JWS".to_owned())),
    }
}

/// Sorts what can go wrong at the token endpoint.
fn token_failure<E: std::error::Error + 'static>(
    error: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> Failure {
    match error {
        RequestTokenError::ServerResponse(answer) => Failure::Refused {
            code: answer.error().as_ref().to_owned(),
            description: answer.error_description().cloned(),
        },
        // An answer that cannot be parsed is dropped whole: it may hold tokens.
        RequestTokenError::Parse(error, _) => {
            Failure::Untrusted(format!("the token answer: {error}"))
        }
        error => Failure::Unreachable(error_chain(&error)),
    }
}
