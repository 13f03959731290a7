//! `latchkey user`: the people who sign in.

mod details;
mod factors;
mod import;
mod invite;
mod show;

use serde_json::json;

use super::Context;
use super::args::{
    AddUser, DeleteUser, ListUsers, PasswordWay, PersonsRole, SetPassword, UserArgs, UserCommand,
    Who,
};
use super::exit::{Exit, Failure};
use super::people::{People, no_request, until};
use super::prompt;
use crate::domain::address::{EmailAddress, Username};
use crate::domain::audit::Actor;
use crate::domain::user::{DELETION_UNDO, NewUser, Profile, UserStatus};
use crate::identity::admin::{IssuedLink, Ways};
use crate::identity::register;
use crate::kernel::printable::Printable;
use crate::kernel::secret::Secret;

/// Where a link that sets a password leads, below the issuer.
const SET_PASSWORD: &str = "/set-password";

/// How many accounts are looked at in one statement.
const PAGE: u32 = 500;

/// Runs `latchkey user …`.
pub(super) fn run(context: &Context, args: &UserArgs) -> Result<(), Failure> {
    match &args.command {
        UserCommand::Add(args) => add(context, args),
        UserCommand::Import(args) => import::run(context, args),
        UserCommand::Invite(args) => invite::invite(context, args),
        UserCommand::Update(args) => details::update(context, args),
        UserCommand::List(args) => list(context, args),
        UserCommand::Show(args) => show_one(context, args),
        UserCommand::Disable(args) => disable(context, args),
        UserCommand::Enable(args) => enable(context, args),
        UserCommand::Unlock(args) => unlock(context, args),
        UserCommand::SetPassword(args) => set_password(context, args),
        UserCommand::RemoveFactors(args) => factors::remove(context, args),
        UserCommand::Disconnect(args) => factors::disconnect(context, args),
        UserCommand::GiveRole(args) => set_role(context, args, true),
        UserCommand::TakeRole(args) => set_role(context, args, false),
        UserCommand::SignOut(args) => sign_out(context, args),
        UserCommand::Delete(args) => delete(context, args),
    }
}

fn add(context: &Context, args: &AddUser) -> Result<(), Failure> {
    let mut new = parse(args)?;
    let changes = details::checked(&args.details, None)?;
    let typed = args.password_stdin.then(prompt::password_from_stdin).transpose()?;
    let people = People::open(context)?;
    if let Some(typed) = &typed {
        let context = [
            new.email.as_typed(),
            new.username.as_ref().map_or("", Username::as_str),
            new.name.as_deref().unwrap_or(""),
        ];
        let phc = people.wait(people.identity.hash_new_password(typed, &context))?;
        new.password_phc = Some(phc);
    }
    let identity = &people.identity;
    let made = async {
        match &typed {
            Some(_) => {
                identity.create_user_with_told_password(Actor::Operator, new, &no_request()).await
            }
            None => identity.create_user(Actor::Operator, new, &no_request()).await,
        }
    };
    let profile = people.wait(made)?;
    let profile = details::change(&people, profile, changes, args.details.phone_verified)?;
    let link = if typed.is_none() { Some(password_link(&people, &profile)?) } else { None };
    let mut value = show::json(&profile);
    if let Some((address, link)) = &link {
        value["link"] = json!(address);
        value["link_expires_at"] = json!(link.expires_at);
    }
    context.output.show(&value, || {
        let added =
            format!("Added {}.\n\n{}", name(&profile), show::text(&profile, &Ways::default(), &[]));
        match &link {
            Some(link) => format!("{added}\n{}", link_text(link)),
            None => added,
        }
    })
}

fn parse(args: &AddUser) -> Result<NewUser, Failure> {
    let email = EmailAddress::parse(&args.email).map_err(|error| error.to_string());
    let username = args.username.as_deref().map(Username::parse).transpose();
    let username = username.map_err(|error| format!("--username: {error}"));
    let full_name = register::full_name(args.name.as_deref().unwrap_or(""));
    let full_name = full_name.map_err(|error| format!("--name: {error}"));
    match (email, username, full_name) {
        (Ok(email), Ok(username), Ok(name)) => Ok(NewUser {
            email,
            email_verified: args.verified,
            username,
            name,
            subject: None,
            password_phc: None,
            roles: args.roles.clone(),
        }),
        (email, username, full_name) => {
            let problems = [email.err(), username.err(), full_name.err()];
            let problems: Vec<_> = problems.into_iter().flatten().collect();
            Err(Failure::new(Exit::Usage, "nobody was added").details(problems))
        }
    }
}

fn list(context: &Context, args: &ListUsers) -> Result<(), Failure> {
    let people = People::open(context)?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let mut found: Vec<Profile> = Vec::new();
    let mut after = None;
    loop {
        let identity = &people.identity;
        let page = people.wait(identity.list_users(args.search.clone(), PAGE, after))?;
        after = page.last().map(|profile| profile.user.id);
        let is_closed =
            |status| matches!(status, UserStatus::Disabled | UserStatus::Deactivated { .. });
        let is_wanted = |profile: &Profile| !args.disabled || is_closed(profile.user.status);
        found.extend(page.into_iter().filter(is_wanted));
        if found.len() >= limit || after.is_none() {
            break;
        }
    }
    found.truncate(limit);
    show::list(context.output, &found)
}

fn show_one(context: &Context, args: &Who) -> Result<(), Failure> {
    let people = People::open(context)?;
    let profile = people.find(&args.who)?;
    let sessions = people.wait(people.identity.sessions(profile.user.id))?;
    let lock = people.wait(people.identity.user_lock(profile.user.id))?;
    let ways = people.wait(people.identity.ways_of(profile.user.id))?;
    let mut value = show::json(&profile);
    value["factors"] = show::factors_json(&ways);
    value["sessions"] = sessions.iter().map(show::session_json).collect();
    value["lock"] = show::lock_json(&lock);
    context.output.show(&value, || {
        let text = show::text(&profile, &ways, &sessions);
        match show::lock_text(&lock) {
            Some(lock) => format!("{text}\n\n{lock}"),
            None => text,
        }
    })
}

fn unlock(context: &Context, args: &Who) -> Result<(), Failure> {
    let people = People::open(context)?;
    let user = people.find(&args.who)?.user.id;
    let lock = people.wait(people.identity.unlock_user(Actor::Operator, user, &no_request()))?;
    changed(context, &people, args, |name| {
        let (misses, was) = (lock.misses_in_a_row, if lock.holds() { "" } else { "not " });
        format!("{name} was {was}locked; {misses} failed sign-ins in a row are forgotten.")
    })
}

fn disable(context: &Context, args: &Who) -> Result<(), Failure> {
    let people = People::open(context)?;
    let user = people.find(&args.who)?.user.id;
    people.wait(people.identity.disable_user(Actor::Operator, user, &no_request()))?;
    changed(context, &people, args, |name| {
        format!("Disabled {name}: signed out everywhere, and kept from signing in.")
    })
}

fn enable(context: &Context, args: &Who) -> Result<(), Failure> {
    let people = People::open(context)?;
    let user = people.find(&args.who)?.user.id;
    people.wait(people.identity.enable_user(Actor::Operator, user, &no_request()))?;
    changed(context, &people, args, |name| format!("{name} can sign in."))
}

fn set_role(context: &Context, args: &PersonsRole, gives: bool) -> Result<(), Failure> {
    let people = People::open(context)?;
    let user = people.find(&args.who)?.user.id;
    let (identity, role) = (&people.identity, args.role.as_str());
    let changed =
        people.wait(identity.set_role(Actor::Operator, user, role, gives, &no_request()))?;
    let profile = people.find(&args.who)?;
    let mut value = show::json(&profile);
    value["changed"] = json!(changed);
    context.output.show(&value, || {
        let has = if gives { "has" } else { "does not have" };
        let already = if changed { "now" } else { "as before" };
        format!("{} {has} the role {} {already}.", name(&profile), Printable(role))
    })
}

/// Shows what became of somebody.
fn changed(
    context: &Context,
    people: &People,
    args: &Who,
    text: impl FnOnce(String) -> String,
) -> Result<(), Failure> {
    let profile = people.find(&args.who)?;
    context.output.show(&show::json(&profile), || text(name(&profile)))
}

fn set_password(context: &Context, args: &SetPassword) -> Result<(), Failure> {
    let typed = match args.way.way() {
        PasswordWay::Prompt => Some(prompt::new_password()?),
        PasswordWay::Stdin => Some(prompt::password_from_stdin()?),
        PasswordWay::Link | PasswordWay::Mail => None,
    };
    let people = People::open(context)?;
    let profile = people.find(&args.who)?;
    if let Some(password) = typed {
        return set_typed(context, &people, &profile, &password);
    }
    if args.way.way() == PasswordWay::Mail {
        return invite::mail_link(context, &people, &profile);
    }
    let link = password_link(&people, &profile)?;
    let value = json!({
        "subject": profile.user.subject,
        "link": link.0,
        "link_expires_at": link.1.expires_at,
    });
    context.output.show(&value, || link_text(&link))
}

fn set_typed(
    context: &Context,
    people: &People,
    profile: &Profile,
    password: &Secret<String>,
) -> Result<(), Failure> {
    let (identity, user) = (&people.identity, profile.user.id);
    people.wait(identity.set_password(Actor::Operator, user, password, &no_request()))?;
    let value = json!({ "subject": profile.user.subject, "password_set": true });
    context.output.show(&value, || {
        format!("Set the password of {}, who is signed out everywhere.", name(profile))
    })
}

fn sign_out(context: &Context, args: &Who) -> Result<(), Failure> {
    let people = People::open(context)?;
    let profile = people.find(&args.who)?;
    let (identity, user) = (&people.identity, profile.user.id);
    let ended = people.wait(identity.sign_out_user(Actor::Operator, user, &no_request()))?;
    let value = json!({
        "subject": profile.user.subject,
        "sessions_ended": ended.sessions,
        "grants_ended": ended.grants,
    });
    context.output.show(&value, || {
        format!(
            "Signed {} out: {} sessions and the access of {} apps ended.",
            name(&profile),
            ended.sessions,
            ended.grants
        )
    })
}

fn delete(context: &Context, args: &DeleteUser) -> Result<(), Failure> {
    let people = People::open(context)?;
    let profile = people.find(&args.who)?;
    let days = DELETION_UNDO.num_days();
    let question = format!("Delete {}? It can be undone for {days} days.", name(&profile));
    if !args.yes && !prompt::confirm(&question)? {
        return Err(Failure::new(Exit::Refused, "nobody was deleted"));
    }
    let (identity, user) = (&people.identity, profile.user.id);
    people.wait(identity.delete_user(Actor::Operator, user, &no_request()))?;
    changed(context, &people, &Who { who: user.to_string() }, |name| {
        format!(
            "{name} is signed out everywhere, and is gone in {days} days. Until then \
             `latchkey user enable {user}` brings them back."
        )
    })
}

fn password_link(people: &People, profile: &Profile) -> Result<(String, IssuedLink), Failure> {
    let (identity, user) = (&people.identity, profile.user.id);
    let link = people.wait(identity.create_password_link(Actor::Operator, user, &no_request()))?;
    Ok((people.link(SET_PASSWORD, &link)?, link))
}

fn link_text((address, link): &(String, IssuedLink)) -> String {
    format!("They set their password here, {}:\n\n  {}\n", until(link), Printable(address))
}

/// Whom a sentence is about.
fn name(profile: &Profile) -> String {
    Printable(profile.user.display_name(profile.primary_address.as_ref())).to_string()
}
