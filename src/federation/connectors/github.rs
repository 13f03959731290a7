//! GitHub, and GitHub Enterprise Server: no ID token; who somebody is, is asked of the API.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::super::call::Call;
use super::super::connector::{Claims, OAuth, OF_TOKENS, identified};
use super::super::error::FederationError;
use super::super::oauth;
use super::super::trip::Hints;
use crate::domain::provider::{Provider, ProviderKind};
use crate::domain::upstream::UpstreamPerson;
use crate::kernel::secret::Secret;

pub(in crate::federation) struct Github;

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// The API of github.com is on a host of its own, that of a server of one's own below the server.
fn api(provider: &Provider, path: &str) -> String {
    if ProviderKind::Github.issuer(None).as_deref() == Some(provider.issuer.as_str()) {
        return format!("https://api.github.com{path}");
    }
    provider.issuer.join(&format!("/api/v3{path}"))
}

impl OAuth for Github {
    fn authorization_endpoint(&self, provider: &Provider) -> String {
        provider.issuer.join("/login/oauth/authorize")
    }

    fn token_endpoint(&self, provider: &Provider) -> String {
        provider.issuer.join("/login/oauth/access_token")
    }

    fn parameters(&self, hints: &Hints) -> Vec<(&'static str, String)> {
        let login = hints.login_hint.iter().map(|login| ("login", login.clone()));
        let select = hints.prompt.as_deref() == Some("select_account");
        login.chain(select.then(|| ("prompt", "select_account".to_owned()))).collect()
    }

    /// The number is the person: a name there can be given up and taken by somebody else. The address is
    /// the primary one, if it was confirmed; the one in the profile may be anybody's.
    fn person<'a>(
        &'a self,
        call: &'a Call<'a>,
        access_token: &'a Secret<String>,
    ) -> BoxFuture<'a, Result<UpstreamPerson, FederationError>> {
        async move {
            let provider = call.provider;
            let mut user: Claims = oauth::ask(call, &api(provider, "/user"), access_token).await?;
            let number = user.get("id").and_then(Value::as_u64);
            let number = number.ok_or(FederationError::Identity("the account has no number"))?;
            user.remove("email");
            user.remove("email_verified");
            user.retain(|name, _| !OF_TOKENS.contains(&name.as_str()));
            for (claim, member) in [("preferred_username", "login"), ("picture", "avatar_url")] {
                if let Some(value) = user.get(member).cloned() {
                    user.insert(claim.to_owned(), value);
                }
            }
            if call.scopes().contains(&"user:email") {
                let of: Vec<Address> =
                    oauth::ask(call, &api(provider, "/user/emails"), access_token).await?;
                if let Some(address) = of.into_iter().find(|one| one.primary && one.verified) {
                    user.insert("email".to_owned(), Value::String(address.email));
                    user.insert("email_verified".to_owned(), Value::Bool(true));
                }
            }
            identified(provider.issuer.as_str(), &number.to_string(), user)
        }
        .boxed()
    }
}
