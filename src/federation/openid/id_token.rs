//! Whether an ID token is taken (OIDC Core §3.1.3.7). What the library leaves to its user is here: which
//! algorithms are taken, `azp`, `nbf`, `at_hash` and how far clocks may be apart.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{CoreIdToken, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IdTokenVerifier, IssuerUrl,
    Nonce, SignatureVerificationError,
};

use super::super::call::Call;
use super::super::connector::Claims;
use super::super::error::TokenProblem;
use super::super::strict;
use super::super::trip::Trip;
use super::discovery::Discovered;

/// Algorithms of signatures that are taken: none without a signature, and none with a key that both sides
/// have, which a public key could be passed off for (RFC 8725 §2.1).
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How far a provider's clock may be from ours.
pub(in crate::federation) const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// How old a token may be that was made just now.
pub(in crate::federation) const OLDEST: TimeDelta = TimeDelta::hours(1);

/// What an ID token is held against.
pub(super) struct Checks<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) issuer: &'a str,
    pub(super) trip: &'a Trip,
    pub(super) access_token: &'a AccessToken,
}

impl Checks<'_> {
    /// All of OIDC Core §3.1.3.7, with these keys.
    pub(super) fn check(
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
