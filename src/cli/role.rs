//! `latchkey role`: what roles ask of those who have them.

use serde_json::{Value, json};

use super::Context;
use super::args::{AddRole, RoleArgs, RoleCommand, SecondFactor, UpdateRole};
use super::client::show::second_factor;
use super::exit::{Exit, Failure};
use super::output;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::role::Role;
use crate::kernel::ids::RoleId;
use crate::kernel::printable::Printable;

/// Runs `latchkey role …`.
pub(super) fn run(context: &Context, args: &RoleArgs) -> Result<(), Failure> {
    match &args.command {
        RoleCommand::List => list(context),
        RoleCommand::Add(args) => add(context, args),
        RoleCommand::Update(args) => update(context, args),
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let roles = context.open()?.read(|tx| Ok(tx.roles().list()?))?;
    let value: Vec<Value> = roles.iter().map(json).collect();
    context.output.show(&json!({ "roles": value }), || {
        if roles.is_empty() {
            return "There is no role yet; the first account brings the administrator's."
                .to_owned();
        }
        let rows: Vec<_> = roles.iter().map(row).collect();
        output::table(&["name", "people", "second factor", "what it is"], &rows)
    })
}

fn row(role: &Role) -> Vec<String> {
    vec![
        role.name.clone(),
        role.holders.to_string(),
        second_factor(role.needs_second_factor).to_owned(),
        role.description.clone(),
    ]
}

fn json(role: &Role) -> Value {
    json!({
        "name": role.name,
        "description": role.description,
        "permissions": role.permissions,
        "second_factor": second_factor(role.needs_second_factor),
        "people": role.holders,
    })
}

fn add(context: &Context, args: &AddRole) -> Result<(), Failure> {
    let open = context.open()?;
    let needs_second_factor = args.second_factor.is_some_and(SecondFactor::is_required);
    let mut permissions = args.permissions.clone();
    permissions.sort_unstable();
    permissions.dedup();
    let role = open.write(|tx| {
        if tx.roles().lock(&args.name)?.is_some() {
            let message = format!("there is a role {} already", args.name);
            let fix = "`latchkey role list` shows it";
            return Err(Failure::new(Exit::Refused, message).fix(fix).into());
        }
        let names: Vec<&str> = permissions.iter().map(String::as_str).collect();
        let (id, now) = (RoleId::new(&open.env), open.env.now());
        tx.roles().ensure(id, &args.name, &args.description, &names, now)?;
        if needs_second_factor {
            tx.roles().set_second_factor(&args.name, true)?;
        }
        let details = json!({
            "permissions": permissions,
            "second_factor": second_factor(needs_second_factor),
        });
        let event = AuditEvent::new(Action::RoleCreated, Actor::Operator)
            .target("role", &args.name)
            .details(details);
        open.record(tx, &event)?;
        Ok(Role {
            name: args.name.clone(),
            description: args.description.clone(),
            permissions: permissions.clone(),
            needs_second_factor,
            holders: 0,
        })
    })?;
    context.output.show(&json(&role), || {
        format!(
            "The role {} is made. Give it with `latchkey user add --role {}`.",
            Printable(&role.name),
            Printable(&role.name)
        )
    })
}

fn update(context: &Context, args: &UpdateRole) -> Result<(), Failure> {
    let open = context.open()?;
    let to = args.second_factor.is_required();
    let role = open.write(|tx| {
        let Some(before) = tx.roles().lock(&args.name)? else {
            let message = format!("there is no role {}", args.name);
            let fix = "`latchkey role list` shows them";
            return Err(Failure::new(Exit::Refused, message).fix(fix).into());
        };
        if before.needs_second_factor == to {
            return Ok(before);
        }
        tx.roles().set_second_factor(&args.name, to)?;
        let (from, now) = (second_factor(before.needs_second_factor), second_factor(to));
        let details = json!({ "changed": { "second_factor": { "from": from, "to": now } } });
        let event = AuditEvent::new(Action::RoleChanged, Actor::Operator)
            .target("role", &args.name)
            .details(details);
        open.record(tx, &event)?;
        Ok(Role { needs_second_factor: to, ..before })
    })?;
    context.output.show(&json(&role), || {
        let what = if to { "is asked for a second factor" } else { "is asked what else applies" };
        format!("Whoever has the role {} {what}, from the next sign-in on.", Printable(&role.name))
    })
}
