//! A password that somebody wants to have: every way to set one goes through here.

use super::Identity;
use crate::crypto::guesses::is_guessed_early;
use crate::crypto::password::HashError;
use crate::domain::address::Username;
use crate::domain::credential::password::{Password, PasswordProblem};
use crate::domain::setting::Settings;
use crate::domain::user::Profile;
use crate::kernel::secret::Secret;

/// A password that meets the rules which cost nothing to check. Only [`Identity::hash_chosen`]
/// makes a hash of it, and refuses what is guessed first.
#[derive(Clone, Debug)]
pub(super) struct ChosenPassword {
    password: Password,
    context: Vec<String>,
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
    /// Takes what was typed; `context` are the person's address and names, and the product's name.
    pub(super) fn new(
        typed: &Secret<String>,
        settings: &Settings,
        context: &[&str],
    ) -> Result<Self, PasswordProblem> {
        let min_chars = usize::try_from(settings.password_min_chars).unwrap_or(usize::MAX);
        let password = Password::chosen(typed.expose(), min_chars, context)?;
        let words = context.iter().filter(|word| !word.is_empty());
        Ok(Self { password, context: words.map(|&word| word.to_owned()).collect() })
    }
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
        ChosenPassword::new(typed, &self.settings(), &context)
    }

    /// The hash of a chosen password, unless it is one of those that are guessed first. That takes
    /// milliseconds, so whoever is counted is counted before, and no connection is held meanwhile.
    pub(super) async fn hash_chosen(&self, chosen: ChosenPassword) -> Result<String, NotHashed> {
        let ChosenPassword { password, context } = chosen;
        let is_refused = move |password: &str| {
            let context: Vec<&str> = context.iter().map(String::as_str).collect();
            is_guessed_early(password, &context)
        };
        let hashed =
            self.0.hasher.hash_unless(self.env(), password.into_secret(), is_refused).await?;
        Ok(hashed.ok_or(PasswordProblem::Common)?)
    }
}
