//! Samples of the pages about passkeys.

use super::{Sample, at, frame, login, sample, second_factor};
use crate::http::pages::view::{
    AccountNav, AccountNotice, AddPasskeyView, LoginError, LoginView, PasskeyForm, PasskeyProblem,
    PasskeyRow, PasskeysPart, PasskeysView, RegisterPasskeyView, RemovePasskeyView,
    RenamePasskeyView, SecondFactorPasskeyView, SecondStep,
};
use crate::i18n::Locale;

pub(super) fn form(path: &str, makes: bool, in_field: bool) -> PasskeyForm {
    PasskeyForm { options: format!("{path}/options"), action: path.to_owned(), makes, in_field }
}

fn row(name: &str, copied: bool) -> PasskeyRow {
    PasskeyRow {
        name: name.to_owned(),
        created_at: at(1, 9),
        last_used_at: copied.then(|| at(3, 9)),
        copied,
        in_doubt: false,
        rename: "/account/security/passkeys/1/rename".to_owned(),
        remove: "/account/security/passkeys/1/remove".to_owned(),
    }
}

/// On the account pages, all of which have this navigation.
pub(super) fn account(locale: Locale, account: &AccountNav) -> Vec<Sample> {
    let list = |rows, notice| PasskeysView {
        frame: frame(locale),
        account: AccountNav { notice, ..account.clone() },
        passkeys: PasskeysPart { rows, add: Some("/account/security/passkeys/add".to_owned()) },
    };
    let add = |error| AddPasskeyView {
        frame: frame(locale),
        account: account.clone(),
        passkey: form("/account/security/passkeys/add", true, false),
        cancel: "/account/security/passkeys".to_owned(),
        error,
    };
    let rename = |error| RenamePasskeyView {
        frame: frame(locale),
        account: account.clone(),
        name: "Ada’s phone".to_owned(),
        action: "/account/security/passkeys/1/rename".to_owned(),
        cancel: "/account/security/passkeys".to_owned(),
        error,
    };
    let remove = |error| RemovePasskeyView {
        frame: frame(locale),
        account: account.clone(),
        name: "Ada’s phone".to_owned(),
        action: "/account/security/passkeys/1/remove".to_owned(),
        cancel: "/account/security/passkeys".to_owned(),
        error,
    };
    let doubted = PasskeyRow { in_doubt: true, ..row("KeePassXC", false) };
    let rows = vec![row("iCloud Keychain", false), row("<b>Key</b>", true), doubted];
    vec![
        sample("passkeys-none", list(vec![], None)),
        sample("passkeys", list(rows.clone(), Some(AccountNotice::PasskeyAdded))),
        sample("passkeys-renamed", list(rows.clone(), Some(AccountNotice::PasskeyRenamed))),
        sample("passkeys-removed", list(rows, Some(AccountNotice::PasskeyRemoved))),
        sample("add-passkey", add(None)),
        sample("add-passkey-failed", add(Some(PasskeyProblem::NotAdded))),
        sample("add-passkey-known", add(Some(PasskeyProblem::Known))),
        sample("add-passkey-many", add(Some(PasskeyProblem::TooMany))),
        sample("rename-passkey", rename(None)),
        sample("rename-passkey-wrong", rename(Some(PasskeyProblem::Name))),
        sample("remove-passkey", remove(None)),
        sample("remove-passkey-last", remove(Some(PasskeyProblem::LastWayIn))),
        sample("remove-passkey-needed", remove(Some(PasskeyProblem::NeedsSecondFactor))),
    ]
}

/// At a sign-in.
pub(super) fn sign_in(locale: Locale) -> Vec<Sample> {
    let second = |error| SecondFactorPasskeyView {
        frame: frame(locale),
        step: second_factor::step(),
        passkey: form("/second-factor/passkey", false, false),
        error,
    };
    let alone = SecondStep { others: vec![], trust_days: None, ..second_factor::step() };
    let register = |error| RegisterPasskeyView {
        frame: frame(locale),
        email: "ada@example.com".to_owned(),
        passkey: form("/register/passkey", true, false),
        password: "/register?flow=0192".to_owned(),
        error,
    };
    let refused = LoginView { error: Some(LoginError::PasskeyRefused), ..login(frame(locale)) };
    vec![
        sample("login-passkey-refused", refused),
        sample("second-passkey", second(None)),
        sample("second-passkey-alone", SecondFactorPasskeyView { step: alone, ..second(None) }),
        sample("second-passkey-refused", second(Some(PasskeyProblem::Refused))),
        sample(
            "second-passkey-too-many",
            second(Some(PasskeyProblem::TooManyAttempts { seconds: 600 })),
        ),
        sample("register-passkey", register(None)),
        sample("register-passkey-refused", register(Some(PasskeyProblem::NotMade))),
    ]
}
