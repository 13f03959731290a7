//! New accounts: what may be typed, and how an account comes into being.

use super::new_password::ChosenPassword;
use super::reserved;
use crate::crypto::seal::MasterKey;
use crate::domain::address::{EmailAddress, Identifier, Username};
use crate::domain::credential::password::PasswordProblem;
use crate::domain::setting::Settings;
use crate::domain::user::{NewUser, Profile, RetiredKind};
use crate::i18n::Locale;
use crate::kernel::env::Env;
use crate::kernel::ids::{AddressId, UserId};
use crate::kernel::secret::Secret;
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

/// The longest full name, in characters.
pub const MAX_NAME_CHARS: usize = 200;

/// What was typed on the registration page. Nothing else about the account can be chosen there.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// The address.
    pub email: String,
    /// The full name; may be left empty.
    pub name: String,
    /// A username; may be left empty.
    pub username: String,
    /// The password.
    pub password: Option<Secret<String>>,
    /// A passkey is wanted in the place of a password. It is made once the address is confirmed.
    pub passkey: bool,
    /// Whether "keep me signed in" was ticked.
    pub remember: bool,
    /// The language of the page.
    pub locale: Locale,
}

/// Why an account cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterProblem {
    /// People cannot make accounts themselves here.
    #[error("registration is closed")]
    Closed,
    /// What was typed is gone, because it took too long to confirm the address.
    #[error("the registration is over")]
    Over,
    /// Not an email address.
    #[error("this is not an email address")]
    Email,
    /// Not a username.
    #[error("a username has 1 to 64 letters, digits, dots, dashes or underscores")]
    Username,
    /// Too long a name, or one with control characters.
    #[error("a name has at most {MAX_NAME_CHARS} characters and no control characters")]
    Name,
    /// The password is not good enough.
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    /// An account has the address, or had it.
    #[error("there is an account with this address")]
    AddressTaken,
    /// An account has the username, or had it.
    #[error("this username is taken")]
    UsernameTaken,
    /// An account has the imported subject, or had it.
    #[error("this subject is taken")]
    SubjectTaken,
}

/// A registration with nothing wrong in itself.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) email: EmailAddress,
    pub(super) username: Option<Username>,
    pub(super) name: Option<String>,
    /// `None`: a passkey takes its place.
    pub(super) password: Option<ChosenPassword>,
}

impl Registration {
    /// Looks at every field, and tells all that is wrong.
    pub(super) fn check(
        &self,
        settings: &Settings,
        brand: &str,
    ) -> Result<Checked, Vec<RegisterProblem>> {
        let email = EmailAddress::parse(&self.email).map_err(|_| RegisterProblem::Email);
        let username = match self.username.trim() {
            "" => Ok(None),
            text => Username::parse(text).map(Some).map_err(|_| RegisterProblem::Username),
        };
        let name = full_name(&self.name);
        let typed = self.password.clone().unwrap_or_else(|| "".into());
        let context = [self.email.trim(), self.name.trim(), self.username.trim(), brand];
        let password = if self.passkey {
            Ok(None)
        } else {
            ChosenPassword::new(&typed, settings, &context).map(Some).map_err(Into::into)
        };
        match (email, username, name, password) {
            (Ok(email), Ok(username), Ok(name), Ok(password)) => {
                Ok(Checked { email, username, name, password })
            }
            (email, username, name, password) => {
                let problems = [email.err(), username.err(), name.err(), password.err()];
                Err(problems.into_iter().flatten().collect())
            }
        }
    }
}

/// A full name as it is kept: trimmed, `None` when empty. Refused with control characters or those
/// that turn the direction of the text around them.
pub fn full_name(typed: &str) -> Result<Option<String>, RegisterProblem> {
    let name = typed.trim();
    let is_bad =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if name.chars().count() > MAX_NAME_CHARS || name.chars().any(is_bad) {
        return Err(RegisterProblem::Name);
    }
    Ok((!name.is_empty()).then(|| name.to_owned()))
}

/// Takes the right to give out the identifiers of an account to be made. Whoever else wants one of
/// them waits here until this transaction has ended.
pub(super) fn lock_identifiers(tx: &mut Tx<'_>, new: &NewUser) -> Result<(), StorageError> {
    let username = new.username.as_ref().map(Username::as_str);
    let identifiers: Vec<&str> = [Some(new.email.canonical()), username, new.subject.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    tx.users().lock_identifiers(&identifiers)
}

/// What of the new account is, or was, somebody else's. Takes [`lock_identifiers`] first.
pub(super) fn taken(
    tx: &mut Tx<'_>,
    master: &MasterKey,
    new: &NewUser,
) -> Result<Vec<RegisterProblem>, StorageError> {
    let mut problems = vec![];
    let retired = reserved::hash(master, RetiredKind::Address, new.email.canonical());
    if tx.users().identifier_taken(&Identifier::Email(new.email.clone()), retired)? {
        problems.push(RegisterProblem::AddressTaken);
    }
    if let Some(username) = &new.username {
        let retired = reserved::hash(master, RetiredKind::Username, username.as_str());
        if tx.users().identifier_taken(&Identifier::Username(username.clone()), retired)? {
            problems.push(RegisterProblem::UsernameTaken);
        }
    }
    if let Some(subject) = &new.subject {
        let retired = reserved::hash(master, RetiredKind::Subject, subject);
        if tx.users().subject_taken(subject, retired)? {
            problems.push(RegisterProblem::SubjectTaken);
        }
    }
    Ok(problems)
}

/// Makes an account of which nothing is [`taken`].
pub(super) fn insert(tx: &mut Tx<'_>, env: &Env, new: &NewUser) -> Result<Profile, StorageError> {
    insert_as(tx, env, UserId::new(env), new)
}

/// [`insert`] with an id that is known before.
pub(super) fn insert_as(
    tx: &mut Tx<'_>,
    env: &Env,
    id: UserId,
    new: &NewUser,
) -> Result<Profile, StorageError> {
    let subject = new.subject.clone().unwrap_or_else(|| env.random_id());
    tx.users().insert(id, AddressId::new(env), &subject, new, env.now())?;
    tx.users().find(id)?.ok_or(StorageError::Corrupt("users.id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration() -> Registration {
        Registration {
            email: " Alice@Example.org ".to_owned(),
            name: " Alice Smith ".to_owned(),
            username: " Alice ".to_owned(),
            password: Some("correct horse".into()),
            passkey: false,
            remember: false,
            locale: Locale::default(),
        }
    }

    fn problems(registration: &Registration) -> Vec<RegisterProblem> {
        registration.check(&Settings::default(), "Latchkey").map(|_| ()).err().unwrap_or_default()
    }

    #[test]
    fn what_is_typed_is_tidied() {
        let checked = registration().check(&Settings::default(), "Latchkey").unwrap();
        assert_eq!(checked.email.canonical(), "alice@example.org");
        assert_eq!(checked.username.unwrap().as_str(), "alice");
        assert_eq!(checked.name.as_deref(), Some("Alice Smith"));
        let bare = Registration { name: " ".into(), username: String::new(), ..registration() };
        let checked = bare.check(&Settings::default(), "Latchkey").unwrap();
        assert_eq!((checked.username, checked.name), (None, None));
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let all_wrong = Registration {
            email: "x".into(),
            name: "a\u{0}b".into(),
            username: "a b".into(),
            password: None,
            ..Registration::default()
        };
        assert_eq!(
            problems(&all_wrong),
            [
                RegisterProblem::Email,
                RegisterProblem::Username,
                RegisterProblem::Name,
                RegisterProblem::Password(PasswordProblem::TooShort(8)),
            ]
        );
    }

    #[test]
    fn who_wants_a_passkey_needs_no_password_and_one_that_was_typed_is_left_aside() {
        for password in [None, Some("x".into()), Some("correct horse".into())] {
            let wanting = Registration { password, passkey: true, ..registration() };
            assert!(wanting.check(&Settings::default(), "Latchkey").unwrap().password.is_none());
        }
        let wrong = Registration { passkey: true, email: "x".into(), ..registration() };
        assert_eq!(problems(&wrong), [RegisterProblem::Email]);
    }

    #[test]
    fn names_have_a_length_and_no_control_characters() {
        assert_eq!(full_name(&"ä".repeat(200)), Ok(Some("ä".repeat(200))));
        for bad in ["ä".repeat(201), "a\nb".into(), "a\u{202e}b".into(), "a\u{2066}b".into()] {
            assert_eq!(full_name(&bad), Err(RegisterProblem::Name), "{bad:?}");
        }
    }

    #[test]
    fn case_184_words_about_the_person_are_no_password() {
        for word in ["alice@example.org", "ALICE SMITH", "latchkey"] {
            let registration = Registration { password: Some(word.into()), ..registration() };
            let obvious = RegisterProblem::Password(PasswordProblem::Obvious);
            assert_eq!(problems(&registration), [obvious], "{word}");
        }
    }
}
