//! Discovery (OpenID Connect Discovery §3, RFC 8414 §2): what is mounted, and nothing else.

use serde::Serialize;

use super::token::grant::GRANTS;
use super::{Provider, paths};
use crate::domain::authorization::ResponseMode;
use crate::domain::claims::Claim;
use crate::domain::client::AuthMethod;
use crate::domain::scope;
use crate::domain::session::ACR_VALUES;

/// The metadata document, the same for both well-known addresses.
#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    scopes_supported: &'static [&'static str],
    response_types_supported: &'static [&'static str],
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    subject_types_supported: &'static [&'static str],
    id_token_signing_alg_values_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    claims_supported: Vec<&'static str>,
    claim_types_supported: &'static [&'static str],
    acr_values_supported: &'static [&'static str],
    prompt_values_supported: Vec<&'static str>,
    display_values_supported: &'static [&'static str],
    code_challenge_methods_supported: &'static [&'static str],
    ui_locales_supported: Vec<&'static str>,
    authorization_response_iss_parameter_supported: bool,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
}

impl Provider {
    /// The metadata. `ui_locales` are the languages of the pages.
    pub fn metadata(&self, ui_locales: Vec<&'static str>) -> Metadata {
        let at = |path| self.issuer.join(path);
        let of_tokens = [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "sid",
            "at_hash",
        ];
        let of_people = Claim::ALL.iter().map(|claim| claim.as_str());
        let methods = |which: fn(AuthMethod) -> bool| {
            AuthMethod::ALL.iter().filter(|m| which(**m)).map(|m| m.as_str()).collect()
        };
        let mut prompts = vec!["none", "login", "consent", "select_account"];
        prompts.extend(self.offers.registration.then_some("create"));
        Metadata {
            issuer: self.issuer.as_str().to_owned(),
            authorization_endpoint: at(paths::AUTHORIZE),
            token_endpoint: at(paths::TOKEN),
            userinfo_endpoint: at(paths::USERINFO),
            jwks_uri: at(paths::JWKS),
            end_session_endpoint: at(paths::LOGOUT),
            introspection_endpoint: at(paths::INTROSPECT),
            revocation_endpoint: at(paths::REVOKE),
            scopes_supported: scope::STANDARD,
            response_types_supported: &["code"],
            response_modes_supported: ResponseMode::ALL.iter().map(|mode| mode.as_str()).collect(),
            grant_types_supported: GRANTS.iter().map(|grant| grant.grant_type().as_str()).collect(),
            subject_types_supported: &["public"],
            id_token_signing_alg_values_supported: &["RS256"],
            token_endpoint_auth_methods_supported: methods(|_| true),
            introspection_endpoint_auth_methods_supported: methods(|m| m != AuthMethod::None),
            revocation_endpoint_auth_methods_supported: methods(|_| true),
            claims_supported: of_people.chain(of_tokens).collect(),
            claim_types_supported: &["normal"],
            acr_values_supported: ACR_VALUES,
            prompt_values_supported: prompts,
            // One page fits them all; `wap` is taken, but nobody looks at it on such a device.
            display_values_supported: &["page", "popup", "touch"],
            code_challenge_methods_supported: &["S256"],
            ui_locales_supported: ui_locales,
            authorization_response_iss_parameter_supported: true,
            claims_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
        }
    }
}
