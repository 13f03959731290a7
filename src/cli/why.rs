//! `latchkey why`: what happened in a request, and what to do about it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::Context;
use super::exit::{Exit, Failure};
use super::output::{self, time};
use crate::domain::refusal::{Check, KeptRefusal, advise};
use crate::domain::setting::Setting;
use crate::kernel::printable::Printable;
use crate::storage::repo::audit::{AuditEntry, AuditFilter};

/// Entries of the trail that one request can leave, and more.
const MOST_EVENTS: u32 = 100;

/// A refusal in words.
#[derive(Debug, Serialize)]
struct Explained {
    at: DateTime<Utc>,
    method: Option<String>,
    endpoint: Option<String>,
    client_id: Option<String>,
    error: String,
    check: String,
    about: Option<&'static str>,
    specification: Option<String>,
    expected: Option<String>,
    got: Option<String>,
    advice: Vec<String>,
}

/// Runs `latchkey why`.
pub(super) fn run(context: &Context, request_id: &str) -> Result<(), Failure> {
    let open = context.open()?;
    let filter = AuditFilter { request_id: Some(request_id.to_owned()), ..AuditFilter::default() };
    let (kept, mut events, settings) = open.read(|tx| {
        let kept = tx.refusals().of_request(request_id)?;
        Ok((kept, tx.audit().list(&filter, MOST_EVENTS)?, tx.settings().load()?.settings))
    })?;
    events.reverse();
    let mut refusals: Vec<_> = kept.into_iter().map(Explained::from).collect();
    if refusals.is_empty() {
        refusals.extend(events.iter().filter_map(of_event));
    }
    if refusals.is_empty() && events.is_empty() {
        let retention = Setting::find("refusal_retention")
            .map(|setting| setting.unit.show(setting.of(&settings)))
            .unwrap_or_default();
        let message = format!("nothing is known of the request {request_id}");
        return Err(Failure::new(Exit::Refused, message).fix(format!(
            "the id stands on error pages and in the header X-Request-ID; reasons are kept for \
             {retention}, and in a flood only the log has them"
        )));
    }
    let value = json!({
        "request_id": request_id,
        "refusals": refusals,
        "events": events.iter().map(event_json).collect::<Vec<_>>(),
    });
    context.output.show(&value, || text(&refusals, &events))
}

impl From<KeptRefusal> for Explained {
    fn from(kept: KeptRefusal) -> Self {
        let client = kept.client_id.as_deref();
        let advice = advise(&kept.check, &kept.expected, &kept.got, client);
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            at: kept.at,
            method: kept.method,
            endpoint: kept.endpoint,
            client_id: kept.client_id,
            error: kept.error,
            about: Check::find(&kept.check).map(|check| check.about),
            check: kept.check,
            specification: filled(kept.specification),
            expected: filled(kept.expected),
            got: filled(kept.got),
            advice,
        }
    }
}

/// The refusal that an entry of the trail tells of: a sign-in, which has its reason there, or one
/// whose reason is forgotten by now.
fn of_event(event: &AuditEntry) -> Option<Explained> {
    let error = event.error_code.clone().filter(|_| !event.success)?;
    let detail = |name: &str| event.details.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let (check, got) = match (event.action.as_str(), error.as_str()) {
        ("session.sign_in_refused", "too_many_attempts") => ("check_attempts".to_owned(), None),
        ("session.sign_in_refused", _) => {
            let reason = detail("reason").unwrap_or_else(|| error.clone());
            ("sign_in".to_owned(), Some(reason))
        }
        _ => (detail("check")?, None),
    };
    let mut advice = advise(&check, "", "", event.client_id.as_deref());
    if let Some(likely) = got.as_deref().and_then(about_sign_in) {
        advice.insert(0, likely.to_owned());
    }
    Some(Explained {
        at: event.at,
        method: None,
        endpoint: None,
        client_id: event.client_id.clone(),
        error,
        about: Check::find(&check).map(|check| check.about),
        check,
        specification: None,
        expected: None,
        got,
        advice,
    })
}

/// What to do about a sign-in that was refused.
fn about_sign_in(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "unknown_identifier" => "nobody has that address or user name: `latchkey user list`",
        "account_closed" => "the account is closed: `latchkey user enable` opens it",
        "no_password" => "the account has no password: `latchkey user set-password … --link`",
        "wrong_password" => {
            "the password was wrong: `latchkey user set-password … --link` lets the person choose \
             another"
        }
        "disowned" => {
            "the passkey was added when somebody else may have been signed in, as its owner has said: it \
             is taken behind a password or a mailed code alone"
        }
        _ => return None,
    })
}

fn event_json(event: &AuditEntry) -> Value {
    json!({
        "at": event.at,
        "action": event.action,
        "actor": actor(event),
        "target_kind": event.target_kind,
        "target_id": event.target_id,
        "client_id": event.client_id,
        "error": event.error_code,
        "details": event.details,
    })
}

fn actor(event: &AuditEntry) -> String {
    match &event.actor_id {
        Some(id) => format!("{} {id}", event.actor_kind),
        None => event.actor_kind.clone(),
    }
}

fn text(refusals: &[Explained], events: &[AuditEntry]) -> String {
    let mut text: Vec<String> = refusals.iter().map(refusal_text).collect();
    if refusals.is_empty() {
        text.push("Nothing was refused in this request.\n".to_owned());
    }
    if !events.is_empty() {
        let lines = events.iter().map(|event| {
            let error = event.error_code.as_deref().unwrap_or("done");
            format!("  {}  {}, by {}", event.action, error, Printable(&actor(event)))
        });
        text.push(format!("On the audit trail:\n{}\n", lines.collect::<Vec<_>>().join("\n")));
    }
    text.join("\n")
}

fn refusal_text(refusal: &Explained) -> String {
    let route = [refusal.method.as_deref(), refusal.endpoint.as_deref()];
    let route = route.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let lines = [
        ("refused", Some(format!("{}, with {}", time(Some(refusal.at)), refusal.error))),
        ("request", Some(route).filter(|route| !route.is_empty())),
        ("client", refusal.client_id.clone()),
        ("because", refusal.about.map(str::to_owned)),
        ("expected", refusal.expected.clone()),
        ("got", refusal.got.clone()),
        ("section", refusal.specification.clone()),
        ("check", Some(refusal.check.clone())),
    ];
    let shown: Vec<_> =
        lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let advice = refusal.advice.iter().map(|line| format!("  - {}\n", Printable(line)));
    format!("{}What to do:\n{}", output::fields(&shown), advice.collect::<String>())
}
