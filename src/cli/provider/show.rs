//! How providers are shown.

use serde_json::{Map, Value, json};

use crate::cli::exit::Failure;
use crate::cli::output::{self, Output};
use crate::domain::provider::Provider;
use crate::kernel::printable::Printable;
use crate::kernel::urls::Issuer;
use crate::storage::repo::providers::Unusable;

/// A provider that was just added, with what is to be registered there.
pub(super) fn added(
    output: Output,
    issuer: &Issuer,
    provider: &Provider,
    notes: &[String],
) -> Result<(), Failure> {
    let redirect_uri = issuer.join(&provider.callback_path());
    let mut value = whole(issuer, provider);
    value["notes"] = json!(notes);
    output.show(&value, || {
        format!(
            "Added {}. Register this redirect URI there:\n\n{redirect_uri}\n\n{}{}\
             Every node offers it within 5 s.\n",
            provider.slug,
            sign_outs(issuer, provider),
            noted(notes)
        )
    })
}

/// What is to be registered there besides, so that signing out at the one side reaches the other.
fn sign_outs(issuer: &Issuer, provider: &Provider) -> String {
    sign_out_uris(issuer, provider).map_or_else(String::new, |(back_channel, post_logout)| {
        format!(
            "For signing out there and here, where it has a place for these: the back-channel logout \
             URI and the post-logout redirect URI:\n\n{back_channel}\n{post_logout}\n\n"
        )
    })
}

/// Where it says who signed out there, and where it sends who signed out here. `None`: it knows neither.
fn sign_out_uris(issuer: &Issuer, provider: &Provider) -> Option<(String, String)> {
    let back_channel = issuer.join(&provider.backchannel_logout_path());
    let post_logout = issuer.join(&provider.signed_out_path());
    provider.kind.is_openid().then_some((back_channel, post_logout))
}

/// Everything but the secret, with what is registered there.
fn whole(issuer: &Issuer, provider: &Provider) -> Value {
    let mut value = metadata(provider);
    value["redirect_uri"] = json!(issuer.join(&provider.callback_path()));
    if let Some((back_channel, post_logout)) = sign_out_uris(issuer, provider) {
        value["backchannel_logout_uri"] = json!(back_channel);
        value["post_logout_redirect_uri"] = json!(post_logout);
    }
    value
}

/// A provider that was just changed.
pub(super) fn updated(
    output: Output,
    issuer: &Issuer,
    provider: &Provider,
    notes: &[String],
) -> Result<(), Failure> {
    let mut value = metadata(provider);
    value["notes"] = json!(notes);
    output.show(&value, || {
        let shown = text(issuer, provider);
        format!("Changed {}.\n\n{}{shown}", provider.slug, noted(notes))
    })
}

/// One provider, with what is wrong with it.
pub(super) fn one(
    output: Output,
    issuer: &Issuer,
    provider: &Provider,
    problem: Option<&str>,
) -> Result<(), Failure> {
    let mut value = whole(issuer, provider);
    value["problem"] = json!(problem);
    output.show(&value, || {
        let problem = problem.map(|problem| format!("Nobody signs in with it: {problem}.\n\n"));
        problem.unwrap_or_default() + &text(issuer, provider)
    })
}

/// One that this release cannot use: as much of it as can be told.
pub(super) fn unusable(output: Output, unusable: &Unusable) -> Result<(), Failure> {
    output.show(&raw(unusable), || {
        let since = unusable.disabled_at.map(|at| output::time(Some(at)));
        let fields = [
            ("name", unusable.slug.clone()),
            ("kind", unusable.kind.clone()),
            ("issuer", unusable.issuer.clone()),
            ("disabled", since.map_or_else(|| "no".to_owned(), |at| format!("since {at}"))),
        ];
        let shown = output::fields(&fields);
        format!(
            "Nobody signs in with it: {unusable}. `latchkey provider remove {}` removes it.\n\n{shown}",
            unusable.slug
        )
    })
}

fn raw(unusable: &Unusable) -> Value {
    json!({
        "slug": unusable.slug,
        "kind": unusable.kind,
        "issuer": unusable.issuer,
        "disabled_at": unusable.disabled_at,
        "problem": unusable.to_string(),
    })
}

/// All of them, a line each.
pub(super) fn list(
    output: Output,
    providers: &[(&Provider, Option<String>)],
    unusable: &[Unusable],
) -> Result<(), Failure> {
    let all = providers.iter().map(|(provider, problem)| {
        let mut value = metadata(provider);
        value["problem"] = json!(problem);
        value
    });
    let (all, bad): (Vec<_>, Vec<_>) = (all.collect(), unusable.iter().map(raw).collect());
    output.show(&json!({ "providers": all, "unusable": bad }), || {
        if providers.is_empty() && unusable.is_empty() {
            return "There is no provider. `latchkey provider add` adds one.".to_owned();
        }
        let broken = |is_enabled: bool, problem: &str| {
            let disabled = if is_enabled { "" } else { "disabled; " };
            format!("{disabled}cannot be used: {problem}")
        };
        let shown = providers.iter().map(|(provider, problem)| {
            let state = problem.as_ref().map_or_else(
                || state(provider).to_owned(),
                |problem| broken(provider.is_enabled(), problem),
            );
            vec![
                provider.slug.to_string(),
                provider.label.clone(),
                provider.kind.to_string(),
                state,
                provider.issuer.to_string(),
            ]
        });
        let bad = unusable.iter().map(|one| {
            let state = broken(one.disabled_at.is_none(), &one.to_string());
            vec![one.slug.clone(), String::new(), one.kind.clone(), state, one.issuer.clone()]
        });
        let rows: Vec<_> = shown.chain(bad).collect();
        output::table(&["name", "label", "kind", "state", "issuer"], &rows)
    })
}

/// What is worth a thought, a line each.
pub(super) fn noted(notes: &[String]) -> String {
    let note = |text: String, note: &String| text + &format!("Note: {}.\n", Printable(note));
    let mut text = notes.iter().fold(String::new(), note);
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn state(provider: &Provider) -> &'static str {
    match (provider.is_enabled(), provider.hidden) {
        (false, _) => "disabled",
        (true, true) => "hidden",
        (true, false) => "offered",
    }
}

fn text(issuer: &Issuer, provider: &Provider) -> String {
    let policy = &provider.policy;
    let yes = |value: bool| Some(if value { "yes" } else { "no" }.to_owned());
    let lines = |items: Vec<String>| Some(items.join(", "));
    let known = |items: &[String]| lines(items.to_vec());
    let since = provider.disabled_at.map(|at| format!("since {}", output::time(Some(at))));
    let (back_channel, post_logout) = sign_out_uris(issuer, provider).unzip();
    let all = [
        ("name", Some(provider.slug.to_string())),
        ("label", Some(provider.label.clone())),
        ("kind", Some(provider.kind.to_string())),
        ("state", Some(state(provider).to_owned())),
        ("redirect URI", Some(issuer.join(&provider.callback_path()))),
        ("back-channel logout URI", back_channel),
        ("post-logout redirect URI", post_logout),
        ("issuer", Some(provider.issuer.to_string())),
        ("client id", Some(provider.client_id.clone())),
        ("proves itself by", Some(provider.auth.to_string())),
        ("secret", Some(if provider.secret.is_some() { "kept" } else { "none" }.to_owned())),
        ("scopes", Some(policy.scopes.join(" "))),
        ("makes accounts", yes(policy.registration)),
        ("allowed domains", known(&policy.allowed_domains)),
        ("required claims", lines(texts(&policy.required_claims))),
        ("addresses are believed", yes(policy.trusts_email)),
        ("second factor", Some(policy.second_factor.to_string())),
        ("proves a second factor", yes(policy.is_second_factor)),
        ("strong acr", known(&policy.strong_acr)),
        ("rules", lines(texts(&policy.rules))),
        ("Workspace domain", policy.hosted_domain.clone()),
        ("tenant", policy.tenant.clone()),
        ("team", policy.team_id.clone()),
        ("key", policy.key_id.clone()),
        ("login domains", known(&policy.login_domains)),
        ("sign-out passed on", yes(policy.sign_out)),
        ("position", Some(provider.position.to_string())),
        ("created", Some(output::time(Some(provider.created_at)))),
        ("changed", Some(output::time(Some(provider.updated_at)))),
        ("disabled", since),
    ];
    let shown = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
    output::fields(&shown.filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>())
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// Everything but the secret.
fn metadata(provider: &Provider) -> Value {
    let policy = &provider.policy;
    json!({
        "slug": provider.slug,
        "label": provider.label,
        "kind": provider.kind.as_str(),
        "issuer": provider.issuer.as_str(),
        "client_id": provider.client_id,
        "auth_method": provider.auth.as_str(),
        "has_secret": provider.secret.is_some(),
        "scopes": policy.scopes,
        "registration": policy.registration,
        "allowed_domains": policy.allowed_domains,
        "required_claims": texts(&policy.required_claims),
        "trust_email": policy.trusts_email,
        "counts_as_second_factor": policy.second_factor.as_str(),
        "second_factor": policy.is_second_factor,
        "strong_acr": policy.strong_acr,
        "rules": texts(&policy.rules),
        "hosted_domain": policy.hosted_domain,
        "tenant": policy.tenant,
        "team_id": policy.team_id,
        "key_id": policy.key_id,
        "login_domains": policy.login_domains,
        "pass_sign_out": policy.sign_out,
        "hidden": provider.hidden,
        "position": provider.position,
        "created_at": provider.created_at,
        "updated_at": provider.updated_at,
        "disabled_at": provider.disabled_at,
    })
}

/// What differs, with its value before and after, for the audit trail. Of the secret, that it is another
/// one.
pub(super) fn differences(before: &Provider, after: &Provider) -> Map<String, Value> {
    let mut changed = Map::new();
    let (old, new) = (metadata(before), metadata(after));
    for (name, to) in new.as_object().into_iter().flatten() {
        let from = &old[name];
        if from != to && name != "updated_at" {
            changed.insert(name.clone(), json!({ "from": from, "to": to }));
        }
    }
    if before.secret != after.secret {
        changed.insert("secret".to_owned(), json!("replaced"));
    }
    changed
}
