//! How clients are shown. The names in JSON are those of client metadata (RFC 7591 §2).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::exit::Failure;
use super::super::output::{self, Output};
use crate::domain::client::{Client, ClientSecret};
use crate::domain::redirect_uri::RedirectUri;
use crate::kernel::printable::Printable;
use crate::kernel::secret::Secret;
use crate::kernel::urls::Issuer;

/// A client that was just registered, with what its app needs to be told.
pub(super) fn added(
    output: Output,
    issuer: &Issuer,
    client: &Client,
    secret: Option<&Secret<String>>,
) -> Result<(), Failure> {
    let mut value = metadata(client);
    value["issuer"] = json!(issuer.as_str());
    if let Some(secret) = secret {
        value["client_secret"] = json!(secret.expose());
    }
    output.show(&value, || {
        let mut text = format!("Registered {}. Settings for the app:\n\n", client.id);
        text.push_str(&settings(issuer, client, secret));
        if secret.is_some() {
            text.push_str(
                "\nThe secret is shown this once. `latchkey client rotate-secret` makes another.\n",
            );
        }
        text
    })
}

/// Lines as an app's environment takes them.
fn settings(issuer: &Issuer, client: &Client, secret: Option<&Secret<String>>) -> String {
    let mut lines = vec![format!("OIDC_ISSUER={issuer}"), format!("OIDC_CLIENT_ID={}", client.id)];
    lines.extend(secret.map(|secret| format!("OIDC_CLIENT_SECRET={}", secret.expose())));
    lines.extend(
        client
            .redirect_uris
            .first()
            .map(|uri| format!("OIDC_REDIRECT_URI={}", Printable(uri.as_str()))),
    );
    if !client.scopes.is_empty() {
        lines.push(format!("OIDC_SCOPES=\"{}\"", client.scopes));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// A client that was just changed.
pub(super) fn updated(
    output: Output,
    client: &Client,
    secret: Option<&Secret<String>>,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let mut value = metadata(client);
    if let Some(secret) = secret {
        value["client_secret"] = json!(secret.expose());
    }
    output.show(&value, || {
        let shown = secret.map_or_else(String::new, |secret| {
            let line = output::fields(&[("client_secret", secret.expose().clone())]);
            format!("Its secret, shown this once:\n\n{line}\n")
        });
        format!("Changed {}.\n\n{shown}{}", client.id, text(client, now))
    })
}

/// One client.
pub(super) fn one(output: Output, client: &Client, now: DateTime<Utc>) -> Result<(), Failure> {
    output.show(&metadata(client), || text(client, now))
}

/// Every client, a line each.
pub(super) fn list(output: Output, clients: &[Client], now: DateTime<Utc>) -> Result<(), Failure> {
    let value = json!({ "clients": clients.iter().map(metadata).collect::<Vec<_>>() });
    output.show(&value, || {
        if clients.is_empty() {
            return "There is no client. Register one with `latchkey client add`.".to_owned();
        }
        let rows: Vec<_> = clients.iter().map(|client| row(client, now)).collect();
        output::table(&["id", "name", "kind", "state", "secrets", "grants", "created"], &rows)
    })
}

fn row(client: &Client, now: DateTime<Utc>) -> Vec<String> {
    vec![
        client.id.to_string(),
        client.name.clone(),
        kind(client).to_owned(),
        state(client).to_owned(),
        live(client, now).count().to_string(),
        names(&client.grant_types),
        output::time(Some(client.created_at)),
    ]
}

fn kind(client: &Client) -> &'static str {
    if client.is_public() { "public" } else { "confidential" }
}

fn state(client: &Client) -> &'static str {
    if client.disabled_at.is_some() { "disabled" } else { "enabled" }
}

fn live(client: &Client, now: DateTime<Utc>) -> impl Iterator<Item = &ClientSecret> {
    client.secrets.iter().filter(move |secret| secret.expires_at.is_none_or(|end| now < end))
}

fn names<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn uris(uris: &[RedirectUri]) -> String {
    uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join(" ")
}

fn text(client: &Client, now: DateTime<Utc>) -> String {
    let seconds = |time: Option<u32>| time.map(|time| format!("{time} s"));
    let lines = [
        ("id", Some(client.id.to_string())),
        ("name", Some(client.name.clone())),
        ("kind", Some(format!("{}, {}", kind(client), client.application_type))),
        ("authenticates by", Some(client.auth_method.to_string())),
        ("redirect URIs", Some(uris(&client.redirect_uris))),
        ("after sign-out", Some(uris(&client.post_logout_redirect_uris))),
        ("scopes", Some(client.scopes.to_string())),
        ("grants", Some(names(&client.grant_types))),
        ("first party", Some(if client.first_party { "yes" } else { "no" }.to_owned())),
        ("PKCE", Some(client.pkce.to_string())),
        ("second factor", Some(second_factor(client.needs_second_factor).to_owned())),
        ("provider", client.provider.as_ref().map(ToString::to_string)),
        ("access tokens live", seconds(client.lifetimes.access_token)),
        ("ID tokens live", seconds(client.lifetimes.id_token)),
        ("refresh tokens live", seconds(client.lifetimes.refresh_absolute)),
        ("unused ones live", seconds(client.lifetimes.refresh_idle)),
        ("home page", client.links.client_uri.clone()),
        ("logo", client.links.logo_uri.clone()),
        ("privacy policy", client.links.policy_uri.clone()),
        ("terms", client.links.tos_uri.clone()),
        ("created", Some(output::time(Some(client.created_at)))),
        ("changed", Some(output::time(Some(client.updated_at)))),
        (
            "disabled",
            client.disabled_at.map(|since| format!("since {}", output::time(Some(since)))),
        ),
    ];
    let shown: Vec<_> = lines
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .chain(live(client, now).map(|secret| ("secret", secret_text(secret))))
        .collect();
    output::fields(&shown)
}

/// Whether a client, or a role, asks for a second factor by itself, as the commands take it.
pub(in crate::cli) fn second_factor(is_required: bool) -> &'static str {
    if is_required { "required" } else { "as-configured" }
}

fn secret_text(secret: &ClientSecret) -> String {
    let made = output::time(Some(secret.created_at));
    match secret.expires_at {
        None => format!("made {made}"),
        Some(end) => format!("made {made}, ends {}", output::time(Some(end))),
    }
}

/// Everything but the secrets.
pub(super) fn metadata(client: &Client) -> Value {
    let secrets: Vec<_> = client
        .secrets
        .iter()
        .map(|secret| {
            json!({
                "id": secret.id,
                "created_at": secret.created_at,
                "expires_at": secret.expires_at,
            })
        })
        .collect();
    json!({
        "client_id": client.id,
        "client_name": client.name,
        "application_type": client.application_type.as_str(),
        "token_endpoint_auth_method": client.auth_method.as_str(),
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "scope": client.scopes.to_string(),
        "grant_types": client.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>(),
        "first_party": client.first_party,
        "pkce": client.pkce.as_str(),
        "second_factor": second_factor(client.needs_second_factor),
        "provider": client.provider,
        "access_token_lifetime": client.lifetimes.access_token,
        "id_token_lifetime": client.lifetimes.id_token,
        "refresh_token_idle": client.lifetimes.refresh_idle,
        "refresh_token_lifetime": client.lifetimes.refresh_absolute,
        "client_uri": client.links.client_uri,
        "logo_uri": client.links.logo_uri,
        "policy_uri": client.links.policy_uri,
        "tos_uri": client.links.tos_uri,
        "secrets": secrets,
        "created_at": client.created_at,
        "updated_at": client.updated_at,
        "disabled_at": client.disabled_at,
    })
}
