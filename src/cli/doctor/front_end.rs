//! `[api]`: can the operator's own front end sign people in?

use url::Url;

use super::Finding;
use super::database::Opened;
use crate::cli::exit::Failure;
use crate::config::{ApiConfig, Config};
use crate::domain::client::{Client, ClientId, GrantType};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::scope::OFFLINE_ACCESS;
use crate::storage::Stop;

const CHECK: &str = "front end";

/// Adds what there is to say about it, where there is one.
pub(super) fn look(config: &Config, opened: Option<&Opened>, findings: &mut Vec<Finding>) {
    let (Some(api), Some(opened)) = (&config.api, opened) else { return };
    // The configuration has the rule of client ids.
    let Ok(id) = api.client_id.parse::<ClientId>() else { return };
    let found = opened
        .db
        .read_blocking(|tx| tx.clients().find_registered(&id).map_err(Stop::<Failure>::from));
    match found.map_err(Failure::from).and_then(|found| found) {
        Ok(client) => findings.extend(judge(api, config.issuer.as_str(), client.as_ref())),
        Err(failure) => findings.push(Finding::failure(CHECK, failure)),
    }
}

/// What is wrong with the client, or that nothing is.
fn judge(api: &ApiConfig, issuer: &str, client: Option<&Client>) -> Vec<Finding> {
    let id = &api.client_id;
    let fail = |message: &str, fix: String| Finding::fail(CHECK, format!("{id} {message}"), fix);
    let warn = |message: &str, fix: String| Finding::warn(CHECK, format!("{id} {message}"), fix);
    let Some(client) = client else {
        let fix = format!(
            "`latchkey client add {id} --name \"Our app\" --public --first-party --redirect-uri URI \
             --scope openid --scope offline_access`, or name another client in api.client_id"
        );
        return vec![fail("is not registered: nobody can sign in there", fix)];
    };
    let mut findings = vec![];
    if client.disabled_at.is_some() {
        let fix = format!("`latchkey client enable {id}`");
        findings.push(fail("is disabled: nobody can sign in there", fix));
    }
    if !client.is_public() {
        let fix = "register one with --public for it, and name that in api.client_id".to_owned();
        findings.push(fail("keeps a secret, which no page of a browser can", fix));
    }
    if !client.first_party {
        let fix = format!("`latchkey client update {id} --first-party`, if it is your own");
        findings.push(fail("is not first-party: it gets no tokens by the API", fix));
    }
    if !client.grant_types.contains(&GrantType::AuthorizationCode) {
        let fix = format!(
            "`latchkey client update {id} --grant authorization_code --grant refresh_token`"
        );
        findings.push(fail("may not ask for codes: it gets no tokens", fix));
    }
    if client.redirect_uris.is_empty() {
        let fix = format!(
            "`latchkey client update {id} --redirect-uri URI` with an address of the front end"
        );
        findings.push(fail("has no redirect URI: it gets no tokens", fix));
    }
    let is_remembering = client.scopes.iter().any(|scope| scope == OFFLINE_ACCESS)
        && client.grant_types.contains(&GrantType::RefreshToken);
    if !is_remembering {
        let fix = format!(
            "give {id} the grant refresh_token and the scope offline_access, beside those it has, with \
             `latchkey client update`"
        );
        findings.push(warn("gets no refresh tokens: nobody can be remembered", fix));
    }
    if client.redirect_uris.iter().any(RedirectUri::is_claimable) {
        let fix = "give it redirect URIs under https alone; they need not exist".to_owned();
        findings.push(warn(
            "could be any program on somebody's machine: people are asked each time",
            fix,
        ));
    }
    findings.extend(origins(api, issuer, client));
    if findings.is_empty() {
        let from = api.origins.iter().map(String::as_str).chain([issuer]).collect::<Vec<_>>();
        findings.push(Finding::ok(CHECK, format!("{id} signs people in from {}", from.join(", "))));
    }
    findings
}

/// Whether the pages of the front end may call: they are, as far as is known, where its redirect URIs are.
fn origins(api: &ApiConfig, issuer: &str, client: &Client) -> Option<Finding> {
    let own = client.redirect_uris.iter().filter_map(|uri| Url::parse(uri.as_str()).ok());
    let own: Vec<String> = own.map(|url| url.origin().ascii_serialization()).collect();
    let is_listed = |origin: &String| origin == issuer || api.origins.contains(origin);
    if own.is_empty() || own.iter().any(is_listed) {
        return None;
    }
    let listed = if api.origins.is_empty() { "nothing".to_owned() } else { api.origins.join(", ") };
    Some(Finding::warn(
        CHECK,
        format!("{} is at {}, and api.origins lists {listed}", api.client_id, own.join(", ")),
        "list every origin that its pages come from in api.origins; browsers let no other call",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use crate::domain::client::{
        ApplicationType, AuthMethod, ClientLifetimes, ClientLinks, PkcePolicy,
    };
    use crate::domain::scope::Scopes;
    use chrono::DateTime;

    fn good() -> Client {
        Client {
            id: "app".parse().unwrap(),
            name: "Our app".to_owned(),
            application_type: ApplicationType::Web,
            auth_method: AuthMethod::None,
            redirect_uris: vec![RedirectUri::stored("https://app.example/".to_owned())],
            post_logout_redirect_uris: vec![],
            scopes: Scopes::parse("openid offline_access").unwrap(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            first_party: true,
            pkce: PkcePolicy::Required,
            needs_second_factor: false,
            provider: None,
            lifetimes: ClientLifetimes::default(),
            links: ClientLinks::default(),
            secrets: vec![],
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            disabled_at: None,
        }
    }

    fn api(origins: &[&str]) -> ApiConfig {
        let origins = origins.iter().map(|it| (*it).to_owned()).collect();
        ApiConfig { client_id: "app".to_owned(), origins }
    }

    fn levels(client: Option<&Client>, origins: &[&str]) -> Vec<Level> {
        let found = judge(&api(origins), "https://id.example", client);
        assert!(found.iter().all(|it| it.fix.is_some() == (it.level != Level::Ok)));
        found.into_iter().map(|it| it.level).collect()
    }

    #[test]
    fn a_front_end_that_works_is_left_alone() {
        assert_eq!(levels(Some(&good()), &["https://app.example"]), [Level::Ok]);
        let mut beside = good();
        beside.redirect_uris = vec![RedirectUri::stored("https://id.example/app".to_owned())];
        assert_eq!(levels(Some(&beside), &[]), [Level::Ok], "our own origin needs no list");
    }

    #[test]
    fn whatever_keeps_it_from_working_is_told() {
        type Case = (fn(&mut Client), Level);
        let origins = &["https://app.example"];
        assert_eq!(levels(None, origins), [Level::Fail]);
        let cases: [Case; 7] = [
            (|it| it.disabled_at = Some(it.created_at), Level::Fail),
            (|it| it.auth_method = AuthMethod::ClientSecretBasic, Level::Fail),
            (|it| it.first_party = false, Level::Fail),
            (|it| it.redirect_uris.clear(), Level::Fail),
            (|it| it.scopes = Scopes::parse("openid").unwrap(), Level::Warn),
            (|it| it.grant_types = vec![GrantType::AuthorizationCode], Level::Warn),
            (
                |it| {
                    it.redirect_uris =
                        vec![RedirectUri::stored("https://other.example/".to_owned())];
                },
                Level::Warn,
            ),
        ];
        for (n, (spoil, level)) in cases.into_iter().enumerate() {
            let mut client = good();
            spoil(&mut client);
            assert_eq!(levels(Some(&client), origins), [level], "{n}");
        }
        let mut client = good();
        client.grant_types = vec![GrantType::RefreshToken];
        assert!(levels(Some(&client), origins).contains(&Level::Fail));
        assert_eq!(levels(Some(&good()), &[]), [Level::Warn]);
    }
}
