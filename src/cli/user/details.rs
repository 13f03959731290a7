//! `latchkey user update`: what is known about a person.

use super::super::Context;
use super::super::args::{DetailFlags, UpdateUser};
use super::super::exit::{Exit, Failure};
use super::super::people::{People, no_request};
use super::{name, show};
use crate::domain::audit::Actor;
use crate::domain::details::Detail;
use crate::domain::user::Profile;
use crate::identity::account::DetailsError;
use crate::identity::admin::Ways;

/// Details by name, each with its new text.
pub(super) type Changes = Vec<(Detail, String)>;

/// What was named on the command line, if every text keeps its rule. Whoever says that a number is
/// verified names it: the person may have changed the one that stands there since it was looked at.
pub(super) fn checked(flags: &DetailFlags, full_name: Option<&str>) -> Result<Changes, Failure> {
    let named = full_name.map(|name| (Detail::Name, name.to_owned()));
    let changes: Changes = named.into_iter().chain(flags.named()).collect();
    let mut problems: Vec<_> = changes
        .iter()
        .filter_map(|(detail, text)| detail.check(text).err())
        .map(|error| format!("--{}: needs {error}", error.0.as_str().replace('_', "-")))
        .collect();
    let number = flags.phone_number.as_deref().map_or("", str::trim);
    if flags.phone_verified == Some(true) && number.is_empty() {
        problems
            .push("--phone-verified true: needs --phone-number, the one that was verified".into());
    }
    if problems.is_empty() {
        Ok(changes)
    } else {
        Err(Failure::new(Exit::Usage, "nothing was changed").details(problems))
    }
}

/// Changes a person's details; does nothing where nothing was named.
pub(super) fn change(
    people: &People,
    profile: Profile,
    changes: Changes,
    verified: Option<bool>,
) -> Result<Profile, Failure> {
    if changes.is_empty() && verified.is_none() {
        return Ok(profile);
    }
    let (identity, user) = (&people.identity, profile.user.id);
    people.wait(identity.change_details(user, Actor::Operator, changes, verified, &no_request()))
}

/// Runs `latchkey user update`.
pub(super) fn update(context: &Context, args: &UpdateUser) -> Result<(), Failure> {
    let changes = checked(&args.details, args.name.as_deref())?;
    if changes.is_empty() && args.details.phone_verified.is_none() {
        return Err(Failure::new(Exit::Usage, "nothing to change was named")
            .fix("`latchkey user update --help` lists what can be"));
    }
    let people = People::open(context)?;
    let profile = people.find(&args.who)?;
    let profile = change(&people, profile, changes, args.details.phone_verified)?;
    context.output.show(&show::json(&profile), || {
        format!("Changed {}.\n\n{}", name(&profile), show::text(&profile, &Ways::default(), &[]))
    })
}

impl From<DetailsError> for Failure {
    fn from(error: DetailsError) -> Self {
        let message = error.to_string();
        match error {
            DetailsError::Storage(error) => error.into(),
            DetailsError::NotFound => Self::new(Exit::Refused, message),
            DetailsError::Invalid(_) => Self::new(Exit::Usage, message),
        }
    }
}
