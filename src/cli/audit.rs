//! `latchkey audit`: the trail, to look something up in and to watch.

mod show;

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;

use self::show::Names;
use super::Context;
use super::args::{AuditArgs, AuditCommand, AuditWanted, Moment};
use super::database::Open;
use super::exit::{Exit, Failure};
use crate::domain::audit::Action;
use crate::identity::admin::find_user;
use crate::kernel::ids::{AuditEventId, UserId};
use crate::storage::repo::audit::{AuditEntry, AuditFilter};

/// How often `tail --follow` looks.
const PAUSE: Duration = Duration::from_secs(1);

/// How far `tail --follow` looks back: an entry has the time at which its request wrote it, and is
/// seen when that commits. Clocks of ready nodes are at most thirty seconds apart.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

/// The most entries that `tail --follow` reads at once.
const MOST: u32 = 10_000;

/// Runs `latchkey audit …`.
pub(super) fn run(context: &Context, args: &AuditArgs) -> Result<(), Failure> {
    match &args.command {
        AuditCommand::Tail { lines, follow, wanted } => tail(context, *lines, *follow, wanted),
        AuditCommand::Search { limit, since, until, wanted } => {
            search(context, *limit, *since, *until, wanted)
        }
    }
}

fn search(
    context: &Context,
    limit: u32,
    since: Option<Moment>,
    until: Option<Moment>,
    wanted: &AuditWanted,
) -> Result<(), Failure> {
    let actions = actions(wanted)?;
    let open = context.open()?;
    let now = open.env.now();
    let filter = AuditFilter {
        since: since.map(|moment| moment.seen_from(now)),
        until: until.map(|moment| moment.seen_from(now)),
        ..filter(&open, wanted, actions)?
    };
    let (entries, names) = open.read(|tx| {
        let entries = tx.audit().list(&filter, limit)?;
        let names = Names::of(tx, &entries)?;
        Ok((entries, names))
    })?;
    let value: Vec<_> = entries.iter().map(show::json).collect();
    context.output.show(&json!({ "events": value }), || show::table(&entries, &names))?;
    if entries.len() == usize::try_from(limit).unwrap_or(usize::MAX) {
        context.output.note("there may be more: raise --limit, or name an earlier --until");
    }
    Ok(())
}

fn tail(context: &Context, lines: u32, follow: bool, wanted: &AuditWanted) -> Result<(), Failure> {
    let actions = actions(wanted)?;
    let open = context.open()?;
    let mut filter = filter(&open, wanted, actions)?;
    let mut since = open.env.now() - OVERLAP;
    // What is there before the first look is not news, shown or not.
    let recent = AuditFilter { since: Some(since), ..filter.clone() };
    let before = all(&open, &recent)?;
    let newest = open.read(|tx| Ok(tx.audit().list(&filter, lines)?))?;
    let mut seen: HashSet<AuditEventId> =
        before.iter().chain(&newest).map(|entry| entry.id).collect();
    let mut is_read = print(context, &open, &newest)?;
    while follow && is_read {
        thread::sleep(PAUSE);
        filter.since = Some(since);
        let mut entries = all(&open, &filter)?;
        let present: HashSet<_> = entries.iter().map(|entry| entry.id).collect();
        entries.retain(|entry| !seen.contains(&entry.id));
        seen = present;
        since = open.env.now() - OVERLAP;
        is_read = print(context, &open, &entries)?;
    }
    Ok(())
}

/// All entries that are meant, the newest first, however many that are.
fn all(open: &Open, wanted: &AuditFilter) -> Result<Vec<AuditEntry>, Failure> {
    let (mut entries, mut filter) = (Vec::new(), wanted.clone());
    loop {
        let page = open.read(|tx| Ok(tx.audit().list(&filter, MOST)?))?;
        let is_last = page.len() < usize::try_from(MOST).unwrap_or(usize::MAX);
        filter.after = page.last().map(|entry| (entry.at, entry.id));
        entries.extend(page);
        if is_last {
            return Ok(entries);
        }
    }
}

/// Prints entries that came newest first the other way round, a line each. False: nobody reads on.
fn print(context: &Context, open: &Open, entries: &[AuditEntry]) -> Result<bool, Failure> {
    let names = open.read(|tx| Ok(Names::of(tx, entries)?))?;
    for entry in entries.iter().rev() {
        if !context.output.line(&show::json(entry), || show::line(entry, &names))? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn filter(
    open: &Open,
    wanted: &AuditWanted,
    actions: Option<Vec<String>>,
) -> Result<AuditFilter, Failure> {
    Ok(AuditFilter {
        person: wanted.person.as_deref().map(|who| person(open, who)).transpose()?,
        client_id: wanted.client.clone(),
        request_id: wanted.request.clone(),
        actions,
        success: match (wanted.refused, wanted.done) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        },
        since: None,
        until: None,
        after: None,
    })
}

/// The id of a person. One whose account is gone is known by the id alone.
fn person(open: &Open, who: &str) -> Result<String, Failure> {
    if let Some(profile) = open.read(|tx| Ok(find_user(tx, who)?))? {
        return Ok(profile.user.id.to_string());
    }
    match who.parse::<UserId>() {
        Ok(id) => Ok(id.to_string()),
        Err(_) => Err(Failure::new(Exit::Refused, format!("there is no user {who}")).fix(
            "`latchkey user list` shows them; an account that is gone is found by its id alone",
        )),
    }
}

/// The actions that are meant: each by its name, or all of a group. Refuses what is neither.
fn actions(wanted: &AuditWanted) -> Result<Option<Vec<String>>, Failure> {
    if wanted.actions.is_empty() {
        return Ok(None);
    }
    let mut meant = Vec::new();
    for typed in &wanted.actions {
        let group = format!("{}.", typed.trim_end_matches(".*").trim_end_matches('.'));
        let fits = |name: &&str| *name == typed || name.starts_with(&group);
        let names: Vec<_> = Action::ALL.iter().map(|action| action.as_str()).filter(fits).collect();
        if names.is_empty() {
            return Err(no_such_action(typed));
        }
        meant.extend(names.into_iter().map(str::to_owned));
    }
    Ok(Some(meant))
}

fn no_such_action(typed: &str) -> Failure {
    let names: Vec<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
    Failure::new(Exit::Usage, format!("nothing on the trail is called {typed}"))
        .fix(format!("the actions are {}", names.join(", ")))
}
