//! `latchkey mail`: the mail that is sent to people, without what it says.

mod test;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Context;
use super::args::{ListMails, MailArgs, MailCommand, OneMail, StateWanted};
use super::database::Open;
use super::exit::{Exit, Failure};
use super::output;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::mail::{MailRecord, MailState, NotChanged};
use crate::kernel::ids::MailId;
use crate::storage::Tx;

/// Runs `latchkey mail …`.
pub(super) fn run(context: &Context, args: &MailArgs) -> Result<(), Failure> {
    match &args.command {
        MailCommand::List(args) => list(context, args),
        MailCommand::Show(args) => show(context, args),
        MailCommand::Retry(args) => retry(context, args),
        MailCommand::Drop(args) => discard(context, args),
        MailCommand::Test(args) => test::run(context, args),
    }
}

impl From<StateWanted> for MailState {
    fn from(wanted: StateWanted) -> Self {
        match wanted {
            StateWanted::Queued => Self::Queued,
            StateWanted::Sending => Self::Sending,
            StateWanted::Sent => Self::Sent,
            StateWanted::Kept => Self::Kept,
            StateWanted::Dead => Self::Dead,
            StateWanted::Dropped => Self::Dropped,
            StateWanted::Expired => Self::Expired,
        }
    }
}

fn list(context: &Context, args: &ListMails) -> Result<(), Failure> {
    let open = context.open()?;
    let state = args.state.map(MailState::from);
    let (mails, waiting) =
        open.read(|tx| Ok((tx.mails().list(state, args.limit)?, tx.mails().waiting()?)))?;
    let value: Vec<_> = mails.iter().map(json).collect();
    let value = json!({
        "mails": value,
        "waiting": waiting.count,
        "waiting_since": waiting.since,
        "dead": waiting.dead,
    });
    context.output.show(&value, || {
        let rows: Vec<_> = mails.iter().map(row).collect();
        let headings = ["id", "to", "kind", "state", "tried", "written", "next", "why"];
        output::table(&headings, &rows)
    })
}

/// When it is tried next.
fn next(mail: &MailRecord) -> Option<DateTime<Utc>> {
    matches!(mail.state, MailState::Queued | MailState::Sending).then_some(mail.due_at)
}

fn json(mail: &MailRecord) -> Value {
    json!({
        "id": mail.id,
        "recipient": mail.recipient,
        "user_id": mail.user_id,
        "kind": mail.kind,
        "language": mail.language,
        "state": mail.state.as_str(),
        "attempts": mail.attempts,
        "created_at": mail.created_at,
        "due_at": next(mail),
        "expires_at": mail.expires_at,
        "finished_at": mail.finished_at,
        "last_error": mail.last_error,
    })
}

fn row(mail: &MailRecord) -> Vec<String> {
    vec![
        mail.id.to_string(),
        mail.recipient.clone(),
        mail.kind.clone(),
        mail.state.to_string(),
        mail.attempts.to_string(),
        output::time(Some(mail.created_at)),
        output::time(next(mail)),
        mail.last_error.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

fn show(context: &Context, args: &OneMail) -> Result<(), Failure> {
    let open = context.open()?;
    let mail = find(&open, args)?;
    context.output.show(&json(&mail), || {
        output::fields(&[
            ("id", mail.id.to_string()),
            ("to", mail.recipient.clone()),
            ("kind", mail.kind.clone()),
            ("language", mail.language.clone()),
            ("state", mail.state.to_string()),
            ("tried", mail.attempts.to_string()),
            ("written", output::time(Some(mail.created_at))),
            ("next", output::time(next(&mail))),
            ("ends", output::time(Some(mail.expires_at))),
            ("finished", output::time(mail.finished_at)),
            ("last error", mail.last_error.clone().unwrap_or_else(|| "-".to_owned())),
        ])
    })
}

fn find(open: &Open, args: &OneMail) -> Result<MailRecord, Failure> {
    let nobody = || {
        Failure::new(Exit::Refused, format!("there is no mail {}", args.id))
            .fix("`latchkey mail list` shows them")
    };
    let id: MailId = args.id.parse().map_err(|_| nobody())?;
    open.read(|tx| Ok(tx.mails().find(id)?))?.ok_or_else(nobody)
}

fn retry(context: &Context, args: &OneMail) -> Result<(), Failure> {
    let open = context.open()?;
    let (mail, now) = (find(&open, args)?, open.env.now());
    mail.may_retry(now)?;
    if open.config.mail.is_none() {
        context.output.note("mail is not configured here: a server that has it sends the mail");
    }
    let done = |tx: &mut Tx<'_>| tx.mails().retry(&mail, now);
    change(&open, &mail, Action::MailRetried, done)?;
    let value = json!({ "id": mail.id, "state": MailState::Queued.as_str() });
    context.output.show(&value, || format!("The mail {} is sent again at once.", mail.id))
}

fn discard(context: &Context, args: &OneMail) -> Result<(), Failure> {
    let open = context.open()?;
    let (mail, now) = (find(&open, args)?, open.env.now());
    mail.may_drop(now)?;
    let done = |tx: &mut Tx<'_>| tx.mails().discard(&mail, now);
    change(&open, &mail, Action::MailDropped, done)?;
    let value = json!({ "id": mail.id, "state": MailState::Dropped.as_str() });
    context.output.show(&value, || format!("The mail {} is not sent.", mail.id))
}

/// Does it if the mail still stands as it was found, with an entry in the trail.
fn change(
    open: &Open,
    mail: &MailRecord,
    action: Action,
    done: impl FnOnce(&mut Tx<'_>) -> Result<bool, crate::storage::StorageError>,
) -> Result<(), Failure> {
    open.write(|tx| {
        if !done(tx)? {
            let message = "a server has taken the mail up at this very moment";
            return Err(Failure::new(Exit::Refused, message).fix("look at it once more").into());
        }
        let event = AuditEvent::new(action, Actor::Operator)
            .target("mail", mail.id)
            .details(json!({ "kind": mail.kind, "was": mail.state.as_str() }));
        Ok(open.record(tx, &event)?)
    })
}

impl From<NotChanged> for Failure {
    fn from(reason: NotChanged) -> Self {
        let failure = Self::new(Exit::Refused, reason.to_string());
        match reason {
            NotChanged::Sending => failure.fix("wait until the server has answered"),
            NotChanged::Expired => failure.fix("whoever waits for it can ask for another one"),
            NotChanged::Finished(_) => failure,
        }
    }
}
