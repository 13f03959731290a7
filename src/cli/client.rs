//! `latchkey client`: the apps that people sign in to.

mod registration;
pub(super) mod show;

use chrono::TimeDelta;
use serde_json::json;

use super::Context;
use super::args::{AddClient, ClientArgs, ClientCommand, RemoveClient, RotateSecret, UpdateClient};
use super::exit::{Exit, Failure};
use super::output;
use super::prompt;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::client::{Client, ClientId, ClientSecret, SECRET_PREFIX};
use crate::domain::grant::RevokeReason;
use crate::domain::provider::Slug;
use crate::kernel::env::Env;
use crate::kernel::ids::ClientSecretId;
use crate::kernel::printable::Printable;
use crate::kernel::secret::Secret;
use crate::kernel::token_hash::TokenHash;
use crate::storage::{Stop, Tx};

/// Runs `latchkey client …`.
pub(super) fn run(context: &Context, args: ClientArgs) -> Result<(), Failure> {
    match args.command {
        ClientCommand::Add(args) => add(context, &args),
        ClientCommand::List => list(context),
        ClientCommand::Show { id } => show(context, &id),
        ClientCommand::Update(args) => update(context, &args),
        ClientCommand::RotateSecret(args) => rotate_secret(context, &args),
        ClientCommand::Disable { id } => switch(context, &id, false),
        ClientCommand::Enable { id } => switch(context, &id, true),
        ClientCommand::Remove(args) => remove(context, &args),
    }
}

fn add(context: &Context, args: &AddClient) -> Result<(), Failure> {
    let id = parse_id(&args.id)?;
    let env = Env::system();
    let mut client = registration::new(id, &args.fields, env.now())?;
    let secret = (!client.is_public()).then(|| new_secret(&env));
    client.secrets = secret.iter().map(|(_, stored)| stored.clone()).collect();
    let open = context.open()?;
    let issuer = open.issuer()?;
    open.write(|tx| {
        require_provider(tx, client.provider.as_ref())?;
        if !tx.clients().insert(&client)? {
            let message = format!("the client id {} is taken, or was in the past", client.id);
            let fix = "choose another: an id is never given out twice";
            return Err(Failure::new(Exit::Refused, message).fix(fix).into());
        }
        Ok(open.record(tx, &event(Action::ClientCreated, &client.id))?)
    })?;
    show::added(context.output, &issuer, &client, secret.map(|(secret, _)| secret).as_ref())
}

fn list(context: &Context) -> Result<(), Failure> {
    let open = context.open()?;
    let clients = open.read(|tx| Ok(tx.clients().list()?))?;
    show::list(context.output, &clients, open.env.now())
}

fn show(context: &Context, id: &str) -> Result<(), Failure> {
    let id = parse_id(id)?;
    let open = context.open()?;
    let client = open.read(|tx| find(tx, &id))?;
    show::one(context.output, &client, open.env.now())
}

fn update(context: &Context, args: &UpdateClient) -> Result<(), Failure> {
    if args.fields.is_empty() {
        return Err(Failure::new(Exit::Usage, "nothing to change is named")
            .fix("`latchkey client update --help` lists what can be"));
    }
    let id = parse_id(&args.id)?;
    let open = context.open()?;
    let now = open.env.now();
    let (client, secret) = open.write(|tx| {
        // Before the client, as whoever removes a provider holds it before the clients that it takes it from.
        require_provider(tx, registration::named_provider(&args.fields).as_ref())?;
        tx.clients().lock(&id)?;
        let before = find(tx, &id)?;
        let after = registration::change(&before, &args.fields, now)?;
        tx.clients().update(&after)?;
        // One that becomes confidential needs a secret, and one that becomes public must not keep
        // one for the day when it is confidential again.
        let secret = match (before.is_public(), after.is_public()) {
            (true, false) => {
                let (secret, stored) = new_secret(&open.env);
                tx.clients().add_secret(&id, &stored)?;
                Some(secret)
            }
            (false, true) => {
                tx.clients().expire_secrets(&id, ClientSecretId::new(&open.env), now)?;
                None
            }
            (true, true) | (false, false) => None,
        };
        let changed = registration::differences(&before, &after);
        let event = event(Action::ClientChanged, &id).details(json!({ "changed": changed }));
        open.record(tx, &event)?;
        Ok((find(tx, &id)?, secret))
    })?;
    show::updated(context.output, &client, secret.as_ref(), now)
}

fn rotate_secret(context: &Context, args: &RotateSecret) -> Result<(), Failure> {
    let id = parse_id(&args.id)?;
    let open = context.open()?;
    let now = open.env.now();
    let end = TimeDelta::from_std(args.keep_old)
        .ok()
        .and_then(|time| now.checked_add_signed(time))
        .ok_or_else(|| Failure::new(Exit::Usage, "--keep-old is too long"))?;
    let (secret, stored) = new_secret(&open.env);
    open.write(|tx| {
        tx.clients().lock(&id)?;
        if find(tx, &id)?.is_public() {
            let message = format!("{id} is a public client, which has no secret");
            return Err(Failure::new(Exit::Refused, message)
                .fix(format!("`latchkey client update {id} --confidential` gives it one"))
                .into());
        }
        tx.clients().add_secret(&id, &stored)?;
        tx.clients().expire_secrets(&id, stored.id, end)?;
        Ok(open.record(tx, &event(Action::ClientSecretRotated, &id))?)
    })?;
    let value = json!({
        "client_id": id,
        "client_secret": secret.expose(),
        "earlier_secrets_end_at": end,
    });
    context.output.show(&value, || {
        let earlier = if args.keep_old.is_zero() {
            "Earlier secrets have ended.".to_owned()
        } else {
            format!("Earlier secrets end at {}, unless they end sooner.", output::time(Some(end)))
        };
        let shown = output::fields(&[("client_secret", secret.expose().clone())]);
        format!("The new secret of {id}, shown this once:\n\n{shown}\n{earlier}")
    })
}

/// Disables or enables a client. What it was given stays, so that it can go on afterwards.
fn switch(context: &Context, id: &str, enable: bool) -> Result<(), Failure> {
    let id = parse_id(id)?;
    let open = context.open()?;
    let (state, action) = if enable {
        ("enabled", Action::ClientEnabled)
    } else {
        ("disabled", Action::ClientDisabled)
    };
    let changed = open.write(|tx| {
        tx.clients().lock(&id)?;
        if find(tx, &id)?.disabled_at.is_none() == enable {
            return Ok(false);
        }
        let now = open.env.now();
        tx.clients().set_disabled(&id, (!enable).then_some(now), now)?;
        open.record(tx, &event(action, &id))?;
        Ok(true)
    })?;
    let value = json!({ "client_id": id, "disabled": !enable, "changed": changed });
    context.output.show(&value, || match (changed, enable) {
        (false, _) => format!("{id} was {state} already."),
        (true, false) => format!(
            "Disabled {id}: from now on it is refused, and its tokens are too. \
             `latchkey client enable {id}` lets it go on."
        ),
        (true, true) => format!("Enabled {id}: what it was given before works again."),
    })
}

fn remove(context: &Context, args: &RemoveClient) -> Result<(), Failure> {
    let id = parse_id(&args.id)?;
    let open = context.open()?;
    let client = open.read(|tx| find(tx, &id))?;
    let question = format!(
        "Remove {} ({id}) and end its access? Its id is never given out again.",
        Printable(&client.name)
    );
    if !args.yes && !prompt::confirm(&question)? {
        return Err(Failure::new(Exit::Refused, "nothing was removed"));
    }
    let ended = open.write(|tx| {
        let now = open.env.now();
        if !tx.clients().remove(&id, now)? {
            return Err(missing(&id).into());
        }
        let ended = tx.grants().revoke_for_client(&id, RevokeReason::ClientRemoved, now)?;
        let event = event(Action::ClientRemoved, &id).details(json!({ "grants": ended }));
        open.record(tx, &event)?;
        Ok(ended)
    })?;
    context.output.show(&json!({ "client_id": id, "removed": true, "grants_ended": ended }), || {
        format!("Removed {id}; {ended} of its grants ended.")
    })
}

fn parse_id(text: &str) -> Result<ClientId, Failure> {
    text.parse::<ClientId>().map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

fn find(tx: &mut Tx<'_>, id: &ClientId) -> Result<Client, Stop<Failure>> {
    Ok(tx.clients().find_registered(id)?.ok_or_else(|| missing(id))?)
}

/// The provider that people are to be sent to must be there, and is not removed until the commit.
fn require_provider(tx: &mut Tx<'_>, slug: Option<&Slug>) -> Result<(), Stop<Failure>> {
    let Some(slug) = slug else { return Ok(()) };
    if tx.providers().hold(slug)? {
        return Ok(());
    }
    let message = format!("there is no provider {slug}");
    Err(Failure::new(Exit::Refused, message).fix("`latchkey provider list` shows them").into())
}

fn missing(id: &ClientId) -> Failure {
    Failure::new(Exit::Refused, format!("there is no client {id}"))
        .fix("`latchkey client list` shows them")
}

/// A fresh secret, and what is stored of it.
fn new_secret(env: &Env) -> (Secret<String>, ClientSecret) {
    let secret = env.random_token(SECRET_PREFIX);
    let stored = ClientSecret {
        id: ClientSecretId::new(env),
        hash: TokenHash::of(secret.expose()),
        created_at: env.now(),
        expires_at: None,
    };
    (secret, stored)
}

fn event(action: Action, id: &ClientId) -> AuditEvent {
    AuditEvent::new(action, Actor::Operator).target("client", id).client(id)
}
