//! What is wrong with a new account or a new password, as the pages say it.

use super::view::{NewAccountError, PasswordError};
use crate::domain::credential::password::{MAX_CHARS, PasswordProblem};
use crate::identity::register::RegisterProblem;

/// Every problem of a form in the order of its fields; `None` where the form itself is out of place.
pub(super) fn errors(
    problems: &[RegisterProblem],
    email: &str,
    password: &str,
) -> Option<Vec<NewAccountError>> {
    let mut problems: Vec<_> = problems.iter().collect();
    problems.sort_by_key(|problem| match problem {
        RegisterProblem::Closed | RegisterProblem::Over | RegisterProblem::SubjectTaken => 0,
        RegisterProblem::Name => 1,
        RegisterProblem::Email | RegisterProblem::AddressTaken => 2,
        RegisterProblem::Username | RegisterProblem::UsernameTaken => 3,
        RegisterProblem::Password(_) => 4,
    });
    problems
        .into_iter()
        .map(|problem| {
            Some(match problem {
                // Nobody chooses a subject on a page.
                RegisterProblem::Closed | RegisterProblem::Over | RegisterProblem::SubjectTaken => {
                    return None;
                }
                RegisterProblem::Email if email.is_empty() => NewAccountError::EmailMissing,
                RegisterProblem::Email => NewAccountError::EmailInvalid,
                RegisterProblem::Username => NewAccountError::UsernameInvalid,
                RegisterProblem::Name => NewAccountError::NameTooLong,
                RegisterProblem::AddressTaken => NewAccountError::EmailTaken,
                RegisterProblem::UsernameTaken => NewAccountError::UsernameTaken,
                RegisterProblem::Password(problem) => {
                    NewAccountError::Password(password_error(*problem, password))
                }
            })
        })
        .collect()
}

/// A problem of a new password.
pub(super) fn password_error(problem: PasswordProblem, typed: &str) -> PasswordError {
    match problem {
        PasswordProblem::TooShort(_) if typed.is_empty() => PasswordError::Missing,
        PasswordProblem::TooShort(min) => PasswordError::TooShort { min: count(min) },
        PasswordProblem::TooLong => PasswordError::TooLong { max: count(MAX_CHARS) },
        PasswordProblem::Obvious => PasswordError::Personal,
        PasswordProblem::Guessable(weakness) => PasswordError::Guessable(weakness),
        PasswordProblem::Breached => PasswordError::Breached,
        // A form with such a character is refused before.
        PasswordProblem::BadCharacter => PasswordError::Missing,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_in_the_order_of_the_fields() {
        let problems = [
            RegisterProblem::Password(PasswordProblem::TooLong),
            RegisterProblem::UsernameTaken,
            RegisterProblem::Email,
            RegisterProblem::Name,
        ];
        let errors = errors(&problems, "", "x").unwrap();
        assert_eq!(errors[0], NewAccountError::NameTooLong);
        assert_eq!(errors[1], NewAccountError::EmailMissing);
        assert_eq!(errors[2], NewAccountError::UsernameTaken);
        assert!(matches!(errors[3], NewAccountError::Password(_)));
    }
}
