//! Links that are mailed to people.

use chrono::TimeDelta;
use serde_json::json;

use super::{SET_PASSWORD, link_text, name, show};
use crate::cli::Context;
use crate::cli::args::InviteUser;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;
use crate::cli::people::{People, no_request};
use crate::domain::address::EmailAddress;
use crate::domain::audit::Actor;
use crate::domain::setting::{Unit, seconds};
use crate::domain::user::{NewUser, Profile};
use crate::identity::admin::Delivery;
use crate::identity::register;

/// How long an invitation may work.
const SHORTEST: TimeDelta = TimeDelta::minutes(5);
const LONGEST: TimeDelta = TimeDelta::days(30);

/// Makes an account and mails its link, or shows it where no mail is sent.
pub(super) fn invite(context: &Context, args: &InviteUser) -> Result<(), Failure> {
    let (new, lifetime) = parse(args)?;
    let people = People::open(context)?;
    let identity = &people.identity;
    let is_mailed = !args.print_link && identity.offers().mail;
    let delivery = if is_mailed { Delivery::Mailed } else { Delivery::Shown };
    let by = Actor::Operator;
    let invited = people.wait(identity.invite(by, new, lifetime, delivery, &no_request()))?;
    let mut value = show::json(&invited.profile);
    value["mailed"] = json!(is_mailed);
    value["link_expires_at"] = json!(invited.link.expires_at);
    let who = name(&invited.profile);
    if is_mailed {
        let until = output::time(Some(invited.link.expires_at));
        return context.output.show(&value, || {
            format!("Invited {who}: a link is mailed to them, and works once, until {until}.")
        });
    }
    let link = (people.link(SET_PASSWORD, &invited.link)?, invited.link);
    value["link"] = json!(link.0);
    context.output.show(&value, || format!("Invited {who}. {}", link_text(&link)))
}

fn parse(args: &InviteUser) -> Result<(NewUser, TimeDelta), Failure> {
    let email = EmailAddress::parse(&args.email).map_err(|error| error.to_string());
    let full_name = register::full_name(args.name.as_deref().unwrap_or(""));
    let full_name = full_name.map_err(|error| format!("--name: {error}"));
    let lifetime = Unit::Time.parse(&args.expires).map_err(|error| format!("--expires: {error}"));
    let lifetime = lifetime.map(seconds).and_then(|it| match it {
        it if (SHORTEST..=LONGEST).contains(&it) => Ok(it),
        _ => Err("--expires: it must be from 5m to 30d".to_owned()),
    });
    match (email, full_name, lifetime) {
        (Ok(email), Ok(name), Ok(lifetime)) => {
            let new = NewUser {
                email,
                email_verified: false,
                username: None,
                name,
                subject: None,
                password_phc: None,
                roles: args.roles.clone(),
            };
            Ok((new, lifetime))
        }
        (email, full_name, lifetime) => {
            let problems = [email.err(), full_name.err(), lifetime.err()];
            let problems: Vec<_> = problems.into_iter().flatten().collect();
            Err(Failure::new(Exit::Usage, "nobody was invited").details(problems))
        }
    }
}

/// Mails somebody a link to set a new password.
pub(super) fn mail_link(
    context: &Context,
    people: &People,
    profile: &Profile,
) -> Result<(), Failure> {
    let (identity, user) = (&people.identity, profile.user.id);
    let until = people.wait(identity.mail_password_link(Actor::Operator, user, &no_request()))?;
    let value = json!({
        "subject": profile.user.subject, "mailed": true, "link_expires_at": until,
    });
    context.output.show(&value, || {
        let until = output::time(Some(until));
        format!("A link is mailed to {}, and works once, until {until}.", name(profile))
    })
}
