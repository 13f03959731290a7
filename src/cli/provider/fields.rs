//! What the flags make of a provider, and everything that is wrong with it at once.

use chrono::{DateTime, Utc};

use super::secret::signs;
use crate::cli::args::{AddProvider, Kind, Method, ProviderFields, Trust};
use crate::cli::exit::{Exit, Failure};
use crate::domain::address::EmailAddress;
use crate::domain::provider::{
    Provider, ProviderKind, ProviderPolicy, SecondFactorTrust, Slug, UpstreamAuth,
};
use crate::domain::scope::is_scope_token;
use crate::kernel::env::Env;
use crate::kernel::ids::ProviderId;

/// The longest name, in characters.
const LONGEST_LABEL: usize = 64;

/// The longest id, in bytes.
const LONGEST_ID: usize = 500;

/// A provider before its settings.
pub(super) fn blank(args: &AddProvider, position: i32, env: &Env) -> Result<Provider, Failure> {
    let kind = ProviderKind::from(args.kind);
    let slug = args.slug.as_deref().unwrap_or(kind.as_str()).parse::<Slug>();
    let tenant = args.fields.tenant.as_deref().filter(|_| kind == ProviderKind::Microsoft);
    let issuer = args.fields.issuer.clone().or_else(|| kind.issuer(tenant));
    let issuer = issuer
        .ok_or_else(|| Failure::new(Exit::Usage, "an OpenID provider is found by its --issuer"))?;
    let issuer = issuer
        .parse()
        .map_err(|error| Failure::new(Exit::Usage, format!("--issuer {issuer}: {error}")))?;
    let now = env.now();
    Ok(Provider {
        id: ProviderId::new(env),
        slug: slug.map_err(|error| Failure::new(Exit::Usage, error.to_string()))?,
        kind,
        label: kind.label().to_owned(),
        issuer,
        client_id: String::new(),
        auth: kind.auth(),
        secret: None,
        policy: ProviderPolicy {
            scopes: kind.scopes().iter().map(|scope| (*scope).to_owned()).collect(),
            ..ProviderPolicy::default()
        },
        position,
        hidden: false,
        created_at: now,
        updated_at: now,
        disabled_at: None,
    })
}

/// `provider` with what `fields` name changed; what they do not name stays.
pub(super) fn change(
    provider: &Provider,
    fields: &ProviderFields,
    now: DateTime<Utc>,
) -> Result<Provider, Failure> {
    let mut problems = Vec::new();
    let mut changed = Provider { updated_at: now, ..provider.clone() };
    if let Some(label) = &fields.label {
        changed.label = text("--label", label, LONGEST_LABEL, &mut problems);
    }
    if let Some(client_id) = &fields.client_id {
        changed.client_id = text("--client-id", client_id, LONGEST_ID, &mut problems);
    }
    issuer(&mut changed, fields, &mut problems);
    changed.auth = fields.auth_method.map_or(changed.auth, UpstreamAuth::from);
    changed.hidden = fields.hidden.unwrap_or(changed.hidden);
    changed.position = fields.position.unwrap_or(changed.position);
    policy(&mut changed.policy, fields, &mut problems);
    particular(&changed, fields, &mut problems);
    if problems.is_empty() {
        return Ok(changed);
    }
    let message = format!("the settings of {} are refused", provider.slug);
    Err(Failure::new(Exit::Usage, message).details(problems))
}

/// What must be there in the end.
pub(super) fn require_whole(provider: &Provider) -> Result<(), Failure> {
    let mut problems = Vec::new();
    let mut require = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    require(!provider.client_id.is_empty(), "--client-id is missing");
    let needs_secret = provider.auth != UpstreamAuth::None;
    let missing = if signs(provider) {
        "--private-key-file is missing"
    } else {
        "the secret is missing: --client-secret-file or --client-secret-stdin"
    };
    require(!needs_secret || provider.secret.is_some(), missing);
    if provider.kind == ProviderKind::Apple {
        require(provider.policy.team_id.is_some(), "--team-id is missing");
        require(provider.policy.key_id.is_some(), "--key-id is missing");
    }
    if problems.is_empty() {
        return Ok(());
    }
    let message = format!("the settings of {} are not complete", provider.slug);
    Err(Failure::new(Exit::Usage, message).details(problems))
}

fn issuer(changed: &mut Provider, fields: &ProviderFields, problems: &mut Vec<String>) {
    let of_tenant = fields.tenant.as_deref().and_then(|tenant| changed.kind.issuer(Some(tenant)));
    let of_tenant = of_tenant.filter(|_| changed.kind == ProviderKind::Microsoft);
    let Some(issuer) = fields.issuer.clone().or(of_tenant) else { return };
    match issuer.parse() {
        Ok(issuer) => changed.issuer = issuer,
        Err(error) => problems.push(format!("--issuer {issuer}: {error}")),
    }
}

/// What goes with one kind only.
fn particular(changed: &Provider, fields: &ProviderFields, problems: &mut Vec<String>) {
    let kind = changed.kind;
    let mut only = |flag: &str, is_named: bool, kinds: &[ProviderKind]| {
        if is_named && !kinds.contains(&kind) {
            problems.push(format!("{flag} does not go with {kind}"));
        }
    };
    only("--hosted-domain", fields.hosted_domain.is_some(), &[ProviderKind::Google]);
    only("--tenant", fields.tenant.is_some(), &[ProviderKind::Microsoft]);
    only("--team-id", fields.team_id.is_some(), &[ProviderKind::Apple]);
    only("--issuer", fields.issuer.is_some(), &[ProviderKind::Oidc, ProviderKind::Github]);
    if changed.policy.is_second_factor && !kind.is_openid() {
        problems.push(format!(
            "{kind} cannot be told to ask anew, so it is no second factor: --second-factor=false"
        ));
    }
    let speaks_only_post = !matches!(kind, ProviderKind::Oidc | ProviderKind::Google)
        && !matches!(kind, ProviderKind::Microsoft);
    if speaks_only_post && changed.auth != UpstreamAuth::ClientSecretPost {
        problems
            .push(format!("{kind} takes the secret in the body: --auth-method client_secret_post"));
    }
}

fn policy(policy: &mut ProviderPolicy, fields: &ProviderFields, problems: &mut Vec<String>) {
    if !fields.scopes.is_empty() {
        policy.scopes = fields
            .scopes
            .iter()
            .flat_map(|text| text.split_whitespace())
            .map(str::to_owned)
            .collect();
        for scope in policy.scopes.iter().filter(|scope| !is_scope_token(scope)) {
            problems.push(format!("--scope {scope}: this is no scope"));
        }
    }
    policy.registration = fields.registration.unwrap_or(policy.registration);
    policy.is_second_factor = fields.second_factor.unwrap_or(policy.is_second_factor);
    policy.trusts_email = fields.trust_email.unwrap_or(policy.trusts_email);
    policy.sign_out = fields.pass_sign_out.unwrap_or(policy.sign_out);
    if let Some(trust) = fields.counts_as_second_factor {
        policy.second_factor = trust.into();
    }
    replace(&mut policy.strong_acr, &fields.strong_acr, problems, |acr| Ok(acr.to_owned()));
    replace(&mut policy.allowed_domains, &fields.allowed_domains, problems, domain);
    replace(&mut policy.login_domains, &fields.login_domains, problems, domain);
    replace(&mut policy.required_claims, &fields.required_claims, problems, |text| {
        text.parse().map_err(|error| format!("--required-claim {text}: {error}"))
    });
    replace(&mut policy.rules, &fields.rules, problems, |text| {
        text.parse().map_err(|error| format!("--rule {text}: {error}"))
    });
    for (kept, named, flag) in [
        (&mut policy.tenant, &fields.tenant, "--tenant"),
        (&mut policy.team_id, &fields.team_id, "--team-id"),
        (&mut policy.key_id, &fields.key_id, "--key-id"),
    ] {
        if let Some(named) = named {
            *kept = (!named.is_empty()).then(|| text(flag, named, LONGEST_ID, problems));
        }
    }
    if let Some(named) = &fields.hosted_domain {
        policy.hosted_domain = None;
        match (named.is_empty(), domain(named)) {
            (true, _) => {}
            (false, Ok(domain)) => policy.hosted_domain = Some(domain),
            (false, Err(problem)) => problems.push(problem),
        }
    }
}

/// Replaces a list, if one is named. An empty text stands for an empty list.
fn replace<T>(
    kept: &mut Vec<T>,
    named: &[String],
    problems: &mut Vec<String>,
    read: impl Fn(&str) -> Result<T, String>,
) {
    if named.is_empty() {
        return;
    }
    kept.clear();
    for text in named.iter().filter(|text| !text.is_empty()) {
        match read(text) {
            Ok(value) => kept.push(value),
            Err(problem) => problems.push(problem),
        }
    }
}

/// A domain as addresses have it in their canonical form.
fn domain(text: &str) -> Result<String, String> {
    let bare = text.trim().trim_start_matches('@');
    let address = EmailAddress::parse(&format!("a@{bare}"));
    let address = address.map_err(|_| format!("{text} is no domain"))?;
    Ok(address.canonical().trim_start_matches("a@").to_owned())
}

fn text(flag: &str, typed: &str, longest: usize, problems: &mut Vec<String>) -> String {
    let typed = typed.trim();
    if typed.is_empty() || typed.chars().count() > longest || typed.chars().any(char::is_control) {
        problems.push(format!("{flag} must have 1 to {longest} characters, none of them odd"));
    }
    typed.to_owned()
}

impl From<Kind> for ProviderKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Google => Self::Google,
            Kind::Oidc => Self::Oidc,
            Kind::Microsoft => Self::Microsoft,
            Kind::Apple => Self::Apple,
            Kind::Github => Self::Github,
            Kind::Facebook => Self::Facebook,
        }
    }
}

impl From<Method> for UpstreamAuth {
    fn from(method: Method) -> Self {
        match method {
            Method::ClientSecretBasic => Self::ClientSecretBasic,
            Method::ClientSecretPost => Self::ClientSecretPost,
            Method::PrivateKeyJwt => Self::PrivateKeyJwt,
            Method::None => Self::None,
        }
    }
}

impl From<Trust> for SecondFactorTrust {
    fn from(trust: Trust) -> Self {
        match trust {
            Trust::Never => Self::Never,
            Trust::WhenSaid => Self::WhenSaid,
            Trust::Always => Self::Always,
        }
    }
}
