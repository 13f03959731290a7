//! `/api/account/factors`: what one signs in with. Whatever changes it needs a fresh sign-in, which the use
//! cases look at themselves.

pub mod add_passkey;
pub mod begin_app;
pub mod confirm_app;
pub mod distrust_browsers;
pub mod list;
pub mod make_codes;
pub mod passkey_options;
pub mod remove_app;
pub mod remove_passkey;
pub mod rename_app;
pub mod rename_passkey;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::api::error::{Code, invalid};
use crate::http::error::Failure;
use crate::http::pages::view::SecretView;
use crate::i18n::Locale;
use crate::identity::authenticators::{Begun, FactorError};
use crate::identity::passkeys::PasskeyError;
use crate::identity::ways_in::Needed;

/// What may be answered beside, where something is removed.
pub(in crate::http::api) const NEEDED: &[Code] = &[Code::LastWayIn, Code::SecondFactorNeeded];

/// An authenticator app that waits for its first code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewApp {
    /// What it is called in calls.
    id: String,
    /// What the person calls it.
    name: String,
    /// The secret in groups of four, for who types it. It is told this once.
    secret: String,
    /// The same for an app on this device: `otpauth://totp/…`.
    uri: String,
    /// The same for a camera, as SVG; null where the names are too long for a picture.
    qr_svg: Option<String>,
}

impl NewApp {
    pub(in crate::http::api) fn of(begun: &Begun, locale: Locale) -> Self {
        let SecretView { text, uri, picture } = SecretView::of(begun, locale);
        let (id, name) = (begun.id.to_string(), begun.name.as_str().to_owned());
        Self { id, name, secret: text, uri, qr_svg: picture }
    }
}

/// Another name.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewName {
    /// At most 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
}

/// A name that is none.
fn bad_name(reason: impl ToString) -> Failure {
    invalid([("name".to_owned(), reason.to_string())].into())
}

fn needed(needed: Needed) -> Code {
    match needed {
        Needed::SecondFactor => Code::SecondFactorNeeded,
        Needed::LastWayIn => Code::LastWayIn,
    }
}

/// A factor that stays as it is.
fn factor(error: FactorError) -> Failure {
    let code = match error {
        FactorError::Storage(error) => return error.into(),
        FactorError::NotSignedIn => Code::NotSignedIn,
        FactorError::NotFresh => Code::FreshSignInRequired,
        FactorError::NotFound => Code::NotFound,
        FactorError::TooMany => Code::TooMany,
        FactorError::WrongCode => Code::InvalidCode,
        FactorError::Needed(reason) => needed(reason),
    };
    code.because(error.to_string())
}

/// A passkey that was not added, renamed or removed.
fn passkey(error: PasskeyError) -> Failure {
    let code = match error {
        PasskeyError::Storage(error) => return error.into(),
        PasskeyError::NotSignedIn => Code::NotSignedIn,
        PasskeyError::NotFresh => Code::FreshSignInRequired,
        PasskeyError::Refused(_) => Code::PasskeyRefused,
        PasskeyError::Known => Code::PasskeyKnown,
        PasskeyError::TooMany => Code::TooMany,
        PasskeyError::NotFound => Code::NotFound,
        PasskeyError::LastWayIn => needed(Needed::LastWayIn),
        PasskeyError::NeedsSecondFactor => needed(Needed::SecondFactor),
    };
    code.because(error.to_string())
}

/// There is no such factor of this person.
fn unknown() -> Failure {
    Code::NotFound.because("no such factor of this person")
}
