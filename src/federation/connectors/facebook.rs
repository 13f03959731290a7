//! Facebook: no ID token in this flow; the Graph API takes a proof that whoever has the access token
//! has the application's secret, too.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;
use url::form_urlencoded;

use super::super::call::Call;
use super::super::connector::{Claims, OAuth, OF_TOKENS, identified};
use super::super::error::FederationError;
use super::super::oauth;
use super::super::trip::Hints;
use crate::crypto::provider_secret::proof_of_both;
use crate::domain::provider::{Provider, ProviderKind};
use crate::domain::upstream::UpstreamPerson;
use crate::kernel::secret::Secret;

pub(in crate::federation) struct Facebook;

/// The version of the Graph API.
const VERSION: &str = "/v23.0";

/// What is asked of a person.
const FIELDS: &str = "id,name,first_name,last_name,email";

fn graph(provider: &Provider, path: &str) -> String {
    if ProviderKind::Facebook.issuer(None).as_deref() == Some(provider.issuer.as_str()) {
        return format!("https://graph.facebook.com{VERSION}{path}");
    }
    provider.issuer.join(&format!("{VERSION}{path}"))
}

impl OAuth for Facebook {
    fn authorization_endpoint(&self, provider: &Provider) -> String {
        provider.issuer.join(&format!("{VERSION}/dialog/oauth"))
    }

    fn token_endpoint(&self, provider: &Provider) -> String {
        graph(provider, "/oauth/access_token")
    }

    fn parameters(&self, hints: &Hints) -> Vec<(&'static str, String)> {
        // There is no word for the choice of an account; whoever is asked for the password is offered it.
        let anew = matches!(hints.prompt.as_deref(), Some("login" | "select_account"));
        anew.then(|| ("auth_type", "reauthenticate".to_owned())).into_iter().collect()
    }

    /// The number is the person, within the application. Facebook does not say whether an address was
    /// confirmed, so none was.
    fn person<'a>(
        &'a self,
        call: &'a Call<'a>,
        access_token: &'a Secret<String>,
    ) -> BoxFuture<'a, Result<UpstreamPerson, FederationError>> {
        async move {
            let secret = call.opened_secret()?;
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("fields", FIELDS)
                .append_pair("appsecret_proof", &proof_of_both(&secret, access_token))
                .finish();
            let url = graph(call.provider, &format!("/me?{query}"));
            let mut me: Claims = oauth::ask(call, &url, access_token).await?;
            let number = me.get("id").and_then(Value::as_str).map(str::to_owned);
            let number =
                number.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
            let number = number.ok_or(FederationError::Identity("the account has no number"))?;
            me.remove("email_verified");
            me.retain(|name, _| !OF_TOKENS.contains(&name.as_str()));
            for (claim, member) in [("given_name", "first_name"), ("family_name", "last_name")] {
                if let Some(value) = me.remove(member) {
                    me.insert(claim.to_owned(), value);
                }
            }
            identified(call.provider.issuer.as_str(), &number, me)
        }
        .boxed()
    }
}
