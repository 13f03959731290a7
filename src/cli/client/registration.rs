//! What the flags make of a client's registration, and everything that is wrong with it at once.

mod details;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

pub(super) use self::details::named_provider;
use self::details::{lifetimes, links, provider};
use super::super::args::{self, ClientFields, ClientKind, Platform, SecondFactor};
use super::super::exit::{Exit, Failure};
use super::show::metadata;
use crate::domain::client::{
    ApplicationType, AuthMethod, Client, ClientId, ClientLifetimes, ClientLinks, GrantType,
    PkcePolicy,
};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope::{self, Scopes, is_scope_token};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The registration of a new client, without its secret.
pub(super) fn new(
    id: ClientId,
    fields: &ClientFields,
    now: DateTime<Utc>,
) -> Result<Client, Failure> {
    let blank = Client {
        name: id.to_string(),
        id,
        application_type: ApplicationType::Web,
        auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        scopes: default_scopes(fields),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        first_party: false,
        pkce: PkcePolicy::default_for(AuthMethod::ClientSecretBasic),
        needs_second_factor: false,
        provider: None,
        lifetimes: ClientLifetimes::default(),
        links: ClientLinks::default(),
        secrets: Vec::new(),
        created_at: now,
        updated_at: now,
        disabled_at: None,
    };
    change(&blank, fields, now)
}

/// A client that nobody signs in to has no use for scopes about people.
fn default_scopes(fields: &ClientFields) -> Scopes {
    if fields.grants.is_empty() || fields.grants.contains(&args::Grant::AuthorizationCode) {
        [scope::OPENID, scope::PROFILE, scope::EMAIL].into_iter().collect()
    } else {
        Scopes::default()
    }
}

/// `client` with what `fields` name changed; what they do not name stays.
pub(super) fn change(
    client: &Client,
    fields: &ClientFields,
    now: DateTime<Utc>,
) -> Result<Client, Failure> {
    let mut problems = Vec::new();
    let mut changed = Client { updated_at: now, ..client.clone() };
    if let Some(name) = &fields.name {
        changed.name = check_name(name, &mut problems);
    }
    changed.auth_method = auth_method(client.auth_method, fields, &mut problems);
    changed.application_type = match fields.platform() {
        None => client.application_type,
        Some(Platform::Native) => ApplicationType::Native,
        Some(Platform::Web) => ApplicationType::Web,
    };
    let registered = |kept: &[RedirectUri], named: &[String], what, problems: &mut Vec<String>| {
        // All of them are looked at anew, because the platform may have changed.
        let kept = kept.iter().map(RedirectUri::as_str);
        let named = named.iter().map(String::as_str).filter(|uri| !uri.is_empty());
        let uris: Vec<&str> =
            if named_any(what, fields) { named.collect() } else { kept.collect() };
        register(&uris, changed.application_type, what, problems)
    };
    changed.redirect_uris =
        registered(&client.redirect_uris, &fields.redirect_uris, REDIRECT, &mut problems);
    changed.post_logout_redirect_uris = registered(
        &client.post_logout_redirect_uris,
        &fields.post_logout_redirect_uris,
        POST_LOGOUT,
        &mut problems,
    );
    if !fields.scopes.is_empty() {
        changed.scopes = scopes(&fields.scopes, &mut problems);
    }
    if !fields.grants.is_empty() {
        changed.grant_types = GrantType::ALL
            .iter()
            .copied()
            .filter(|grant| fields.grants.iter().any(|named| GrantType::from(*named) == *grant))
            .collect();
    }
    changed.first_party = fields.first_party.unwrap_or(client.first_party);
    changed.pkce = match fields.pkce {
        Some(named) => named.into(),
        // What was enough with a secret may not be without one.
        None if changed.is_public() => PkcePolicy::default_for(changed.auth_method),
        None => client.pkce,
    };
    changed.needs_second_factor =
        fields.second_factor.map_or(client.needs_second_factor, SecondFactor::is_required);
    changed.provider = provider(client.provider.as_ref(), fields, &mut problems);
    changed.lifetimes = lifetimes(client.lifetimes, fields, &mut problems);
    changed.links = links(&client.links, fields, &mut problems);
    // Where some were named and all are refused, that has been said.
    let lacks_uris = changed.redirect_uris.is_empty()
        && fields.redirect_uris.iter().all(String::is_empty)
        && changed.may_use(GrantType::AuthorizationCode);
    if lacks_uris {
        problems.push(
            "the authorization_code grant needs a --redirect-uri to send people back to".to_owned(),
        );
    }
    check_whole(&changed, &mut problems);
    if problems.is_empty() {
        return Ok(changed);
    }
    let message = format!("the registration of {} is refused", client.id);
    Err(Failure::new(Exit::Usage, message).details(problems))
}

/// What differs, with its value before and after, for the audit trail. No secret is a part of it.
pub(super) fn differences(before: &Client, after: &Client) -> Map<String, Value> {
    let (before, after) = (metadata(before), metadata(after));
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return Map::new();
    };
    after
        .into_iter()
        .filter(|(name, _)| !["updated_at", "secrets"].contains(&name.as_str()))
        .filter_map(|(name, to)| {
            let from = before.get(&name).cloned().unwrap_or_default();
            (from != to).then(|| (name, json!({ "from": from, "to": to })))
        })
        .collect()
}

const REDIRECT: &str = "--redirect-uri";
const POST_LOGOUT: &str = "--post-logout-redirect-uri";

fn named_any(what: &str, fields: &ClientFields) -> bool {
    let named =
        if what == REDIRECT { &fields.redirect_uris } else { &fields.post_logout_redirect_uris };
    !named.is_empty()
}

fn register(
    uris: &[&str],
    platform: ApplicationType,
    what: &str,
    problems: &mut Vec<String>,
) -> Vec<RedirectUri> {
    let mut registered: Vec<RedirectUri> = Vec::new();
    for uri in uris {
        match RedirectUri::register(uri, platform) {
            Ok(uri) if registered.contains(&uri) => {}
            Ok(uri) => registered.push(uri),
            Err(error) => problems.push(format!("{what} {uri}: {error}")),
        }
    }
    registered
}

fn check_name(name: &str, problems: &mut Vec<String>) -> String {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        problems.push(format!(
            "--name must have 1 to {LONGEST_NAME} characters and no control characters"
        ));
    }
    name.to_owned()
}

fn auth_method(
    present: AuthMethod,
    fields: &ClientFields,
    problems: &mut Vec<String>,
) -> AuthMethod {
    match (fields.kind(), fields.auth_method.map(AuthMethod::from)) {
        (Some(ClientKind::Public), None | Some(AuthMethod::None)) => AuthMethod::None,
        (Some(ClientKind::Confidential), None) if present == AuthMethod::None => {
            AuthMethod::ClientSecretBasic
        }
        (None | Some(ClientKind::Confidential), None) => present,
        (Some(ClientKind::Public), Some(method)) => {
            problems.push("--public goes with --auth-method none only".to_owned());
            method
        }
        (Some(ClientKind::Confidential), Some(AuthMethod::None)) => {
            problems.push("--confidential needs another --auth-method than none".to_owned());
            present
        }
        (None | Some(ClientKind::Confidential), Some(method)) => method,
    }
}

fn scopes(named: &[String], problems: &mut Vec<String>) -> Scopes {
    let tokens: Vec<&str> = named.iter().flat_map(|text| text.split_whitespace()).collect();
    for token in &tokens {
        if !is_scope_token(token) {
            problems.push(format!(
                "--scope {token}: a scope is printable ASCII without quotes and backslashes"
            ));
        }
    }
    tokens.into_iter().collect()
}

/// What must hold of the registration as a whole.
fn check_whole(client: &Client, problems: &mut Vec<String>) {
    let mut require = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    require(
        client.may_use(GrantType::AuthorizationCode) || !client.may_use(GrantType::RefreshToken),
        "the refresh_token grant goes with authorization_code only",
    );
    require(
        !(client.is_public() && client.may_use(GrantType::ClientCredentials)),
        "the client_credentials grant is for confidential clients only",
    );
    require(
        !(client.is_public() && client.pkce != PkcePolicy::Required),
        "a public client always needs PKCE",
    );
}

impl From<args::Grant> for GrantType {
    fn from(grant: args::Grant) -> Self {
        match grant {
            args::Grant::AuthorizationCode => Self::AuthorizationCode,
            args::Grant::RefreshToken => Self::RefreshToken,
            args::Grant::ClientCredentials => Self::ClientCredentials,
        }
    }
}

impl From<args::AuthMethod> for AuthMethod {
    fn from(method: args::AuthMethod) -> Self {
        match method {
            args::AuthMethod::ClientSecretBasic => Self::ClientSecretBasic,
            args::AuthMethod::ClientSecretPost => Self::ClientSecretPost,
            args::AuthMethod::None => Self::None,
        }
    }
}

impl From<args::Pkce> for PkcePolicy {
    fn from(pkce: args::Pkce) -> Self {
        match pkce {
            args::Pkce::Required => Self::Required,
            args::Pkce::Nonce => Self::NonceSuffices,
            args::Pkce::Optional => Self::Optional,
        }
    }
}

#[cfg(test)]
mod tests;
