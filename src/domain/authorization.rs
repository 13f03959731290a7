//! An authorization request that has passed every check (RFC 6749 §4.1.1, OIDC Core §3.1.2.1).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::claims::ClaimsRequest;
use super::client::{ClientId, text_enum};
use super::consent::Allowance;
use super::redirect_uri::RedirectUri;
use super::scope::Scopes;

/// A validated authorization request, as a flow keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes: the text that was sent, which matched a registered one.
    pub redirect_uri: RedirectUri,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// What is asked for, within what the client may ask for.
    pub scopes: Scopes,
    /// Returned unchanged.
    pub state: Option<String>,
    /// Goes into the ID token unchanged.
    pub nonce: Option<String>,
    /// The PKCE challenge; the method is always S256.
    pub code_challenge: Option<String>,
    /// What the relying party wants asked again.
    pub prompt: Prompts,
    /// Largest age of the authentication, in seconds.
    pub max_age: Option<u32>,
    /// Who the relying party thinks it is; fills the login field, nothing else.
    pub login_hint: Option<String>,
    /// The provider (its name in addresses) at which the relying party wants the person to sign in. Not of
    /// a specification, and only a wish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idp_hint: Option<String>,
    /// The subject of the `id_token_hint`: nobody else may come out of this request.
    pub hinted_subject: Option<String>,
    /// The `acr` values asked for, best first.
    pub acr_values: Vec<String>,
    /// The `claims` parameter (OIDC Core §5.5).
    pub claims: Option<ClaimsRequest>,
    /// Languages, best first.
    pub ui_locales: Option<String>,
}

text_enum! {
    /// How the authorization response travels.
    ResponseMode {
        /// In the query of a redirect.
        Query = "query",
        /// In the fragment of a redirect.
        Fragment = "fragment",
        /// In a form that the browser posts.
        FormPost = "form_post",
    }
}

impl Serialize for ResponseMode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ResponseMode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The values of `prompt` (OIDC Core §3.1.2.1; `create`: OpenID Initiating User Registration).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompts {
    /// Show nothing.
    pub none: bool,
    /// Ask for the credentials again.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Let the person pick the account.
    pub select_account: bool,
    /// Begin with the registration page.
    pub create: bool,
}

impl AuthorizationRequest {
    /// What a person would have to allow. A claim that one of the scopes holds is not listed twice.
    pub fn allowance(&self) -> Allowance {
        let asked = self.claims.as_ref().map(ClaimsRequest::claims).unwrap_or_default();
        let beside = |claim: &super::claims::Claim| !self.scopes.contains(claim.scope());
        Allowance {
            scopes: self.scopes.clone(),
            claims: asked.into_iter().filter(beside).collect(),
        }
    }

    /// Whether the answer may be about the person with this `sub`: the `id_token_hint` and a `sub`
    /// in `claims` allow for nobody else (OIDC Core §3.1.2.1, §5.5.1).
    pub fn may_be(&self, subject: &str) -> bool {
        let named = self.claims.as_ref().and_then(|claims| claims.subjects.as_ref());
        self.hinted_subject.as_ref().is_none_or(|hinted| hinted == subject)
            && named.is_none_or(|named| named.iter().any(|one| one == subject))
    }

    /// The `acr` values of which one must be reached (OIDC Core §5.5.1.1); empty means any.
    pub fn required_acr(&self) -> &[String] {
        self.claims.as_ref().map_or(&[], |claims| &claims.acr)
    }

    /// [`Self::max_age`] as a duration.
    pub fn max_age(&self) -> Option<TimeDelta> {
        self.max_age.map(|seconds| TimeDelta::seconds(i64::from(seconds)))
    }
}
