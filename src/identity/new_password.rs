//! A password that somebody wants to have: every way to set one goes through here.

use super::Identity;
use crate::crypto::guesses::weakness;
use crate::crypto::password::HashError;
use crate::domain::address::Username;
use crate::domain::credential::password::{Password, PasswordProblem};
use crate::domain::setting::Settings;
use crate::domain::user::Profile;
use crate::kernel::ids::UserId;
use crate::kernel::secret::Secret;
use crate::storage::error::StorageError;

/// A password that meets the rules which cost nothing to check. Only [`Identity::hash_chosen`]
/// makes a hash of it, and refuses what is too short for its account, has leaked, or is guessed first.
#[derive(Clone, Debug)]
pub(super) struct ChosenPassword {
    password: Password,
    context: Vec<String>,
    /// Whose it is to be; `None`: that of an account to be made, which has no second factor.
    owner: Option<UserId>,
}

/// Why there is no hash of a chosen password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotHashed {
    /// It is not to be anybody's password.
    #[error(transparent)]
    Problem(#[from] PasswordProblem),
    /// It could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashError),
}

impl ChosenPassword {
    /// Takes what was typed for a new account; `context` are the person's address and names, and the
    /// product's name.
    pub(super) fn new(
        typed: &Secret<String>,
        settings: &Settings,
        context: &[&str],
    ) -> Result<Self, PasswordProblem> {
        Self::of(typed, settings.password_min(true), context)
    }

    fn of(
        typed: &Secret<String>,
        min_chars: u32,
        context: &[&str],
    ) -> Result<Self, PasswordProblem> {
        let password = Password::chosen(typed.expose(), count(min_chars), context)?;
        let words = context.iter().filter(|word| !word.is_empty());
        let context = words.map(|&word| word.to_owned()).collect();
        Ok(Self { password, context, owner: None })
    }
}

fn count(chars: u32) -> usize {
    usize::try_from(chars).unwrap_or(usize::MAX)
}

impl Identity {
    /// A new password for an account, checked.
    pub(super) fn choose_password_for(
        &self,
        profile: &Profile,
        typed: &Secret<String>,
    ) -> Result<ChosenPassword, PasswordProblem> {
        let user = &profile.user;
        let context = [
            profile.primary_address.as_ref().map_or("", |address| address.email.as_typed()),
            user.username.as_ref().map_or("", Username::as_str),
            user.name.as_deref().unwrap_or(""),
            &self.0.options.brand,
        ];
        let chosen = ChosenPassword::of(typed, self.settings().password_min(false), &context)?;
        Ok(ChosenPassword { owner: Some(user.id), ..chosen })
    }

    /// The least number of characters in a new password of this account; `None`: of a new one.
    pub async fn password_min(&self, owner: Option<UserId>) -> Result<u32, StorageError> {
        let settings = self.settings();
        let (least, alone) = (settings.password_min(false), settings.password_min(true));
        let Some(owner) = owner.filter(|_| least < alone) else { return Ok(alone) };
        let enrolled = self.db().load(move |tx| tx.factors().enrolled(owner)).await?;
        Ok(settings.password_min(!enrolled.has_second_factor()))
    }

    /// The hash of a chosen password, unless it is too short to be all that the account asks for, has
    /// leaked, or is one of those that are guessed first. That takes milliseconds, and the question
    /// whether it has leaked up to a second, so whoever is counted is counted before, and no connection
    /// is held meanwhile.
    pub(super) async fn hash_chosen(&self, chosen: ChosenPassword) -> Result<String, NotHashed> {
        let ChosenPassword { password, context, owner } = chosen;
        let least = self.password_min(owner).await.map_err(|error| {
            tracing::error!(%error, "a new password cannot be judged");
            HashError::Failed
        })?;
        if password.chars() < count(least) {
            return Err(PasswordProblem::TooShort(count(least)).into());
        }
        if let Some(breach) = &self.0.breach
            && breach.knows(password.as_secret().expose()).await
        {
            return Err(PasswordProblem::Breached.into());
        }
        let refuse = move |password: &str| {
            let context: Vec<&str> = context.iter().map(String::as_str).collect();
            weakness(password, &context)
        };
        let hashed = self.0.hasher.hash_unless(self.env(), password.into_secret(), refuse).await?;
        Ok(hashed.map_err(PasswordProblem::Guessable)?)
    }

    /// The hash of a password that is wanted. Where none is, there is nothing to do.
    pub(super) async fn hash_wanted(
        &self,
        chosen: Option<ChosenPassword>,
    ) -> Result<Option<String>, NotHashed> {
        match chosen {
            Some(chosen) => self.hash_chosen(chosen).await.map(Some),
            None => Ok(None),
        }
    }
}
